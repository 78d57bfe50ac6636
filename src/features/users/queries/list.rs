//! The User List: narrowed by scope, search and filters; one page of any order by keyset; counts.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::super::model::User;
use super::picked::Picked;
use crate::access::Scope;
use crate::db::schema::{role_assignments, user_counts, users};
use crate::db::search::{Condition, Terms, prefix_end, users_holding};
use crate::db::{Conn, search};
use crate::keyset;
use crate::refusal::Refusal;
use crate::web::list::{COUNT_CAP, Cursor, Page, Place, Total, Value};

type Backend = <Conn as diesel::Connection>::Backend;
type Users<'a> = users::BoxedQuery<'a, Backend>;

/// Up to so many hits are sorted themselves; with more, the index of the order is walked and filtered.
const FEW: usize = 1_000;

/// What narrows the list.
#[derive(Debug, Clone, Default)]
pub struct Narrow {
    /// None: all customers.
    pub customers: Option<Vec<i64>>,
    pub terms: Terms,
    pub tfa: Option<i16>,
    pub status: Option<i16>,
    pub source: Option<i16>,
    pub role: Option<i64>,
    pub no_devices: bool,
    pub never_signed_in: bool,
    /// Signed in, but not since this time (unix milliseconds).
    pub idle_since: Option<i64>,
    /// Only those of a selection.
    pub picked: Option<Picked>,
}

impl Narrow {
    pub fn to_scope(scope: &Scope) -> Narrow {
        Narrow { customers: scope.ids(), ..Narrow::default() }
    }

    /// Narrows to one customer; one outside the scope leaves nothing.
    pub fn to_customer(&mut self, id: i64) {
        let inside = self.customers.as_ref().is_none_or(|ids| ids.contains(&id));
        self.customers = Some(if inside { vec![id] } else { Vec::new() });
    }

    /// Whether nothing but customers narrows it.
    pub fn is_whole(&self) -> bool {
        self.terms.is_empty()
            && self.tfa.is_none()
            && self.status.is_none()
            && self.source.is_none()
            && self.role.is_none()
            && !self.no_devices
            && !self.never_signed_in
            && self.idle_since.is_none()
            && self.picked.is_none()
    }

    /// The narrowed query, for one customer or for all that are left.
    pub(super) fn query<'a>(&self, sqlite: bool, customer: Option<i64>, hits: Option<&[i64]>) -> Users<'a> {
        // Literal, so that the partial indexes of the list apply: a bound 0 proves nothing to the planner.
        let mut query: Users<'a> = users::table.filter(sql::<Bool>("users.deleted_at = 0")).into_boxed();
        query = match (customer, &self.customers) {
            (Some(id), _) => query.filter(users::customer_id.eq(id)),
            (None, Some(ids)) => query.filter(users::customer_id.eq_any(ids.clone())),
            (None, None) => query,
        };
        if let Some(hits) = hits {
            return query.filter(users::id.eq_any(hits.to_vec()));
        }
        self.conditions(sqlite).into_iter().fold(query, |query, condition| query.filter(condition))
    }

    /// Everything that narrows it but the customers.
    pub(super) fn conditions(&self, sqlite: bool) -> Vec<Condition> {
        let mut all: Vec<Condition> = Vec::new();
        all.extend(users_holding(sqlite, &self.terms.anywhere));
        for prefix in &self.terms.prefixes {
            let end = prefix_end(prefix);
            all.push(Box::new(
                users::name_key
                    .ge(prefix.clone())
                    .and(users::name_key.lt(end.clone()))
                    .or(users::email_key.ge(prefix.clone()).and(users::email_key.lt(end.clone())))
                    .or(users::phone_digits.ge(prefix.clone()).and(users::phone_digits.lt(end))),
            ));
        }
        if let Some(tfa) = self.tfa {
            all.push(Box::new(users::tfa.eq(tfa)));
        }
        if let Some(status) = self.status {
            all.push(Box::new(users::status.eq(status)));
        }
        if let Some(source) = self.source {
            all.push(Box::new(users::source.eq(source)));
        }
        if let Some(role) = self.role {
            let holders =
                role_assignments::table.filter(role_assignments::role_id.eq(role)).select(role_assignments::user_id);
            all.push(Box::new(users::id.eq_any(holders)));
        }
        if self.no_devices {
            all.push(Box::new(users::device_count.eq(0)));
        }
        if self.never_signed_in {
            all.push(Box::new(users::last_login_at.eq(0)));
        }
        if let Some(since) = self.idle_since {
            all.push(Box::new(users::last_login_at.gt(0).and(users::last_login_at.lt(since))));
        }
        all.extend(self.picked.as_ref().map(|picked| picked.condition(sqlite)));
        all
    }
}

