//! What a job's code holds while it runs.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use actix_web::web;
use diesel::prelude::*;

use super::queue::{self, Job};
use crate::access::Origin;
use crate::app::App;
use crate::db::Conn;
use crate::db::schema::users;
use crate::refusal::Refusal;

/// Progress is for people, who read it a few times a second at most.
const NOTE_EVERY: i64 = 300; // milliseconds

/// How a job ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    Done,
    Cancelled,
    /// The server stops; the job goes on when one runs again.
    Paused,
}

/// Raised from outside while a job runs.
#[derive(Debug, Default)]
pub(super) struct Signals {
    pub cancel: AtomicBool,
    pub stop: Arc<AtomicBool>,
}

/// A job that runs on this thread.
pub struct Running {
    pub app: web::Data<App>,
    pub job: Job,
    pub(super) holder: String,
    pub(super) signals: Arc<Signals>,
    /// When progress was noted last by itself, in unix milliseconds.
    pub(super) noted: AtomicI64,
}

impl Running {
    /// Why to stop after the batch that was just done, if so.
    pub fn interrupted(&self) -> Option<End> {
        if self.signals.cancel.load(Ordering::Relaxed) {
            return Some(End::Cancelled);
        }
        self.signals.stop.load(Ordering::Relaxed).then_some(End::Paused)
    }

    /// Who asked for it, as what it does is recorded; the time is now.
    pub fn origin(&self, conn: &mut Conn) -> Result<Origin, Refusal> {
        let mut origin = Origin::console(self.app.clock.now());
        if let Some(id) = self.job.actor_id {
            origin.actor_id = Some(id);
            origin.actor_name = users::table.find(id).select(users::name).first(conn).optional()?.unwrap_or_default();
            origin.address.clone_from(&self.job.address);
            origin.request_id.clone_from(&self.job.request_id);
        }
        Ok(origin)
    }

    /// For the transaction of a batch.
    pub fn hold(&self) -> Hold {
        Hold { id: self.job.id, holder: self.holder.clone(), now: self.app.clock.now() }
    }

    /// Notes progress in a transaction of its own, a few times a second at most; total 0 is "not known yet".
    pub fn note(&self, done: i64, total: i64) -> Result<(), Refusal> {
        let now = self.app.clock.now();
        if now - self.noted.load(Ordering::Relaxed) < NOTE_EVERY {
            return Ok(());
        }
        self.noted.store(now, Ordering::Relaxed);
        let hold = self.hold();
        self.app.db.write_now(move |conn| hold.note(conn, done, total))
    }
}

/// The claim on a job, to be proven by every batch in its own transaction.
#[derive(Debug, Clone)]
pub struct Hold {
    id: i64,
    holder: String,
    now: i64,
}

impl Hold {
    /// Notes progress.
    ///
    /// # Errors
    /// A conflict when somebody else has taken the job up meanwhile: the caller's transaction must roll back.
    pub fn note(&self, conn: &mut Conn, done: i64, total: i64) -> Result<(), Refusal> {
        match queue::note(conn, self.id, &self.holder, done, total, self.now)? {
            true => Ok(()),
            false => Err(Refusal::Conflict("Another worker has taken this job up.".into())),
        }
    }
}
