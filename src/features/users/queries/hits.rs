//! Who is left by what narrows the list, found from whichever side is the smallest.
//!
//! A search of three conditions is quick if one of them is rare: its rows are taken from an index and the others are looked at row by row. What an
//! index has answered is not looked at again. Only where everything that was asked for is common are rows counted as they come, and then it takes few
//! to reach [`COUNT_CAP`].

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Nullable};

use super::among::left_of;
use super::narrow::{Narrow, present};
use crate::access::guesses;
use crate::db::fragment::{literal, one_of, one_of_few};
use crate::db::schema::{group_members, role_assignments, roles, selection_items, user_counts, user_totals, users};
use crate::db::search::Terms;
use crate::db::{Conn, is_sqlite, trigrams};
use crate::features::users::input::{Access, Source, Status, TfaStatus};
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
/// Where a side leaves no more than so many, looking at them takes less than asking the others.
const ENOUGH: usize = 512;
/// Where every side leaves more than [`COUNT_CAP`], so many of each are laid beside each other. So many who may sign in are read in any case.
pub(super) const BESIDE: i64 = 10 * COUNT_CAP;

pub(super) fn hits(conn: &mut Conn, narrow: &Narrow) -> Result<Hits, Refusal> {
    let mut fewest: Option<Candidates> = None;
    let (mut sides, mut rare) = (0, false);
    let (in_turn, people) = Side::in_turn(conn, narrow)?;
    for side in in_turn {
        if rare && side == Side::Terms {
            continue;
        }
        let fewer = fewest.as_ref().and_then(|fewest| i64::try_from(fewest.ids.len()).ok());
        let last = if side == Side::Facets { None } else { people };
        let most = fewer.unwrap_or(side.most()).min(last.unwrap_or(i64::MAX));
        let Some(candidates) = side.ask(conn, narrow, most)? else { continue };
        sides += 1;
        rare |= side == Side::Rare;
        if i64::try_from(candidates.ids.len()).is_ok_and(|count| count < most) {
            let enough = candidates.ids.len() <= ENOUGH;
            fewest = Some(candidates);
            if enough {
                break;
            }
        } else if fewest.is_none() && candidates.are_hits() {
            return Ok(Hits::Many);
        }
    }
    if fewest.is_none() && sides > 1 {
        fewest = beside_each_other(conn, narrow, BESIDE)?;
    }
    if let Some(candidates) = fewest {
        return Ok(Hits::of(candidates.keep(conn, CAP + 1)?));
    }
    let sqlite = is_sqlite(conn);
    Ok(Hits::of(narrow.query(sqlite).select(users::id).limit(COUNT_CAP + 1).load(conn)?))
}

/// All hits, however many, of one customer or of all; the lowest ids first.
pub(super) fn everybody(conn: &mut Conn, narrow: &Narrow, customer: Option<i64>) -> Result<Vec<i64>, Refusal> {
    let mut narrow = narrow.clone();
    narrow.customers = customer.map(|id| vec![id]).or(narrow.customers);
    if let Some(candidates) = beside_each_other(conn, &narrow, i64::MAX)? {
        return candidates.keep(conn, usize::MAX);
    }
    let sqlite = is_sqlite(conn);
    Ok(narrow.query(sqlite).select(users::id).order(users::id).load(conn)?)
}

/// Who is left by every side that leaves fewer than `most`; None if none does.
fn beside_each_other(conn: &mut Conn, narrow: &Narrow, most: i64) -> Result<Option<Candidates>, Refusal> {
    let mut left: Option<Candidates> = None;
    // Whoever holds rare parts of the terms is looked at anyway.
    for side in Side::ALL.into_iter().filter(|side| *side != Side::Rare) {
        let Some(candidates) = side.ask(conn, narrow, most)? else { continue };
        if i64::try_from(candidates.ids.len()).unwrap_or(i64::MAX) < most {
            left = Some(match left {
                None => candidates,
                Some(others) => others.and(side, candidates),
            });
        }
    }
    Ok(left)
}

/// People among whom all hits are, the lowest ids first.
struct Candidates {
    ids: Vec<i64>,
    /// What must still be looked at.
    rest: Narrow,
    /// Whether none of them is deleted.
    present: bool,
}

impl Candidates {
    fn are_hits(&self) -> bool {
        self.present && self.rest.is_nothing()
    }

