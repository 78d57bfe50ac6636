//! Adding one user to groups and removing one from them.

use crate::access::permit::ManageGroups;
use crate::access::{Permit, Rights};
use crate::db::Conn;
use crate::features::audit::actions::record;
use crate::features::audit::model::{Change, Entry};
use crate::features::groups::model::Group;
use crate::features::groups::queries;
use crate::features::roles::actions::outranks;
use crate::features::users;
use crate::features::users::model::User;
use crate::refusal::Refusal;

/// Adds a user to groups; gives those that they were not in.
///
/// # Errors
/// The user or a group is not there for the reader; the rank rule; a group of another customer.
pub fn join(
    conn: &mut Conn,
    permit: &Permit<ManageGroups>,
    user_id: i64,
    groups: &[i64],
) -> Result<(User, Vec<Group>), Refusal> {
    let (user, groups) = both(conn, permit, user_id, groups)?;
    if let Some(other) = groups.iter().find(|group| group.customer_id != user.customer_id) {
        return Err(Refusal::field(
            "group",
            format!("“{}” belongs to another customer than {}.", other.name, user.title()),
        ));
    }
    let mut joined = Vec::new();
    for group in groups {
        if queries::add_members(conn, group.id, &[(user.id, &user.name_key)], permit.now())? == 1 {
            joined.push(group);
        }
    }
    note(conn, permit, &user, joined.iter().map(|group| Change::new("group", "", &group.name)).collect())?;
    Ok((user, joined))
}

/// Removes a user from groups; gives those that they were in.
///
/// # Errors
/// The user or a group is not there for the reader; the rank rule.
pub fn leave(
    conn: &mut Conn,
    permit: &Permit<ManageGroups>,
    user_id: i64,
    groups: &[i64],
) -> Result<(User, Vec<Group>), Refusal> {
    let (user, groups) = both(conn, permit, user_id, groups)?;
    let mut left = Vec::new();
    for group in groups {
        if queries::remove_members(conn, group.id, &[user.id])? == 1 {
            left.push(group);
        }
    }
    note(conn, permit, &user, left.iter().map(|group| Change::new("group", &group.name, "")).collect())?;
    Ok((user, left))
}

fn both(
    conn: &mut Conn,
    permit: &Permit<ManageGroups>,
    user_id: i64,
    groups: &[i64],
) -> Result<(User, Vec<Group>), Refusal> {
    let user = users::queries::find(conn, permit.scope(), user_id)?;
    let groups = queries::find_all(conn, permit.scope(), groups)?;
    let rights = Rights::of(conn, &[user_id])?;
    outranks(permit.rights(), rights.get(&user_id))?;
    Ok((user, groups))
}

fn note(conn: &mut Conn, permit: &Permit<ManageGroups>, user: &User, changes: Vec<Change>) -> Result<(), Refusal> {
    if changes.is_empty() {
        return Ok(());
    }
    let entry = Entry::new("user.groups", "user", user.id).of_customer(user.customer_id).changes(changes);
    record(conn, permit.origin(), &entry).map(drop)
}