/// How many users are left: from the kept totals for a whole list, counted up to [`COUNT_CAP`] for a narrowed one.
pub fn total(conn: &mut Conn, narrow: &Narrow) -> Result<Total, Refusal> {
    if let Some(left_out) = narrow.whole_but(conn)? {
        let whole = total(conn, &Narrow { customers: narrow.customers.clone(), ..Narrow::default() })?;
        return Ok(match whole {
            Total::Exactly(n) => Total::Exactly((n - left_out).max(0)),
            more => more,
        });
    }
    if narrow.is_whole() {
        let query = user_counts::table.into_boxed();
        let query = match &narrow.customers {
            None => query,
            Some(ids) => query.filter(user_counts::customer_id.eq_any(ids.clone())),
        };
        // A sum of BIGINT is NUMERIC on PostgreSQL, hence the cast.
        let sum: Option<i64> = query
            .select(sql::<diesel::sql_types::Nullable<diesel::sql_types::BigInt>>("CAST(SUM(present) AS BIGINT)"))
            .first(conn)?;
        return Ok(Total::Exactly(sum.unwrap_or(0)));
    }
    Ok(match hits(conn, narrow)? {
        Ok(ids) => Total::Exactly(i64::try_from(ids.len()).unwrap_or(COUNT_CAP)),
        Err(_) => Total::MoreThan(COUNT_CAP),
    })
}

/// The ids of all hits if they are at most [`COUNT_CAP`].
fn hits(conn: &mut Conn, narrow: &Narrow) -> Result<Result<Vec<i64>, ()>, Refusal> {
    let sqlite = matches!(conn, Conn::Sqlite(_));
    let ids: Vec<i64> = narrow.query(sqlite, None, None).select(users::id).limit(COUNT_CAP + 1).load(conn)?;
    Ok(if i64::try_from(ids.len()).unwrap_or(i64::MAX) > COUNT_CAP { Err(()) } else { Ok(ids) })
}

/// One page in the order of a column (by its key in the URL), and how many there are.
pub fn list(
    conn: &mut Conn,
    narrow: &Narrow,
    sort: &str,
    descending: bool,
    place: &Place,
    limit: i64,
) -> Result<(Page<User>, Total), Refusal> {
    let (few, total) = if narrow.is_whole() {
        (None, total(conn, narrow)?)
    } else {
        match hits(conn, narrow)? {
            Ok(ids) => {
                let total = Total::Exactly(i64::try_from(ids.len()).unwrap_or(COUNT_CAP));
                (Some(ids).filter(|ids| ids.len() <= FEW), total)
            }
            Err(()) => (None, total(conn, narrow)?),
        }
    };
    let walk = Walk { narrow, sort, few: few.as_deref() };
    // Walking backwards is walking forwards in the opposite order, turned round at the end.
    let (from, backwards) = match place {
        Place::First => (None, false),
        Place::Last => (None, true),
        Place::After(cursor) => (Some(cursor.clone()), false),
        Place::Before(cursor) => (Some(cursor.clone()), true),
        Place::From(text) => (Some(walk.jump(text, descending)), false),
    };
    let mut rows = walk.rows(conn, from.clone(), descending != backwards, limit + 1)?;
    let more = rows.len() > usize::try_from(limit).unwrap_or(usize::MAX);
    rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    if backwards {
        rows.reverse();
    }
    let begun_inside = from.is_some();
    let page = if backwards {
        Page { rows, more_before: more, more_after: begun_inside }
    } else {
        Page { rows, more_before: begun_inside, more_after: more }
    };
    Ok((page, total))
}

