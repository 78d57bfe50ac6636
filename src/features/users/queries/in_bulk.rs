//! Many users in one statement, for operations that run in batches.

use std::collections::BTreeMap;

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, SmallInt, Text};

use super::super::model::User;
use super::write::count;
use crate::db::Conn;
use crate::db::schema::{operation_rows, users};
use crate::each_backend;
use crate::features::operations::model::Verdict;
use crate::refusal::Refusal;

/// Plans the same change for users who are not deleted. `before` and `after` are JSON objects. Gives how many.
pub fn plan_changes(
    conn: &mut Conn,
    operation_id: i64,
    ids: &[i64],
    before: &str,
    after: &str,
) -> Result<usize, Refusal> {
    let label = "CASE WHEN users.name = '' THEN users.email ELSE users.name || ' <' || users.email || '>' END";
    let planned = each_backend!(conn, c => users::table
        .filter(users::id.eq_any(ids))
        .filter(users::deleted_at.eq(0))
        .select((
            operation_id.into_sql::<BigInt>(),
            users::id,
            sql::<Text>(label),
            Verdict::Change.number().into_sql::<SmallInt>(),
            before.into_sql::<Text>(),
            after.into_sql::<Text>(),
            "".into_sql::<Text>(),
        ))
        .insert_into(operation_rows::table)
        .into_columns((
            operation_rows::operation_id,
            operation_rows::object_id,
            operation_rows::label,
            operation_rows::verdict,
            operation_rows::before,
            operation_rows::after,
            operation_rows::reason,
        ))
        .execute(c))?;
    Ok(planned)
}

/// Marks users as deleted, and notes the totals once a customer.
pub fn delete_all(conn: &mut Conn, gone: &[User], now: i64) -> Result<(), Refusal> {
    let mut of_customers: BTreeMap<i64, i64> = BTreeMap::new();
    for user in gone {
        *of_customers.entry(user.customer_id).or_default() += 1;
    }
    let ids: Vec<i64> = gone.iter().map(|user| user.id).collect();
    for batch in ids.chunks(1_000) {
        diesel::update(users::table.filter(users::id.eq_any(batch))).set(users::deleted_at.eq(now)).execute(conn)?;
    }
    for (customer, number) in of_customers {
        count(conn, customer, (-number, number))?;
    }
    Ok(())
}
