//! The database: SQLite (embedded, the default) or PostgreSQL, chosen at start by URL.
//!
//! [`Db::read`] runs a closure on a pooled reader, [`Db::write`] in one transaction: on SQLite through the one writer thread (`writer.rs`), on
//! PostgreSQL on a connection of the pool. Both exist blocking (`*_now`) for jobs and the command line. Only this folder asks which database it
//! is; `sqlite.rs` and `postgres.rs` hold the SQL that truly differs.

mod checkpoint;
pub mod fold;
pub mod fragment;
pub mod keyset;
pub mod marks;
mod merging;
pub mod migrate;
mod pool;
pub mod postgres;
pub mod ranges;
pub mod schema;
pub mod search;
mod silence;
mod slots;
pub mod snapshot;
pub mod sqlite;
pub mod trigrams;
mod writer;

use std::path::Path;
use std::sync::Arc;

use diesel::connection::TransactionManager;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as DieselError};

use crate::refusal::{CANNOT_REACH, Refusal, UNCERTAIN};
use fragment::Statement;
pub use pool::Target;
pub use postgres::open_no_more;

/// So many rows written at once change what PostgreSQL has to know of its tables.
const VERY_MANY: i64 = 20_000;

/// A connection to whichever database this installation uses.
#[derive(diesel::MultiConnection)]
pub enum Conn {
    Sqlite(diesel::SqliteConnection),
    Postgres(diesel::PgConnection),
}

/// Repeats an expression for both databases, where `diesel::MultiConnection` lacks what it needs (RETURNING, batches, upsert).
#[macro_export]
macro_rules! each_backend {
    ($conn:expr, $c:ident => $body:expr) => {
        match $conn {
            $crate::db::Conn::Sqlite($c) => $body,
            $crate::db::Conn::Postgres($c) => $body,
        }
    };
}

/// Handle to one database: a pool of readers and a way to write.
#[derive(Clone)]
pub struct Db {
    target: Target,
    readers: r2d2::Pool<pool::Manager>,
    slots: Arc<slots::Slots>,
    /// None on PostgreSQL, where any connection may write.
    writer: Option<Arc<writer::Writer>>,
    /// None on SQLite, which waits for nobody but the disk.
    listener: Option<Arc<silence::Listener>>,
    merging: Arc<merging::Merging>,
}

/// Begins or ends a transaction. SQLite keeps what it prepared: reading the word took it as long as doing what it says.
fn say(conn: &mut Conn, word: &'static str) -> QueryResult<usize> {
    let statement = Statement::<()>::sql(word);
    each_backend!(conn, c => statement.execute(c))
}

impl Db {
    /// Opens the database and its pool; does not migrate.
    ///
    /// # Errors
    /// One line for the person at the console when the database cannot be opened.
    pub fn open(target: Target) -> Result<Self, String> {
        let writer = match &target {
            Target::Sqlite(path) => Some(Arc::new(writer::Writer::start(path)?)),
            Target::Postgres(_) => None,
        };
        let listener = match &target {
            Target::Sqlite(_) => None,
            Target::Postgres(url) => Some(Arc::new(silence::Listener::new(url))),
        };
        let readers = pool::readers(&target)?;
        let slots = Arc::new(slots::Slots::of(usize::try_from(readers.max_size()).unwrap_or(1)));
        Ok(Db { target, readers, slots, writer, listener, merging: Arc::default() })
    }

    pub fn is_sqlite(&self) -> bool {
        matches!(self.target, Target::Sqlite(_))
    }

    pub fn target(&self) -> &Target {
        &self.target
    }

    /// Runs `work` on a reader. See [`Db::read_now`].
    pub async fn read<T, F>(&self, work: F) -> Result<T, Refusal>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T, Refusal> + Send + 'static,
    {
        let db = self.clone();
        self.elsewhere(move || db.read_now(work)).await
    }

    /// The same, but that the reader sees one state of the database throughout. See [`Db::read_snapshot_now`].
    pub async fn read_snapshot<T, F>(&self, work: F) -> Result<T, Refusal>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T, Refusal> + Send + 'static,
    {
        let db = self.clone();
        self.elsewhere(move || db.read_snapshot_now(work)).await
    }

