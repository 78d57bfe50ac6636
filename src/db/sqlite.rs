//! What is SQLite's own: how it is opened, its full-text index, its words for passing faults.

use std::path::Path;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::Conn;

/// `synchronous=FULL`: acknowledged means durable. The page cache of the writer is what makes imports fast.
const COMMON: &str =
    "PRAGMA busy_timeout = 1000; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; PRAGMA synchronous = FULL;";

pub fn open_writer(path: &Path) -> Result<Conn, String> {
    let mut conn = open(path)?;
    conn.batch_execute("PRAGMA journal_mode = WAL; PRAGMA cache_size = -65536; PRAGMA journal_size_limit = 67108864;")
        .map_err(|error| in_a_line(path, &error))?;
    Ok(Conn::Sqlite(conn))
}

pub fn open_reader(path: &Path) -> Result<Conn, String> {
    let mut conn = open(path)?;
    conn.batch_execute("PRAGMA cache_size = -8192; PRAGMA query_only = ON;")
        .map_err(|error| in_a_line(path, &error))?;
    Ok(Conn::Sqlite(conn))
}

/// Neither as the writer nor as a reader of a running program: for copies.
pub fn open_plain(path: &Path) -> Result<Conn, String> {
    open(path).map(Conn::Sqlite)
}

fn open(path: &Path) -> Result<SqliteConnection, String> {
    let name = path.to_str().ok_or_else(|| format!("the path of the database, {}, is not UTF-8", path.display()))?;
    // SQLite would make one that is missing, and it would be empty.
    path.metadata().map_err(|error| in_a_line(path, &error))?;
    let mut conn = SqliteConnection::establish(name).map_err(|error| in_a_line(path, &error))?;
    conn.batch_execute(COMMON).map_err(|error| in_a_line(path, &error))?;
    Ok(conn)
}

fn in_a_line(path: &Path, error: &dyn std::fmt::Display) -> String {
    format!("cannot open the SQLite database {}: {error}", path.display())
}

/// Adds a user to the full-text index.
pub fn index_user(conn: &mut SqliteConnection, id: i64, search: &str) -> QueryResult<usize> {
    diesel::sql_query("INSERT INTO users_search (rowid, search) VALUES (?, ?)")
        .bind::<BigInt, _>(id)
        .bind::<Text, _>(search)
        .execute(conn)
}

/// Adds users to the full-text index: all whose id lies between the two.
pub fn index_users(conn: &mut SqliteConnection, first: i64, last: i64) -> QueryResult<usize> {
    let query = "INSERT INTO users_search (rowid, search) SELECT id, search FROM users WHERE id BETWEEN ? AND ?";
    diesel::sql_query(query).bind::<BigInt, _>(first).bind::<BigInt, _>(last).execute(conn)
}

/// Takes a user out of the full-text index; `search` must be what was put in.
pub fn unindex_user(conn: &mut SqliteConnection, id: i64, search: &str) -> QueryResult<usize> {
    diesel::sql_query("INSERT INTO users_search (users_search, rowid, search) VALUES ('delete', ?, ?)")
        .bind::<BigInt, _>(id)
        .bind::<Text, _>(search)
        .execute(conn)
}

/// SQLite's messages for SQLITE_BUSY, _LOCKED, _FULL, _IOERR, _READONLY and _CANTOPEN (sqlite3_errstr).
pub fn passing_fault(message: &str) -> bool {
    [
        "database is locked",
        "database table is locked",
        "database or disk is full",
        "disk I/O error",
        "attempt to write a readonly database",
        "unable to open database file",
    ]
    .iter()
    .any(|fault| message.contains(fault))
}
