//! The rows of an operation that are about groups themselves, not about users: their object is the group's id below 0, so that they come first. A group
//! is deleted before its members leave, and comes back before they do.

use std::collections::BTreeSet;

use super::fields::{Field, Fields};
use super::judge::{OUTSIDE, People};
use crate::access::permit::ViewUsers;
use crate::access::{Permission, Permit};
use crate::db::Conn;
use crate::features::groups::model::Group;
use crate::features::operations::model::PlannedRow;
use crate::features::{groups, selections};
use crate::refusal::Refusal;

/// The groups that objects stand for.
pub(super) fn ids(objects: &[i64]) -> impl Iterator<Item = i64> {
    objects.iter().filter(|id| **id < 0).map(|id| -id)
}

/// The object that stands for a group.
pub(super) fn object(group: i64) -> i64 {
    -group
}

/// What a row calls a group.
fn label(group: &Group) -> String {
    format!("Group “{}”", group.name)
}

/// Plans that groups are deleted.
pub(super) fn deletion(groups: &[Group]) -> Vec<PlannedRow> {
    let row = |group: &Group| {
        let (before, after) = (Fields::one(Field::Deleted, "no"), Fields::one(Field::Deleted, "yes"));
        PlannedRow::change(object(group.id), label(group), before.json(), after.json())
    };
    groups.iter().map(row).collect()
}

/// Plans that a group comes to be as it is wanted, from what it is expected to be.
pub(super) fn planned(
    conn: &mut Conn,
    permit: &Permit<ViewUsers>,
    people: &People,
    object: i64,
    (expected, wanted): (&Fields, &Fields),
) -> Result<PlannedRow, Refusal> {
    let called = people.group(-object).map_or_else(|| format!("Group {}", -object), label);
    Ok(match fault(conn, permit, people, object, (expected, wanted))? {
        Some(why) => PlannedRow::skipped(object, called, why),
        None => PlannedRow::change(object, called, expected.json(), wanted.json()),
    })
}

/// Why a group cannot be changed from what is expected to what is wanted, if so.
pub(super) fn fault(
    conn: &mut Conn,
    permit: &Permit<ViewUsers>,
    people: &People,
    object: i64,
    (expected, wanted): (&Fields, &Fields),
) -> Result<Option<String>, Refusal> {
    let manages = |group: &&Group| permit.rights().allow(Permission::ManageGroups, group.customer_id);
    let Some(group) = people.group(-object).filter(manages) else { return Ok(Some(OUTSIDE.into())) };
    let now = if group.deleted_at == 0 { "no" } else { "yes" };
    if expected.get(Field::Deleted).is_some_and(|expected| expected != now) {
        return Ok(Some(Field::Deleted.moved(now)));
    }
    let returns = wanted.get(Field::Deleted) == Some("no");
    Ok(match returns && groups::queries::by_name(conn, group.customer_id, &group.name)?.is_some() {
        true => Some("The customer has another group of this name by now.".into()),
        false => None,
    })
}

/// Deletes a group or brings it back; false: its name was taken meanwhile.
pub(super) fn write(conn: &mut Conn, people: &People, object: i64, wanted: &Fields, now: i64) -> Result<bool, Refusal> {
    let Some(group) = people.group(-object) else { return Ok(false) };
    let goes = wanted.get(Field::Deleted) == Some("yes");
    if goes {
        selections::actions::gone(conn, groups::listing::LIST, &[group.id])?;
    }
    groups::queries::set_deleted(conn, group, if goes { now } else { 0 })
}

/// Of rows with what is wanted of each, the groups that come back.
pub(super) fn returning<'a>(rows: impl Iterator<Item = (i64, &'a Fields)>) -> BTreeSet<i64> {
    rows.filter(|(object, wanted)| *object < 0 && wanted.get(Field::Deleted) == Some("no"))
        .map(|(object, _)| -object)
        .collect()
}
