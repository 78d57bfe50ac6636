//! What is PostgreSQL's own: how it is opened, what it must be like, its words for passing faults.

use std::sync::{PoisonError, RwLock};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Text};

use super::Conn;

/// Acknowledged means durable, whatever the server's default is. Nobody waits long for a row that somebody else holds, and what a process left open that
/// vanished from the network lets go of its rows in the end. Compiling a statement takes longer than any of ours should run. To merge, PostgreSQL passes
/// an index from its beginning up to where the few rows lie that a page wants: the roles of whoever came last behind those of everybody else.
const SET_UP: &str = "SET synchronous_commit = on; SET lock_timeout = '1500ms'; SET idle_in_transaction_session_timeout = '10min'; SET jit = off; \
                      SET enable_mergejoin = off";

/// The URL with limits of how long a silent network is believed in, unless it says so itself.
pub fn with_limits(url: &str) -> String {
    if url.contains("connect_timeout=") {
        return url.to_owned();
    }
    let joined = if url.contains('?') { '&' } else { '?' };
    format!(
        "{url}{joined}connect_timeout=4&keepalives_idle=15&keepalives_interval=5&keepalives_count=3&tcp_user_timeout=20000"
    )
}

/// Held by whoever opens a connection.
static OPENING: RwLock<()> = RwLock::new(());

/// Lets nobody open a connection any more, once those that are being opened are open (which takes as long as `connect_timeout` at most). To be called
/// before the process ends: while another of its threads opens one it is killed by the clean-up of OpenSSL.
pub fn open_no_more() {
    std::mem::forget(OPENING.write().unwrap_or_else(PoisonError::into_inner));
}

pub fn open(url: &str) -> Result<Conn, String> {
    let _opening = OPENING.read().unwrap_or_else(PoisonError::into_inner);
    let mut conn = PgConnection::establish(&with_limits(url))
        .map_err(|error| format!("cannot reach PostgreSQL: {}", one_line(&error.to_string())))?;
    conn.batch_execute(SET_UP).map_err(|error| format!("cannot set up the PostgreSQL connection: {error}"))?;
    Ok(Conn::Postgres(conn))
}

/// Notes what the tables hold that grow with the people, and which of their pages everybody may see.
pub fn look_over(url: &str) -> Result<(), String> {
    const TABLES: &str = "users, user_totals, user_counts, role_assignments, role_assignment_customers, user_groups, group_totals, group_members, \
         group_member_changes, expected_devices, operation_rows";
    let mut conn = open(url)?;
    // Waits for nobody: whoever vacuums already does the same.
    conn.batch_execute(&format!("VACUUM (ANALYZE, SKIP_LOCKED) {TABLES}"))
        .map_err(|error| format!("PostgreSQL does not look over its tables: {}", one_line(&error.to_string())))
}

/// Lets diesel notice that a connection was cut, so that the pool lets go of it: preparing a statement fails without its noticing, and the pool gives
/// out first what came back last, so that one such connection would refuse everybody for as long as it is kept.
pub fn notice_if_cut(conn: &mut Conn) {
    if let Err(error) = conn.batch_execute("SELECT 1") {
        tracing::warn!(%error, "a database connection was cut");
    }
}

/// Refuses a database in which search would silently miss letters: pg_trgm drops every non-ASCII letter where the ctype is C.
pub fn check(conn: &mut PgConnection) -> Result<(), String> {
    #[derive(QueryableByName)]
    struct Locale {
        #[diesel(sql_type = Text)]
        encoding: String,
        #[diesel(sql_type = Bool)]
        knows_letters: bool,
    }
    let locale: Locale = diesel::sql_query("SELECT pg_encoding_to_char(encoding)::text AS encoding, ('é' ~ '\\w') AS knows_letters FROM pg_database WHERE datname = current_database()")
        .get_result(conn)
        .map_err(|error| format!("cannot read the locale of the PostgreSQL database: {error}"))?;
    if locale.encoding != "UTF8" {
        return Err(format!(
            "the PostgreSQL database has the encoding {}; create it with ENCODING 'UTF8'",
            locale.encoding
        ));
    }
    if !locale.knows_letters {
        return Err("the PostgreSQL database has the ctype C, in which search misses letters; create it with LC_CTYPE 'C.UTF-8'".into());
    }
    Ok(())
}

/// Lets the transaction that has begun commit without waiting for the disk.
pub fn without_waiting(conn: &mut Conn) -> QueryResult<()> {
    conn.batch_execute("SET LOCAL synchronous_commit = off")
}

/// The transactions that have written to a table and are still under way, by names that are never used again. A transaction is among them from
/// before it takes an id for a new row until it has committed or rolled back.
pub fn writers_of(conn: &mut PgConnection, table: &str) -> QueryResult<Vec<String>> {
    #[derive(QueryableByName)]
    struct Writer {
        #[diesel(sql_type = Text)]
        name: String,
    }
    let writers: Vec<Writer> = diesel::sql_query(
        "SELECT DISTINCT virtualtransaction::text AS name FROM pg_locks WHERE locktype = 'relation' AND mode = 'RowExclusiveLock' AND granted \
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND relation = to_regclass($1)",
    )
    .bind::<Text, _>(table)
    .load(conn)?;
    Ok(writers.into_iter().map(|writer| writer.name).collect())
}

/// A lock held until the transaction ends; `key` is one of the constants below. On SQLite the one writer is lock enough.
pub fn lock(conn: &mut PgConnection, key: i64) -> QueryResult<()> {
    diesel::sql_query("SELECT pg_advisory_xact_lock($1)")
        .bind::<diesel::sql_types::BigInt, _>(key)
        .execute(conn)
        .map(drop)
}

/// Lets the present transaction wait for locks as long as it takes.
pub fn wait_for_locks(conn: &mut PgConnection) -> QueryResult<()> {
    conn.batch_execute("SET LOCAL lock_timeout = 0")
}

/// Adds to the number of members of a group, unless somebody else is at its row: nobody waits for them. Says whether it did.
pub fn count_members(conn: &mut PgConnection, group_id: i64, change: i64) -> QueryResult<bool> {
    let counted = diesel::sql_query(
        "UPDATE user_groups SET member_count = member_count + $2 \
         WHERE id = (SELECT id FROM user_groups WHERE id = $1 FOR NO KEY UPDATE SKIP LOCKED)",
    )
    .bind::<BigInt, _>(group_id)
    .bind::<BigInt, _>(change)
    .execute(conn)?;
    Ok(counted == 1)
}

/// Serialises whatever may take away the last administrator.
pub const LOCK_ADMINISTRATORS: i64 = 0x4d75_7301;
/// Serialises migrations of several instances that start together.
pub const LOCK_MIGRATIONS: i64 = 0x4d75_7302;

pub fn passing_fault(message: &str) -> bool {
    [
        "server closed the connection",
        "terminating connection",
        "the database system is",
        "could not connect",
        "connection to server",
        "no connection to the server",
        "deadlock detected",
        "could not extend file",
        "No space left on device",
        "canceling statement due to lock timeout",
        "cannot execute",
    ]
    .iter()
    .any(|fault| message.contains(fault))
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
