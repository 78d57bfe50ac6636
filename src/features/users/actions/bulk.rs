//! Changing many users in one go: planned, then done as planned. Deleting, restoring, editing and taking any of these (or an import) back are one
//! mechanism: rows that say what a user has to be like and what they are then to be. What does not run in one transaction is planned (`plan`) and
//! carried out (`run`) by jobs.

mod edit;
mod fields;
mod group_rows;
mod groups;
mod judge;
pub mod plan;
pub mod run;
mod write;

pub use edit::{Edit, Given};
pub use fields::{Field, Fields, expected_device, membership, roles_of};
pub use groups::{
    Membership, plan_deletion_of_selected_groups, plan_group_deletion, plan_leaving, plan_membership_of_selection,
};

use self::plan::Wish;
use super::selection;
use crate::access::Permit;
use crate::access::permit::{AssignRoles, DeleteUsers, ResetTwoFactor, SetPasswords, ViewUsers};
use crate::app::App;
use crate::db::Conn;
use crate::features::audit::actions::record;
use crate::features::audit::model::{Change, Entry};
use crate::features::operations::model::{Kind, MOST_AT_ONCE, Operation, State, about_groups};
use crate::features::operations::{actions as operations, queries as rows};
use crate::features::roles::queries::who_may_sign_in;
use crate::features::selections;
use crate::features::users::input::listing::LIST;
use crate::features::users::model::User;
use crate::features::users::queries;
use crate::features::{customers, roles};
use crate::jobs::Running;
use crate::refusal::Refusal;

/// Plans to delete some users: who will be, who is skipped and why. Gives the id of the plan.
///
/// # Errors
/// Nothing chosen; or one of them is not there for the reader.
pub fn plan_deletion(conn: &mut Conn, permit: &Permit<DeleteUsers>, ids: &[i64]) -> Result<i64, Refusal> {
    plan_alike(conn, &permit.also()?, Kind::DeleteUsers, &Wish::Delete, ids)
}

/// Plans to delete who is selected in the reader's session: at once, or, for more than run in one go, in the background. Ring the bell once this
/// has committed.
///
/// # Errors
/// Nothing selected.
pub fn plan_deletion_of_selection(conn: &mut Conn, permit: &Permit<DeleteUsers>) -> Result<i64, Refusal> {
    plan_selection(conn, &permit.also()?, Kind::DeleteUsers, &Wish::Delete)
}

/// Plans to set the same of everybody who is selected in the reader's session; as [`plan_deletion_of_selection`].
///
/// # Errors
/// Nothing selected; nothing to set.
pub fn plan_edit_of_selection(conn: &mut Conn, permit: &Permit<ViewUsers>, edit: &Edit) -> Result<i64, Refusal> {
    if edit.is_empty() {
        return Err(Refusal::Unfit("Choose at least one thing to change.".into()));
    }
    if edit.is_about_roles() {
        permit.also::<AssignRoles>()?;
    }
    if let Some(id) = edit.customer {
        customers::queries::find_open(conn, permit.scope(), id)
            .map_err(|_| Refusal::field("customer", "Choose one of the customers."))?;
    }
    for (field, id) in [("give", edit.give.map(|given| given.role_id)), ("take", edit.take)] {
        if let Some(id) = id {
            roles::queries::find(conn, id).map_err(|_| Refusal::field(field, "Choose one of the roles."))?;
        }
    }
    plan_selection(conn, permit, Kind::EditUsers, &Wish::Edit(edit.clone()))
}

/// Plans to reset the 2FA of some users: whose will be, who is skipped and why. Gives the id of the plan.
///
/// # Errors
/// Nothing chosen; or one of them is not there for the reader.
pub fn plan_two_factor_reset(conn: &mut Conn, permit: &Permit<ResetTwoFactor>, ids: &[i64]) -> Result<i64, Refusal> {
    plan_alike(conn, &permit.also()?, Kind::ResetTwoFactor, &Wish::ResetTwoFactor, ids)
}

