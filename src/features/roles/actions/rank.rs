//! The rank rule: act only on people whose rights are among one's own, give only what one holds, and change only roles that permit no more.

use std::collections::BTreeSet;

use crate::access::{Permission, Rights, Scope};
use crate::features::roles::model::Role;
use crate::refusal::Refusal;

/// The rank rule for acting on people: their rights must be among the actor's.
///
/// # Errors
/// Forbidden.
pub fn outranks(actor: &Rights, target: Option<&Rights>) -> Result<(), Refusal> {
    match target {
        Some(theirs) if !actor.cover(theirs) => Err(Refusal::Forbidden(
            "This person may do more than you, so only somebody with as many permissions can do that.".into(),
        )),
        _ => Ok(()),
    }
}

/// What one may put into a role: what one holds oneself, everywhere, since a role can be given anywhere.
pub fn grantable(rights: &Rights) -> BTreeSet<Permission> {
    Permission::ALL.into_iter().filter(|permission| rights.scope_of(*permission) == Some(&Scope::All)).collect()
}

/// Whether roles may be made and changed at all, and a role with these permissions in particular.
///
/// # Errors
/// Forbidden: without the permission, with it for some customers only, for a role that is built in or permits more than one may do.
pub fn changeable(rights: &Rights, role: Option<&Role>, permissions: &BTreeSet<Permission>) -> Result<(), Refusal> {
    let refuse = |why: String| Err(Refusal::Forbidden(why));
    match rights.scope_of(Permission::ManageRoles) {
        None => return refuse(Permission::ManageRoles.lacking()),
        Some(Scope::Some(_)) => {
            return refuse(
                "Roles belong to the whole installation, and you have the permission “roles.manage” for some customers only."
                    .into(),
            );
        }
        Some(Scope::All) => {}
    }
    if let Some(role) = role.filter(|role| role.is_built_in()) {
        return refuse(format!(
            "“{}” is built in, so it stays as it is. Duplicate it to make a role of your own.",
            role.name
        ));
    }
    let mine = grantable(rights);
    let more: Vec<&str> = permissions.difference(&mine).map(|permission| permission.word()).collect();
    if more.is_empty() {
        return Ok(());
    }
    refuse(format!("This role permits more than you may do everywhere: {}.", more.join(", ")))
}
