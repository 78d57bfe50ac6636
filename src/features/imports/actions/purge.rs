//! Forgetting imports whose time is over.

use crate::app::App;
use crate::clock::HOUR;
use crate::features::imports::queries::{self, staging};
use crate::refusal::Refusal;

/// An upload that made no progress for so long has broken off.
const ABANDONED: i64 = 2 * HOUR;

/// Deletes what is staged of imports whose time is over, then the imports; a portion at a time, so that nobody waits for it.
pub fn expired(app: &App) -> Result<(), Refusal> {
    let now = app.clock.now();
    for id in app.db.read_now(|conn| queries::expired(conn, now, now - ABANDONED))? {
        while app.staging.write_now(move |conn| staging::delete_some(conn, id))? {}
        app.db.write_now(move |conn| queries::delete(conn, id))?;
    }
    Ok(())
}

/// Deletes the file of an import, which is not needed any more; its rows stay for looking at.
pub fn file(app: &App, import_id: i64) -> Result<(), Refusal> {
    while app.staging.write_now(move |conn| staging::delete_chunks(conn, import_id))? {}
    Ok(())
}

/// Deletes everything that is staged of an import.
pub fn staged(app: &App, import_id: i64) -> Result<(), Refusal> {
    while app.staging.write_now(move |conn| staging::delete_some(conn, import_id))? {}
    Ok(())
}
