//! The job `deletion.plan`: writes who of a large selection will be deleted and who is skipped, in batches whose time is bounded.

use std::collections::BTreeMap;

use serde_json::json;

use super::{label, refused};
use crate::access::permit::DeleteUsers;
use crate::access::{Permit, Rights};
use crate::db::Conn;
use crate::features::operations::model::{Background, Operation, PlannedRow, State};
use crate::features::operations::{actions as operations, queries as rows};
use crate::features::roles;
use crate::features::selections;
use crate::features::users::actions::selection;
use crate::features::users::queries::{self, Narrow};
use crate::jobs::{End, Hold, Running};
use crate::refusal::Refusal;

/// A search is evaluated once for so many, since each evaluation may look at all it hits.
const READ: i64 = 20_000;
/// So many rows are written at a time: some 50 ms.
const BATCH: usize = 1_000;

pub fn run(running: &Running) -> Result<End, Refusal> {
    let id = running.job.subject_id;
    super::run::step(running, State::Planning, |operation| {
        let mut after = operation.background().unwrap_or_default().after;
        loop {
            let ids = running.app.db.read_now(|conn| {
                let permit = permit(conn, running)?;
                let Some(kept) = selections::queries::pinned(conn, id)? else { return Ok(Vec::new()) };
                // As of the moment at which it was asked for: "not for 30 days" means the same from the first row to the last.
                let selected = selection::of(conn, permit.scope(), operation.created_at, kept)?;
                queries::ids_after(conn, &selected.narrow, after, READ)
            })?;
            for batch in ids.chunks(BATCH) {
                if let Some(end) = running.interrupted() {
                    return Ok(end);
                }
                let (hold, batch) = (running.hold(), batch.to_vec());
                after = batch.last().copied().unwrap_or(after);
                let permit = running.app.db.read_now(|conn| permit(conn, running))?;
                running.app.db.write_now(move |conn| write(conn, &hold, &permit, id, &batch))?;
            }
            if ids.is_empty() {
                break;
            }
        }
        let (origin, hold) = (running.app.db.read_now(|conn| running.origin(conn))?, running.hold());
        running.app.db.write_now(move |conn| {
            spare_an_administrator(conn, id)?;
            selections::actions::unpin(conn, id)?;
            let operation = rows::find(conn, id)?;
            hold.note(conn, operation.planned + operation.skipped, operation.planned + operation.skipped)?;
            operations::planned(conn, id, State::Planned, origin.at)
        })?;
        Ok(End::Done)
    })
}

/// The rights of whoever asked, as they are now.
pub(super) fn permit(conn: &mut Conn, running: &Running) -> Result<Permit<DeleteUsers>, Refusal> {
    let origin = running.origin(conn)?;
    Permit::of_absent(conn, origin)
}

fn write(conn: &mut Conn, hold: &Hold, permit: &Permit<DeleteUsers>, id: i64, ids: &[i64]) -> Result<(), Refusal> {
    let operation = rows::find(conn, id)?;
    // Only somebody who may sign in can outrank anyone; the reader is one of them.
    let inside = queries::among(conn, &Narrow::to_scope(permit.scope()), ids)?;
    let mut special: Vec<i64> = roles::queries::who_may_sign_in(conn, ids)?.into_iter().collect();
    special.retain(|id| inside.contains(id));
    let rights: BTreeMap<i64, Rights> = Rights::of(conn, &special)?;
    let mut skipped = Vec::new();
    for user in queries::with_ids(conn, permit.scope(), &special)? {
        if let Some(reason) = refused(permit, &rights, &user) {
            skipped.push(PlannedRow::skipped(user.id, label(&user), reason));
        }
    }
    let rest: Vec<i64> = inside.into_iter().filter(|id| !skipped.iter().any(|row| row.object_id == *id)).collect();
    operations::add_rows(conn, id, &skipped)?;
    let (before, after) = (json!({ "deleted": false }).to_string(), json!({ "deleted": true }).to_string());
    let planned = queries::plan_changes(conn, id, &rest, &before, &after)?;
    let planned = operation.planned + i64::try_from(planned).unwrap_or(0);
    let skipped = operation.skipped + i64::try_from(skipped.len()).unwrap_or(0);
    rows::set_planned(conn, id, planned, skipped)?;
    let after = ids.last().copied().unwrap_or_default();
    rows::set_background(conn, id, &Background { after, ..operation.background().unwrap_or_default() })?;
    hold.note(conn, planned + skipped, 0)
}

/// If everybody who administers the installation is to go, one of them stays.
fn spare_an_administrator(conn: &mut Conn, id: i64) -> Result<(), Refusal> {
    let required = roles::actions::tfa_required(conn)?;
    let administrators = roles::queries::administrator_ids(conn, required)?;
    let mut going = rows::changes_among(conn, id, &administrators)?;
    if going.len() < administrators.len() {
        return Ok(());
    }
    going.sort_unstable();
    let Some(last) = going.first() else { return Ok(()) };
    rows::skip(conn, id, *last, super::run::LAST_ADMINISTRATOR)?;
    let Operation { planned, skipped, .. } = rows::find(conn, id)?;
    rows::set_planned(conn, id, planned - 1, skipped + 1)
}
