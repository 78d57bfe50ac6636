//! Readers: an r2d2 pool over whichever database it is.

use std::path::PathBuf;
use std::time::Duration;

use diesel::r2d2::R2D2Connection;

use super::{Conn, postgres, sqlite};

/// Where the database is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    Sqlite(PathBuf),
    /// A `postgres://` URL.
    Postgres(String),
}

/// Nobody waits longer for a connection.
pub const PATIENCE: Duration = Duration::from_millis(1_500);

pub struct Manager(Target);

impl r2d2::ManageConnection for Manager {
    type Connection = Conn;
    type Error = diesel::r2d2::Error;

    fn connect(&self) -> Result<Conn, Self::Error> {
        let opened = match &self.0 {
            Target::Sqlite(path) => sqlite::open_reader(path),
            Target::Postgres(url) => postgres::open(url),
        };
        opened.map_err(|message| diesel::r2d2::Error::ConnectionError(diesel::ConnectionError::BadConnection(message)))
    }

    fn is_valid(&self, conn: &mut Conn) -> Result<(), Self::Error> {
        conn.ping().map_err(diesel::r2d2::Error::QueryError)
    }

    fn has_broken(&self, conn: &mut Conn) -> bool {
        conn.is_broken()
    }
}

pub fn readers(target: &Target) -> Result<r2d2::Pool<Manager>, String> {
    // On PostgreSQL no connection is opened ahead of need: r2d2 does that on a thread of its own, which a command that ends soon would wait for. One is
    // opened here instead, which also says in plain words what is wrong.
    let ahead = match target {
        Target::Sqlite(_) => 1,
        Target::Postgres(url) => postgres::open(url).map(|_| 0)?,
    };
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    r2d2::Pool::builder()
        // Above this, readers only wait for each other's cores.
        .max_size(u32::try_from(cores * 4).unwrap_or(16).max(8))
        .min_idle(Some(ahead))
        .connection_timeout(PATIENCE)
        // Testing on check-out would cost every page a query of its own.
        .test_on_check_out(false)
        .build(Manager(target.clone()))
        .map_err(|error| format!("cannot open the database: {error}"))
}
