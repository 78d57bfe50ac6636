//! The audit as a test reads and seals it.

use diesel::prelude::*;
use muster::access::Origin;
use muster::db::schema::{audit, audit_values};
use muster::features::audit::actions::record;
use muster::features::audit::actions::seal::Sealer;
use muster::features::audit::actions::verify::{Extent, Report, verify};
use muster::features::audit::chain::Head;
use muster::features::audit::model::Entry;

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
    /// Writes some rows that tell of nothing; gives the id of the last.
    pub fn tell(&self, count: i64) -> i64 {
        let origin = Origin::console(self.now());
        self.write(move |conn| {
            let mut last = 0;
            for number in 0..count {
                last = record(conn, &origin, &Entry::new("thing.touch", "thing", number))?;
            }
            Ok(last)
        })
    }

    /// Puts a seal over what is new, as the server does every two seconds.
    pub fn seal(&self) {
        self.sealer().seal(&self.app).unwrap();
    }

    /// What the server seals with.
    pub fn sealer(&self) -> Sealer {
        Sealer::new("the sealer of this test".into())
    }

    /// Compares everything.
    pub fn verify(&self) -> Report {
        self.verify_against(None)
    }

    /// Compares everything, and the head.
    pub fn verify_against(&self, head: Option<&Head>) -> Report {
        let extent = Extent { head, last_seal: None };
        let now = self.now();
        self.app.db.read_snapshot_now(|conn| verify(conn, &self.app.keys, now, &extent)).unwrap()
    }

    /// Runs SQL as somebody would who holds the database itself: what guards the audit is taken away first.
    #[track_caller]
    pub fn tamper(&self, sql: &str) {
        let tables = ["audit", "audit_values", "audit_seals", "audit_checkpoints"];
        let disarm: String = if super::on_postgres() {
            tables.iter().map(|table| format!("ALTER TABLE {table} DISABLE TRIGGER ALL;")).collect()
        } else {
            let guards: Vec<String> = self.read(|conn| {
                #[derive(QueryableByName)]
                struct Guard {
                    #[diesel(sql_type = diesel::sql_types::Text)]
                    name: String,
                }
                let all = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name LIKE 'audit%'";
                let guards: Vec<Guard> = diesel::sql_query(all).load(conn)?;
                Ok(guards.into_iter().map(|guard| guard.name).collect())
            });
            guards.iter().map(|name| format!("DROP TRIGGER {name};")).collect()
        };
        self.database.execute(&format!("{disarm}{sql}")).unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

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