    /// Those whom another side leaves as well.
    fn and(mut self, side: Side, other: Candidates) -> Candidates {
        self.ids.retain(|id| other.ids.binary_search(id).is_ok());
        if !side.asks(&other.rest) {
            side.settle(&mut self.rest);
        }
        Candidates { present: self.present || other.present, ..self }
    }

    /// Those of them who are left, at least `enough` if there are so many.
    fn keep(self, conn: &mut Conn, enough: usize) -> Result<Vec<i64>, Refusal> {
        if self.ids.is_empty() || self.are_hits() {
            return Ok(self.ids);
        }
        let mut kept = Vec::new();
        for some in self.ids.chunks(CAP) {
            let mut those = left_of(conn, &self.rest, some)?;
            those.sort_unstable();
            kept.append(&mut those);
            if kept.len() >= enough {
                break;
            }
        }
        Ok(kept)
    }
}

/// What hits can be found by.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Picked,
    Group,
    /// Rare parts of what is searched for.
    Rare,
    /// How they stand with signing in.
    Access,
    /// Status, source, 2FA, last sign-in and customer.
    Facets,
    Role,
    Terms,
}

impl Side {
    /// The cheapest first.
    const ALL: [Side; 7] = [Side::Picked, Side::Group, Side::Rare, Side::Access, Side::Facets, Side::Role, Side::Terms];

    /// As they are asked: where only customers narrow beside what is searched for, and have too many people to look at, the terms come
    /// before them. Then with how many people that is, if they are not too many to be the fewest: another side that leaves as many is of no use.
    fn in_turn(conn: &mut Conn, narrow: &Narrow) -> Result<([Side; 7], Option<i64>), Refusal> {
        let mut sides = Side::ALL;
        if !narrow.terms.is_empty() && !narrow.has_facets() && narrow.customers.is_some() {
            let people = kept_total(conn, narrow)?;
            if usize::try_from(people).is_ok_and(|people| people > ENOUGH) {
                sides.sort_by_key(|side| *side == Side::Facets);
                return Ok((sides, Some(people).filter(|people| *people <= COUNT_CAP)));
            }
        }
        Ok((sides, None))
    }

    /// From so many people on, a side by itself is not what hits are found by. Those who may sign in may be more than are counted, and are still few to
    /// look at where everybody would have to be.
    fn most(self) -> i64 {
        if self == Side::Access { BESIDE } else { COUNT_CAP + 1 }
    }

    /// Whether something that is asked for lies on this side.
    fn asks(self, narrow: &Narrow) -> bool {
        match self {
            Side::Picked => narrow.picked.as_ref().is_some_and(|picked| picked.whole.is_none()),
            Side::Group => narrow.group.is_some(),
            Side::Access => narrow.access.is_some(),
            Side::Facets => narrow.has_facets() || narrow.customers.is_some(),
            Side::Role => narrow.role.is_some(),
            Side::Rare | Side::Terms => !narrow.terms.is_empty(),
        }
    }

    /// Nothing more is to be looked at on this side.
    fn settle(self, rest: &mut Narrow) {
        match self {
            Side::Picked => rest.picked = None,
            Side::Group => rest.group = None,
            Side::Facets => {
                *rest = Narrow {
                    terms: std::mem::take(&mut rest.terms),
                    access: rest.access,
                    role: rest.role,
                    group: rest.group,
                    no_devices: rest.no_devices,
                    picked: rest.picked.take(),
                    ..Narrow::default()
                }
            }
            // Of those who may sign in, who has no password yet stands in their rows.
            Side::Access => rest.access = rest.access.filter(|(access, _)| *access == Access::Pending),
            Side::Role => rest.role = None,
            Side::Rare => {}
            Side::Terms => rest.terms = Terms::default(),
        }
    }

    /// Up to so many people; None if nothing of what is asked for lies on this side.
    fn ask(self, conn: &mut Conn, narrow: &Narrow, most: i64) -> Result<Option<Candidates>, Refusal> {
        if !self.asks(narrow) {
            return Ok(None);
        }
        let mut rest = narrow.clone();
        let (mut ids, present) = match self {
            Side::Picked => (of_picked(conn, narrow, most)?, false),
            Side::Group => (of_group(conn, narrow, most)?, true),
            Side::Access => (of_access(conn, narrow, most)?, false),
            Side::Facets => (of_facets(conn, narrow, most)?, true),
            Side::Role => (of_role(conn, narrow, most)?, false),
            Side::Rare => match of_rare_terms(conn, narrow)? {
                Some(ids) => (ids, false),
                None => return Ok(None),
            },
            Side::Terms => (of_terms(conn, narrow, most)?, true),
        };
        self.settle(&mut rest);
        ids.sort_unstable();
        Ok(Some(Candidates { ids, rest, present }))
    }
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
            if !of_facets(conn, &narrow, 1)?.is_empty() {
                segments.push(narrow);
            }
        }
        Ok(Some(segments))
    }
}

