//! Planning and carrying out.

use super::model::{
    Background, KEPT, Kind, MOST_AT_ONCE, NewOperation, Operation, PLAN_LASTS, PlannedRow, Row, State, Verdict,
};
use super::queries;
use crate::access::Origin;
use crate::access::random::{Random, SystemRandom};
use crate::db::Conn;
use crate::jobs::{self, queue};
use crate::refusal::Refusal;

/// Writes a plan and gives its id. Nothing it names is changed yet.
///
/// # Errors
/// More rows than run at once ([`MOST_AT_ONCE`]).
pub fn plan(conn: &mut Conn, origin: &Origin, kind: Kind, rows: &[PlannedRow]) -> Result<i64, Refusal> {
    if rows.len() > MOST_AT_ONCE {
        return Err(Refusal::TooLarge(format!("Up to {MOST_AT_ONCE} can be changed at once.")));
    }
    let count =
        |verdict: Verdict| i64::try_from(rows.iter().filter(|row| row.verdict == verdict).count()).unwrap_or(i64::MAX);
    let id = begin(
        conn,
        origin,
        kind,
        State::Planned,
        origin.at + PLAN_LASTS,
        count(Verdict::Change),
        count(Verdict::Skipped),
    )?;
    let rows: Vec<Row> = rows.iter().map(|row| stored(id, row)).collect();
    queries::add_rows(conn, &rows)?;
    Ok(id)
}

/// Starts an operation whose rows come in batches while it runs, as an import's do.
pub fn start(conn: &mut Conn, origin: &Origin, kind: Kind, planned: i64) -> Result<i64, Refusal> {
    begin(conn, origin, kind, State::Running, origin.at + KEPT, planned, 0)
}

/// Starts an operation whose plan is written in the background by a job of this kind. Ring the bell once this has committed.
pub fn plan_in_background(conn: &mut Conn, origin: &Origin, kind: Kind, job: jobs::Kind) -> Result<i64, Refusal> {
    let id = begin(conn, origin, kind, State::Planning, origin.at + PLAN_LASTS, 0, 0)?;
    let job = queue::enqueue(conn, origin, job, id)?;
    queries::set_background(conn, id, &Background { job, ..Background::default() })?;
    Ok(id)
}

/// Lets a job of this kind carry out a plan of one's own: exactly once. Ring the bell once this has committed.
///
/// # Errors
/// As for [`take_up`].
pub fn run_in_background(
    conn: &mut Conn,
    origin: &Origin,
    kind: Kind,
    id: i64,
    job: jobs::Kind,
) -> Result<(), Refusal> {
    let operation = own(conn, origin, kind, id)?;
    started(conn, origin, &operation)?;
    let job = queue::enqueue(conn, origin, job, id)?;
    queries::set_background(conn, id, &Background { job, ..Background::default() })
}

/// Stops what is done in the background for an operation of one's own; what is done stays done.
///
/// # Errors
/// Not found; a conflict when it has ended, or nothing is under way.
pub fn cancel(conn: &mut Conn, origin: &Origin, kind: Kind, id: i64) -> Result<(), Refusal> {
    let operation = own(conn, origin, kind, id)?;
    match (operation.state(), operation.background()) {
        (State::Planning | State::Running, Some(background)) => queue::cancel(conn, background.job),
        _ => Err(Refusal::Conflict("There is nothing under way that could be stopped.".into())),
    }
}

fn begin(
    conn: &mut Conn,
    origin: &Origin,
    kind: Kind,
    state: State,
    expires_at: i64,
    planned: i64,
    skipped: i64,
) -> Result<i64, Refusal> {
    let mut salt = [0_u8; 16];
    SystemRandom.fill(&mut salt);
    queries::insert(
        conn,
        &NewOperation {
            kind: kind.word(),
            state: state.number(),
            actor_id: origin.actor_id,
            actor_name: &origin.actor_name,
            address: &origin.address,
            request_id: &origin.request_id,
            created_at: origin.at,
            started_at: if state == State::Running { origin.at } else { 0 },
            finished_at: 0,
            expires_at,
            planned,
            done: 0,
            skipped,
            details: "",
            salt: &salt,
        },
    )
}

/// An operation of one's own.
///
/// # Errors
/// Not found: of another kind, or somebody else's.
pub fn own(conn: &mut Conn, origin: &Origin, kind: Kind, id: i64) -> Result<Operation, Refusal> {
    let operation = queries::find(conn, id)?;
    let theirs = operation.kind == kind.word() && operation.actor_id == origin.actor_id;
    if theirs { Ok(operation) } else { Err(Refusal::NotFound) }
}

/// A plan of one's own that runs in one go.
///
/// # Errors
/// Not found: of another kind, or somebody else's.
pub fn own_plan(conn: &mut Conn, origin: &Origin, kind: Kind, id: i64) -> Result<(Operation, Vec<Row>), Refusal> {
    let operation = own(conn, origin, kind, id)?;
    let rows = queries::rows(conn, id, i64::try_from(MOST_AT_ONCE).unwrap_or(i64::MAX))?;
    Ok((operation, rows))
}

/// Takes up a plan of one's own to carry it out: exactly once.
///
/// # Errors
/// Not found; or a conflict when it was carried out already or is too old.
pub fn take_up(conn: &mut Conn, origin: &Origin, kind: Kind, id: i64) -> Result<Vec<Row>, Refusal> {
    let (operation, rows) = own_plan(conn, origin, kind, id)?;
    started(conn, origin, &operation)?;
    Ok(rows)
}

fn started(conn: &mut Conn, origin: &Origin, operation: &Operation) -> Result<(), Refusal> {
    if operation.expires_at < origin.at {
        return Err(Refusal::Conflict("This plan is more than a day old. Choose again what to change.".into()));
    }
    if !queries::advance(conn, operation.id, State::Planned, State::Running, origin.at)? {
        return Err(Refusal::Conflict("This was done already.".into()));
    }
    Ok(())
}

/// Adds rows to a plan that is being written.
pub fn add_rows(conn: &mut Conn, id: i64, rows: &[PlannedRow]) -> Result<(), Refusal> {
    let rows: Vec<Row> = rows.iter().map(|row| stored(id, row)).collect();
    queries::add_rows(conn, &rows)
}

/// Notes that an operation is done.
pub fn finish(conn: &mut Conn, id: i64, state: State, done: i64, skipped: i64, now: i64) -> Result<(), Refusal> {
    queries::progress(conn, id, done, skipped)?;
    queries::advance(conn, id, State::Running, state, now).map(drop)
}

/// Notes that the plan of an operation is written, or why there will be none.
pub fn planned(conn: &mut Conn, id: i64, state: State, now: i64) -> Result<(), Refusal> {
    queries::advance(conn, id, State::Planning, state, now).map(drop)
}

fn stored(operation_id: i64, row: &PlannedRow) -> Row {
    Row {
        operation_id,
        object_id: row.object_id,
        label: row.label.clone(),
        verdict: row.verdict.number(),
        before: row.before.to_string(),
        after: row.after.to_string(),
        reason: row.reason.clone(),
    }
}
