//! The one writer of a SQLite database: a thread that groups the writes waiting at one moment into one commit, each in a savepoint of its own.
//!
//! A write is answered only after the commit that holds it: acknowledged means durable. A write that refuses rolls back its savepoint alone.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use diesel::connection::{AnsiTransactionManager, TransactionManager};
use tokio::sync::oneshot;

use super::{Conn, in_transaction, sqlite};
use crate::refusal::{CANNOT_REACH, Refusal};

/// Tells its caller how the write ended, once the commit around it has ended.
type Reply = Box<dyn FnOnce(Result<(), Refusal>) + Send>;
/// Does its write, and says whether the connection is sound after it.
type Task = Box<dyn FnOnce(&mut Conn) -> (Reply, bool) + Send>;

/// A commit is closed after so many writes or so long, whichever comes first, so that nobody waits for long.
const MOST_WRITES: usize = 128;
const LONGEST: Duration = Duration::from_millis(20);

pub struct Writer {
    /// None while it ends.
    tasks: Option<mpsc::Sender<Task>>,
    thread: Option<thread::JoinHandle<()>>,
}

/// Waits until what was submitted is written and the connection is closed: the last one to close folds the write-ahead log into the database, so
/// that after a clean stop the one file is whole.
impl Drop for Writer {
    fn drop(&mut self) {
        self.tasks = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Writer {
    pub fn start(path: &Path) -> Result<Self, String> {
        let mut pen = Pen { conn: sqlite::open_writer(path)?, path: path.to_owned(), file: identity(path) };
        let (tasks, waiting) = mpsc::channel::<Task>();
        let thread = thread::Builder::new()
            .name("writer".into())
            .spawn(move || {
                while let Ok(first) = waiting.recv() {
                    group(&mut pen, first, &waiting);
                }
            })
            .map_err(|error| format!("cannot start the writer thread: {error}"))?;
        Ok(Writer { tasks: Some(tasks), thread: Some(thread) })
    }

    /// Hands `work` to the writer. The receiver fails only if the writer is gone.
    pub fn submit<T, F>(&self, work: F) -> oneshot::Receiver<Result<T, Refusal>>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T, Refusal> + Send + 'static,
    {
        let (sender, receiver) = oneshot::channel();
        let task: Task = Box::new(move |conn| {
            let outcome = in_transaction(conn, work, || true);
            let is_sound = !matches!(outcome, Err(Refusal::Unavailable(_)));
            let reply: Reply = Box::new(move |commit| {
                // Nobody listens any more when a browser went away in the middle; what was written stays written.
                let _ = sender.send(commit.and(outcome));
            });
            (reply, is_sound)
        });
        if let Some(tasks) = &self.tasks {
            let _ = tasks.send(task);
        }
        receiver
    }
}

/// What the thread writes with.
struct Pen {
    conn: Conn,
    path: PathBuf,
    /// The file that is open, by device and number.
    file: Option<(u64, u64)>,
}

fn identity(path: &Path) -> Option<(u64, u64)> {
    path.metadata().ok().map(|file| (file.dev(), file.ino()))
}

impl Pen {
    /// Begins a transaction. What is written into a file that was taken away is lost, so that is refused.
    fn begin(&mut self) -> Result<(), Refusal> {
        if identity(&self.path) != self.file {
            tracing::error!(path = %self.path.display(), "the database is not where it was: nothing is written until it is back");
            return Err(Refusal::Unavailable(CANNOT_REACH.into()));
        }
        if self.is_broken() {
            // After a fault of the disk SQLite may have ended a transaction that diesel believes in.
            self.conn = sqlite::open_writer(&self.path).map_err(|error| {
                tracing::error!(error, "cannot open the database again");
                Refusal::Unavailable(CANNOT_REACH.into())
            })?;
        }
        begin(&mut self.conn)
    }

    fn is_broken(&mut self) -> bool {
        type Manager = <Conn as diesel::Connection>::TransactionManager;
        Manager::is_broken_transaction_manager(&mut self.conn)
    }
}

fn group(pen: &mut Pen, first: Task, waiting: &mpsc::Receiver<Task>) {
    if let Err(refusal) = pen.begin() {
        tracing::warn!(?refusal, "cannot begin a write");
        // Dropping a task drops its reply, which its caller hears as "cannot be reached now". Those who came meanwhile hear it now and not one after
        // the other: each of them would wait as long as the first.
        drop(first);
        waiting.try_iter().for_each(drop);
        return;
    }
    let conn = &mut pen.conn;
    let started = Instant::now();
    let (reply, mut is_sound) = first(conn);
    let mut replies = vec![reply];
    // After a fault of the disk SQLite has ended the whole transaction by itself: whatever came next would be in none.
    while is_sound && replies.len() < MOST_WRITES && started.elapsed() < LONGEST {
        let Ok(task) = waiting.try_recv() else { break };
        let (reply, still_sound) = task(conn);
        replies.push(reply);
        is_sound = still_sound;
    }
    let commit = commit(conn);
    for reply in replies {
        reply(commit.clone());
    }
}

fn begin(conn: &mut Conn) -> Result<(), Refusal> {
    match conn {
        // IMMEDIATE takes the write lock at once; a deferred transaction could fail half-way when it comes to upgrade.
        Conn::Sqlite(c) => Ok(AnsiTransactionManager::begin_transaction_sql(c, "BEGIN IMMEDIATE")?),
        Conn::Postgres(c) => Ok(AnsiTransactionManager::begin_transaction(c)?),
    }
}

fn commit(conn: &mut Conn) -> Result<(), Refusal> {
    type Manager = <Conn as diesel::Connection>::TransactionManager;
    let outcome = Manager::commit_transaction(conn).map_err(Refusal::from);
    if let Err(refusal) = &outcome {
        tracing::error!(?refusal, "a commit failed");
        let _ = Manager::rollback_transaction(conn);
    }
    outcome
}
