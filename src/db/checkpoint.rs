//! Folding SQLite's write-ahead log into the database beside the writer instead of inside it: what takes seconds after a large batch would otherwise be
//! waited for by whoever writes next.
//!
//! As long as jobs write, a thread with a connection of its own copies what is in the log. Only the writer can be sure that nothing is added meanwhile,
//! so once the log is long it copies the rest, and the log begins anew. Whoever writes waits for that, and for the disk to take it: so the thread first
//! goes over what was added during its own turn, and again, until little is left. Otherwise SQLite does it by itself every thousand pages.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use diesel::QueryResult;

use super::{Conn, sqlite};

/// How long the batches are at work between two turns, in milliseconds: some thousand pages. While more are written down, whoever commits waits for them.
const BETWEEN: u128 = 100;
/// After so many other writes in a row no job is taken to write any more.
const QUIET: usize = 10;
/// From so many pages on the log is to begin anew: 32 MiB.
const LONG: i64 = 8_192;
/// A turn that took no longer has left little.
const SHORT: Duration = Duration::from_millis(40);
/// From so many pages on the log begins anew whatever is left: 128 MiB, as long as its file is kept.
const TOO_LONG: i64 = 32_768;

/// The thread; it ends with this value.
pub(super) struct Checkpointer {
    /// Whether jobs write, and for how long they did since the last turn.
    busy: bool,
    since: u128,
    /// Other writes since the last of a job.
    quiet: usize,
    bell: Option<mpsc::SyncSender<()>>,
    /// The writer is to copy the rest.
    rest: Arc<AtomicBool>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Checkpointer {
    pub fn start(path: &Path) -> Result<Self, String> {
        let (bell, rung) = mpsc::sync_channel(1);
        let (path, rest) = (path.to_owned(), Arc::new(AtomicBool::new(false)));
        let ours = rest.clone();
        let thread = thread::Builder::new()
            .name("checkpointer".into())
            .spawn(move || keep_short(&path, &rung, &ours))
            .map_err(|error| format!("cannot start the checkpointer thread: {error}"))?;
        Ok(Checkpointer { busy: false, since: 0, quiet: 0, bell: Some(bell), rest, thread: Some(thread) })
    }

    /// Says that a batch of a job has ended, which took so long; the connection is in no transaction.
    pub fn wrote_batch(&mut self, conn: &mut Conn, took: Duration) -> QueryResult<()> {
        if !self.busy {
            sqlite::checkpoint_by_itself(conn, false)?;
            self.busy = true;
        }
        self.quiet = 0;
        if self.rest.load(Ordering::Acquire) {
            return self.finish(conn);
        }
        self.since += took.as_millis();
        if self.since >= BETWEEN {
            self.since = 0;
            // Full: it will have its turn anyway.
            let _ = self.bell.as_ref().map(|bell| bell.try_send(()));
        }
        Ok(())
    }

    /// Says that other writes have ended.
    pub fn wrote(&mut self, conn: &mut Conn) -> QueryResult<()> {
        if !self.busy {
            return Ok(());
        }
        self.quiet += 1;
        if self.quiet >= QUIET {
            self.finish(conn)?;
            sqlite::checkpoint_by_itself(conn, true)?;
            self.busy = false;
        }
        Ok(())
    }

    fn finish(&mut self, conn: &mut Conn) -> QueryResult<()> {
        sqlite::checkpoint(conn)?;
        self.since = 0;
        self.rest.store(false, Ordering::Release);
        Ok(())
    }
}

impl Drop for Checkpointer {
    fn drop(&mut self) {
        self.bell = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn keep_short(path: &Path, rung: &mpsc::Receiver<()>, rest: &AtomicBool) {
    let mut open = None;
    while rung.recv().is_ok() {
        while !rest.load(Ordering::Acquire) {
            let began = Instant::now();
            match fold(path, &mut open) {
                Ok(pages) if pages <= LONG => break,
                Ok(pages) => rest.store(pages > TOO_LONG || began.elapsed() <= SHORT, Ordering::Release),
                // The writer does it in the end.
                Err(error) => {
                    tracing::warn!(error, "cannot fold the write-ahead log");
                    break;
                }
            }
        }
    }
}

/// Copies what is in the log; gives how many pages it has.
fn fold(path: &Path, open: &mut Option<Conn>) -> Result<i64, String> {
    let mut conn = match open.take() {
        Some(conn) => conn,
        None => sqlite::open_plain(path)?,
    };
    let pages = sqlite::checkpoint(&mut conn).map_err(|error| error.to_string())?;
    *open = Some(conn);
    Ok(pages)
}
