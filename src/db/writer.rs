//! The one writer of a SQLite database: a thread that groups the writes waiting at one moment into one commit, each in a savepoint of its own.
//!
//! A write is answered only after the commit that holds it: acknowledged means durable. A write that refuses rolls back its savepoint alone.

use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use diesel::connection::{AnsiTransactionManager, TransactionManager};
use tokio::sync::oneshot;

use super::{Conn, in_transaction};
use crate::refusal::Refusal;

/// Tells its caller how the write ended, once the commit around it has ended.
type Reply = Box<dyn FnOnce(Result<(), Refusal>) + Send>;
type Task = Box<dyn FnOnce(&mut Conn) -> Reply + Send>;

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
    pub fn start(mut conn: Conn) -> Result<Self, String> {
        let (tasks, waiting) = mpsc::channel::<Task>();
        let thread = thread::Builder::new()
            .name("writer".into())
            .spawn(move || {
                while let Ok(first) = waiting.recv() {
                    group(&mut conn, first, &waiting);
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
            let outcome = in_transaction(conn, work);
            Box::new(move |commit| {
                // Nobody listens any more when a browser went away in the middle; what was written stays written.
                let _ = sender.send(commit.and(outcome));
            })
        });
        if let Some(tasks) = &self.tasks {
            let _ = tasks.send(task);
        }
        receiver
    }
}

fn group(conn: &mut Conn, first: Task, waiting: &mpsc::Receiver<Task>) {
    if let Err(refusal) = begin(conn) {
        // Dropping the task drops its reply, which its caller hears as "cannot be reached now".
        tracing::warn!(?refusal, "cannot begin a write");
        return;
    }
    let started = Instant::now();
    let mut replies = vec![first(conn)];
    while replies.len() < MOST_WRITES && started.elapsed() < LONGEST {
        match waiting.try_recv() {
            Ok(task) => replies.push(task(conn)),
            Err(_) => break,
        }
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
