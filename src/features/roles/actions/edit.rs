//! Making, changing and deleting roles. What that does to their holders was seen beforehand, or it is refused.

use std::collections::BTreeSet;

use super::assign::in_words;
use super::impact::{Impact, of_deletion, of_edit};
use super::rank::{changeable, grantable, outranks};
use crate::access::permit::ManageRoles;
use crate::access::{Permission, Permit, Rights, links, session};
use crate::db::Conn;
use crate::features::audit::actions::record;
use crate::features::audit::model::{Change, Entry};
use crate::features::roles::model::{NewRole, Role};
use crate::features::roles::queries;
use crate::features::users::queries as users;
use crate::features::views;
use crate::refusal::Refusal;

/// A role that more people hold is taken from them by "Edit Users" first, which plans it, can be left and undone.
const MOST_HOLDERS: usize = 1_000;

/// Makes a role and gives its id.
///
/// # Errors
/// Not permitted; a name that is taken; more than one may do oneself.
pub fn create(conn: &mut Conn, permit: &Permit<ManageRoles>, new: &NewRole) -> Result<i64, Refusal> {
    changeable(permit.rights(), None, &BTreeSet::new())?;
    may_put(permit.rights(), &new.permissions)?;
    let id = queries::insert(conn, &new.name, permit.now())?.ok_or_else(|| taken(&new.name))?;
    queries::set_permissions(conn, id, &new.permissions)?;
    let changes = vec![Change::new("name", "", &new.name), Change::new("permissions", "", words(&new.permissions))];
    record(conn, permit.origin(), &Entry::new("role.create", "role", id).changes(changes))?;
    Ok(id)
}

/// Gives a role another name and other permissions, from the next request of its holders on.
///
/// `version` is `changed_at` as the form saw it, `seen` the impact that was shown (see [`Impact::code`]).
///
/// # Errors
/// Not permitted; a name that is taken; a conflict: somebody else was first, or the impact is another one now.
pub fn update(
    conn: &mut Conn,
    permit: &Permit<ManageRoles>,
    (id, version, seen): (i64, i64, &str),
    new: &NewRole,
) -> Result<Impact, Refusal> {
    let role = queries::find(conn, id)?;
    let before = queries::permissions(conn, &role)?;
    changeable(permit.rights(), Some(&role), &before)?;
    may_put(permit.rights(), &new.permissions)?;
    if role.changed_at != version {
        return Err(Refusal::Conflict(format!("Somebody else has changed “{}” meanwhile.", role.name)));
    }
    if role.name == new.name && before == new.permissions {
        return Ok(Impact::default());
    }
    // First of all, so that of two at one moment the second finds another version.
    let now = permit.now().max(role.changed_at + 1);
    match queries::update(conn, &role, &new.name, now)? {
        None => return Err(taken(&new.name)),
        Some(0) => return Err(Refusal::Conflict(format!("Somebody else has changed “{}” meanwhile.", role.name))),
        Some(_) => {}
    }
    let impact = of_edit(conn, &role, &new.permissions)?;
    outranks_holders(conn, permit.rights(), &impact)?;
    if impact.code() != seen {
        return Err(moved());
    }
    queries::set_permissions(conn, id, &new.permissions)?;
    let mut changes = Vec::new();
    if role.name != new.name {
        changes.push(Change::new("name", &role.name, &new.name));
    }
    if before != new.permissions {
        changes.push(Change::new("permissions", words(&before), words(&new.permissions)));
        changes.extend(impact.changes());
    }
    record(conn, permit.origin(), &Entry::new("role.edit", "role", id).changes(changes))?;
    Ok(impact)
}

/// Takes a role from everybody who holds it and deletes it.
///
/// # Errors
/// As [`update`]; or too many hold it.
pub fn delete(conn: &mut Conn, permit: &Permit<ManageRoles>, id: i64, seen: &str) -> Result<(Role, Impact), Refusal> {
    let role = queries::find(conn, id)?;
    let before = queries::permissions(conn, &role)?;
    changeable(permit.rights(), Some(&role), &before)?;
    // First of all, so that nobody is given it meanwhile.
    queries::update(conn, &role, &role.name, permit.now().max(role.changed_at + 1))?;
    let impact = of_deletion(conn, &role)?;
    outranks_holders(conn, permit.rights(), &impact)?;
    if impact.people.len() > MOST_HOLDERS {
        return Err(Refusal::Conflict(format!(
            "More than {MOST_HOLDERS} users hold “{}”. Take it from them first, with “Edit Users” in the User List.",
            role.name
        )));
    }
    if impact.code() != seen {
        return Err(moved());
    }
    let ids: Vec<i64> = impact.people.iter().map(|person| person.id).collect();
    let homes = users::customers_of(conn, &ids)?;
    for person in &impact.people {
        queries::take(conn, person.id, id)?;
        let change = Change::new("role", format!("{} ({})", role.name, in_words(&person.scope)), "");
        let customer = homes.get(&person.id).copied().unwrap_or_default();
        let entry = Entry::new("user.roles", "user", person.id).of_customer(customer).changes(vec![change]);
        record(conn, permit.origin(), &entry)?;
    }
    let out: Vec<i64> = impact.people.iter().filter(|person| person.is_shut_out).map(|person| person.id).collect();
    session::end_all(conn, &out, None, permit.now())?;
    links::void_all_of(conn, &out, permit.now())?;
    queries::take_from_all(conn, id)?;
    views::queries::keep_to_owners(conn, id)?;
    queries::delete(conn, id)?;
    let mut changes = vec![Change::new("name", &role.name, ""), Change::new("permissions", words(&before), "")];
    changes.extend(impact.changes());
    record(conn, permit.origin(), &Entry::new("role.delete", "role", id).changes(changes))?;
    Ok((role, impact))
}

/// The rank rule for what goes into a role.
fn may_put(rights: &Rights, permissions: &BTreeSet<Permission>) -> Result<(), Refusal> {
    let mine = grantable(rights);
    match permissions.iter().find(|permission| !mine.contains(permission)) {
        None => Ok(()),
        Some(more) => Err(Refusal::field(
            "permission",
            format!(
                "You can only put into a role what you hold everywhere yourself, and you do not hold “{}”.",
                more.word()
            ),
        )),
    }
}

/// The rank rule for those who hold a role: changing it changes what they may do.
fn outranks_holders(conn: &mut Conn, rights: &Rights, impact: &Impact) -> Result<(), Refusal> {
    let ids: Vec<i64> = impact.people.iter().map(|person| person.id).collect();
    for ids in ids.chunks(1_000) {
        for theirs in Rights::of(conn, ids)?.values() {
            outranks(rights, Some(theirs)).map_err(|_| {
                Refusal::Forbidden(
                    "Somebody who may do more than you holds this role, so only somebody with as many permissions can do that.".into(),
                )
            })?;
        }
    }
    Ok(())
}

fn moved() -> Refusal {
    Refusal::Conflict(
        "Nothing was changed: who holds this role, or what they may do, has changed since you looked. Look again."
            .into(),
    )
}

fn taken(name: &str) -> Refusal {
    Refusal::field("name", format!("There is a role “{name}” already. Choose another name."))
}

/// Permissions as the audit names them.
fn words(permissions: &BTreeSet<Permission>) -> String {
    permissions.iter().map(|permission| permission.word()).collect::<Vec<_>>().join(", ")
}