/// Plans to reset the 2FA of who is selected in the reader's session; as [`plan_deletion_of_selection`].
///
/// # Errors
/// Nothing selected.
pub fn plan_two_factor_reset_of_selection(conn: &mut Conn, permit: &Permit<ResetTwoFactor>) -> Result<i64, Refusal> {
    plan_selection(conn, &permit.also()?, Kind::ResetTwoFactor, &Wish::ResetTwoFactor)
}

/// Plans to mail some users a link to choose a password: who gets one, who is skipped and why. Gives the id of the plan.
///
/// # Errors
/// Nothing chosen; or one of them is not there for the reader.
pub fn plan_mails(conn: &mut Conn, permit: &Permit<SetPasswords>, ids: &[i64]) -> Result<i64, Refusal> {
    plan_alike(conn, &permit.also()?, Kind::MailLinks, &Wish::MailLink, ids)
}

/// Plans to mail one to each who is selected in the reader's session; as [`plan_deletion_of_selection`].
///
/// # Errors
/// Nothing selected.
pub fn plan_mails_to_selection(conn: &mut Conn, permit: &Permit<SetPasswords>) -> Result<i64, Refusal> {
    plan_selection(conn, &permit.also()?, Kind::MailLinks, &Wish::MailLink)
}

/// Whom the reader sees and may not do this to is skipped, and the plan says why: nobody drops out unseen.
fn plan_alike(
    conn: &mut Conn,
    permit: &Permit<ViewUsers>,
    kind: Kind,
    wish: &Wish,
    ids: &[i64],
) -> Result<i64, Refusal> {
    if ids.is_empty() {
        return Err(Refusal::Unfit("Tick at least one user first.".into()));
    }
    let ids: Vec<i64> = queries::find_all(conn, permit.scope(), ids)?.iter().map(|user| user.id).collect();
    let mut planned = plan::alike(conn, permit, wish, &ids)?;
    plan::sparing_an_administrator(conn, &mut planned)?;
    operations::plan(conn, permit.origin(), kind, None, &planned)
}

fn plan_selection(conn: &mut Conn, permit: &Permit<ViewUsers>, kind: Kind, wish: &Wish) -> Result<i64, Refusal> {
    let session = permit.session_id().ok_or(Refusal::SignIn)?;
    let Some(kept) = selections::queries::find(conn, session, LIST)? else {
        return plan_alike(conn, permit, kind, wish, &[]);
    };
    let selected = selection::of(conn, permit.scope(), permit.now(), kept.clone())?;
    let ids = queries::ids_after(conn, &selected.narrow, 0, i64::try_from(MOST_AT_ONCE).unwrap_or(i64::MAX) + 1)?;
    if ids.len() <= MOST_AT_ONCE {
        return plan_alike(conn, permit, kind, wish, &ids);
    }
    let wanted = match wish {
        Wish::Edit(edit) => serde_json::to_value(edit).unwrap_or_default(),
        Wish::Delete | Wish::Restore | Wish::ResetTwoFactor | Wish::MailLink => serde_json::Value::Null,
    };
    let id = operations::plan_in_background(conn, permit.origin(), kind, None, wanted)?;
    selections::actions::pin(conn, &kept, id, permit.now())?;
    Ok(id)
}

/// Plans to take back what an operation did, as far as nothing has happened to it since. As [`plan_deletion_of_selection`]; whether the reader may
/// see the operation is the caller's question.
///
/// # Errors
/// Conflict: it has not ended, did nothing, or ended more than 30 days ago.
pub fn plan_undo(conn: &mut Conn, permit: &Permit<ViewUsers>, undone: &Operation) -> Result<i64, Refusal> {
    if let Some(why) = undone.not_undoable(permit.now()) {
        return Err(Refusal::Conflict(why.into()));
    }
    let most = i64::try_from(MOST_AT_ONCE).unwrap_or(i64::MAX);
    let done = rows::done(conn, undone, i64::MIN, most + 1)?;
    let about = about_groups(&undone.groups());
    if done.len() > MOST_AT_ONCE {
        return operations::plan_in_background(conn, permit.origin(), Kind::Undo, Some(undone.id), about);
    }
    let mut planned = plan::backwards(conn, permit, &done)?;
    plan::sparing_an_administrator(conn, &mut planned)?;
    let id = operations::plan(conn, permit.origin(), Kind::Undo, Some(undone.id), &planned)?;
    if !about.is_null() {
        rows::set_details(conn, id, &about)?;
    }
    Ok(id)
}

