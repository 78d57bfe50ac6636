//! How large the batches of a job are: so large that one holds the database for some time, and no longer.

use std::time::Duration;

use crate::db::Db;

/// A batch should hold the database for about so long, its commit apart: that takes as long as the disk does, however small the batch.
const AIM: Duration = Duration::from_millis(35);
/// On PostgreSQL others only wait for the rows that are written, and what every batch asks first takes a good part of a short one.
const AIM_AMONG_OTHERS: Duration = Duration::from_millis(150);
const FIRST: i64 = 200;
const LEAST: i64 = 50;
/// While little is there yet rows are so quick that a batch of several thousand fits: it would take tens of mebibytes and gain nothing.
const MOST: i64 = 1_000;

/// Grows and shrinks with what the batches took.
pub struct Pace {
    rows: i64,
    aim: Duration,
}

impl Pace {
    /// That of batches which are written to this database.
    pub fn of(db: &Db) -> Self {
        Pace { rows: FIRST, aim: if db.is_sqlite() { AIM } else { AIM_AMONG_OTHERS } }
    }

    /// Rows of the next batch.
    pub fn size(&self) -> i64 {
        self.rows
    }

    /// Notes how long the transaction of a batch of so many rows was at work.
    pub fn took(&mut self, rows: usize, time: Duration) {
        let rows = u128::try_from(rows).unwrap_or(1);
        let fits = i64::try_from(rows * self.aim.as_micros() / time.as_micros().max(1)).unwrap_or(MOST);
        // Half-way there, so that one slow moment does not make all that follows tiny.
        self.rows = ((self.rows + fits) / 2).clamp(LEAST, MOST);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(batches: usize, microseconds_a_row: u64) -> i64 {
        let mut pace = Pace { rows: FIRST, aim: AIM };
        for _ in 0..batches {
            let rows = usize::try_from(pace.size()).unwrap_or(0);
            pace.took(rows, Duration::from_micros(microseconds_a_row * rows as u64));
        }
        pace.size()
    }

    #[test]
    fn batches_come_to_what_takes_the_aimed_time() {
        assert!((346..=350).contains(&after(30, 100)));
    }

    #[test]
    fn batches_stay_within_bounds() {
        assert_eq!(after(30, 1), MOST);
        assert_eq!(after(30, 100_000), LEAST);
    }
}
