//! What is SQLite's own: how it is opened, its full-text index, its words for passing faults.

use std::path::Path;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Text};

use super::Conn;
use super::fragment::json;
use crate::refusal::Refusal;

/// `synchronous=FULL`: acknowledged means durable.
const COMMON: &str =
    "PRAGMA busy_timeout = 1000; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; PRAGMA synchronous = FULL;";

/// Kibibytes of pages that a reader keeps, and while it passes through much once.
const READER: u32 = 6_144;
const IN_PASSING: u32 = 512;

pub fn open_writer(path: &Path) -> Result<Conn, String> {
    let mut conn = open(path)?;
    // A large cache is what makes imports fast; twice as large it takes more memory than it saves time. What is staged is written in its order and
    // needs few pages at a time.
    let kibibytes = if path.to_str().is_some_and(|path| path.ends_with(".staging.sqlite")) { 8_192 } else { 32_768 };
    conn.batch_execute(&format!(
        "PRAGMA journal_mode = WAL; PRAGMA cache_size = -{kibibytes}; PRAGMA journal_size_limit = 134217728;"
    ))
    .map_err(|error| in_a_line(path, &error))?;
    Ok(Conn::Sqlite(conn))
}

pub fn open_reader(path: &Path) -> Result<Conn, String> {
    let mut conn = open(path)?;
    conn.batch_execute(&format!("PRAGMA cache_size = -{READER}; PRAGMA query_only = ON;"))
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

/// What `PRAGMA wal_checkpoint` answers.
#[derive(QueryableByName)]
struct Checkpoint {
    #[diesel(sql_type = Integer)]
    log: i32,
}

/// Copies what is in the write-ahead log into the database, as far as nobody is in the way. Gives how many pages the log has.
pub fn checkpoint(conn: &mut Conn) -> QueryResult<i64> {
    let Conn::Sqlite(conn) = conn else { return Ok(0) };
    let answer: Checkpoint = diesel::sql_query("PRAGMA wal_checkpoint(PASSIVE)").get_result(conn)?;
    Ok(i64::from(answer.log))
}

/// Whether a commit folds the write-ahead log whenever it has a thousand pages, or only in the end, at 256 MiB.
pub fn checkpoint_by_itself(conn: &mut Conn, soon: bool) -> QueryResult<()> {
    let pages = if soon { 1_000 } else { 65_536 };
    let Conn::Sqlite(conn) = conn else { return Ok(()) };
    conn.batch_execute(&format!("PRAGMA wal_autocheckpoint = {pages}"))
}

/// Does `read` on a reader with few pages kept: for what passes through much once. Given back afterwards, they would not leave the process, since what
/// is still in use lies between them.
pub fn in_passing<T>(conn: &mut Conn, read: impl FnOnce(&mut Conn) -> Result<T, Refusal>) -> Result<T, Refusal> {
    let keep = |conn: &mut Conn, kibibytes: u32| match conn {
        Conn::Sqlite(c) => c.batch_execute(&format!("PRAGMA cache_size = -{kibibytes}")),
        Conn::Postgres(_) => Ok(()),
    };
    keep(conn, IN_PASSING)?;
    let found = read(conn);
    keep(conn, READER)?;
    found
}

/// Whether the next commits are on the disk when they return, or only in order: then the next one that waits for the disk brings them along.
pub fn wait_for_disk(conn: &mut Conn, wait: bool) -> QueryResult<()> {
    let Conn::Sqlite(conn) = conn else { return Ok(()) };
    conn.batch_execute(if wait { "PRAGMA synchronous = FULL" } else { "PRAGMA synchronous = NORMAL" })
}

/// The id that was given last in `users`; the one writer may give those behind it.
pub fn last_user(conn: &mut SqliteConnection) -> QueryResult<i64> {
    #[derive(QueryableByName)]
    struct Last {
        #[diesel(sql_type = BigInt)]
        seq: i64,
    }
    let last: Option<Last> =
        diesel::sql_query("SELECT seq FROM sqlite_sequence WHERE name = 'users'").get_result(conn).optional()?;
    Ok(last.map_or(0, |last| last.seq))
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

/// Adds users to the full-text index, by ids.
pub fn index_all(conn: &mut SqliteConnection, ids: &[i64]) -> QueryResult<()> {
    let query = "INSERT INTO users_search (rowid, search) SELECT id, search FROM users WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id";
    diesel::sql_query(query).bind::<Text, _>(json(ids)).execute(conn).map(drop)
}

/// Takes users out of the full-text index, by ids, as long as their rows are as they were put in.
pub fn unindex_all(conn: &mut SqliteConnection, ids: &[i64]) -> QueryResult<()> {
    let query = "INSERT INTO users_search (users_search, rowid, search) SELECT 'delete', id, search FROM users WHERE id IN (SELECT value FROM json_each(?))";
    diesel::sql_query(query).bind::<Text, _>(json(ids)).execute(conn).map(drop)
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
