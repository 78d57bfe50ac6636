//! Many people at once, by address, name or number: a bounded number of queries, each of short ranges of an index.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::super::model::User;
use crate::access::Scope;
use crate::db::Conn;
use crate::db::schema::users;
use crate::each_backend;
use crate::refusal::Refusal;

/// How many ranges one statement reads; SQLite takes up to 500.
const RANGES: usize = 100;

/// A column that people share values of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shared {
    Name,
    Phone,
}

#[derive(QueryableByName)]
struct Hit {
    #[diesel(sql_type = BigInt)]
    entry: i64,
    #[diesel(sql_type = BigInt)]
    id: i64,
}

/// Who in scope has each of these values: pairs of the value's place and an id, at most `most` ids a value, the lowest first.
pub fn with_values(
    conn: &mut Conn,
    scope: &Scope,
    column: Shared,
    values: &[&str],
    most: i64,
) -> Result<Vec<(usize, i64)>, Refusal> {
    let column = match column {
        Shared::Name => "name_key",
        Shared::Phone => "phone_digits",
    };
    let within = match scope.ids() {
        None => String::new(),
        Some(ids) => {
            let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
            format!(" AND customer_id IN ({})", ids.join(", "))
        }
    };
    let mut found = Vec::new();
    for (batch, values) in values.chunks(RANGES).enumerate() {
        // A range of its own for each value, so that a name that thousands share costs as little as one that is unique.
        let ranges: Vec<String> = (0..values.len())
            .map(|n| {
                format!(
                    "SELECT * FROM (SELECT CAST({n} AS BIGINT) AS entry, id FROM users \
                     WHERE deleted_at = 0 AND {column} = ${}{within} ORDER BY id LIMIT {most}) AS range_{n}",
                    n + 1
                )
            })
            .collect();
        let statement = ranges.join(" UNION ALL ");
        let hits: Vec<Hit> = each_backend!(conn, c => {
            let query = values.iter().fold(diesel::sql_query(statement).into_boxed(), |query, value| query.bind::<Text, _>(*value));
            query.load(c)
        })?;
        for hit in hits {
            found.push((batch * RANGES + usize::try_from(hit.entry).unwrap_or(0), hit.id));
        }
    }
    found.sort_unstable();
    Ok(found)
}

/// Who in scope has one of these addresses (their keys).
pub fn with_emails(conn: &mut Conn, scope: &Scope, keys: &[&str]) -> Result<Vec<User>, Refusal> {
    let mut found: Vec<User> = Vec::new();
    for batch in keys.chunks(500) {
        found.extend(
            users::table.filter(users::email_key.eq_any(batch)).filter(users::deleted_at.eq(0)).load::<User>(conn)?,
        );
    }
    found.retain(|user| scope.contains(user.customer_id));
    Ok(found)
}

/// Users by id, whoever of them is there; deleted ones too.
pub fn any_with_ids(conn: &mut Conn, scope: &Scope, ids: &[i64]) -> Result<Vec<User>, Refusal> {
    let mut found: Vec<User> = Vec::with_capacity(ids.len());
    for batch in ids.chunks(1_000) {
        found.extend(users::table.filter(users::id.eq_any(batch)).load::<User>(conn)?);
    }
    found.retain(|user| scope.contains(user.customer_id));
    Ok(found)
}

/// Users by id, whoever of them is there.
pub fn with_ids(conn: &mut Conn, scope: &Scope, ids: &[i64]) -> Result<Vec<User>, Refusal> {
    let mut found: Vec<User> = Vec::new();
    for batch in ids.chunks(1_000) {
        found.extend(users::table.filter(users::id.eq_any(batch)).filter(users::deleted_at.eq(0)).load::<User>(conn)?);
    }
    found.retain(|user| scope.contains(user.customer_id));
    Ok(found)
}
