//! Copies of a SQLite database: made while others read and write, and looked at before they are trusted.

use std::fs::OpenOptions;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;

use super::{Conn, sqlite};

/// A copy goes to the disk bit by bit while it is made: all of it at the end would hold up the commits of others, which wait for the same disk.
const SYNC_EVERY: Duration = Duration::from_millis(100);

/// Writes one state of a database into another file, which must be empty. It is one long read, so that nobody who writes waits for it.
///
/// # Errors
/// One line: the copy cannot be written, or the database cannot be read.
pub fn copy(from: &Path, to: &Path) -> Result<(), String> {
    let cannot = |error: &dyn std::fmt::Display| format!("cannot copy {} to {}: {error}", from.display(), to.display());
    let Conn::Sqlite(mut conn) = sqlite::open_plain(from)? else { return Err(cannot(&"it is not SQLite")) };
    let name = to.to_str().ok_or_else(|| cannot(&"the name is not UTF-8"))?;
    let file = OpenOptions::new().write(true).open(to).map_err(|error| cannot(&error))?;
    let copied = thread::scope(|scope| {
        let (done, is_done) = mpsc::channel::<()>();
        let trickle = &file;
        scope.spawn(move || {
            while is_done.recv_timeout(SYNC_EVERY) == Err(mpsc::RecvTimeoutError::Timeout) {
                // What fails here fails again at the end, where it is told.
                let _ = trickle.sync_data();
            }
        });
        let copied = diesel::sql_query("VACUUM INTO ?").bind::<Text, _>(name).execute(&mut conn);
        drop(done);
        copied
    });
    copied.map_err(|error| cannot(&error))?;
    file.sync_all().map_err(|error| cannot(&error))
}

/// Whether a file begins as SQLite databases do.
///
/// # Errors
/// One line when it cannot be read.
pub fn is_sqlite_file(path: &Path) -> Result<bool, String> {
    let mut begin = [0_u8; 16];
    let mut file = std::fs::File::open(path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    Ok(file.read_exact(&mut begin).is_ok() && &begin == b"SQLite format 3\0")
}

/// The write-ahead log that lies beside a database while it is open, or since it was killed.
pub fn log_of(path: &Path) -> PathBuf {
    beside(path, "-wal")
}

/// The memory that readers and writers of a database share.
pub fn shared_memory_of(path: &Path) -> PathBuf {
    beside(path, "-shm")
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// Brings everything into the one file, so that it can be moved. Nobody else may have it open.
///
/// # Errors
/// One line when it cannot be opened or written.
pub fn fold_log(path: &Path) -> Result<(), String> {
    let Conn::Sqlite(mut conn) = sqlite::open_plain(path)? else { return Ok(()) };
    conn.batch_execute("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE;")
        .map_err(|error| format!("cannot close {}: {error}", path.display()))
}

/// What is wrong with the pages, the references or the full-text index of a database; None if nothing is.
pub fn fault(conn: &mut SqliteConnection) -> QueryResult<Option<String>> {
    #[derive(QueryableByName)]
    struct Line {
        #[diesel(sql_type = Text)]
        line: String,
    }
    let sound: Vec<Line> =
        diesel::sql_query("SELECT integrity_check AS line FROM pragma_integrity_check").load(conn)?;
    if let Some(line) = sound.into_iter().map(|line| line.line).find(|line| line != "ok") {
        return Ok(Some(line));
    }
    let loose: Vec<Line> = diesel::sql_query(
        "SELECT 'a row of ' || \"table\" || ' refers to nothing' AS line FROM pragma_foreign_key_check LIMIT 1",
    )
    .load(conn)?;
    if let Some(line) = loose.into_iter().next() {
        return Ok(Some(line.line));
    }
    // Compares the index with the texts that it indexes; it writes nothing, though it looks like that.
    let compared = conn.batch_execute("INSERT INTO users_search (users_search, rank) VALUES ('integrity-check', 1)");
    Ok(compared.err().map(|error| format!("the index of the search differs from what is searched: {error}")))
}
