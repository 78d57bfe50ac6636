//! What is done again and again without being asked: totals folded, what has ended forgotten. One process at a time does it, the holder of the
//! lease; each task is one short transaction, and one that fails is tried again the next time round.

use std::time::Instant;

use crate::access::{guesses, purge, session};
use crate::app::App;
use crate::clock::{DAY, HOUR, MINUTE};
use crate::db::Conn;
use crate::features::{audit, dashboard, groups, imports, mail, operations, reports, sign_in, users};
use crate::jobs::queue;
use crate::refusal::Refusal;

/// Jobs that ended are kept for so long.
const JOBS_KEPT: i64 = 30 * DAY;

/// When each round was done last (or is due), in unix milliseconds.
#[derive(Debug, Default)]
pub struct House {
    often: i64,
    /// When the dashboard is reckoned again.
    reckon_from: i64,
    seldom: i64,
}

impl House {
    /// Does what is due.
    pub fn keep(&mut self, app: &App) {
        let now = app.clock.now();
        if let Err(refusal) = app.db.merge_search_index() {
            tracing::warn!(?refusal, "merging the search index");
        }
        if now - self.often >= MINUTE {
            self.often = now;
            task(app, "fold counts", |conn, _| users::actions::purge::fold_counts(conn));
            task(app, "fold group counts", |conn, _| groups::actions::purge::fold_counts(conn));
            task(app, "purge sessions", |conn, now| session::purge(conn, now).map(drop));
            task(app, "purge selections", |conn, now| session::purge_selections(conn, now).map(drop));
            task(app, "purge links", purge::links_and_kept_forms);
            task(app, "purge asked links", sign_in::actions::purge_requests);
            task(app, "add up refusals", audit::actions::tally::write_up);
            task(app, "purge counters", |conn, now| guesses::purge(conn, now).map(drop));
            if let Err(refusal) = imports::actions::purge::expired(app) {
                tracing::warn!(?refusal, "purging imports");
            }
            if let Err(refusal) = reports::actions::purge(app) {
                tracing::warn!(?refusal, "purging reports");
            }
        }
        if now >= self.reckon_from {
            let began = Instant::now();
            if let Err(refusal) = dashboard::actions::reckon(app) {
                tracing::warn!(?refusal, "reckoning the dashboard");
            }
            // Where it is soon done it is done often; never is more than a hundredth of the time spent on it.
            let took = i64::try_from(began.elapsed().as_millis()).unwrap_or(i64::MAX);
            self.reckon_from = now + took.saturating_mul(100).clamp(MINUTE, 10 * MINUTE);
        }
        if now - self.seldom >= HOUR {
            self.seldom = now;
            task(app, "purge jobs", |conn, now| queue::purge(conn, now - JOBS_KEPT).map(drop));
            task(app, "purge deleted users", users::actions::purge::deleted);
            task(app, "purge deleted groups", groups::actions::purge::deleted);
            if let Err(refusal) = mail::actions::purge(app) {
                tracing::warn!(?refusal, "purging mails");
            }
            if let Err(refusal) = operations::actions::purge(app) {
                tracing::warn!(?refusal, "purging operations");
            }
            if let Err(refusal) = audit::actions::retention::purge(app) {
                tracing::error!(?refusal, "purging the audit");
            }
        }
    }
}

fn task(app: &App, name: &'static str, work: impl FnOnce(&mut Conn, i64) -> Result<(), Refusal> + Send + 'static) {
    let now = app.clock.now();
    if let Err(refusal) = app.db.write_now(move |conn| work(conn, now)) {
        tracing::warn!(?refusal, name, "house-keeping");
    }
}
