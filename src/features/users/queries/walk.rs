//! Rows in the order of a column, from a place on.

use std::collections::BTreeSet;

use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::super::model::{ListRow, Listed};
use super::among::among;
use super::hits::{Hits, everybody, hits};
use super::narrow::{Narrow, Users, present};
use crate::db::fragment::{named, one_of};
use crate::db::ranges::{self, Found, Owned, Ranges};
use crate::db::schema::users;
use crate::db::{Conn, is_sqlite, search};
use crate::refusal::Refusal;
use crate::web::list::{Cursor, Value};
use crate::{each_backend, keyset};

/// Those whom a narrowing leaves, in the order of a column.
pub(super) struct Walk<'n> {
    pub narrow: &'n Narrow,
    pub sort: &'n str,
    /// All who are left, where they are known; None: they are found on the way.
    pub few: Option<&'n [i64]>,
}

named! {
    /// Whether somebody has not set 2FA up and holds a role that may sign in. Of those who have not, few hold another role than "Users" (4, as the index
    /// of them has it); nobody else is looked up. Not EXISTS, for which PostgreSQL would read all of those few beforehand while there are not many.
    SignsInWithout: Bool = "users.tfa = 2 AND (SELECT 1 FROM role_assignments AS held CROSS JOIN roles AS signing \
         WHERE held.user_id = users.id AND held.role_id <> 4 AND signing.id = held.role_id AND signing.may_sign_in LIMIT 1) IS NOT NULL"
}

named! {
    /// Whether somebody is not deleted, as partial indexes have it.
    Present: Bool = "users.deleted_at = 0"
}

impl Owned for users::table {
    const NAME: &'static str = "users";
    /// [`Listed`]
    const SHOWN_AT_ONCE: Option<&'static str> =
        Some("customer_id, name, email, phone, status, source, domain, tfa, device_count, last_login_at, created_at");
    const SIDE_BY_SIDE: Option<&'static str> = Some("users_listed");
    const KEPT: Option<(&'static str, &'static str)> = Some(("user_totals", "user_counts WHERE customer_id"));
}

/// Where a walk begins and which way it goes.
#[derive(Clone)]
pub(super) struct Way {
    /// Behind this place; None: from the first on.
    pub from: Option<Cursor>,
    pub descending: bool,
}

/// How many are looked at in one go where not everybody fits: at first, and at most.
const STRIDES: (i64, i64) = (128, 2_048);
/// After so many of whom hardly anybody fitted, those who do are looked for elsewhere: they all lie at the other end of this order.
const FARTHEST: usize = 6_000;
/// So many who are known are looked up themselves. To find the first of more, SQLite passes whoever is there, which an index holds side by side, as
/// long as that takes less than looking them up all over the table.
const LOOKED_UP: usize = 1_000;
/// How many can be passed while one is looked up.
const PASSED: usize = 12;
/// So few who are known, or as many as there may be on the page, are all read as they are drawn: that takes less than asking for their places first.
const AT_HAND: i64 = 128;

/// Does `$body` with the column of a sort key as `$column`, the type of its values as `$kind` and the way there from a cursor's value as `$value`.
macro_rules! by_column {
    ($sort:expr, ($column:ident, $kind:ident, $value:ident) => $body:expr) => {
        match $sort {
            "email" => by_column!(@ users::email_key, String, Value::into_text, $column, $kind, $value, $body),
            "phone" => by_column!(@ users::phone_digits, String, Value::into_text, $column, $kind, $value, $body),
            "devices" => by_column!(@ users::device_count, i64, Value::into_number, $column, $kind, $value, $body),
            "tfa" => by_column!(@ users::tfa, i16, small, $column, $kind, $value, $body),
            "last-login" => by_column!(@ users::last_login_at, i64, Value::into_number, $column, $kind, $value, $body),
            "customer" => by_column!(@ users::customer_key, String, Value::into_text, $column, $kind, $value, $body),
            "status" => by_column!(@ users::status, i16, small, $column, $kind, $value, $body),
            "source" => by_column!(@ users::source, i16, small, $column, $kind, $value, $body),
            "created" => by_column!(@ users::created_at, i64, Value::into_number, $column, $kind, $value, $body),
            _ => by_column!(@ users::name_key, String, Value::into_text, $column, $kind, $value, $body),
        }
    };
    (@ $path:path, $type:ty, $function:path, $column:ident, $kind:ident, $value:ident, $body:expr) => {{
        use $path as $column;
        #[allow(dead_code, reason = "not every body needs it")]
        type $kind = $type;
        let $value = $function;
        $body
    }};
}

