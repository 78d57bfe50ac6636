//! Who is left by what narrows the list, found from whichever side is the smallest.
//!
//! A search of three conditions is quick if one of them is rare: its rows are taken from an index and the others are looked at row by row. Only where
//! everything that was asked for is common are rows counted as they come, and then it takes few to reach [`COUNT_CAP`].

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable};

use super::narrow::{Narrow, of_ids, present};
use crate::db::fragment::{literal, one_of};
use crate::db::schema::{role_assignments, selection_items, user_counts, user_totals, users};
use crate::db::search::indexed;
use crate::db::{Conn, is_sqlite};
use crate::features::users::input::{Source, Status, TfaStatus};
use crate::features::users::model::Stored;
use crate::refusal::Refusal;
use crate::web::list::COUNT_CAP;

/// What is known of the hits.
pub(super) enum Hits {
    /// All of them: at most [`COUNT_CAP`].
    All(Vec<i64>),
    Many,
}

impl Hits {
    fn of(ids: Vec<i64>) -> Hits {
        if ids.len() > CAP { Hits::Many } else { Hits::All(ids) }
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small constant")]
const CAP: usize = COUNT_CAP as usize;

/// Up to so many ids from one side; None if nothing of what is asked for lies on that side.
type Side = fn(&mut Conn, &Narrow, i64) -> Result<Option<Vec<i64>>, Refusal>;

/// The cheapest first.
const SIDES: [Side; 4] = [of_picked, of_facets, of_role, of_terms];

pub(super) fn hits(conn: &mut Conn, narrow: &Narrow) -> Result<Hits, Refusal> {
    for side in SIDES {
        if let Some(candidates) = side(conn, narrow, COUNT_CAP + 1)?
            && candidates.len() <= CAP
        {
            return Ok(Hits::All(narrow.keep(conn, candidates)?));
        }
    }
    let sqlite = is_sqlite(conn);
    Ok(Hits::of(narrow.query(sqlite).select(users::id).limit(COUNT_CAP + 1).load(conn)?))
}

/// All hits, however many, of one customer or of all.
pub(super) fn everybody(conn: &mut Conn, narrow: &Narrow, customer: Option<i64>) -> Result<Vec<i64>, Refusal> {
    let mut narrow = narrow.clone();
    narrow.customers = customer.map(|id| vec![id]).or(narrow.customers);
    for side in SIDES.into_iter().rev() {
        if let Some(candidates) = side(conn, &narrow, i64::MAX)? {
            return narrow.keep(conn, candidates);
        }
    }
    let sqlite = is_sqlite(conn);
    Ok(narrow.query(sqlite).select(users::id).load(conn)?)
}

impl Narrow {
    /// One narrowing for each value that a column of the facets takes among the hits, lowest first: so that the walk passes no value by which nobody
    /// is left. None for other columns, and where no filter makes a difference.
    pub(super) fn segments(&self, conn: &mut Conn, sort: &str) -> Result<Option<Vec<Narrow>>, Refusal> {
        let with = |value: i16| match sort {
            "tfa" => {
                Some(Narrow { tfa: Some(value), ..self.clone() }).filter(|_| self.tfa.is_none_or(|tfa| tfa == value))
            }
            "status" => Some(Narrow { status: Some(value), ..self.clone() })
                .filter(|_| self.status.is_none_or(|one| one == value)),
            _ => Some(Narrow { source: Some(value), ..self.clone() })
                .filter(|_| self.source.is_none_or(|one| one == value)),
        };
        let mut values: Vec<i16> = match sort {
            "tfa" => TfaStatus::ALL.iter().map(|word| word.number()).collect(),
            "status" => Status::ALL.iter().map(|word| word.number()).collect(),
            "source" => Source::ALL.iter().map(|word| word.number()).collect(),
            _ => return Ok(None),
        };
        if self.is_whole() {
            return Ok(None);
        }
        values.sort_unstable();
        let mut segments = Vec::new();
        for narrow in values.into_iter().filter_map(with) {
            if of_facets(conn, &narrow, 1)?.is_some_and(|ids| !ids.is_empty()) {
                segments.push(narrow);
            }
        }
        Ok(Some(segments))
    }

    /// Those of some people who are left.
    fn keep(&self, conn: &mut Conn, candidates: Vec<i64>) -> Result<Vec<i64>, Refusal> {
        if candidates.is_empty() {
            return Ok(candidates);
        }
        let sqlite = is_sqlite(conn);
        Ok(self.query(sqlite).filter(of_ids(sqlite, &candidates)).select(users::id).load(conn)?)
    }
}

/// By status, source, 2FA, last sign-in and customer: one index that holds them all. What is not asked for takes each of its few values, so that
/// whatever is asked for is a handful of ranges.
fn of_facets(conn: &mut Conn, narrow: &Narrow, most: i64) -> Result<Option<Vec<i64>>, Refusal> {
    if !narrow.has_facets() && narrow.customers.is_none() {
        return Ok(None);
    }
    let numbers = |asked: Option<i16>, all: Vec<i16>| asked.map_or(all, |one| vec![one]);
    let mut query = present()
        .filter(users::status.eq_any(numbers(narrow.status, Status::ALL.iter().map(|word| word.number()).collect())))
        .filter(users::source.eq_any(numbers(narrow.source, Source::ALL.iter().map(|word| word.number()).collect())))
        .filter(users::tfa.eq_any(numbers(narrow.tfa, TfaStatus::ALL.iter().map(|word| word.number()).collect())));
    if narrow.never_signed_in {
        query = query.filter(users::last_login_at.eq(0));
    }
    if let Some(since) = narrow.idle_since {
        query = query.filter(users::last_login_at.gt(0)).filter(users::last_login_at.lt(since));
    }
    if let Some(ids) = &narrow.customers {
        query = query.filter(users::customer_id.eq_any(ids.clone()));
    }
    Ok(Some(query.select(users::id).limit(most).load(conn)?))
}

fn of_role(conn: &mut Conn, narrow: &Narrow, most: i64) -> Result<Option<Vec<i64>>, Refusal> {
    let Some(role) = narrow.role else { return Ok(None) };
    let holders = role_assignments::table.filter(role_assignments::role_id.eq(role));
    Ok(Some(holders.select(role_assignments::user_id).limit(most).load(conn)?))
}

fn of_picked(conn: &mut Conn, narrow: &Narrow, most: i64) -> Result<Option<Vec<i64>>, Refusal> {
    let Some(picked) = narrow.picked.as_ref().filter(|picked| picked.whole.is_none()) else { return Ok(None) };
    let items = selection_items::table
        .filter(selection_items::selection_id.eq(picked.selection_id))
        .filter(selection_items::included.eq(true));
    Ok(Some(items.select(selection_items::object_id).limit(most).load(conn)?))
}

fn of_terms(conn: &mut Conn, narrow: &Narrow, most: i64) -> Result<Option<Vec<i64>>, Refusal> {
    if narrow.terms.is_empty() {
        return Ok(None);
    }
    let ids = if is_sqlite(conn) {
        present().filter(indexed(&narrow.terms.needles())).select(users::id).limit(most).load(conn)?
    } else {
        let only = Narrow { terms: narrow.terms.clone(), ..Narrow::default() };
        only.query(false).select(users::id).limit(most).load(conn)?
    };
    Ok(Some(ids))
}

/// How many users there are that nothing narrows down.
pub(super) fn kept_total(conn: &mut Conn, narrow: &Narrow) -> Result<i64, Refusal> {
    // A sum of BIGINT is NUMERIC on PostgreSQL, hence the cast.
    let sum = literal::<Nullable<BigInt>>("CAST(SUM(present) AS BIGINT)");
    let Some(ids) = narrow.customers.as_deref() else {
        return Ok(user_totals::table.select(sum).first::<Option<i64>>(conn)?.unwrap_or(0));
    };
    let sum = user_counts::table.into_boxed().select(sum);
    let sum = match is_sqlite(conn) {
        true => sum.filter(one_of("user_counts.customer_id IN (SELECT value FROM json_each(", ids)),
        false => sum.filter(user_counts::customer_id.eq_any(ids.to_vec())),
    };
    Ok(sum.first::<Option<i64>>(conn)?.unwrap_or(0))
}
