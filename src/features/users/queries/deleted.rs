//! Who was deleted: one page in any order.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Nullable};

use super::narrow::{Narrow, Users, of_ids};
use crate::db::fragment::{literal, one_of};
use crate::db::schema::{user_counts, users};
use crate::db::search::{Terms, holds, indexed};
use crate::db::{Conn, is_sqlite};
use crate::features::users::model::User;
use crate::keyset;
use crate::refusal::Refusal;
use crate::web::list::{COUNT_CAP, Cursor, Page, Place, Total, Value};

/// What narrows the list of the deleted.
#[derive(Debug, Clone)]
pub struct Gone {
    /// None: all customers.
    pub customers: Option<Vec<i64>>,
    pub terms: Terms,
}

impl Gone {
    fn base<'a>(&self, sqlite: bool, few: Option<&[i64]>) -> Users<'a> {
        // Written out, so that the partial indexes of the deleted apply.
        let mut query = users::table.filter(literal::<Bool>("users.deleted_at <> 0")).into_boxed();
        let scope = Narrow { customers: self.customers.clone(), ..Narrow::default() };
        if let Some(condition) = scope.in_customers(sqlite) {
            query = query.filter(condition);
        }
        if let Some(ids) = few {
            return query.filter(of_ids(sqlite, ids));
        }
        for needle in self.terms.needles() {
            query = query.filter(holds(sqlite, &needle));
        }
        query
    }

    /// How many are deleted, whatever is searched for: from the kept totals.
    fn kept(&self, conn: &mut Conn) -> Result<i64, Refusal> {
        // A sum of BIGINT is NUMERIC on PostgreSQL, hence the cast.
        let sum = user_counts::table.into_boxed().select(literal::<Nullable<BigInt>>("CAST(SUM(deleted) AS BIGINT)"));
        let sum = match (self.customers.as_deref(), is_sqlite(conn)) {
            (None, _) => sum,
            (Some(ids), true) => sum.filter(one_of("user_counts.customer_id IN (SELECT value FROM json_each(", ids)),
            (Some(ids), false) => sum.filter(user_counts::customer_id.eq_any(ids.to_vec())),
        };
        Ok(sum.first::<Option<i64>>(conn)?.unwrap_or(0))
    }

    /// The hits of a search, if they are at most [`COUNT_CAP`]. Of few deleted ones all are looked at; of many, the index of the search is asked.
    fn hits(&self, conn: &mut Conn) -> Result<Option<Vec<i64>>, Refusal> {
        let sqlite = is_sqlite(conn);
        let query = match sqlite && self.kept(conn)? > COUNT_CAP {
            true => Gone { terms: Terms::default(), ..self.clone() }
                .base(sqlite, None)
                .filter(indexed(&self.terms.needles())),
            false => self.base(sqlite, None),
        };
        let ids: Vec<i64> = query.select(users::id).limit(COUNT_CAP + 1).load(conn)?;
        Ok(if i64::try_from(ids.len()).unwrap_or(i64::MAX) > COUNT_CAP { None } else { Some(ids) })
    }
}

/// One page in the order of a column (by its key in the URL), and how many there are.
pub fn deleted(
    conn: &mut Conn,
    gone: &Gone,
    sort: &str,
    descending: bool,
    place: &Place,
    limit: i64,
) -> Result<(Page<(Cursor, User)>, Total), Refusal> {
    let few = if gone.terms.is_empty() { None } else { gone.hits(conn)? };
    let total = match &few {
        Some(ids) => Total::Exactly(i64::try_from(ids.len()).unwrap_or(COUNT_CAP)),
        None if gone.terms.is_empty() => Total::Exactly(gone.kept(conn)?),
        None => Total::MoreThan(COUNT_CAP),
    };
    let course = place.course(|_| None);
    let (from, way) = (course.from.clone(), course.descends(descending));
    let base = (is_sqlite(conn), few.as_deref());
    let rows: Vec<User> = match sort {
        "name" => {
            let from = from.map(|Cursor(at, id)| (at.into_text(), id));
            keyset!(conn, gone.base(base.0, base.1), users::name_key, users::id, from, way, limit + 1)
        }
        "email" => {
            let from = from.map(|Cursor(at, id)| (at.into_text(), id));
            keyset!(conn, gone.base(base.0, base.1), users::email_key, users::id, from, way, limit + 1)
        }
        _ => {
            let from = from.map(|Cursor(at, id)| (at.into_number(), id));
            keyset!(conn, gone.base(base.0, base.1), users::deleted_at, users::id, from, way, limit + 1)
        }
    };
    let rows = rows.into_iter().map(|user| (place_of(sort, &user), user)).collect();
    Ok((course.page(rows, limit), total))
}

fn place_of(sort: &str, user: &User) -> Cursor {
    let value = match sort {
        "name" => Value::Text(user.name_key.clone()),
        "email" => Value::Text(user.email_key.clone()),
        _ => Value::Number(user.deleted_at),
    };
    Cursor(value, user.id)
}
