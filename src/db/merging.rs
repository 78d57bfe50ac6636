//! Making one part of SQLite's search index after so much was written that it has a score of them, each of which is asked for every trigram: a moment at
//! a time, by whoever keeps house. Nothing but speed depends on it, so what is not finished when the server stops is left to SQLite, which merges some
//! as it writes.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::{Conn, Db, trigrams};
use crate::refusal::Refusal;

/// For fewer people it is not worth it, nor for a smaller share of all: all of the index is written again.
const MANY: i64 = 20_000;
const SHARE: i64 = 4;
/// So long at a time, of which half is left to others.
const MOMENT: Duration = Duration::from_millis(500);
/// What others write meanwhile can end it early: so many times it is begun.
const ROUNDS: u8 = 3;

#[derive(Default)]
pub(super) struct Merging {
    /// What so many people are searched by was written since.
    written: AtomicI64,
    now: Mutex<Now>,
}

#[derive(Default)]
struct Now {
    /// Rounds that may be begun, this one with them.
    rounds: u8,
    has_begun: bool,
}

impl Merging {
    pub fn wrote(&self, rows: i64) {
        self.written.fetch_add(rows, Ordering::Relaxed);
    }

    /// Does a moment's work, if there is any.
    pub fn go_on(&self, db: &Db) -> Result<(), Refusal> {
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        if self.is_due(db)? {
            *now = Now { rounds: ROUNDS, has_begun: false };
        }
        let moment = Instant::now();
        while now.rounds > 0 && moment.elapsed() < MOMENT {
            let (began, begun) = (Instant::now(), now.has_begun);
            let more = db.write_batch_now(move |conn| match conn {
                Conn::Sqlite(conn) if begun => Ok(trigrams::go_on_merging(conn)?),
                Conn::Sqlite(conn) => Ok(trigrams::begin_merging(conn)?),
                Conn::Postgres(_) => Ok(false),
            })?;
            now.has_begun = more;
            now.rounds = match (begun, more) {
                (_, true) => now.rounds,
                (true, false) => now.rounds - 1,
                // It is one part.
                (false, false) => 0,
            };
            thread::sleep(began.elapsed());
        }
        Ok(())
    }

    /// Whether enough was written; it is not asked for again.
    fn is_due(&self, db: &Db) -> Result<bool, Refusal> {
        let written = self.written.load(Ordering::Relaxed);
        if written < MANY {
            return Ok(false);
        }
        let people = db.read_now(|conn| match conn {
            Conn::Sqlite(conn) => Ok(trigrams::people(conn)?),
            Conn::Postgres(_) => Ok(0),
        })?;
        if written < people / SHARE {
            return Ok(false);
        }
        self.written.fetch_sub(written, Ordering::Relaxed);
        Ok(true)
    }
}
