//! A database of its own for every site: a SQLite file, or a PostgreSQL database made from a template that was migrated once.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use muster::access::keyring::KeyRing;
use muster::access::random::SystemRandom;
use muster::db::migrate::{self, Part};
use muster::db::{Db, Target};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

const VARIABLE: &str = "MUSTER_TEST_DATABASE_URL";

/// Whether the suite runs on PostgreSQL.
pub fn on_postgres() -> bool {
    server().is_some()
}

/// A URL of a superuser, if the suite runs on PostgreSQL.
fn server() -> Option<String> {
    std::env::var(VARIABLE).ok().filter(|url| !url.is_empty())
}

/// A fresh database that goes away with this value.
pub struct Database {
    pub target: Target,
    /// Also the data directory.
    pub dir: TempDir,
    name: Option<String>,
}

impl Database {
    /// One with the schema, where that is quicker than migrating; the program migrates what is left.
    pub fn fresh() -> Database {
        match server() {
            Some(url) => {
                let database = Self::postgres(&url, Some(template(&url)));
                // Who finds a schema without a key of its own is refused.
                KeyRing::create(&database.dir.path().join("secret.key"), &SystemRandom).unwrap();
                database
            }
            None => Self::sqlite(),
        }
    }

    /// One without any table.
    pub fn empty() -> Database {
        match server() {
            Some(url) => Self::postgres(&url, None),
            None => Self::sqlite(),
        }
    }

    /// The one of a PostgreSQL server that a test has for itself; it ends with the server.
    pub fn on_server(server: &super::PostgresServer) -> Database {
        Database { target: Target::Postgres(server.url.clone()), dir: scratch(), name: None }
    }

    fn sqlite() -> Database {
        let dir = scratch();
        Database { target: Target::Sqlite(dir.path().join("muster.sqlite")), dir, name: None }
    }

    fn postgres(url: &str, template: Option<&str>) -> Database {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("muster_test_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::SeqCst));
        administer(url, &format!("CREATE DATABASE {name} TEMPLATE {}", template.unwrap_or("template0")));
        Database { target: Target::Postgres(named(url, &name)), dir: scratch(), name: Some(name) }
    }

    /// The URL of a PostgreSQL database; None on SQLite, where the data directory says it all.
    pub fn url(&self) -> Option<&str> {
        match &self.target {
            Target::Postgres(url) => Some(url),
            Target::Sqlite(_) => None,
        }
    }

    /// Takes a PostgreSQL database away from under whoever uses it.
    pub fn lose(&self) {
        if let (Some(name), Some(url)) = (&self.name, server()) {
            administer(&url, &format!("DROP DATABASE {name} WITH (FORCE)"));
        }
    }

    /// Does something while nobody can write to it.
    pub fn while_it_is_read_only(&self, act: impl FnOnce()) {
        match &self.target {
            Target::Sqlite(path) => {
                let mut conn = diesel::SqliteConnection::establish(path.to_str().unwrap()).unwrap();
                conn.batch_execute("PRAGMA busy_timeout = 5000; BEGIN IMMEDIATE").unwrap();
                act();
                conn.batch_execute("ROLLBACK").unwrap();
            }
            Target::Postgres(_) => {
                let name = self.name.as_deref().unwrap_or_default();
                let cut = format!(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}' AND pid <> pg_backend_pid()"
                );
                let setting = "default_transaction_read_only";
                self.execute(&format!("ALTER DATABASE {name} SET {setting} = on; {cut}")).unwrap();
                act();
                self.execute(&format!(
                    "START TRANSACTION READ WRITE; ALTER DATABASE {name} RESET {setting}; COMMIT; {cut}"
                ))
                .unwrap();
            }
        }
    }

    /// Opens what the program itself made, which it keeps in a data directory of its own.
    pub fn made_by_program(&self) -> Db {
        Db::open(match &self.target {
            Target::Sqlite(_) => Target::Sqlite(self.dir.path().join("data/muster.sqlite")),
            other => other.clone(),
        })
        .unwrap()
    }

    /// Runs SQL past the program.
    pub fn execute(&self, sql: &str) -> Result<(), String> {
        Self::execute_on(&self.target, sql)
    }

    /// The same on any database.
    pub fn execute_on(target: &Target, sql: &str) -> Result<(), String> {
        let outcome = match target {
            Target::Sqlite(path) => {
                let mut conn = diesel::SqliteConnection::establish(path.to_str().unwrap()).unwrap();
                conn.batch_execute("PRAGMA busy_timeout = 5000").and_then(|()| conn.batch_execute(sql))
            }
            Target::Postgres(url) => diesel::PgConnection::establish(url).unwrap().batch_execute(sql),
        };
        outcome.map_err(|error| error.to_string())
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let (Some(name), Some(url)) = (&self.name, server()) {
            administer(&url, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        }
    }
}

/// A folder of its own, in memory where the system has such a place: durability is not what the suite is about, and every write waits for it.
fn scratch() -> TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

/// A database with the schema of this program, made by whichever process comes first.
fn template(url: &str) -> &'static str {
    static NAME: OnceLock<String> = OnceLock::new();
    NAME.get_or_init(|| {
        let mut hash = Sha256::new();
        for (_, sql) in super::files("migrations/postgres", ".sql") {
            hash.update(sql);
        }
        let name = format!("muster_template_{}", &data_encoding::HEXLOWER.encode(&hash.finalize())[..12]);
        let mut conn = PgConnection::establish(url).unwrap();
        // Two test processes at once: the second waits for the first.
        conn.batch_execute("SELECT pg_advisory_lock(7433)").unwrap();
        let exists = diesel::sql_query(format!("SELECT 1 FROM pg_database WHERE datname = '{name}'"))
            .execute(&mut conn)
            .unwrap()
            > 0;
        if !exists {
            let unfinished = format!("{name}_new");
            conn.batch_execute(&format!("DROP DATABASE IF EXISTS {unfinished} WITH (FORCE)")).unwrap();
            conn.batch_execute(&format!("CREATE DATABASE {unfinished} TEMPLATE template0")).unwrap();
            let target = Target::Postgres(named(url, &unfinished));
            let db = Db::open(target).unwrap();
            db.with_writer(|conn| migrate::run(conn, Part::Main)).unwrap();
            drop(db);
            conn.batch_execute(&format!(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{unfinished}'"
            ))
            .unwrap();
            conn.batch_execute(&format!("ALTER DATABASE {unfinished} RENAME TO {name}")).unwrap();
        }
        name
    })
}

fn named(url: &str, database: &str) -> String {
    let mut url = url::Url::parse(url).unwrap();
    url.set_path(database);
    url.to_string()
}

fn administer(url: &str, sql: &str) {
    PgConnection::establish(url).unwrap().batch_execute(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
}
