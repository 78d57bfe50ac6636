//! What time does to users by itself: those deleted long ago are gone for good, kept totals are folded, and so is the index for searching.

use std::thread;
use std::time::{Duration, Instant};

use crate::access::Origin;
use crate::app::App;
use crate::clock::DAY;
use crate::db::Conn;
use crate::features::audit::actions::record;
use crate::features::audit::model::{Entry, PURGE};
use crate::features::users::queries;
use crate::refusal::Refusal;

/// Deleted users can be restored for so long.
pub const RESTORABLE: i64 = 30 * DAY;
/// So many at a time, so that nobody waits for it.
const AT_ONCE: i64 = 200;

/// Purges users deleted more than 30 days ago with all that hangs on them; the audit keeps that things were done, not whom they name.
pub fn deleted(conn: &mut Conn, now: i64) -> Result<(), Refusal> {
    for user in queries::deleted_before(conn, now - RESTORABLE, AT_ONCE)? {
        queries::purge(conn, &user)?;
        record(conn, &Origin::server(now), &Entry::new(PURGE, "user", user.id).of_customer(user.customer_id))?;
    }
    Ok(())
}

/// Folds the rows of `user_counts` into one per customer.
pub fn fold_counts(conn: &mut Conn) -> Result<(), Refusal> {
    queries::fold_counts(conn)
}

/// So long at a time is spent on the index for searching.
const MERGING: Duration = Duration::from_secs(3);

/// Merges what many writes have left of SQLite's index for searching, a moment at a time, and leaves as much time to whoever else writes, commands in
/// processes of their own among them, which wait for a second at most.
pub fn merge_index(app: &App) -> Result<(), Refusal> {
    let began = Instant::now();
    let mut done = began;
    while app.db.write_now(queries::merge_index)? && began.elapsed() < MERGING {
        thread::sleep(done.elapsed());
        done = Instant::now();
    }
    Ok(())
}
