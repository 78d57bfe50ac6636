//! Migrations at start: all or nothing, a newer schema is refused.

use diesel::connection::{AnsiTransactionManager, TransactionManager};
use diesel::migration::{Migration, MigrationSource};
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::{Conn, postgres};
use crate::refusal::Refusal;

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const SQLITE_STAGING: EmbeddedMigrations = embed_migrations!("migrations/sqlite_staging");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// Which set of tables a database holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Main,
    /// What imports stage; on PostgreSQL it lies beside the main tables.
    Staging,
}

/// Brings the schema up to date, in one transaction; says how many migrations were applied.
///
/// # Errors
/// One line when the schema is newer than this program, or a migration fails; then nothing was changed.
pub fn run(conn: &mut Conn, part: Part) -> Result<usize, String> {
    match conn {
        Conn::Sqlite(c) => {
            AnsiTransactionManager::begin_transaction_sql(c, "BEGIN IMMEDIATE").map_err(|error| error.to_string())?;
            let outcome = pending(c, if part == Part::Main { SQLITE } else { SQLITE_STAGING });
            finish(c, outcome)
        }
        Conn::Postgres(_) if part == Part::Staging => Ok(0),
        Conn::Postgres(c) => {
            postgres::check(c)?;
            AnsiTransactionManager::begin_transaction(c).map_err(|error| error.to_string())?;
            let outcome = postgres::wait_for_locks(c)
                .and_then(|()| postgres::lock(c, postgres::LOCK_MIGRATIONS))
                .map_err(|error| error.to_string())
                .and_then(|()| pending(c, POSTGRES));
            finish(c, outcome)
        }
    }
}

/// Whether the schema was made already, by whichever version.
pub fn begun(conn: &mut Conn) -> Result<bool, Refusal> {
    #[derive(QueryableByName)]
    struct Found {
        #[diesel(sql_type = BigInt)]
        tables: i64,
    }
    let found: Found = match conn {
        Conn::Sqlite(c) => {
            diesel::sql_query("SELECT COUNT(*) AS tables FROM sqlite_master WHERE name = 'settings'").get_result(c)?
        }
        Conn::Postgres(c) => {
            diesel::sql_query("SELECT COUNT(*) AS tables FROM pg_class WHERE oid = to_regclass('settings')")
                .get_result(c)?
        }
    };
    Ok(found.tables > 0)
}

fn finish<C>(conn: &mut C, outcome: Result<usize, String>) -> Result<usize, String>
where
    C: diesel::Connection<TransactionManager = AnsiTransactionManager>,
{
    match outcome {
        Ok(applied) => AnsiTransactionManager::commit_transaction(conn)
            .map(|()| applied)
            .map_err(|error| format!("cannot migrate the database: {error}")),
        Err(message) => {
            let _ = AnsiTransactionManager::rollback_transaction(conn);
            Err(message)
        }
    }
}

fn pending<C, DB>(conn: &mut C, source: EmbeddedMigrations) -> Result<usize, String>
where
    DB: diesel::backend::Backend,
    C: MigrationHarness<DB>,
    EmbeddedMigrations: MigrationSource<DB>,
{
    let ours: Vec<Box<dyn Migration<DB>>> = source.migrations().map_err(|error| error.to_string())?;
    let known: Vec<String> = ours.iter().map(|migration| migration.name().version().to_string()).collect();
    let applied = conn.applied_migrations().map_err(|error| format!("cannot read the schema version: {error}"))?;
    if let Some(newer) = applied.iter().map(ToString::to_string).find(|version| !known.contains(version)) {
        return Err(format!(
            "the database was written by a newer Muster (schema {newer}); start that version, or restore a backup"
        ));
    }
    let run = conn.run_pending_migrations(source).map_err(|error| format!("cannot migrate the database: {error}"))?;
    Ok(run.len())
}
