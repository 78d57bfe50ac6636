//! Whether the server is in the middle of a transaction, seen from outside and without getting in its way.

use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use diesel::prelude::*;
use muster::db::Target;

use crate::support::Database;

/// A transaction that lasts so long is a batch: single writes are done in less.
const LASTS: Duration = Duration::from_millis(6);
const EVERY: Duration = Duration::from_micros(500);

pub enum Probe {
    /// The file whose byte 120 is locked while somebody writes (SQLite's WAL_WRITE_LOCK).
    Sqlite(PathBuf),
    Postgres(Box<diesel::PgConnection>),
}

impl Probe {
    pub fn of(database: &Database) -> Probe {
        match &database.target {
            Target::Sqlite(_) => Probe::Sqlite(database.dir.path().join("data/muster.sqlite-shm")),
            Target::Postgres(url) => Probe::Postgres(Box::new(diesel::PgConnection::establish(url).unwrap())),
        }
    }

    fn is_writing(&mut self) -> bool {
        match self {
            Probe::Sqlite(path) => {
                let Ok(file) = path.metadata() else { return false };
                let (locks, place) =
                    (std::fs::read_to_string("/proc/locks").unwrap(), format!(":{} 120 120", file.ino()));
                locks.lines().any(|line| line.contains(" WRITE ") && line.ends_with(&place))
            }
            Probe::Postgres(conn) => {
                let old = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() \
                           AND backend_xid IS NOT NULL AND clock_timestamp() - xact_start > interval '6 milliseconds'";
                diesel::sql_query(old).execute(conn.as_mut()).unwrap() > 0
            }
        }
    }

    /// Waits for a batch to be open; false if none came.
    pub fn waits_for_a_batch(&mut self, longest: Duration) -> bool {
        let began = Instant::now();
        let mut since: Option<Instant> = None;
        while began.elapsed() < longest {
            if !self.is_writing() {
                since = None;
            } else if matches!(self, Probe::Postgres(_)) || since.get_or_insert_with(Instant::now).elapsed() >= LASTS {
                return true;
            }
            std::thread::sleep(EVERY);
        }
        false
    }

    /// PostgreSQL goes on for a moment with what a client that is dead had asked of it last, which may be to commit.
    pub fn waits_for_the_last(&mut self) {
        let Probe::Postgres(conn) = self else { return };
        let others = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
        let began = Instant::now();
        while diesel::sql_query(others).execute(conn.as_mut()).unwrap() > 0 {
            assert!(began.elapsed() < Duration::from_secs(30), "PostgreSQL still works for a dead server");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}
