//! Changing what is selected, in small steps. Whether the reader may see what they select is the business of the room whose list it is.

mod change;
mod tray;

pub use change::{Selectable, change, kept};
pub use tray::Tray;

use super::model::{MOST_ITEMS, Selection};
use super::queries;
use crate::db::Conn;
use crate::refusal::Refusal;
use crate::web::list::grouped;

/// The selection of a session, to be changed in this transaction; made if there is none.
pub fn take(conn: &mut Conn, session_id: i64, list: &str, now: i64) -> Result<Selection, Refusal> {
    queries::take(conn, session_id, list, now)
}

/// Takes objects in. `hit`: those of them that what is selected whole hits anyway.
///
/// # Errors
/// More single objects than a selection holds.
pub fn add(conn: &mut Conn, selection: &Selection, ids: &[i64], hit: impl Fn(i64) -> bool) -> Result<(), Refusal> {
    let (hits, single): (Vec<i64>, Vec<i64>) = ids.iter().partition(|id| hit(**id));
    queries::forget(conn, selection.id, &hits)?;
    queries::put(conn, selection.id, &single, true)?;
    within_bounds(conn, selection)
}

/// Takes objects out.
///
/// # Errors
/// More single objects than a selection holds.
pub fn remove(conn: &mut Conn, selection: &Selection, ids: &[i64]) -> Result<(), Refusal> {
    if selection.whole {
        queries::put(conn, selection.id, ids, false)?;
        within_bounds(conn, selection)
    } else {
        queries::forget(conn, selection.id, ids)
    }
}

/// Selects all that a query hits; nothing is left out any more. `hits`: the single objects of the selection that it hits.
pub fn select_whole(conn: &mut Conn, selection: &Selection, query: &str, hits: &[i64]) -> Result<(), Refusal> {
    queries::forget_exceptions(conn, selection.id)?;
    queries::forget(conn, selection.id, hits)?;
    queries::set_whole(conn, selection.id, query)
}

/// Selects nothing any more.
pub fn clear(conn: &mut Conn, session_id: i64, list: &str) -> Result<(), Refusal> {
    queries::delete(conn, session_id, list)
}

/// Takes objects that are gone out of all selections of a list: should they come back, nobody has selected them.
pub fn gone(conn: &mut Conn, list: &str, ids: &[i64]) -> Result<(), Refusal> {
    queries::forget_everywhere(conn, list, ids)
}

/// Keeps what is selected now for an operation.
pub fn pin(conn: &mut Conn, selection: &Selection, operation_id: i64, now: i64) -> Result<(), Refusal> {
    queries::pin(conn, selection, Some(operation_id), None, now)
}

/// Keeps what is selected now for a report.
pub fn pin_for_report(conn: &mut Conn, selection: &Selection, report_id: i64, now: i64) -> Result<(), Refusal> {
    queries::pin(conn, selection, None, Some(report_id), now)
}

/// Forgets what was kept for an operation.
pub fn unpin(conn: &mut Conn, operation_id: i64) -> Result<(), Refusal> {
    queries::unpin(conn, operation_id)
}

fn within_bounds(conn: &mut Conn, selection: &Selection) -> Result<(), Refusal> {
    if queries::count_items(conn, selection.id)? <= MOST_ITEMS {
        return Ok(());
    }
    Err(Refusal::Unfit(format!(
        "Up to {} can be ticked or left out one by one. To select more, search or filter for them and select all that match.",
        grouped(MOST_ITEMS)
    )))
}