mod known;
mod members;
mod stretches;

use known::Known;
use members::members;
pub use stretches::in_stretches;

/// What is drawn of somebody: each database is asked through its own connection, since half the time of a page went into telling for each value which
/// database it came from.
type Drawn = (Listed, bool);

fn row(place: Cursor, (user, signs_in_without): Drawn) -> ListRow {
    ListRow { place, user, signs_in_without }
}

/// Before the ids of [`one_of`].
const AMONG: &str = "users.id IN (SELECT value FROM json_each(";

/// Everybody who is not deleted.
#[diesel::dsl::auto_type(no_type_alias)]
fn people_there() -> _ {
    let there: Present = Present;
    users::table.filter(there)
}

fn small(value: Value) -> i16 {
    i16::try_from(value.into_number()).unwrap_or(i16::MAX)
}

fn count(places: &[Cursor]) -> i64 {
    i64::try_from(places.len()).unwrap_or(i64::MAX)
}

impl Walk<'_> {
    /// Up to `limit` users on the way, where indexes do not lead straight to them. Only places are read of whoever is passed, which the indexes hold by
    /// themselves; then the rows that are shown.
    pub(super) fn rows(&self, conn: &mut Conn, way: &Way, limit: i64) -> Result<Vec<ListRow>, Refusal> {
        if let Some(group) = self.narrow.group_alone().filter(|_| self.few.is_none() && self.sort == "name") {
            return members(conn, group, way, limit);
        }
        if let Some(ids) =
            self.few.filter(|ids| i64::try_from(ids.len()).is_ok_and(|count| count <= limit.max(AT_HAND)))
        {
            return self.of_these(conn, ids, way, limit);
        }
        let ids: Vec<i64> = self.narrowed(conn, way, limit)?.into_iter().map(|place| place.1).collect();
        self.of_these(conn, &ids, way, limit)
    }

    /// The next of some people who are not deleted, all of whom are read.
    fn of_these(&self, conn: &mut Conn, ids: &[i64], way: &Way, limit: i64) -> Result<Vec<ListRow>, Refusal> {
        let (mut rows, from): (Vec<ListRow>, Option<Cursor>) = by_column!(self.sort, (column, Kind, value) => {
            macro_rules! shown {
                () => {
                    (column, (Listed::as_select(), SignsInWithout))
                };
            }
            let rows: Vec<(Kind, Drawn)> = match conn {
                Conn::Sqlite(c) => people_there().filter(one_of(AMONG, ids)).select(shown!()).load(c)?,
                Conn::Postgres(c) => people_there().filter(users::id.eq_any(ids)).select(shown!()).load(c)?,
            };
            let rows = rows.into_iter().map(|(at, drawn)| row(Cursor(Value::from(at), drawn.0.id), drawn)).collect();
            // As a statement would compare it, whatever kind of value stood in the address.
            let from = way.from.clone().map(|Cursor(at, id)| Cursor(Value::from(value(at)), id));
            (rows, from)
        });
        if let Some(from) = &from {
            rows.retain(|row| if way.descending { row.place < *from } else { row.place > *from });
        }
        rows.sort_unstable_by(|one, other| one.place.cmp(&other.place));
        if way.descending {
            rows.reverse();
        }
        rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(rows)
    }

    /// The next places of those who are left.
    fn narrowed(&self, conn: &mut Conn, way: &Way, limit: i64) -> Result<Vec<Cursor>, Refusal> {
        match self.narrow.segments(conn, self.sort)?.filter(|_| self.few.is_none()) {
            None => self.of_customers(conn, way, limit),
            Some(mut segments) => {
                if way.descending {
                    segments.reverse();
                }
                let mut places = Vec::new();
                for narrow in segments {
                    let few = match hits(conn, &narrow)? {
                        Hits::All(ids) => Some(ids),
                        Hits::Many => None,
                    };
                    let segment = Walk { narrow: &narrow, sort: self.sort, few: few.as_deref() };
                    places.extend(segment.of_customers(conn, way, limit - count(&places))?);
                    if count(&places) >= limit {
                        break;
                    }
                }
                Ok(places)
            }
        }
    }

    /// Up to `limit` users on the way, whoever is there, and how many there are in all, if there is anybody: of a whole list, to which indexes lead
    /// straight.
    pub(super) fn straight(&self, conn: &mut Conn, way: &Way, limit: i64) -> Result<Found<ListRow>, Refusal> {
        let customers = self.narrow.customers.as_deref();
        ranges::merged(
            customers,
            way.descending,
            limit,
            |row: &ListRow| &row.place,
            |some| self.ranges(conn, some, way, limit),
        )
    }

    /// The next rows of some customers, or of all, and how many there are.
    fn ranges(
        &self,
        conn: &mut Conn,
        customers: Option<&[i64]>,
        way: &Way,
        limit: i64,
    ) -> Result<Found<ListRow>, Refusal> {
        by_column!(self.sort, (column, Kind, value) => {
            let from = way.from.clone().map(|Cursor(at, id)| (value(at), id));
            // Of one customer the two ranges take no longer than one.
            let few_share = match (&mut *conn, customers, &from) {
                (Conn::Sqlite(_), Some([_, _, ..]), Some(_)) if self.sort == "email" => true,
                // What else lists are sorted by is shared by hundreds.
                (Conn::Sqlite(c), Some([_, _, ..]), Some((value, _)))
                    if matches!(self.sort, "name" | "phone" | "created") =>
                {
                    let sharing = people_there().filter(column.eq(value)).select(users::id).limit(ranges::FEW);
                    let sharing: Vec<i64> = sharing.load(c)?;
                    (sharing.len() as i64) < ranges::FEW
                }
                _ => false,
            };
            macro_rules! rows {
                ($c:ident) => {{
                    let shown = (Listed::as_select(), SignsInWithout);
                    Ranges::of(column, shown, customers, from, way.descending, limit).few_share(few_share).load($c)?
                }};
            }
            let rows: Vec<(Kind, Option<i64>, Drawn)> = each_backend!(conn, c => rows!(c));
            let total = rows.first().and_then(|row| row.1);
            let placed = |(at, _, drawn): (Kind, Option<i64>, Drawn)| row(Cursor(Value::from(at), drawn.0.id), drawn);
            Ok((rows.into_iter().map(placed).collect(), total))
        })
    }

    /// Of several customers one range each, merged: an index range per customer is short where a scan for one customer in thousands is not.
    fn of_customers(&self, conn: &mut Conn, way: &Way, limit: i64) -> Result<Vec<Cursor>, Refusal> {
        let ids = match (&self.narrow.customers, self.few) {
            (_, Some(_)) | (None, None) => return self.of_one(conn, None, way, limit),
            (Some(ids), None) => ids,
        };
        let mut places = Vec::new();
        for id in ids {
            places.extend(self.of_one(conn, Some(*id), way, limit)?);
        }
        places.sort_unstable();
        if way.descending {
            places.reverse();
        }
        places.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(places)
    }

    fn of_one(&self, conn: &mut Conn, customer: Option<i64>, way: &Way, limit: i64) -> Result<Vec<Cursor>, Refusal> {
        if let Some(ids) = self.few {
            return self.of_known(conn, ids, way, limit);
        }
        if self.narrow.is_whole() {
            return self.places(conn, customer, way, limit);
        }
        let fitting = |conn: &mut Conn, ids: &[i64]| among(conn, self.narrow, ids);
        let (found, enough) = self.passing(conn, customer, (way, limit), FARTHEST, fitting)?;
        if enough {
            return Ok(found);
        }
        let ids = everybody(conn, self.narrow, customer)?;
        self.of_known(conn, &ids, way, limit)
    }

    /// The next of some people who are not deleted, the lowest ids first.
    fn of_known(&self, conn: &mut Conn, ids: &[i64], way: &Way, limit: i64) -> Result<Vec<Cursor>, Refusal> {
        // Names lie beside the ids.
        if is_sqlite(conn) && self.sort != "name" && ids.len() > LOOKED_UP {
            let customer =
                self.narrow.customers.as_deref().and_then(|ids| if let [id] = ids { Some(*id) } else { None });
            let fitting = |_: &mut Conn, some: &[i64]| {
                Ok(some.iter().copied().filter(|id| ids.binary_search(id).is_ok()).collect())
            };
            let (found, enough) = self.passing(conn, customer, (way, limit), ids.len() * PASSED, fitting)?;
            if enough {
                return Ok(found);
            }
        }
        by_column!(self.sort, (column, Kind, value) => {
            let from = way.from.clone().map(|Cursor(at, id)| (value(at), id));
            let known = Known::of(column, from, way.descending, limit);
            let places: Vec<(Kind, i64)> = match conn {
                Conn::Sqlite(c) => known.in_sqlite(ids).load(c)?,
                Conn::Postgres(c) => known.in_postgres(ids).load(c)?,
            };
            Ok(places.into_iter().map(|(at, id)| Cursor(Value::from(at), id)).collect())
        })
    }

    /// Those of the next places who fit, and whether they are as many as there are or are asked for; if not, `farthest` were passed.
    fn passing(
        &self,
        conn: &mut Conn,
        customer: Option<i64>,
        (way, limit): (&Way, i64),
        farthest: usize,
        fitting: impl Fn(&mut Conn, &[i64]) -> Result<BTreeSet<i64>, Refusal>,
    ) -> Result<(Vec<Cursor>, bool), Refusal> {
        let (mut way, mut stride, mut passed) = (way.clone(), STRIDES.0, 0);
        let mut found = Vec::new();
        while passed < farthest {
            let places = self.places(conn, customer, &way, stride)?;
            let ids: Vec<i64> = places.iter().map(|place| place.1).collect();
            let fitting = fitting(conn, &ids)?;
            let all = count(&places) < stride;
            way.from = places.last().cloned();
            passed += places.len();
            found.extend(places.into_iter().filter(|place| fitting.contains(&place.1)));
            if all || count(&found) >= limit {
                found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
                return Ok((found, true));
            }
            stride = (stride * 4).min(STRIDES.1);
        }
        Ok((found, false))
    }

    /// The next places, whoever is there.
    fn places(&self, conn: &mut Conn, customer: Option<i64>, way: &Way, limit: i64) -> Result<Vec<Cursor>, Refusal> {
        by_column!(self.sort, (column, Kind, value) => {
            let from = way.from.clone().map(|Cursor(at, id)| (value(at), id));
            let places: Vec<(Kind, i64)> = keyset!(
                conn,
                self.base(customer).select((column, users::id)),
                column,
                users::id,
                from,
                way.descending,
                limit
            );
            Ok(places.into_iter().map(|(at, id)| Cursor(Value::from(at), id)).collect())
        })
    }

    /// Those whom the way leads past: where it is asked for a part of the column's values, the others lie before and behind.
    fn base(&self, customer: Option<i64>) -> Users<'static> {
        let mut query = present();
        if let Some(customer) = customer {
            query = query.filter(users::customer_id.eq(customer));
        }
        let narrow = self.narrow;
        match (self.sort, narrow.tfa, narrow.status, narrow.source) {
            ("tfa", Some(tfa), _, _) => query.filter(users::tfa.eq(tfa)),
            ("status", _, Some(status), _) => query.filter(users::status.eq(status)),
            ("source", _, _, Some(source)) => query.filter(users::source.eq(source)),
            ("last-login", ..) if narrow.never_signed_in => query.filter(users::last_login_at.eq(0)),
            ("last-login", ..) if narrow.idle_since.is_some() => {
                let since = narrow.idle_since.unwrap_or_default();
                query.filter(users::last_login_at.gt(0)).filter(users::last_login_at.lt(since))
            }
            ("devices", ..) if narrow.no_devices => query.filter(users::device_count.eq(0)),
            _ => query,
        }
    }

    /// The place just before the first row whose value is not below (or, descending, not above) what was typed.
    pub(super) fn jump(&self, text: &str, descending: bool) -> Cursor {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::users::input::TfaStatus;
    use crate::features::users::model::Stored;

    #[test]
    fn roles_are_looked_up_of_those_without_2fa() {
        assert!(SignsInWithout::SQL.starts_with(&format!("users.tfa = {} ", TfaStatus::NotActive.number())));
    }
}
