//! The audit as a test reads it.

use diesel::prelude::*;
use muster::db::schema::{audit, audit_values};

use super::Site;

/// One row with its values.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Evidence {
    pub at: i64,
    pub actor_id: i64,
    pub action: String,
    pub object_id: i64,
    pub customer_id: i64,
    pub values_hash: Vec<u8>,
    pub data: String,
}

impl Site {
    /// The whole audit, oldest first.
    pub fn audit(&self) -> Vec<Evidence> {
        self.read(|conn| {
            let columns = (
                audit::at,
                audit::actor_id,
                audit::action,
                audit::object_id,
                audit::customer_id,
                audit::values_hash,
                audit_values::data,
            );
            Ok(audit::table.inner_join(audit_values::table).order(audit::id).select(columns).load(conn)?)
        })
    }
}
