//! Restoring deleted users.

use serde_json::json;

use super::deletion::{label, one_customer};
use crate::access::permit::DeleteUsers;
use crate::access::{Permit, Rights};
use crate::db::Conn;
use crate::features::audit::actions::record;
use crate::features::audit::model::{Change, Entry};
use crate::features::operations::actions as operations;
use crate::features::operations::model::{Kind, PlannedRow, State};
use crate::features::roles::actions::outranks;
use crate::features::roles::queries::who_may_sign_in;
use crate::features::users::model::User;
use crate::features::users::queries;
use crate::refusal::Refusal;

/// What came of restoring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Restored {
    pub users: i64,
    /// How many of them may sign in and need an activation link for it.
    pub to_activate: i64,
}

/// Restores deleted users. Passwords, factors, links and sessions they had do not come back.
///
/// # Errors
/// Nothing chosen; one of them not there for the reader; the rank rule.
pub fn restore(conn: &mut Conn, permit: &Permit<DeleteUsers>, ids: &[i64]) -> Result<Restored, Refusal> {
    if ids.is_empty() {
        return Err(Refusal::Unfit("Tick at least one user first.".into()));
    }
    let users = queries::find_all(conn, permit.scope(), ids)?;
    let rights = Rights::of(conn, ids)?;
    for user in &users {
        outranks(permit.rights(), rights.get(&user.id))?;
    }
    let rows: Vec<PlannedRow> = users
        .iter()
        .map(|user| match user.deleted_at {
            0 => PlannedRow::skipped(user.id, label(user), "Not deleted."),
            _ => PlannedRow::change(user.id, label(user), json!({ "deleted": true }), json!({ "deleted": false })),
        })
        .collect();
    let id = operations::plan(conn, permit.origin(), Kind::RestoreUsers, &rows)?;
    operations::take_up(conn, permit.origin(), Kind::RestoreUsers, id)?;
    let deleted: Vec<&User> = users.iter().filter(|user| user.deleted_at != 0).collect();
    for user in &deleted {
        queries::restore(conn, user, permit.now())?;
    }
    let done = i64::try_from(deleted.len()).unwrap_or(i64::MAX);
    operations::finish(
        conn,
        id,
        State::Done,
        done,
        i64::try_from(users.len()).unwrap_or(i64::MAX) - done,
        permit.now(),
    )?;
    let change = Change::new("restored", "", format!("{done} users"));
    record(
        conn,
        permit.origin(),
        &Entry::new("users.restore", "operation", id)
            .of_customer(one_customer(&users))
            .of_operation(id)
            .changes(vec![change]),
    )?;
    let back: Vec<i64> = deleted.iter().filter(|user| user.is_local()).map(|user| user.id).collect();
    let to_activate = who_may_sign_in(conn, &back)?.len();
    Ok(Restored { users: done, to_activate: i64::try_from(to_activate).unwrap_or(i64::MAX) })
}
