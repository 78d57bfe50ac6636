//! Asking for a report, making it, taking it away.

use super::file::Written;
use super::model::{KEPT, NewReport, Report, Separator, stored};
use super::queries;
use crate::access::permit::{Action, ViewUsers};
use crate::access::{Origin, Permit, Scope};
use crate::app::App;
use crate::db::Conn;
use crate::features::audit::actions::record;
use crate::features::audit::model::{Change, Entry};
use crate::jobs::{self, Kind, Running, queue};
use crate::refusal::Refusal;

/// Most reports that somebody has at a time.
pub const MOST: i64 = 50;

/// What is asked for.
#[derive(Debug)]
pub struct Wanted<'a> {
    /// The list's name.
    pub list: &'static str,
    /// What its URL says.
    pub query: &'a str,
    pub words: &'a str,
    pub separator: Separator,
    pub file_name: &'a str,
}

/// Asks for a report, which a job of this kind will make. Gives its id; ring the bell once this has committed.
///
/// # Errors
/// Too many lie there already.
pub fn begin<A: Action>(conn: &mut Conn, permit: &Permit<A>, kind: Kind, wanted: &Wanted<'_>) -> Result<i64, Refusal> {
    let (owner_id, now) = (permit.actor().id, permit.now());
    if queries::count_of_owner(conn, owner_id, now)? >= MOST {
        return Err(Refusal::Unfit(format!("You have {MOST} reports. Delete one under “Reports” first.")));
    }
    let scope = stored(permit.scope());
    let new = NewReport {
        job_id: 0,
        owner_id,
        list: wanted.list,
        query: wanted.query,
        words: wanted.words,
        delimiter: wanted.separator.code(),
        file_name: wanted.file_name,
        scope: &scope,
        run: 0,
        rows: 0,
        bytes: 0,
        created_at: now,
        expires_at: now + KEPT,
    };
    let id = queries::insert(conn, &new)?;
    let job_id = jobs::queue::enqueue(conn, permit.origin(), kind, id)?;
    queries::set_job(conn, id, job_id)?;
    Ok(id)
}

/// A report of the reader's own.
///
/// # Errors
/// Not found: somebody else's, or its time is over.
pub fn own(conn: &mut Conn, origin: &Origin, id: i64) -> Result<Report, Refusal> {
    let report = queries::find(conn, id)?;
    let theirs = origin.actor_id == Some(report.owner_id) && report.expires_at > origin.at;
    if theirs { Ok(report) } else { Err(Refusal::NotFound) }
}

/// Notes of whom a report tells: those whom its maker reaches as the job begins.
pub fn reaches(conn: &mut Conn, id: i64, scope: &Scope) -> Result<(), Refusal> {
    queries::set_scope(conn, id, &stored(scope))
}

/// Makes a report whole: its file is there to be had.
///
/// # Errors
/// Another worker has taken the job up.
pub fn finish(running: &Running, written: Written) -> Result<(), Refusal> {
    let (id, run, hold) = (running.job.subject_id, running.job.attempts, running.hold());
    running.app.db.write_now(move |conn| {
        hold.note(conn, written.rows, written.rows)?;
        queries::set_ready(conn, id, run, written.rows, written.bytes)
    })?;
    tidy(&running.app, id, run, written.pieces)
}

/// Deletes what other attempts have left of a report's file, or all of it (`run` 0).
fn tidy(app: &App, id: i64, run: i64, pieces: i64) -> Result<(), Refusal> {
    while app.staging.write_now(move |conn| queries::delete_chunks(conn, id, run, pieces))? {}
    Ok(())
}

/// The file, to be handed over: audited.
///
/// # Errors
/// Not found, also while it is being made; forbidden, where it tells of people whom its maker does not see any more.
pub fn hand_over<A: Action>(conn: &mut Conn, permit: &Permit<A>, id: i64) -> Result<Report, Refusal> {
    let report = own(conn, permit.origin(), id)?;
    if !report.is_ready() {
        return Err(Refusal::NotFound);
    }
    if !permit.scope().covers(&report.scope()) {
        return Err(Refusal::Forbidden(
            "This file tells of people whom you may not see any more. Export the list again.".into(),
        ));
    }
    let change = Change::new("file", "", report.file_name.as_str());
    record(conn, permit.origin(), &Entry::new("report.download", "report", id).changes(vec![change]))?;
    Ok(report)
}

/// Takes a report away, ready or not; a job that is at it stops. Its file is deleted by the next round of house-keeping.
///
/// # Errors
/// Not found.
pub fn remove(conn: &mut Conn, permit: &Permit<ViewUsers>, id: i64) -> Result<(), Refusal> {
    let report = own(conn, permit.origin(), id)?;
    queue::cancel(conn, report.job_id)?;
    queries::set_expired(conn, id, permit.now())?;
    let change = Change::new("file", report.file_name.as_str(), "");
    record(conn, permit.origin(), &Entry::new("report.delete", "report", id).changes(vec![change]))?;
    Ok(())
}

/// Deletes the reports whose time is over, a few pieces at a time, so that nobody waits for it.
pub fn purge(app: &App) -> Result<(), Refusal> {
    let now = app.clock.now();
    for report in app.db.read_now(|conn| queries::expired(conn, now))? {
        let job = app.db.read_now(|conn| queue::find(conn, report.job_id))?;
        // Whoever is at it would go on writing: it goes once the job has ended.
        if job.is_some_and(|job| !job.state().has_ended()) {
            continue;
        }
        tidy(app, report.id, 0, 0)?;
        app.db.write_now(move |conn| queries::delete(conn, report.id))?;
    }
    Ok(())
}