/// Carries a plan of one's own out: all of it, or nothing if somebody moved meanwhile; a large one in the background, where who moved is left
/// alone. Gives how many were changed; None: a job does it. Ring the bell once this has committed.
///
/// # Errors
/// Conflict; the last administrator; not permitted any more.
pub fn carry_out(conn: &mut Conn, app: &App, permit: &Permit<ViewUsers>, id: i64) -> Result<Option<i64>, Refusal> {
    let operation = operations::own(conn, permit.origin(), id)?;
    may(&operation, permit)?;
    if writes_roles(conn, &operation)? {
        permit.also::<AssignRoles>()?;
    }
    if operation.kind() == Some(Kind::ResetTwoFactor) {
        permit.also::<ResetTwoFactor>()?;
    }
    if operation.kind() == Some(Kind::MailLinks) {
        permit.also::<SetPasswords>()?;
    }
    if operation.background().is_some() {
        operations::run_in_background(conn, permit.origin(), &operation)?;
        return Ok(None);
    }
    if operation.refuses_whole() {
        return Err(Refusal::Conflict(
            "Nothing was changed, since some of these cannot be. The plan names them.".into(),
        ));
    }
    groups::unless_joined(conn, &operation)?;
    operations::take_up(conn, permit.origin(), &operation)?;
    let planned = rows::changes(conn, id, i64::MIN, i64::try_from(MOST_AT_ONCE).unwrap_or(i64::MAX))?;
    let written = write::write(conn, app, permit, &planned)?;
    if let Some((moved, reason)) = written.left.first() {
        let label = planned.iter().find(|row| row.object_id == *moved).map_or("", |row| row.label.as_str());
        return Err(Refusal::Conflict(format!(
            "Nothing was changed, since things have moved after the plan was made. {label}: {reason} Choose again."
        )));
    }
    let done = written.done();
    operations::finish(conn, id, State::Done, done, operation.skipped, permit.now())?;
    let customer = match written.users.is_empty() {
        true => groups::customer(conn, &operation)?,
        false => one_customer(&written.users),
    };
    let entry = entry(conn, &operation, done)?.of_customer(customer);
    record(conn, permit.origin(), &entry)?;
    Ok(Some(done))
}

/// What came of restoring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Restored {
    pub operation: i64,
    pub users: i64,
    /// How many of them may sign in and need an activation link for it.
    pub to_activate: i64,
}

/// Restores deleted users at once. Passwords, factors, links and sessions they had do not come back.
///
/// # Errors
/// Nothing chosen; one of them not there for the reader, or not to be restored by them.
pub fn restore(conn: &mut Conn, app: &App, permit: &Permit<DeleteUsers>, ids: &[i64]) -> Result<Restored, Refusal> {
    let operation = plan_alike(conn, &permit.also()?, Kind::RestoreUsers, &Wish::Restore, ids)?;
    let refused = rows::left(conn, operation, i64::try_from(MOST_AT_ONCE).unwrap_or(i64::MAX))?;
    if let Some(row) = refused.iter().find(|row| row.reason != "Not deleted.") {
        return Err(Refusal::Forbidden(format!("{}: {}", row.label, row.reason)));
    }
    let users = carry_out(conn, app, &permit.also()?, operation)?.unwrap_or_default();
    let back: Vec<i64> = rows::changes(conn, operation, i64::MIN, users)?.iter().map(|row| row.object_id).collect();
    let mut signing_in: Vec<i64> = who_may_sign_in(conn, &back)?.into_iter().collect();
    let local = queries::with_ids(conn, permit.scope(), &signing_in)?;
    signing_in.retain(|id| local.iter().any(|user| user.id == *id && user.is_local()));
    Ok(Restored { operation, users, to_activate: i64::try_from(signing_in.len()).unwrap_or(i64::MAX) })
}

