//! What time does to groups by itself: those deleted long ago are gone for good, and kept numbers are folded.

use crate::clock::DAY;
use crate::db::Conn;
use crate::features::groups::queries;
use crate::refusal::Refusal;

/// A deleted group comes back by undoing the operation that deleted it, which is kept for 30 days; a day more, so that it never lacks its group.
const KEPT: i64 = 31 * DAY;

pub fn deleted(conn: &mut Conn, now: i64) -> Result<(), Refusal> {
    queries::purge(conn, now - KEPT)
}

pub fn fold_counts(conn: &mut Conn) -> Result<(), Refusal> {
    queries::fold_counts(conn)
}
