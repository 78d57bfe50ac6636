//! The job `operation.run`: carries a large plan out in batches whose time is bounded, each with its progress in one transaction. Who has moved since
//! the plan was made is left alone and listed.

use std::time::Instant;

use super::judge::LAST_ADMINISTRATOR;
use super::write::write;
use super::{absent, entry, may};
use crate::access::Permit;
use crate::access::permit::ViewUsers;
use crate::app::App;
use crate::db::Conn;
use crate::features::audit::actions::record;
use crate::features::operations::model::{Background, Operation, Row, State};
use crate::features::operations::{actions as operations, queries as rows};
use crate::features::roles::queries::who_may_sign_in;
use crate::features::selections;
use crate::jobs::{End, Hold, Pace, Running};
use crate::refusal::Refusal;

pub fn run(running: &Running) -> Result<End, Refusal> {
    let id = running.job.subject_id;
    step(running, State::Running, |operation| {
        let mut pace = Pace::of(&running.app.db);
        loop {
            // Before a batch, so that what is called off before its turn comes changes nothing at all.
            match running.interrupted() {
                Some(End::Cancelled) => {
                    finish(running, id, State::Cancelled, "")?;
                    return Ok(End::Cancelled);
                }
                Some(end) => return Ok(end),
                None => {}
            }
            let (next, permit) =
                running.app.db.read_now(|conn| Ok((next(conn, id, pace.size())?, absent(conn, running)?)))?;
            let Some(next) = next else { break };
            let hold = running.hold();
            let (count, one, again) = (next.rows.len(), next.rows.len() == 1, next.clone());
            let (mine, app) = (permit.clone(), running.app.clone());
            let written = running.app.db.write_batch_now(move |conn| {
                let began = Instant::now();
                batch(conn, &app, &hold, &mine, &next).map(|()| began.elapsed())
            });
            match written {
                // The one administrator who must stay: the rest of the plan goes on.
                Err(Refusal::Forbidden(_)) if one => {
                    let hold = running.hold();
                    running.app.db.write_now(move |conn| leave_alone(conn, &hold, &again, LAST_ADMINISTRATOR))?;
                }
                Err(refusal) => return Err(refusal),
                Ok(took) => pace.took(count, took),
            }
        }
        finish(running, id, State::Done, "")?;
        running.app.db.look_over(operation.planned);
        Ok(End::Done)
    })
}

/// The next rows of an operation.
#[derive(Clone)]
struct Next {
    operation: Operation,
    rows: Vec<Row>,
}

/// The next rows up to the first person who may sign in, or that person alone: only they can be the last administrator, and if they are, nobody
/// else's row is to be rolled back with theirs.
fn next(conn: &mut Conn, id: i64, size: i64) -> Result<Option<Next>, Refusal> {
    let operation = rows::find(conn, id)?;
    let mut rows = rows::changes(conn, id, operation.background().unwrap_or_default().after, size)?;
    let ids: Vec<i64> = rows.iter().map(|row| row.object_id).collect();
    let special = who_may_sign_in(conn, &ids)?;
    if let Some(place) = rows.iter().position(|row| special.contains(&row.object_id)) {
        rows.truncate(place.max(1));
    }
    Ok((!rows.is_empty()).then_some(Next { operation, rows }))
}

fn batch(conn: &mut Conn, app: &App, hold: &Hold, permit: &Permit<ViewUsers>, next: &Next) -> Result<(), Refusal> {
    may(&next.operation, permit)?;
    let written = write(conn, app, permit, &next.rows)?;
    let left = i64::try_from(written.left.len()).unwrap_or(0);
    rows::skip(conn, next.operation.id, &written.left)?;
    advance(conn, hold, next, written.done(), left)
}

fn leave_alone(conn: &mut Conn, hold: &Hold, next: &Next, reason: &str) -> Result<(), Refusal> {
    let left: Vec<(i64, String)> = next.rows.iter().map(|row| (row.object_id, reason.to_owned())).collect();
    rows::skip(conn, next.operation.id, &left)?;
    advance(conn, hold, next, 0, i64::try_from(left.len()).unwrap_or(0))
}

/// Notes a batch together with what it did.
fn advance(conn: &mut Conn, hold: &Hold, next: &Next, done: i64, left: i64) -> Result<(), Refusal> {
    let operation = &next.operation;
    let after = next.rows.last().map_or(0, |row| row.object_id);
    let before = operation.background().unwrap_or_default();
    let background = Background { after, left: before.left + left, ..before };
    rows::set_background(conn, operation.id, &background)?;
    rows::progress(conn, operation.id, operation.done + done, operation.skipped + left)?;
    // Who is left alone is done with too.
    hold.note(conn, operation.done + done + background.left, operation.planned)
}

/// Runs a step of a job on an operation that has to be in `state`. What cannot go on is noted with the operation, where whoever asked sees it.
pub(super) fn step(
    running: &Running,
    state: State,
    work: impl FnOnce(&Operation) -> Result<End, Refusal>,
) -> Result<End, Refusal> {
    let id = running.job.subject_id;
    let operation = match running.app.db.read_now(|conn| rows::find(conn, id)) {
        Err(Refusal::NotFound) => return Ok(End::Cancelled),
        other => other?,
    };
    if operation.state() != state {
        return Ok(End::Done);
    }
    match work(&operation) {
        Ok(End::Cancelled) if state == State::Planning => {
            give_up(running, id, State::Cancelled, "")?;
            Ok(End::Cancelled)
        }
        Err(refusal @ (Refusal::Unavailable(_) | Refusal::Broken(_) | Refusal::Conflict(_))) => Err(refusal),
        Err(refusal) => {
            match state {
                State::Planning => give_up(running, id, State::Failed, &refusal.to_string())?,
                _ => finish(running, id, State::Failed, &refusal.to_string())?,
            }
            Ok(End::Done)
        }
        other => other,
    }
}

/// Ends an operation that never got a plan.
fn give_up(running: &Running, id: i64, state: State, problem: &str) -> Result<(), Refusal> {
    let (now, problem) = (running.app.clock.now(), problem.to_owned());
    running.app.db.write_now(move |conn| {
        note_problem(conn, id, &problem)?;
        selections::actions::unpin(conn, id)?;
        operations::planned(conn, id, state, now)
    })
}

/// Ends the operation and writes its one audit row.
fn finish(running: &Running, id: i64, state: State, problem: &str) -> Result<(), Refusal> {
    let (origin, problem) = (running.app.db.read_now(|conn| running.origin(conn))?, problem.to_owned());
    // Ahead of the transaction, since there may be a million rows; nobody but this job changes any.
    let digest = running.app.db.read_now(|conn| rows::digest(conn, id))?;
    running.app.db.write_now(move |conn| {
        note_problem(conn, id, &problem)?;
        let operation = rows::find(conn, id)?;
        operations::finish(conn, id, state, operation.done, operation.skipped, origin.at)?;
        let entry = entry(conn, &operation, operation.done)?.with_rows(digest);
        record(conn, &origin, &entry).map(drop)
    })
}

fn note_problem(conn: &mut Conn, id: i64, problem: &str) -> Result<(), Refusal> {
    if problem.is_empty() {
        return Ok(());
    }
    let background = rows::find(conn, id)?.background().unwrap_or_default();
    rows::set_background(conn, id, &Background { problem: problem.to_owned(), ..background })
}
