//! Bringing people in, from the upload to the last batch. `read`, `judge` and `apply` are jobs; the others answer a person.

pub mod apply;
mod arriving;
mod batch;
mod choose;
mod correct;
mod decide;
mod groups;
pub mod judge;
pub mod purge;
pub mod read;
mod ready;
mod refused;
pub mod shell;
mod start;

pub use arriving::Arriving;
pub use choose::{Planned, cancel, choose_columns, choose_options, choose_rows, reopen_columns, start_applying};
pub use correct::correct;
pub use decide::{may_give_role, role_scope};
pub use refused::{RefusedFile, is_reason, record_download};
pub use start::{begin, keep_chunk, submit};

use super::model::{Import, State};
use super::queries;
use crate::access::Permit;
use crate::access::permit::ImportUsers;
use crate::db::Conn;
use crate::jobs::{End, Running};
use crate::refusal::Refusal;

/// An import of one's own.
///
/// # Errors
/// Not found, also when it is somebody else's.
pub fn own(conn: &mut Conn, permit: &Permit<ImportUsers>, id: i64) -> Result<Import, Refusal> {
    let import = queries::find(conn, id)?;
    if import.owner_id == permit.origin().actor_id { Ok(import) } else { Err(Refusal::NotFound) }
}

/// Moves an import on.
///
/// # Errors
/// A conflict: it is in another state, so somebody (perhaps the same person in another window) was first.
fn advance(conn: &mut Conn, id: i64, from: State, to: State, now: i64) -> Result<(), Refusal> {
    match queries::advance(conn, id, from, to, now)? {
        true => Ok(()),
        false => Err(moved_on()),
    }
}

fn moved_on() -> Refusal {
    Refusal::Conflict("This import has moved on meanwhile. Open it again to see how it stands.".into())
}

/// Runs a step of a job on an import that has to be in `state`. What cannot go on is noted with the import, where its owner sees it; what may
/// pass (no database, a defect) goes back to the queue.
fn step(running: &Running, state: State, work: impl FnOnce(&Import) -> Result<End, Refusal>) -> Result<End, Refusal> {
    let id = running.job.subject_id;
    let import = match running.app.db.read_now(|conn| queries::find(conn, id)) {
        Err(Refusal::NotFound) => return Ok(End::Cancelled),
        other => other?,
    };
    if import.state() != state {
        return Ok(End::Done);
    }
    let now = running.app.clock.now();
    match work(&import) {
        Ok(End::Cancelled) => {
            running.app.db.write_now(move |conn| queries::advance(conn, id, state, State::Cancelled, now))?;
            Ok(End::Cancelled)
        }
        Err(refusal @ (Refusal::Unavailable(_) | Refusal::Broken(_) | Refusal::Conflict(_))) => Err(refusal),
        Err(refusal) => {
            running.app.db.write_now(move |conn| {
                queries::set_problem(conn, id, &refusal.to_string())?;
                queries::advance(conn, id, state, State::Failed, now)
            })?;
            Ok(End::Done)
        }
        other => other,
    }
}
