//! Planning and carrying out.

use super::model::{
    Background, Counted, KEPT, Kind, MOST_AT_ONCE, NewOperation, Operation, PLAN_LASTS, PlannedRow, Row, State,
};
use super::queries;
use crate::access::permit::Action;
use crate::access::random::{Random, SystemRandom};
use crate::access::{Origin, Permission, Permit, Scope};
use crate::app::App;
use crate::db::Conn;
use crate::jobs::{self, queue};
use crate::refusal::Refusal;

/// Writes a plan and gives its id. Nothing it names is changed yet. `undoes`: the operation that it takes back.
///
/// # Errors
/// More rows than run at once ([`MOST_AT_ONCE`]).
pub fn plan(
    conn: &mut Conn,
    origin: &Origin,
    kind: Kind,
    undoes: Option<i64>,
    rows: &[PlannedRow],
) -> Result<i64, Refusal> {
    if rows.len() > MOST_AT_ONCE {
        return Err(Refusal::TooLarge(format!("Up to {MOST_AT_ONCE} can be changed at once.")));
    }
    let id = begin(conn, origin, kind, State::Planned, undoes, Counted::of(rows))?;
    add_rows(conn, id, rows)?;
    Ok(id)
}

/// Starts an operation whose rows come in batches while it runs, as an import's do.
pub fn start(conn: &mut Conn, origin: &Origin, kind: Kind, planned: i64) -> Result<i64, Refusal> {
    begin(conn, origin, kind, State::Running, None, Counted { change: planned, ..Counted::default() })
}

/// Starts an operation whose plan is written in the background, with what is `wanted` of each object. Ring the bell once this has committed.
pub fn plan_in_background(
    conn: &mut Conn,
    origin: &Origin,
    kind: Kind,
    undoes: Option<i64>,
    wanted: serde_json::Value,
) -> Result<i64, Refusal> {
    let id = begin(conn, origin, kind, State::Planning, undoes, Counted::default())?;
    let job = queue::enqueue(conn, origin, jobs::Kind::OperationPlan, id)?;
    queries::set_background(conn, id, &Background { job, wanted, ..Background::default() })?;
    Ok(id)
}

/// Lets a job carry out a plan of one's own: exactly once. Ring the bell once this has committed.
///
/// # Errors
/// As for [`take_up`].
pub fn run_in_background(conn: &mut Conn, origin: &Origin, operation: &Operation) -> Result<(), Refusal> {
    take_up(conn, origin, operation)?;
    let job = queue::enqueue(conn, origin, jobs::Kind::OperationRun, operation.id)?;
    let wanted = operation.background().unwrap_or_default().wanted;
    queries::set_background(conn, operation.id, &Background { job, wanted, ..Background::default() })
}

/// Stops what is done in the background for an operation of one's own; what is done stays done.
///
/// # Errors
/// Not found; a conflict when it has ended, or nothing is under way.
pub fn cancel(conn: &mut Conn, origin: &Origin, id: i64) -> Result<(), Refusal> {
    let operation = own(conn, origin, id)?;
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
    undoes: Option<i64>,
    counted: Counted,
) -> Result<i64, Refusal> {
    let mut salt = [0_u8; 16];
    SystemRandom.fill(&mut salt);
    let runs = state == State::Running;
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
            started_at: if runs { origin.at } else { 0 },
            finished_at: 0,
            expires_at: origin.at + if runs { KEPT } else { PLAN_LASTS },
            planned: counted.change,
            done: 0,
            skipped: counted.skipped,
            details: "",
            salt: &salt,
            undoes,
            unchanged: counted.unchanged,
        },
    )
}

/// An operation of one's own.
///
/// # Errors
/// Not found: somebody else's too.
pub fn own(conn: &mut Conn, origin: &Origin, id: i64) -> Result<Operation, Refusal> {
    let operation = queries::find(conn, id)?;
    if operation.actor_id == origin.actor_id { Ok(operation) } else { Err(Refusal::NotFound) }
}

/// Takes up a plan to carry it out: exactly once.
///
/// # Errors
/// A conflict when it was carried out already or is too old.
pub fn take_up(conn: &mut Conn, origin: &Origin, operation: &Operation) -> Result<(), Refusal> {
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

/// Adds rows to a plan that is being written, and counts them.
pub fn add_planned(conn: &mut Conn, id: i64, planned: &[PlannedRow]) -> Result<i64, Refusal> {
    add_rows(conn, id, planned)?;
    let operation = queries::find(conn, id)?;
    queries::set_planned(conn, &operation, Counted::of(planned))
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

/// An operation that a reader may see: their own, or whoever's, if they may read the audit of all.
///
/// # Errors
/// Not found.
pub fn seen<A: Action>(conn: &mut Conn, permit: &Permit<A>, id: i64) -> Result<Operation, Refusal> {
    let operation = queries::find(conn, id)?;
    let theirs = operation.actor_id == Some(permit.actor().id) || sees_all(permit);
    if theirs { Ok(operation) } else { Err(Refusal::NotFound) }
}

/// The last operations that changed a user, as far as the reader may see them.
pub fn seen_to_change<A: Action>(
    conn: &mut Conn,
    permit: &Permit<A>,
    user_id: i64,
    limit: i64,
) -> Result<Vec<Operation>, Refusal> {
    queries::that_changed(conn, user_id, (!sees_all(permit)).then(|| permit.actor().id), limit)
}

/// Whether a reader sees what others did.
pub fn sees_all<A: Action>(permit: &Permit<A>) -> bool {
    permit.rights().scope_of(Permission::ViewAudit) == Some(&Scope::All)
}

/// Forgets operations whose time is over with their rows, a portion at a time, so that nobody waits for it. What the audit says of them stays.
pub fn purge(app: &App) -> Result<(), Refusal> {
    let now = app.clock.now();
    for id in app.db.read_now(|conn| queries::past(conn, now))? {
        if app.db.read_now(|conn| queries::is_needed(conn, id, now))? {
            continue;
        }
        while app.db.write_now(move |conn| queries::delete_rows(conn, id))? {}
        app.db.write_now(move |conn| queries::delete(conn, id))?;
    }
    Ok(())
}
