//! Writing the audit.

use diesel::prelude::*;
use sha2::{Digest, Sha256};

use super::model::Entry;
use crate::access::Origin;
use crate::access::random::{Random, SystemRandom};
use crate::db::Conn;
use crate::db::schema::{audit, audit_values};
use crate::each_backend;
use crate::refusal::Refusal;

#[derive(Insertable)]
#[diesel(table_name = audit)]
struct Row<'a> {
    at: i64,
    actor_id: i64,
    address: &'a str,
    request_id: &'a str,
    action: &'a str,
    object_kind: &'a str,
    object_id: i64,
    customer_id: i64,
    operation_id: i64,
    outcome: i16,
    values_hash: Vec<u8>,
}

/// Writes one row, in the transaction of the act it tells of.
///
/// What is personal (names, old and new values) goes into a row beside it, of which only a salted hash stands in the audit itself: a purge may
/// empty that row, and what is left still proves that it was there.
pub fn record(conn: &mut Conn, origin: &Origin, entry: &Entry) -> Result<i64, Refusal> {
    let data = serde_json::json!({ "actor": origin.actor_name, "changes": entry.changes }).to_string();
    let mut salt = [0_u8; 16];
    SystemRandom.fill(&mut salt);
    let row = Row {
        at: origin.at,
        actor_id: origin.actor_id.unwrap_or(0),
        address: &origin.address,
        request_id: &origin.request_id,
        action: entry.action,
        object_kind: entry.object_kind,
        object_id: entry.object_id,
        customer_id: entry.customer_id,
        operation_id: entry.operation_id,
        outcome: entry.outcome.number(),
        values_hash: Sha256::new().chain_update(salt).chain_update(&data).finalize().to_vec(),
    };
    let id: i64 =
        each_backend!(conn, c => diesel::insert_into(audit::table).values(&row).returning(audit::id).get_result(c))?;
    diesel::insert_into(audit_values::table)
        .values((audit_values::audit_id.eq(id), audit_values::salt.eq(salt.as_slice()), audit_values::data.eq(&data)))
        .execute(conn)?;
    Ok(id)
}

/// How often somebody was refused something since a time.
pub fn refusals_since(conn: &mut Conn, actor_id: i64, action: &str, since: i64) -> Result<i64, Refusal> {
    Ok(audit::table
        .filter(audit::actor_id.eq(actor_id))
        .filter(audit::action.eq(action))
        .filter(audit::outcome.eq(super::model::Outcome::Refused.number()))
        .filter(audit::at.ge(since))
        .count()
        .get_result(conn)?)
}
