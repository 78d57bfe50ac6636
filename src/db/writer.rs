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

use super::checkpoint::Checkpointer;
use super::{Conn, caught, in_transaction, roll_back, sqlite};
use crate::refusal::{CANNOT_REACH, Refusal};

/// Tells its caller how the write ended, once the commit around it has ended.
type Reply = Box<dyn FnOnce(Result<(), Refusal>) + Send>;
/// Does its write.
type Work = Box<dyn FnOnce(&mut Conn) -> Done + Send>;

/// A write that waits.
struct Task {
    work: Work,
    manner: Manner,
}

/// With whom a write shares its transaction.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Manner {
    /// With whatever else waits, each in a savepoint.
    Shared,
    /// With nobody, and without a savepoint: SQLite would keep a copy of every page that it touches.
    Alone,
    /// The same, and its commit does not wait for the disk.
    Unhurried,
}

/// A write that was done.
struct Done {
    reply: Reply,
    succeeded: bool,
    /// Whether the connection is sound after it.
    is_sound: bool,
}

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
        let checkpointer = Checkpointer::start(path)?;
        let conn = sqlite::open_writer(path)?;
        let mut pen = Pen { checkpointer, conn, path: path.to_owned(), file: identity(path), reopen: false };
        let (tasks, waiting) = mpsc::channel::<Task>();
        let thread = thread::Builder::new()
            .name("writer".into())
            .spawn(move || {
                let mut left_over = None;
                while let Some(first) = left_over.take().or_else(|| waiting.recv().ok()) {
                    left_over = group(&mut pen, first, &waiting);
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
        self.hand_over(Manner::Shared, move |conn| in_transaction(conn, work, || true))
    }

    /// The same for work that shares its transaction with nobody. `wait`: whether its commit waits for the disk.
    pub fn submit_alone<T, F>(&self, wait: bool, work: F) -> oneshot::Receiver<Result<T, Refusal>>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T, Refusal> + Send + 'static,
    {
        self.hand_over(if wait { Manner::Alone } else { Manner::Unhurried }, move |conn| caught(conn, work))
    }

    fn hand_over<T, F>(&self, manner: Manner, work: F) -> oneshot::Receiver<Result<T, Refusal>>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T, Refusal> + Send + 'static,
    {
        let (sender, receiver) = oneshot::channel();
        let work: Work = Box::new(move |conn| {
            let outcome = work(conn);
            let is_sound = !matches!(outcome, Err(Refusal::Unavailable(_)));
            let succeeded = outcome.is_ok();
            let reply: Reply = Box::new(move |commit| {
                // Nobody listens any more when a browser went away in the middle; what was written stays written.
                let _ = sender.send(commit.and(outcome));
            });
            Done { reply, succeeded, is_sound }
        });
        if let Some(tasks) = &self.tasks {
            let _ = tasks.send(Task { work, manner });
        }
        receiver
    }
}

/// What the thread writes with.
struct Pen {
    /// Ends before the connection is closed, which then is the last.
    checkpointer: Checkpointer,
    conn: Conn,
    path: PathBuf,
    /// The file that is open, by device and number.
    file: Option<(u64, u64)>,
    /// The connection is not to be trusted any more.
    reopen: bool,
}

fn identity(path: &Path) -> Option<(u64, u64)> {
    path.metadata().ok().map(|file| (file.dev(), file.ino()))
}

impl Pen {
    /// Begins a transaction. What is written into a file that was taken away is lost, so that is refused.
    fn begin(&mut self, manner: Manner) -> Result<(), Refusal> {
        if identity(&self.path) != self.file {
            tracing::error!(path = %self.path.display(), "the database is not where it was: nothing is written until it is back");
            return Err(Refusal::Unavailable(CANNOT_REACH.into()));
        }
        if self.reopen || self.is_broken() {
            // After a fault of the disk SQLite may have ended a transaction that diesel believes in.
            self.conn = sqlite::open_writer(&self.path).map_err(|error| {
                tracing::error!(error, "cannot open the database again");
                Refusal::Unavailable(CANNOT_REACH.into())
            })?;
            self.reopen = false;
        }
        // Refused within a transaction, so it is said before each that differs.
        if manner == Manner::Unhurried {
            sqlite::wait_for_disk(&mut self.conn, false)?;
        }
        begin(&mut self.conn)
    }

    /// Says that a transaction has ended.
    fn ended(&mut self, manner: Manner, took: Duration) {
        if manner == Manner::Unhurried
            && let Err(error) = sqlite::wait_for_disk(&mut self.conn, true)
        {
            tracing::error!(%error, "the writer cannot be made to wait for the disk: it is opened again");
            self.reopen = true;
        }
        let folded = match manner {
            Manner::Shared => self.checkpointer.wrote(&mut self.conn),
            Manner::Alone | Manner::Unhurried => self.checkpointer.wrote_batch(&mut self.conn, took),
        };
        if let Err(error) = folded {
            tracing::warn!(%error, "cannot fold the write-ahead log");
        }
    }

    fn is_broken(&mut self) -> bool {
        type Manager = <Conn as diesel::Connection>::TransactionManager;
        Manager::is_broken_transaction_manager(&mut self.conn)
    }
}

/// Does what waits in one commit. Gives back the write that has to have the next one for itself, if one came.
fn group(pen: &mut Pen, first: Task, waiting: &mpsc::Receiver<Task>) -> Option<Task> {
    let manner = first.manner;
    if let Err(refusal) = pen.begin(manner) {
        tracing::warn!(?refusal, "cannot begin a write");
        // Dropping a task drops its reply, which its caller hears as "cannot be reached now". Those who came meanwhile hear it now and not one after
        // the other: each of them would wait as long as the first.
        drop(first);
        waiting.try_iter().for_each(drop);
        pen.reopen |= manner == Manner::Unhurried;
        return None;
    }
    let conn = &mut pen.conn;
    let started = Instant::now();
    let mut done = (first.work)(conn);
    if manner != Manner::Shared {
        let commit = if done.succeeded {
            commit(conn)
        } else {
            roll_back(conn);
            Ok(())
        };
        (done.reply)(commit);
        pen.ended(manner, started.elapsed());
        return None;
    }
    let (mut replies, mut left_over) = (Vec::new(), None);
    // After a fault of the disk SQLite has ended the whole transaction by itself: whatever came next would be in none.
    loop {
        replies.push(done.reply);
        if !done.is_sound || replies.len() >= MOST_WRITES || started.elapsed() >= LONGEST {
            break;
        }
        match waiting.try_recv() {
            Ok(task) if task.manner != Manner::Shared => {
                left_over = Some(task);
                break;
            }
            Ok(task) => done = (task.work)(conn),
            Err(_) => break,
        }
    }
    let commit = commit(conn);
    for reply in replies {
        reply(commit.clone());
    }
    pen.ended(manner, started.elapsed());
    left_over
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