struct Walk<'n> {
    narrow: &'n Narrow,
    sort: &'n str,
    few: Option<&'n [i64]>,
}

impl Walk<'_> {
    /// Rows of all customers in scope, merged from one range each: an index range per customer is short where a scan for one customer in thousands is not.
    fn rows(&self, conn: &mut Conn, from: Option<Cursor>, descending: bool, limit: i64) -> Result<Vec<User>, Refusal> {
        let ranges: Vec<Option<i64>> = match (&self.narrow.customers, self.few) {
            (Some(ids), None) => ids.iter().copied().map(Some).collect(),
            _ => vec![None],
        };
        let merge = ranges.len() > 1;
        let mut rows = Vec::new();
        for customer in ranges {
            rows.extend(self.range(conn, customer, from.clone(), descending, limit)?);
        }
        if merge {
            rows.sort_by_cached_key(|user| place_of(self.sort, user));
            if descending {
                rows.reverse();
            }
            rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        }
        Ok(rows)
    }

    fn range(
        &self,
        conn: &mut Conn,
        customer: Option<i64>,
        from: Option<Cursor>,
        descending: bool,
        limit: i64,
    ) -> Result<Vec<User>, Refusal> {
        let sqlite = matches!(conn, Conn::Sqlite(_));
        macro_rules! by {
            ($column:expr, $value:expr) => {
                keyset!(
                    conn,
                    self.narrow.query(sqlite, customer, self.few),
                    $column,
                    users::id,
                    from.map(|Cursor(value, id)| ($value(value), id)),
                    descending,
                    limit
                )
            };
        }
        let text = |value| match value {
            Value::Text(text) => text,
            Value::Number(number) => number.to_string(),
        };
        let number = |value| match value {
            Value::Number(number) => number,
            Value::Text(text) => text.parse().unwrap_or(0),
        };
        let small = |value| i16::try_from(number(value)).unwrap_or(i16::MAX);
        Ok(match self.sort {
            "email" => by!(users::email_key, text),
            "phone" => by!(users::phone_digits, text),
            "devices" => by!(users::device_count, number),
            "tfa" => by!(users::tfa, small),
            "last-login" => by!(users::last_login_at, number),
            "customer" => by!(users::customer_key, text),
            "status" => by!(users::status, small),
            "source" => by!(users::source, small),
            "created" => by!(users::created_at, number),
            _ => by!(users::name_key, text),
        })
    }

    /// The place just before the first row whose value is not below (or, descending, not above) what was typed.
    fn jump(&self, text: &str, descending: bool) -> Cursor {
        let value = match self.sort {
            "name" | "email" | "customer" => {
                let folded = crate::db::fold::fold(text);
                Value::Text(if descending { search::prefix_end(&folded) } else { folded })
            }
            "phone" => {
                let digits = crate::db::fold::digits(text);
                Value::Text(if descending { search::prefix_end(&digits) } else { digits })
            }
            _ => Value::Number(text.parse().unwrap_or(0)),
        };
        Cursor(value, if descending { i64::MAX } else { 0 })
    }
}

/// A user's place in the order of a column.
pub fn place_of(sort: &str, user: &User) -> Cursor {
    let value = match sort {
        "email" => Value::Text(user.email_key.clone()),
        "phone" => Value::Text(user.phone_digits.clone()),
        "devices" => Value::Number(user.device_count),
        "tfa" => Value::Number(user.tfa.into()),
        "last-login" => Value::Number(user.last_login_at),
        "customer" => Value::Text(user.customer_key.clone()),
        "status" => Value::Number(user.status.into()),
        "source" => Value::Number(user.source.into()),
        "created" => Value::Number(user.created_at),
        _ => Value::Text(user.name_key.clone()),
    };
    Cursor(value, user.id)
}