/// Whether an operation gives or takes roles, which asks for a fresh code like the single form.
fn writes_roles(conn: &mut Conn, operation: &Operation) -> Result<bool, Refusal> {
    // A large one that takes another back writes what that one wrote.
    let mut first = operation.clone();
    while let Some(undone) = first.undoes {
        first = rows::find(conn, undone)?;
    }
    if let Some(background) = first.background() {
        let edit: Edit = serde_json::from_value(background.wanted).unwrap_or_default();
        return Ok(edit.is_about_roles());
    }
    let all = rows::changes(conn, operation.id, i64::MIN, i64::try_from(MOST_AT_ONCE).unwrap_or(i64::MAX))?;
    Ok(all.iter().any(|row| Fields::read(&row.after).get(Field::Roles).is_some()))
}

/// The rights of whoever asked for a job, as they are now.
fn absent(conn: &mut Conn, running: &Running) -> Result<Permit<ViewUsers>, Refusal> {
    let origin = running.origin(conn)?;
    Permit::of_absent(conn, origin)
}

/// Refuses what nobody could do to anyone with this permit. What may be done to each is judged one by one.
fn may(operation: &Operation, permit: &Permit<ViewUsers>) -> Result<(), Refusal> {
    match operation.kind() {
        Some(Kind::DeleteUsers | Kind::RestoreUsers) => permit.also::<DeleteUsers>().map(drop),
        _ => Ok(()),
    }
}

/// The one audit row of an operation.
fn entry(conn: &mut Conn, operation: &Operation, done: i64) -> Result<Entry, Refusal> {
    let about = groups::written(conn, operation)?;
    let users = format!("{} users", done - i64::try_from(about.len()).unwrap_or(0));
    let (action, mut changes) = match operation.kind() {
        Some(Kind::DeleteUsers) => ("users.delete", vec![Change::new("deleted", "", users)]),
        Some(Kind::RestoreUsers) => ("users.restore", vec![Change::new("restored", "", users)]),
        Some(Kind::AddToGroups) => ("users.groups", vec![Change::new("added to groups", "", users)]),
        Some(Kind::RemoveFromGroups) => ("users.groups", vec![Change::new("removed from groups", "", users)]),
        Some(Kind::DeleteGroups) => ("groups.delete", vec![Change::new("removed from groups", "", users)]),
        Some(Kind::MailLinks) => ("users.mail-links", vec![Change::new("mailed", "", users)]),
        Some(Kind::ResetTwoFactor) => ("users.2fa-reset", vec![Change::new("2FA reset", "", users)]),
        Some(Kind::Undo) => ("users.undo", vec![Change::new("taken back", "", users)]),
        Some(Kind::EditUsers | Kind::ImportUsers) | None => ("users.edit", vec![Change::new("edited", "", users)]),
    };
    for name in about {
        changes.push(match operation.kind() {
            Some(Kind::DeleteGroups) => Change::new("group", name, ""),
            _ => Change::new("group", "", name),
        });
    }
    if let Some(undone) = operation.undoes {
        changes.push(Change::new("operation", "", undone.to_string()));
    }
    Ok(Entry::new(action, "operation", operation.id).of_operation(operation.id).changes(changes))
}

/// The customer that all of them belong to; 0 if there are several.
fn one_customer(users: &[User]) -> i64 {
    match users.first() {
        Some(first) if users.iter().all(|user| user.customer_id == first.customer_id) => first.customer_id,
        _ => 0,
    }
}