/// By status, source, 2FA, last sign-in and customer: one index that holds them all. What is not asked for takes each of its few values, so that
/// whatever is asked for is a handful of ranges.
fn of_facets(conn: &mut Conn, narrow: &Narrow, most: i64) -> Result<Vec<i64>, Refusal> {
    let few = |column, asked: Option<i16>, all: Vec<i16>| one_of_few(column, asked.map_or(all, |one| vec![one]));
    let mut query = present()
        .filter(few("users.status", narrow.status, Status::ALL.iter().map(|word| word.number()).collect()))
        .filter(few("users.source", narrow.source, Source::ALL.iter().map(|word| word.number()).collect()))
        .filter(few("users.tfa", narrow.tfa, TfaStatus::ALL.iter().map(|word| word.number()).collect()));
    if narrow.never_signed_in {
        query = query.filter(literal::<Bool>("users.last_login_at = 0"));
    }
    if let Some(since) = narrow.idle_since {
        query = query.filter(users::last_login_at.gt(0)).filter(users::last_login_at.lt(since));
    }
    if let Some(ids) = &narrow.customers {
        query = query.filter(users::customer_id.eq_any(ids.clone()));
    }
    Ok(query.select(users::id).limit(most).load(conn)?)
}

/// Those who may sign in, who are few, or who are held back, who are fewer.
fn of_access(conn: &mut Conn, narrow: &Narrow, most: i64) -> Result<Vec<i64>, Refusal> {
    match narrow.access {
        Some((Access::HeldBack, now)) => guesses::who_is_held_back(conn, now, most),
        _ => who_may_sign_in(conn, most),
    }
}

/// Those who hold a role that may sign in, deleted or not.
pub(super) fn who_may_sign_in(conn: &mut Conn, most: i64) -> Result<Vec<i64>, Refusal> {
    let signing_in = roles::table.filter(roles::may_sign_in.eq(true)).select(roles::id);
    let holders = role_assignments::table
        .filter(literal::<Bool>("role_assignments.role_id <> 4"))
        .filter(role_assignments::role_id.eq_any(signing_in));
    Ok(holders.select(role_assignments::user_id).distinct().limit(most).load(conn)?)
}

fn of_role(conn: &mut Conn, narrow: &Narrow, most: i64) -> Result<Vec<i64>, Refusal> {
    let holders = role_assignments::table.filter(role_assignments::role_id.nullable().eq(narrow.role));
    Ok(holders.select(role_assignments::user_id).limit(most).load(conn)?)
}

/// Members who are not deleted.
fn of_group(conn: &mut Conn, narrow: &Narrow, most: i64) -> Result<Vec<i64>, Refusal> {
    let members = group_members::table
        .filter(group_members::group_id.nullable().eq(narrow.group))
        .filter(group_members::is_deleted.eq(false));
    Ok(members.select(group_members::user_id).limit(most).load(conn)?)
}

fn of_picked(conn: &mut Conn, narrow: &Narrow, most: i64) -> Result<Vec<i64>, Refusal> {
    let items = selection_items::table
        .filter(selection_items::selection_id.nullable().eq(narrow.picked.as_ref().map(|picked| picked.selection_id)))
        .filter(selection_items::included.eq(true));
    Ok(items.select(selection_items::object_id).limit(most).load(conn)?)
}

fn of_rare_terms(conn: &mut Conn, narrow: &Narrow) -> Result<Option<Vec<i64>>, Refusal> {
    match conn {
        Conn::Sqlite(c) => Ok(trigrams::few(c, &narrow.terms.needles())?),
        // Chooses by itself.
        Conn::Postgres(_) => Ok(None),
    }
}

fn of_terms(conn: &mut Conn, narrow: &Narrow, most: i64) -> Result<Vec<i64>, Refusal> {
    match conn {
        Conn::Sqlite(c) => Ok(trigrams::all(c, &narrow.terms.needles(), most)?),
        conn => {
            let only = Narrow { terms: narrow.terms.clone(), ..Narrow::default() };
            Ok(only.query(false).select(users::id).limit(most).load(conn)?)
        }
    }
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
