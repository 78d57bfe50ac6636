//! What a file's column of groups does: users are added to groups that are there, and removed from none.

use std::collections::{BTreeMap, BTreeSet};

use crate::access::permit::ImportUsers;
use crate::access::{Permission, Permit, Scope};
use crate::db::Conn;
use crate::db::fold::fold;
use crate::features::groups::input::in_a_cell;
use crate::features::groups::queries;
use crate::features::imports::model::{Fields, StagedChange};
use crate::features::imports::plan::Existing;
use crate::features::users::model::User;
use crate::refusal::Refusal;

/// The groups that rows name, and those that their users are in.
#[derive(Debug, Default)]
pub(super) struct Groups {
    /// By customer and folded name.
    named: BTreeMap<(i64, String), i64>,
    /// By user: the names, in their order.
    held: BTreeMap<i64, Vec<String>>,
}

impl Groups {
    /// Costs nothing where no row names any.
    pub fn of<'f>(conn: &mut Conn, fields: impl Iterator<Item = &'f Fields>, users: &[i64]) -> Result<Groups, Refusal> {
        let keys: BTreeSet<String> = fields.flat_map(|fields| &fields.groups).map(|name| fold(name)).collect();
        if keys.is_empty() {
            return Ok(Groups::default());
        }
        let named = queries::with_names(conn, &keys.into_iter().collect::<Vec<_>>())?;
        let held = queries::group_names(conn, &Scope::All, users)?;
        let named = named.into_iter().map(|group| ((group.customer_id, group.name_key), group.id)).collect();
        Ok(Groups { named, held })
    }

    /// Why users of a customer cannot be added to these, if so.
    pub fn obstacle(&self, permit: &Permit<ImportUsers>, customer_id: i64, names: &[String]) -> Option<String> {
        if names.is_empty() {
            return None;
        }
        if !permit.rights().allow(Permission::ManageGroups, customer_id) {
            return Some(format!("You may not {} there.", Permission::ManageGroups.plainly()));
        }
        let missing = names.iter().find(|name| !self.named.contains_key(&(customer_id, fold(name))))?;
        Some(format!("There is no group “{missing}” at this customer. Create it first, or take it out of the column."))
    }

    /// The names of the groups that a user is in.
    pub fn held(&self, user: &User) -> &[String] {
        self.held.get(&user.id).map_or(&[], Vec::as_slice)
    }

    /// What a row adds to the groups of a user (None: who is made by it), and whether that is written.
    pub fn change(&self, user: Option<&User>, names: &[String], existing: Existing) -> Option<StagedChange> {
        let held = user.map(|user| self.held(user)).unwrap_or_default();
        let added = missing(held, names);
        if added.is_empty() {
            return None;
        }
        let write = match existing {
            Existing::Keep => false,
            Existing::Fill => held.is_empty(),
            Existing::Replace => true,
        };
        let all: Vec<String> = held.iter().chain(added).cloned().collect();
        Some(StagedChange { field: FIELD.into(), from: in_a_cell(held), to: in_a_cell(&all), write })
    }

    /// The ids of the groups of a customer that a user is to be added to.
    pub fn to_join(&self, customer_id: i64, held: &[String], names: &[String]) -> Vec<i64> {
        let id = |name: &String| self.named.get(&(customer_id, fold(name))).copied();
        missing(held, names).into_iter().filter_map(id).collect()
    }
}

/// The field of a staged change that is about groups.
pub(super) const FIELD: &str = "groups";

fn missing<'n>(held: &[String], names: &'n [String]) -> Vec<&'n String> {
    names.iter().filter(|name| held.iter().all(|other| fold(other) != fold(name))).collect()
}
