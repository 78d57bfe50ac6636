//! Operations about groups: many people added or removed, and groups deleted with all who leave them.

use std::collections::BTreeSet;

use super::edit::Edit;
use super::plan::{self, Wish};
use super::{group_rows, plan_alike, plan_selection};
use crate::access::permit::{ManageGroups, ViewUsers};
use crate::access::{Permit, Scope};
use crate::db::Conn;
use crate::features::groups;
use crate::features::operations::model::{Kind, MOST_AT_ONCE, Operation, about_groups};
use crate::features::operations::{actions as operations, queries as rows};
use crate::refusal::Refusal;
use crate::web::list::grouped;

/// Most groups that one operation deletes: it names each of them.
const MOST_GROUPS: i64 = 1_000;

/// Whether people are added to groups or removed from them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Membership {
    Join,
    Leave,
}

impl Membership {
    fn kind(self) -> Kind {
        match self {
            Membership::Join => Kind::AddToGroups,
            Membership::Leave => Kind::RemoveFromGroups,
        }
    }

    fn wish(self, groups: Vec<i64>) -> Wish {
        match self {
            Membership::Join => Wish::Edit(Edit { join: groups, ..Edit::default() }),
            Membership::Leave => Wish::leaving(groups),
        }
    }
}

/// Plans to add who is selected in the reader's session to groups, or to remove them; as [`super::plan_deletion_of_selection`].
///
/// # Errors
/// Nothing selected; a group that is not there for the reader.
pub fn plan_membership_of_selection(
    conn: &mut Conn,
    permit: &Permit<ManageGroups>,
    membership: Membership,
    groups: &[i64],
) -> Result<i64, Refusal> {
    groups::queries::find_all(conn, permit.scope(), groups)?;
    let viewer = permit.also::<ViewUsers>()?;
    plan_selection(conn, &viewer, membership.kind(), &membership.wish(groups.to_vec()))
}

/// Plans to remove some users from one group.
///
/// # Errors
/// Nothing chosen; the group or one of them is not there for the reader.
pub fn plan_leaving(conn: &mut Conn, permit: &Permit<ManageGroups>, group: i64, users: &[i64]) -> Result<i64, Refusal> {
    groups::queries::find(conn, permit.scope(), group)?;
    let viewer = permit.also::<ViewUsers>()?;
    let membership = Membership::Leave;
    plan_alike(conn, &viewer, membership.kind(), &membership.wish(vec![group]), users)
}

/// Plans to delete groups: all who are in them leave. At once, or with many members in the background. Ring the bell once this has committed.
///
/// # Errors
/// Nothing chosen; one of them is not there for the reader.
pub fn plan_group_deletion(conn: &mut Conn, permit: &Permit<ManageGroups>, ids: &[i64]) -> Result<i64, Refusal> {
    let ids: Vec<i64> = ids.iter().copied().collect::<BTreeSet<i64>>().into_iter().collect();
    if ids.is_empty() {
        return Err(Refusal::Unfit("Tick at least one group first.".into()));
    }
    let found = groups::queries::find_all(conn, permit.scope(), &ids)?;
    let viewer = permit.also::<ViewUsers>()?;
    let mut planned = group_rows::deletion(&found);
    let most = MOST_AT_ONCE.saturating_sub(planned.len());
    let members = groups::queries::members_after(conn, &ids, 0, i64::try_from(most).unwrap_or(0) + 1)?;
    if members.len() > most {
        let id = operations::plan_in_background(conn, permit.origin(), Kind::DeleteGroups, None, about_groups(&ids))?;
        operations::add_planned(conn, id, &planned)?;
        return Ok(id);
    }
    planned.extend(plan::alike(conn, &viewer, &Wish::leaving(ids.clone()), &members)?);
    let id = operations::plan(conn, permit.origin(), Kind::DeleteGroups, None, &planned)?;
    rows::set_details(conn, id, &about_groups(&ids))?;
    Ok(id)
}

/// Plans to delete the groups that are selected in the reader's session; as [`plan_group_deletion`].
///
/// # Errors
/// Nothing selected, or more than are deleted in one go.
pub fn plan_deletion_of_selected_groups(conn: &mut Conn, permit: &Permit<ManageGroups>) -> Result<i64, Refusal> {
    let ids = match groups::listing::selected(conn, permit)? {
        Some((narrow, _)) => groups::queries::ids_after(conn, &narrow, 0, MOST_GROUPS + 1)?,
        None => Vec::new(),
    };
    if i64::try_from(ids.len()).unwrap_or(i64::MAX) > MOST_GROUPS {
        return Err(Refusal::Unfit(format!(
            "Up to {} groups are deleted in one go. Select fewer, and delete the rest afterwards.",
            grouped(MOST_GROUPS)
        )));
    }
    plan_group_deletion(conn, permit, &ids)
}

/// Refuses to delete groups whom somebody joined since that was planned: the plan says who leaves them.
pub(super) fn unless_joined(conn: &mut Conn, operation: &Operation) -> Result<(), Refusal> {
    if operation.kind() != Some(Kind::DeleteGroups) {
        return Ok(());
    }
    let most = i64::try_from(MOST_AT_ONCE).unwrap_or(i64::MAX) + 1;
    let members = groups::queries::members_after(conn, &operation.groups(), 0, most)?;
    let leaving = rows::changes_among(conn, operation.id, &members)?;
    if leaving.len() == members.len() {
        return Ok(());
    }
    Err(Refusal::Conflict("Nothing was changed, since somebody was added to the group after the plan was made.".into()))
}

/// The names of the groups that an operation deletes, or brings back by taking that back.
pub(super) fn written(conn: &mut Conn, operation: &Operation) -> Result<Vec<String>, Refusal> {
    let objects: Vec<i64> = operation.groups().into_iter().map(group_rows::object).collect();
    let changed: Vec<i64> =
        rows::changes_among(conn, operation.id, &objects)?.into_iter().map(|row| row.object_id).collect();
    Ok(groups::queries::names(conn, group_rows::ids(&changed))?.into_values().collect())
}

/// The customer that all the groups of an operation belong to; 0 if there are several, or none.
pub(super) fn customer(conn: &mut Conn, operation: &Operation) -> Result<i64, Refusal> {
    let groups = groups::queries::any_with_ids(conn, &Scope::All, &operation.groups())?;
    let customers: BTreeSet<i64> = groups.values().map(|group| group.customer_id).collect();
    Ok(if customers.len() == 1 { customers.into_iter().next().unwrap_or(0) } else { 0 })
}
