//! Rows of reports in the main database, their files in the staging one.

use diesel::prelude::*;

use super::model::{NewReport, Report};
use crate::db::Conn;
use crate::db::schema::{jobs, report_chunks as chunks, reports};
use crate::each_backend;
use crate::jobs::Job;
use crate::refusal::Refusal;

/// Pieces that are deleted in one go: some megabytes.
const DELETED_AT_ONCE: i64 = 8;

pub(super) fn insert(conn: &mut Conn, report: &NewReport<'_>) -> Result<i64, Refusal> {
    Ok(
        each_backend!(conn, c => diesel::insert_into(reports::table).values(report).returning(reports::id).get_result(c))?,
    )
}

pub(super) fn set_job(conn: &mut Conn, id: i64, job_id: i64) -> Result<(), Refusal> {
    diesel::update(reports::table.find(id)).set(reports::job_id.eq(job_id)).execute(conn)?;
    Ok(())
}

/// # Errors
/// Not found.
pub fn find(conn: &mut Conn, id: i64) -> Result<Report, Refusal> {
    Ok(reports::table.find(id).first(conn)?)
}

/// The reports of somebody whose time is not over, each with its job, the last first.
pub fn of_owner(conn: &mut Conn, owner_id: i64, now: i64, limit: i64) -> Result<Vec<(Report, Option<Job>)>, Refusal> {
    let theirs = reports::table.filter(reports::owner_id.eq(owner_id)).filter(reports::expires_at.gt(now));
    let theirs: Vec<Report> = theirs.order(reports::id.desc()).limit(limit).load(conn)?;
    let ids: Vec<i64> = theirs.iter().map(|report| report.job_id).collect();
    let found: Vec<Job> = jobs::table.filter(jobs::id.eq_any(ids)).load(conn)?;
    let job = |id: i64| found.iter().find(|job| job.id == id).cloned();
    Ok(theirs.into_iter().map(|report| (report.clone(), job(report.job_id))).collect())
}

/// How many reports of somebody there are whose time is not over.
pub(super) fn count_of_owner(conn: &mut Conn, owner_id: i64, now: i64) -> Result<i64, Refusal> {
    let theirs = reports::table.filter(reports::owner_id.eq(owner_id)).filter(reports::expires_at.gt(now));
    Ok(theirs.count().get_result(conn)?)
}

pub(super) fn set_scope(conn: &mut Conn, id: i64, scope: &str) -> Result<(), Refusal> {
    diesel::update(reports::table.find(id)).set(reports::scope.eq(scope)).execute(conn)?;
    Ok(())
}

/// Says which attempt made the file, and how large it is.
pub(super) fn set_ready(conn: &mut Conn, id: i64, run: i64, rows: i64, bytes: i64) -> Result<(), Refusal> {
    diesel::update(reports::table.find(id))
        .set((reports::run.eq(run), reports::rows.eq(rows), reports::bytes.eq(bytes)))
        .execute(conn)?;
    Ok(())
}

/// Lets a report's time be over.
pub(super) fn set_expired(conn: &mut Conn, id: i64, now: i64) -> Result<(), Refusal> {
    diesel::update(reports::table.find(id)).set(reports::expires_at.eq(now)).execute(conn)?;
    Ok(())
}

/// The reports whose time is over.
pub(super) fn expired(conn: &mut Conn, now: i64) -> Result<Vec<Report>, Refusal> {
    Ok(reports::table.filter(reports::expires_at.le(now)).load(conn)?)
}

pub(super) fn delete(conn: &mut Conn, id: i64) -> Result<(), Refusal> {
    diesel::delete(reports::table.find(id)).execute(conn)?;
    Ok(())
}

pub(super) fn add_chunk(conn: &mut Conn, id: i64, run: i64, seq: i64, body: &[u8]) -> Result<(), Refusal> {
    let row = (chunks::report_id.eq(id), chunks::run.eq(run), chunks::seq.eq(seq), chunks::body.eq(body));
    // What the same attempt began before the server was stopped is written anew.
    each_backend!(conn, c => diesel::insert_into(chunks::table)
        .values(row)
        .on_conflict((chunks::report_id, chunks::run, chunks::seq))
        .do_update()
        .set(chunks::body.eq(body))
        .execute(c))?;
    Ok(())
}

/// One piece of a file; None behind the last.
pub(super) fn chunk(conn: &mut Conn, id: i64, run: i64, seq: i64) -> Result<Option<Vec<u8>>, Refusal> {
    Ok(chunks::table.find((id, run, seq)).select(chunks::body).first(conn).optional()?)
}

/// Deletes some pieces: those behind the end of the attempt that is kept (`run`, `pieces`) and all of other attempts. False: there are none left.
pub(super) fn delete_chunks(conn: &mut Conn, id: i64, run: i64, pieces: i64) -> Result<bool, Refusal> {
    let left: Vec<(i64, i64)> = chunks::table
        .filter(chunks::report_id.eq(id))
        .filter(chunks::run.ne(run).or(chunks::seq.ge(pieces)))
        .select((chunks::run, chunks::seq))
        .limit(DELETED_AT_ONCE)
        .load(conn)?;
    for (run, seq) in &left {
        diesel::delete(chunks::table.find((id, run, seq))).execute(conn)?;
    }
    Ok(!left.is_empty())
}
