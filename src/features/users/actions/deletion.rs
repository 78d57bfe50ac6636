//! Deleting, one or many: planned, then done as planned. What does not run in one transaction is planned (`plan`) and carried out (`run`) by jobs.

pub mod plan;
pub mod run;

use serde_json::json;

use super::selection;
use crate::access::permit::DeleteUsers;
use crate::access::{Permit, Rights, links, session};
use crate::db::Conn;
use crate::features::audit::actions::record;
use crate::features::audit::model::{Change, Entry};
use crate::features::operations::actions as operations;
use crate::features::operations::model::{Kind, MOST_AT_ONCE, PlannedRow, State};
use crate::features::roles::actions::{keeping_an_administrator, outranks};
use crate::features::selections;
use crate::features::users::input::listing::LIST;
use crate::features::users::model::User;
use crate::features::users::queries;
use crate::jobs;
use crate::refusal::Refusal;

/// Plans to delete some users: who will be, who is skipped and why. Gives the id of the plan.
///
/// # Errors
/// Nothing chosen; or one of them is not there for the reader.
pub fn plan_deletion(conn: &mut Conn, permit: &Permit<DeleteUsers>, ids: &[i64]) -> Result<i64, Refusal> {
    if ids.is_empty() {
        return Err(Refusal::Unfit("Tick at least one user first.".into()));
    }
    let users = queries::find_all(conn, permit.scope(), ids)?;
    let rights = Rights::of(conn, ids)?;
    let rows: Vec<PlannedRow> = users
        .iter()
        .map(|user| match refused(permit, &rights, user) {
            Some(reason) => PlannedRow::skipped(user.id, label(user), reason),
            None => PlannedRow::change(user.id, label(user), json!({ "deleted": false }), json!({ "deleted": true })),
        })
        .collect();
    operations::plan(conn, permit.origin(), Kind::DeleteUsers, &rows)
}

/// Plans to delete who is selected in the reader's session: at once, or, for more than run in one go, in the background. Ring the bell once this
/// has committed.
///
/// # Errors
/// Nothing selected.
pub fn plan_deletion_of_selection(conn: &mut Conn, permit: &Permit<DeleteUsers>) -> Result<i64, Refusal> {
    let session = permit.session_id().ok_or(Refusal::SignIn)?;
    let Some(kept) = selections::queries::find(conn, session, LIST)? else {
        return plan_deletion(conn, permit, &[]);
    };
    let selected = selection::of(conn, permit.scope(), permit.now(), kept.clone())?;
    let ids = queries::ids_after(conn, &selected.narrow, 0, i64::try_from(MOST_AT_ONCE).unwrap_or(i64::MAX) + 1)?;
    if ids.len() <= MOST_AT_ONCE {
        return plan_deletion(conn, permit, &ids);
    }
    let id = operations::plan_in_background(conn, permit.origin(), Kind::DeleteUsers, jobs::Kind::DeletionPlan)?;
    selections::actions::pin(conn, &kept, id, permit.now())?;
    Ok(id)
}

/// Why a user is not deleted, if so.
fn refused(
    permit: &Permit<DeleteUsers>,
    rights: &std::collections::BTreeMap<i64, Rights>,
    user: &User,
) -> Option<String> {
    if user.deleted_at != 0 {
        return Some("Deleted already.".into());
    }
    if user.id == permit.actor().id {
        return Some("You cannot delete yourself.".into());
    }
    outranks(permit.rights(), rights.get(&user.id)).err().map(|refusal| refusal.to_string())
}

pub(super) fn label(user: &User) -> String {
    if user.name.is_empty() { user.email.clone() } else { format!("{} <{}>", user.name, user.email) }
}

/// Carries a plan out: all of it, or nothing if somebody moved meanwhile. Gives how many were deleted.
///
/// # Errors
/// Conflict; the last administrator.
pub fn carry_out_deletion(conn: &mut Conn, permit: &Permit<DeleteUsers>, plan_id: i64) -> Result<i64, Refusal> {
    let rows = operations::take_up(conn, permit.origin(), Kind::DeleteUsers, plan_id)?;
    let ids: Vec<i64> = rows.iter().filter(|row| row.is_change()).map(|row| row.object_id).collect();
    let users =
        queries::find_all(conn, permit.scope(), &ids).map_err(|_| moved("one of them is not there any more"))?;
    let rights = Rights::of(conn, &ids)?;
    for user in &users {
        if let Some(reason) = refused(permit, &rights, user) {
            return Err(moved(&format!("{}: {reason}", user.title())));
        }
    }
    keeping_an_administrator(conn, |conn| delete(conn, &users, permit.now()))?;
    let done = i64::try_from(ids.len()).unwrap_or(i64::MAX);
    operations::finish(
        conn,
        plan_id,
        State::Done,
        done,
        i64::try_from(rows.len()).unwrap_or(i64::MAX) - done,
        permit.now(),
    )?;
    let change = Change::new("deleted", "", format!("{done} users"));
    let customer = one_customer(&users);
    record(
        conn,
        permit.origin(),
        &Entry::new("users.delete", "operation", plan_id)
            .of_customer(customer)
            .of_operation(plan_id)
            .changes(vec![change]),
    )?;
    Ok(done)
}

/// Lets a large plan be carried out in the background. Ring the bell once this has committed.
///
/// # Errors
/// Conflict: done already, or too old.
pub fn start_deletion(conn: &mut Conn, permit: &Permit<DeleteUsers>, plan_id: i64) -> Result<(), Refusal> {
    operations::run_in_background(conn, permit.origin(), Kind::DeleteUsers, plan_id, jobs::Kind::DeletionRun)
}

/// Stops planning or deleting in the background; who is deleted stays deleted.
///
/// # Errors
/// Conflict: nothing is under way.
pub fn cancel_deletion(conn: &mut Conn, permit: &Permit<DeleteUsers>, plan_id: i64) -> Result<(), Refusal> {
    operations::cancel(conn, permit.origin(), Kind::DeleteUsers, plan_id)
}

/// Marks people as deleted, signs them out and voids their links.
fn delete(conn: &mut Conn, users: &[User], now: i64) -> Result<(), Refusal> {
    let ids: Vec<i64> = users.iter().map(|user| user.id).collect();
    queries::delete_all(conn, users, now)?;
    selections::actions::gone(conn, LIST, &ids)?;
    session::end_all(conn, &ids, None, now)?;
    links::void_all_of(conn, &ids, now)
}

/// The customer that all of them belong to; 0 if there are several.
pub(super) fn one_customer(users: &[User]) -> i64 {
    match users.first() {
        Some(first) if users.iter().all(|user| user.customer_id == first.customer_id) => first.customer_id,
        _ => 0,
    }
}

fn moved(what: &str) -> Refusal {
    Refusal::Conflict(format!(
        "Nothing was deleted, since things have changed since the plan was made: {what}. Choose again."
    ))
}
