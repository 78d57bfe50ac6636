//! Giving and taking roles, under the rank rule.

use super::administrators::keeping_an_administrator;
use super::rank::outranks;
use crate::access::permit::AssignRoles;
use crate::access::{Permit, Rights, Scope, links, session};
use crate::db::Conn;
use crate::features::audit::actions::record;
use crate::features::audit::model::{Change, Entry};
use crate::features::customers;
use crate::features::roles::model::{Held, Role, Wanted};
use crate::features::roles::queries;
use crate::features::users::model::User;
use crate::refusal::Refusal;

/// The rank rule for giving: one gives only what one holds.
fn may_give(conn: &mut Conn, permit: &Permit<AssignRoles>, role: &Role, scope: &Scope) -> Result<(), Refusal> {
    let given = Rights::of_role(conn, role.id, &role.builtin, scope)?;
    if permit.rights().cover(&given) {
        return Ok(());
    }
    Err(Refusal::field(
        "roles",
        format!("You can only give what you hold yourself, and “{}” permits more than you may do there.", role.name),
    ))
}

/// What came of changing somebody's roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Changed {
    /// They may sign in now and could not before.
    pub newly_signs_in: bool,
}

/// Makes `wanted` the roles of a user. Who may not sign in any more is signed out everywhere.
///
/// # Errors
/// The rank rule in both directions; the last administrator; an unknown role.
pub fn set(conn: &mut Conn, permit: &Permit<AssignRoles>, user: &User, wanted: &[Wanted]) -> Result<Changed, Refusal> {
    let current = Rights::of(conn, &[user.id])?;
    outranks(permit.rights(), current.get(&user.id))?;
    let held = queries::held(conn, user.id)?;
    let wanted = complete(conn, wanted)?;
    let could = held.iter().any(|held| held.role.may_sign_in);
    let mut can = false;
    let mut changes = Vec::new();
    keeping_an_administrator(conn, |conn| {
        for before in held
            .iter()
            .filter(|held| !wanted.iter().any(|(_, want)| want.role_id == held.role.id && want.scope == held.scope))
        {
            queries::take(conn, user.id, before.role.id)?;
            changes.push(Change::new("role", format!("{} ({})", before.role.name, in_words(&before.scope)), ""));
        }
        for (role, want) in &wanted {
            can |= role.may_sign_in;
            if held.iter().any(|held| held.role.id == want.role_id && held.scope == want.scope) {
                continue;
            }
            if want.scope.is_nowhere() {
                return Err(Refusal::field("roles", format!("Choose at least one customer for “{}”.", role.name)));
            }
            for customer_id in want.scope.ids().unwrap_or_default() {
                customers::queries::find(conn, &Scope::All, customer_id)
                    .map_err(|_| Refusal::field("roles", format!("Choose among the customers for “{}”.", role.name)))?;
            }
            may_give(conn, permit, role, &want.scope)?;
            queries::assign(conn, user.id, want, permit.now())?;
            changes.push(Change::new("role", "", format!("{} ({})", role.name, in_words(&want.scope))));
        }
        Ok(())
    })?;
    if !changes.is_empty() {
        record(
            conn,
            permit.origin(),
            &Entry::new("user.roles", "user", user.id).of_customer(user.customer_id).changes(changes),
        )?;
    }
    if can && !user.is_local() {
        return Err(Refusal::field(
            "roles",
            "People from a directory or identity provider sign in there; a role that may sign in here is for local users.",
        ));
    }
    if could && !can {
        session::end_all(conn, &[user.id], None, permit.now())?;
        links::void_all(conn, user.id, permit.now())?;
    }
    Ok(Changed { newly_signs_in: can && !could })
}

/// Makes `wanted` the roles of somebody who holds `held`, whatever the rights of whoever asks: for operations, which have checked them. Who may not
/// sign in any more is signed out everywhere.
pub fn write(conn: &mut Conn, user_id: i64, held: &[Held], wanted: &[Wanted], now: i64) -> Result<(), Refusal> {
    let holds = |want: &Wanted| held.iter().any(|held| held.role.id == want.role_id && held.scope == want.scope);
    for before in held {
        if !wanted.iter().any(|want| want.role_id == before.role.id && want.scope == before.scope) {
            queries::take(conn, user_id, before.role.id)?;
        }
    }
    for want in wanted.iter().filter(|want| !holds(want)) {
        queries::assign(conn, user_id, want, now)?;
    }
    let could = held.iter().any(|held| held.role.may_sign_in);
    if could && queries::who_may_sign_in(conn, &[user_id])?.is_empty() {
        session::end_all(conn, &[user_id], None, now)?;
        links::void_all(conn, user_id, now)?;
    }
    Ok(())
}

/// The roles themselves beside what is wanted of them. One that permits nothing has no limit to speak of: it is held everywhere.
fn complete(conn: &mut Conn, wanted: &[Wanted]) -> Result<Vec<(Role, Wanted)>, Refusal> {
    wanted
        .iter()
        .map(|want| {
            let role =
                queries::find(conn, want.role_id).map_err(|_| Refusal::field("roles", "Choose among these roles."))?;
            let scope = if role.may_sign_in { want.scope.clone() } else { Scope::All };
            Ok((role, Wanted { role_id: want.role_id, scope }))
        })
        .collect()
}

/// A scope as the audit names it.
pub(super) fn in_words(scope: &Scope) -> String {
    match scope.ids() {
        None => "all customers".into(),
        Some(ids) => format!("customers {}", ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")),
    }
}
