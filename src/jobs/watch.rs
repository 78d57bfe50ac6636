//! Somebody's work in the background as it is seen from elsewhere: an entry on every page while it runs, a word when it has ended.

use diesel::prelude::*;

use super::Kind;
use super::queue::{self, Job, State};
use crate::db::Conn;
use crate::db::schema::jobs;
use crate::features::imports::model::State as ImportState;
use crate::features::operations::model::{Operation, State as OperationState};
use crate::features::{imports, operations};
use crate::refusal::Refusal;

/// One job of the reader's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Work {
    pub job: i64,
    /// What is done: "Delete users".
    pub label: String,
    /// The page about it.
    pub href: String,
    pub done: i64,
    /// 0: not known yet.
    pub total: i64,
    pub has_ended: bool,
    /// What has come of it, once it has ended.
    pub outcome: String,
    /// The operation that can be undone now.
    pub undo: Option<i64>,
}

impl Work {
    /// How far it is, in percent; None: not known yet.
    pub fn percent(&self) -> Option<i64> {
        (self.total > 0).then(|| (self.done * 100 / self.total).clamp(0, 100))
    }
}

/// The jobs of somebody that wait or run.
pub fn under_way(conn: &mut Conn, actor_id: i64) -> Result<Vec<i64>, Refusal> {
    let open: Vec<i16> = [State::Waiting, State::Running].map(State::number).to_vec();
    let theirs = jobs::table.filter(jobs::actor_id.eq(actor_id)).filter(jobs::state.eq_any(open));
    Ok(theirs.order(jobs::id).select(jobs::id).load(conn)?)
}

/// Those of some jobs that are somebody's own. `now` in unix milliseconds.
pub fn look(conn: &mut Conn, actor_id: i64, ids: &[i64], now: i64) -> Result<Vec<Work>, Refusal> {
    let mut all = Vec::new();
    for id in ids {
        let Some(job) = queue::find(conn, *id)?.filter(|job| job.actor_id == Some(actor_id)) else { continue };
        match tell(conn, job, now) {
            Ok(Some(work)) => all.push(work),
            // What it was about is gone.
            Ok(None) | Err(Refusal::NotFound) => {}
            Err(refusal) => return Err(refusal),
        }
    }
    Ok(all)
}

fn tell(conn: &mut Conn, job: Job, now: i64) -> Result<Option<Work>, Refusal> {
    let mut work = Work {
        job: job.id,
        label: String::new(),
        href: String::new(),
        done: job.done,
        total: job.total,
        has_ended: job.state().has_ended(),
        outcome: String::new(),
        undo: None,
    };
    match Kind::from_word(&job.kind) {
        Some(Kind::OperationPlan | Kind::OperationRun) => {
            let operation = operations::queries::find(conn, job.subject_id)?;
            work.href = format!("/operations/{}", operation.id);
            work.label = operation.title();
            if operation.state() == OperationState::Planned {
                work.outcome = "The plan is ready.".into();
            }
            of_operation(&mut work, &operation, now);
        }
        Some(Kind::ImportRead | Kind::ImportJudge | Kind::ImportApply) => {
            let import = imports::queries::find(conn, job.subject_id)?;
            work.href = format!("/users/import/{}", import.id);
            work.label = format!("Import of {}", import.file_name);
            work.outcome = match import.state() {
                ImportState::Preview => "The preview is ready.".into(),
                ImportState::Mapping => "The columns are to be chosen.".into(),
                other => format!("{}.", other.label()),
            };
            if let Some(id) = import.operation_id {
                let operation = operations::queries::find(conn, id)?;
                of_operation(&mut work, &operation, now);
            }
        }
        Some(Kind::UsersExport) => {
            work.href = "/reports".into();
            work.label = "Export of users".into();
            work.outcome = match job.state() {
                State::Done => "The file is ready.".into(),
                State::Cancelled => "Cancelled.".into(),
                _ => "It could not be finished.".into(),
            };
        }
        // Nobody waits for it; or it is of a newer version.
        Some(Kind::CustomerRename) | None => return Ok(None),
    }
    Ok(Some(work))
}

fn of_operation(work: &mut Work, operation: &Operation, now: i64) {
    if operation.state().has_ended() {
        work.outcome = operation.outcome();
        work.undo = operation.not_undoable(now).is_none().then_some(operation.id);
    }
}
