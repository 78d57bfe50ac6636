//! Rows in the order of a column, from a place on.

use std::collections::BTreeMap;

use diesel::dsl::exists;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::super::model::{ListRow, Listed};
use super::hits::{Hits, everybody, hits};
use super::narrow::{Narrow, Users, of_ids, present};
use super::picked::among;
use crate::db::fragment::{Literal, literal, one_of};
use crate::db::schema::{role_assignments, users};
use crate::db::{Conn, is_sqlite, search};
use crate::keyset;
use crate::refusal::Refusal;
use crate::web::list::{Cursor, Value};

/// Those whom a narrowing leaves, in the order of a column.
pub(super) struct Walk<'n> {
    pub narrow: &'n Narrow,
    pub sort: &'n str,
    /// All who are left, where they are known; None: they are found on the way.
    pub few: Option<&'n [i64]>,
}

/// Where a walk begins and which way it goes.
#[derive(Clone)]
pub(super) struct Way {
    /// Behind this place; None: from the first on.
    pub from: Option<Cursor>,
    pub descending: bool,
}

/// How many are looked at in one go where not everybody fits: at first, and at most.
const STRIDES: (i64, i64) = (256, 4_096);
/// After so many of whom hardly anybody fitted, those who do are looked for elsewhere: they all lie at the other end of this order.
const FARTHEST: usize = 24_000;

/// Does `$body` with the column of a sort key as `$column`, the type of its values as `$kind` and the way there from a cursor's value as `$value`.
macro_rules! by_column {
    ($sort:expr, ($column:ident, $kind:ident, $value:ident) => $body:expr) => {
        match $sort {
            "email" => by_column!(@ users::email_key, String, text, $column, $kind, $value, $body),
            "phone" => by_column!(@ users::phone_digits, String, text, $column, $kind, $value, $body),
            "devices" => by_column!(@ users::device_count, i64, number, $column, $kind, $value, $body),
            "tfa" => by_column!(@ users::tfa, i16, small, $column, $kind, $value, $body),
            "last-login" => by_column!(@ users::last_login_at, i64, number, $column, $kind, $value, $body),
            "customer" => by_column!(@ users::customer_key, String, text, $column, $kind, $value, $body),
            "status" => by_column!(@ users::status, i16, small, $column, $kind, $value, $body),
            "source" => by_column!(@ users::source, i16, small, $column, $kind, $value, $body),
            "created" => by_column!(@ users::created_at, i64, number, $column, $kind, $value, $body),
            _ => by_column!(@ users::name_key, String, text, $column, $kind, $value, $body),
        }
    };
    (@ $path:path, $type:ty, $function:ident, $column:ident, $kind:ident, $value:ident, $body:expr) => {{
        use $path as $column;
        #[allow(dead_code, reason = "not every body needs it")]
        type $kind = $type;
        let $value = $function;
        $body
    }};
}

mod ranges;
mod stretches;

use ranges::Ranges;
pub use stretches::in_stretches;

/// What is drawn of somebody: each database is asked through its own connection, since half the time of a page went into telling for each value which
/// database it came from.
type Drawn = (Listed, bool);

/// Whether a user holds a role that may sign in.
#[diesel::dsl::auto_type]
fn may_sign_in() -> _ {
    // By the index of those who hold another role than "Users" (4, as that index has it); the roles are looked up once a statement.
    let special: Literal<Bool> = literal("role_assignments.role_id <> 4");
    let signs_in: Literal<Bool> = literal("+role_assignments.role_id IN (SELECT id FROM roles WHERE may_sign_in)");
    let held = role_assignments::table.filter(role_assignments::user_id.eq(users::id)).filter(special).filter(signs_in);
    exists(held)
}

fn row(place: Cursor, (user, may_sign_in): Drawn) -> ListRow {
    ListRow { place, user, may_sign_in }
}

/// What is drawn of some people who are not deleted, in whatever order.
fn drawn(conn: &mut Conn, ids: &[i64]) -> Result<Vec<Drawn>, Refusal> {
    let here = users::table.filter(literal::<Bool>("users.deleted_at = 0"));
    Ok(match conn {
        Conn::Sqlite(c) => here
            .filter(one_of("users.id IN (SELECT value FROM json_each(", ids))
            .select((Listed::as_select(), may_sign_in()))
            .load(c)?,
        Conn::Postgres(c) => here.filter(users::id.eq_any(ids)).select((Listed::as_select(), may_sign_in())).load(c)?,
    })
}

fn text(value: Value) -> String {
    match value {
        Value::Text(text) => text,
        Value::Number(number) => number.to_string(),
    }
}

fn number(value: Value) -> i64 {
    match value {
        Value::Number(number) => number,
        Value::Text(text) => text.parse().unwrap_or(0),
    }
}

fn small(value: Value) -> i16 {
    i16::try_from(number(value)).unwrap_or(i16::MAX)
}

fn count(places: &[Cursor]) -> i64 {
    i64::try_from(places.len()).unwrap_or(i64::MAX)
}

