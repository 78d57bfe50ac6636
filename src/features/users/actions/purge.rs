//! What time does to users by itself: those deleted long ago are gone for good, and kept totals are folded.

use crate::access::Origin;
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