    /// Reads on another thread, so that this one can go on with others.
    async fn elsewhere<T: Send + 'static>(
        &self,
        reading: impl FnOnce() -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        let reading = async {
            let slot = self.slots.to_read().await?;
            let with_slot = move || {
                let read = reading();
                drop(slot);
                read
            };
            let read = actix_web::web::block(with_slot).await;
            read.unwrap_or_else(|_| Err(Refusal::Broken("a read panicked".into())))
        };
        self.unless_silent(reading).await.unwrap_or_else(|| Err(Refusal::Unavailable(CANNOT_REACH.into())))
    }

    async fn unless_silent<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        match &self.listener {
            Some(listener) => listener.unless_silent(work).await,
            None => Some(work.await),
        }
    }

    /// Runs `work`, which looks a few rows up by their keys, on a reader: on SQLite at once, on this thread, since handing it to another one would
    /// cost more than the work.
    pub async fn glance<T, F>(&self, work: F) -> Result<T, Refusal>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T, Refusal> + Send + 'static,
    {
        if self.is_sqlite() { self.read_now(work) } else { self.read(work).await }
    }

    /// Runs `work` in one write transaction and answers once it is durable. See [`Db::write_now`].
    pub async fn write<T, F>(&self, work: F) -> Result<T, Refusal>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T, Refusal> + Send + 'static,
    {
        if let Some(writer) = &self.writer {
            return writer.submit(work).await.unwrap_or_else(|_| Err(Refusal::Unavailable(CANNOT_REACH.into())));
        }
        let (db, turn) = (self.clone(), Arc::new(silence::Turn::default()));
        let mine = turn.clone();
        let writing = async {
            let slot = self.slots.to_write().await?;
            let with_slot = move || {
                let written = db.reader().and_then(|mut conn| in_transaction(&mut conn, work, || mine.may_commit()));
                drop(slot);
                written
            };
            let written = actix_web::web::block(with_slot).await;
            written.unwrap_or_else(|_| Err(Refusal::Broken("a write panicked".into())))
        };
        match self.unless_silent(writing).await {
            None if turn.give_up() => Err(Refusal::Unavailable(CANNOT_REACH.into())),
            None => Err(Refusal::Unavailable(UNCERTAIN.into())),
            Some(written) => written,
        }
    }

    /// Runs `work` on a reader, on this thread. On SQLite it sees one state of the database throughout: there a transaction costs less than the locks
    /// that each statement would take by itself.
    pub fn read_now<T>(&self, work: impl FnOnce(&mut Conn) -> Result<T, Refusal>) -> Result<T, Refusal> {
        if self.is_sqlite() {
            return self.read_snapshot_now(work);
        }
        let mut conn = self.reader()?;
        let outcome = work(&mut conn);
        if matches!(outcome, Err(Refusal::Unavailable(_))) {
            postgres::notice_if_cut(&mut conn);
        }
        outcome
    }

    /// Runs `work` on a reader that sees one state of the database throughout, on this thread.
    pub fn read_snapshot_now<T>(&self, work: impl FnOnce(&mut Conn) -> Result<T, Refusal>) -> Result<T, Refusal> {
        let mut conn = self.reader()?;
        say(&mut conn, if self.is_sqlite() { "BEGIN" } else { "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" })?;
        // A connection goes back to the pool without its transaction, whatever happened.
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| work(&mut conn)))
            .unwrap_or_else(|_| Err(Refusal::Broken("a read panicked".into())));
        // Nothing was written. To take something back, SQLite first looks whether there is anything.
        say(&mut conn, if outcome.is_ok() { "COMMIT" } else { "ROLLBACK" }).or_else(|_| say(&mut conn, "ROLLBACK"))?;
        outcome
    }

    /// Runs `work` in one write transaction, on this thread (PostgreSQL) or the writer's. A refusal or a panic rolls all of it back.
    pub fn write_now<T, F>(&self, work: F) -> Result<T, Refusal>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T, Refusal> + Send + 'static,
    {
        match &self.writer {
            Some(writer) => {
                writer.submit(work).blocking_recv().unwrap_or_else(|_| Err(Refusal::Unavailable(CANNOT_REACH.into())))
            }
            None => in_transaction(&mut *self.reader()?, work, || true),
        }
    }

    /// As [`Db::write_now`], for the batches of jobs, which are large and which nobody is told of one by one: in a transaction that holds nothing else.
    /// It need not be on the disk when this returns; it is with the next write that anybody is told of.
    pub fn write_batch_now<T, F>(&self, work: F) -> Result<T, Refusal>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T, Refusal> + Send + 'static,
    {
        self.write_alone_now(false, work)
    }

    /// The same, but that it is on the disk when this returns: for what another database is told of.
    pub fn write_stage_now<T, F>(&self, work: F) -> Result<T, Refusal>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T, Refusal> + Send + 'static,
    {
        self.write_alone_now(true, work)
    }

    fn write_alone_now<T, F>(&self, wait: bool, work: F) -> Result<T, Refusal>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T, Refusal> + Send + 'static,
    {
        match &self.writer {
            Some(writer) => writer
                .submit_alone(wait, work)
                .blocking_recv()
                .unwrap_or_else(|_| Err(Refusal::Unavailable(CANNOT_REACH.into()))),
            None => {
                let work = |conn: &mut Conn| {
                    if !wait {
                        postgres::without_waiting(conn)?;
                    }
                    work(conn)
                };
                in_transaction(&mut *self.reader()?, work, || true)
            }
        }
    }

    /// Runs `work` on a connection of its own that may write and is in no transaction yet: for migrations.
    ///
    /// # Errors
    /// What `work` says, or that the database cannot be opened.
    pub fn with_writer<T>(&self, work: impl FnOnce(&mut Conn) -> Result<T, String>) -> Result<T, String> {
        match &self.target {
            Target::Sqlite(path) => work(&mut sqlite::open_writer(path)?),
            Target::Postgres(url) => work(&mut postgres::open(url)?),
        }
    }

    /// After `rows` were written at once: if they are very many, has PostgreSQL look at them now. By itself it would a minute later, and until then plan
    /// for tables of the size before, and then do it just when people are back. SQLite plans without looking. Nothing but speed depends on it.
    pub fn look_over(&self, rows: i64) {
        if let Target::Postgres(url) = &self.target
            && rows >= VERY_MANY
            && let Err(why) = postgres::look_over(url)
        {
            tracing::warn!(why, "pages are slow for a while");
        }
    }

    /// Notes that what `rows` people are searched by was written at once, which leaves SQLite's search index in parts.
    pub fn wrote_searchable(&self, rows: i64) {
        self.merging.wrote(rows);
    }

    /// Merges SQLite's search index for a moment if it is due: to be called every few seconds. PostgreSQL looks after its own.
    ///
    /// # Errors
    /// Those of a write.
    pub fn merge_search_index(&self) -> Result<(), Refusal> {
        if self.is_sqlite() { self.merging.go_on(self) } else { Ok(()) }
    }

    fn reader(&self) -> Result<r2d2::PooledConnection<pool::Manager>, Refusal> {
        self.readers.get().map_err(|error| {
            tracing::warn!(%error, "no database connection");
            Refusal::Unavailable(CANNOT_REACH.into())
        })
    }
}

