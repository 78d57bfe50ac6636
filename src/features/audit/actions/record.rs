//! Writing one row.

use data_encoding::HEXLOWER;

use crate::access::Origin;
use crate::access::random::{Random, SystemRandom};
use crate::db::Conn;
use crate::features::audit::chain::values_hash;
use crate::features::audit::model::Entry;
use crate::features::audit::queries::{self, write::Row};
use crate::features::operations;
use crate::refusal::Refusal;

/// Writes one row, in the transaction of the act it tells of.
///
/// What is personal (names, old and new values) goes into a row beside it, of which only a salted hash stands in the audit itself: a purge may
/// empty that row, and what is left still proves that it was there. The row of an operation holds a digest of the operation's rows, which are
/// covered by the chain that way.
pub fn record(conn: &mut Conn, origin: &Origin, entry: &Entry) -> Result<i64, Refusal> {
    let customer_id = match (entry.object_kind, entry.customer_id) {
        // So that their administrators can read it.
        ("user", 0) => queries::customer_of_user(conn, entry.object_id)?,
        (_, id) => id,
    };
    let mut data = serde_json::json!({ "actor": origin.actor_name, "changes": entry.changes });
    if entry.operation_id != 0 {
        let digest = match &entry.rows {
            Some(digest) => Some(digest.clone()),
            None => operations::queries::digest(conn, entry.operation_id)?,
        };
        data["rows"] = digest.map(|digest| HEXLOWER.encode(&digest)).into();
    }
    let data = data.to_string();
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
        customer_id,
        operation_id: entry.operation_id,
        outcome: entry.outcome.number(),
        values_hash: values_hash(&salt, &data).to_vec(),
    };
    queries::insert(conn, &row, &salt, &data)
}
