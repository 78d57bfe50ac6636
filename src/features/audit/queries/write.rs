//! Rows of `audit` and the values beside them.

use diesel::prelude::*;

use crate::db::Conn;
use crate::db::schema::{audit, audit_values, users};
use crate::each_backend;
use crate::features::audit::model::Outcome;
use crate::refusal::Refusal;

#[derive(Insertable)]
#[diesel(table_name = audit)]
pub struct Row<'a> {
    pub at: i64,
    pub actor_id: i64,
    pub address: &'a str,
    pub request_id: &'a str,
    pub action: &'a str,
    pub object_kind: &'a str,
    pub object_id: i64,
    pub customer_id: i64,
    pub operation_id: i64,
    pub outcome: i16,
    pub values_hash: Vec<u8>,
}

/// Adds one row and its values; gives its id.
pub fn insert(conn: &mut Conn, row: &Row<'_>, salt: &[u8], data: &str) -> Result<i64, Refusal> {
    let id: i64 =
        each_backend!(conn, c => diesel::insert_into(audit::table).values(row).returning(audit::id).get_result(c))?;
    diesel::insert_into(audit_values::table)
        .values((audit_values::audit_id.eq(id), audit_values::salt.eq(salt), audit_values::data.eq(data)))
        .execute(conn)?;
    Ok(id)
}

/// How often somebody was refused something since a time.
pub fn refusals_since(conn: &mut Conn, actor_id: i64, action: &str, since: i64) -> Result<i64, Refusal> {
    Ok(audit::table
        .filter(audit::actor_id.eq(actor_id))
        .filter(audit::action.eq(action))
        .filter(audit::outcome.eq(Outcome::Refused.number()))
        .filter(audit::at.ge(since))
        .count()
        .get_result(conn)?)
}

/// The customer of a user; 0 for somebody who is not there.
pub fn customer_of_user(conn: &mut Conn, user_id: i64) -> Result<i64, Refusal> {
    let customer = users::table.find(user_id).select(users::customer_id).first(conn).optional()?;
    Ok(customer.unwrap_or(0))
}

/// Empties the values of every row about a person.
pub fn forget_user(conn: &mut Conn, user_id: i64) -> Result<(), Refusal> {
    let told: Vec<i64> = audit::table
        .filter(audit::object_kind.eq("user"))
        .filter(audit::object_id.eq(user_id))
        .select(audit::id)
        .load(conn)?;
    for batch in told.chunks(500) {
        diesel::update(audit_values::table.filter(audit_values::audit_id.eq_any(batch)))
            .set((audit_values::data.eq(""), audit_values::salt.eq(Vec::<u8>::new())))
            .execute(conn)?;
    }
    Ok(())
}

/// Whether the audit says that a person was purged.
pub fn purged(conn: &mut Conn, user_id: i64) -> Result<bool, Refusal> {
    let row = audit::table
        .filter(audit::object_kind.eq("user"))
        .filter(audit::object_id.eq(user_id))
        .filter(audit::action.eq(super::super::model::PURGE));
    Ok(row.select(audit::id).first::<i64>(conn).optional()?.is_some())
}

/// The last row that tells of an operation.
pub fn latest_of_operation(conn: &mut Conn, operation_id: i64) -> Result<Option<i64>, Refusal> {
    let rows = audit::table.filter(audit::operation_id.eq(operation_id)).filter(audit::operation_id.ne(0));
    Ok(rows.filter(audit::object_kind.eq("operation")).select(diesel::dsl::max(audit::id)).first(conn)?)
}