/// Runs `work` in a transaction (or a savepoint inside one); commits on `Ok` if it still may, rolls back on a refusal and on a panic.
fn in_transaction<T>(
    conn: &mut Conn,
    work: impl FnOnce(&mut Conn) -> Result<T, Refusal>,
    may_commit: impl FnOnce() -> bool,
) -> Result<T, Refusal> {
    type Manager = <Conn as Connection>::TransactionManager;
    Manager::begin_transaction(conn)?;
    let outcome = caught(conn, work);
    let outcome = outcome.and_then(|value| match may_commit() {
        true => Ok(value),
        false => Err(Refusal::Unavailable(CANNOT_REACH.into())),
    });
    match outcome {
        Ok(value) => Manager::commit_transaction(conn).map(|()| value).map_err(Refusal::from),
        Err(refusal) => {
            roll_back(conn);
            Err(refusal)
        }
    }
}

/// What `work` says, or that it panicked.
fn caught<T>(conn: &mut Conn, work: impl FnOnce(&mut Conn) -> Result<T, Refusal>) -> Result<T, Refusal> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| work(conn)))
        .unwrap_or_else(|_| Err(Refusal::Broken("a write panicked".into())))
}

fn roll_back(conn: &mut Conn) {
    if let Err(error) = <Conn as Connection>::TransactionManager::rollback_transaction(conn) {
        tracing::warn!(%error, "a roll-back failed");
    }
}

/// Whether it is SQLite: for queries that would be slow if both databases were asked in the same words.
pub fn is_sqlite(conn: &Conn) -> bool {
    matches!(conn, Conn::Sqlite(_))
}

/// Whether a database's message tells of a fault that passes (locked, full, read-only, going away), which answers 503, or of a defect of ours.
pub fn passing_fault(message: &str) -> bool {
    sqlite::passing_fault(message) || postgres::passing_fault(message)
}

/// Whether the SQLite file (or, on PostgreSQL, nothing) is missing although it was there before.
pub fn lost(target: &Target, marker: &Path) -> bool {
    matches!(target, Target::Sqlite(path) if marker.exists() && !path.exists())
}

/// What was written, or None where a value that has to be unique is taken: by the database's own word, so that two requests at one moment cannot both
/// have it. On PostgreSQL nothing more can be asked in the transaction then.
///
/// # Errors
/// What else the database says.
pub fn unless_taken<T>(written: Result<T, DieselError>) -> Result<Option<T>, Refusal> {
    match written {
        Err(DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) => Ok(None),
        other => Ok(Some(other?)),
    }
}