impl Walk<'_> {
    /// Up to `limit` users on the way. Only places are read of whoever is passed, which the indexes hold by themselves; then the rows that are shown.
    pub(super) fn rows(&self, conn: &mut Conn, way: &Way, limit: i64) -> Result<Vec<ListRow>, Refusal> {
        if self.few.is_none() && self.narrow.is_whole() {
            return self.straight(conn, way, limit);
        }
        let places = match self.narrow.segments(conn, self.sort)?.filter(|_| self.few.is_none()) {
            None => self.of_customers(conn, way, limit)?,
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
                places
            }
        };
        let ids: Vec<i64> = places.iter().map(|place| place.1).collect();
        let mut rows: BTreeMap<i64, Drawn> = drawn(conn, &ids)?.into_iter().map(|drawn| (drawn.0.id, drawn)).collect();
        Ok(places.into_iter().filter_map(|place| rows.remove(&place.1).map(|drawn| row(place, drawn))).collect())
    }

    /// The next rows, whoever is there: indexes lead straight to them.
    fn straight(&self, conn: &mut Conn, way: &Way, limit: i64) -> Result<Vec<ListRow>, Refusal> {
        let mut rows = match &self.narrow.customers {
            None => self.merged(conn, None, way, limit)?,
            Some(ids) => {
                let mut rows = Vec::new();
                for some in ids.chunks(ranges::MOST) {
                    rows.append(&mut self.merged(conn, Some(some), way, limit)?);
                }
                rows
            }
        };
        rows.sort_unstable_by(|one, other| one.place.cmp(&other.place));
        if way.descending {
            rows.reverse();
        }
        rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(rows)
    }

    /// The next rows of some customers, or of all.
    fn merged(
        &self,
        conn: &mut Conn,
        customers: Option<&[i64]>,
        way: &Way,
        limit: i64,
    ) -> Result<Vec<ListRow>, Refusal> {
        by_column!(self.sort, (column, Kind, value) => {
            let from = way.from.clone().map(|Cursor(at, id)| (value(at), id));
            macro_rules! rows {
                ($c:ident) => {{
                    let shown = (Listed::as_select(), may_sign_in());
                    Ranges::of(column, shown, customers, from, way.descending, limit).load($c)?
                }};
            }
            let rows: Vec<(Kind, Drawn)> = match conn {
                Conn::Sqlite(c) => rows!(c),
                Conn::Postgres(c) => rows!(c),
            };
            Ok(rows.into_iter().map(|(at, drawn)| row(Cursor(Value::from(at), drawn.0.id), drawn)).collect())
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
        if self.few.is_some() || self.narrow.is_whole() {
            return self.places(conn, customer, way, limit);
        }
        let (mut way_on, mut stride, mut walked) = (way.clone(), STRIDES.0, 0);
        let mut found = Vec::new();
        while walked < FARTHEST {
            let places = self.places(conn, customer, &way_on, stride)?;
            let ids: Vec<i64> = places.iter().map(|place| place.1).collect();
            let fitting = among(conn, self.narrow, &ids)?;
            let all = count(&places) < stride;
            way_on.from = places.last().cloned();
            walked += places.len();
            found.extend(places.into_iter().filter(|place| fitting.contains(&place.1)));
            if all || count(&found) >= limit {
                found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
                return Ok(found);
            }
            stride = (stride * 4).min(STRIDES.1);
        }
        let ids = everybody(conn, self.narrow, customer)?;
        Walk { few: Some(&ids), ..*self }.places(conn, None, way, limit)
    }

    /// The next places, whoever is there.
    fn places(&self, conn: &mut Conn, customer: Option<i64>, way: &Way, limit: i64) -> Result<Vec<Cursor>, Refusal> {
        let sqlite = is_sqlite(conn);
        by_column!(self.sort, (column, Kind, value) => {
            let from = way.from.clone().map(|Cursor(at, id)| (value(at), id));
            let places: Vec<(Kind, i64)> = keyset!(
                conn,
                self.base(sqlite, customer).select((column, users::id)),
                column,
                users::id,
                from,
                way.descending,
                limit
            );
            Ok(places.into_iter().map(|(at, id)| Cursor(Value::from(at), id)).collect())
        })
    }

    /// Those whom the way leads past.
    fn base(&self, sqlite: bool, customer: Option<i64>) -> Users<'static> {
        let mut query = present();
        if let Some(ids) = self.few {
            return query.filter(of_ids(sqlite, ids));
        }
        if let Some(customer) = customer {
            query = query.filter(users::customer_id.eq(customer));
        }
        match (self.sort, self.narrow.tfa, self.narrow.status, self.narrow.source) {
            ("tfa", Some(tfa), _, _) => query.filter(users::tfa.eq(tfa)),
            ("status", _, Some(status), _) => query.filter(users::status.eq(status)),
            ("source", _, _, Some(source)) => query.filter(users::source.eq(source)),
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
