//! What narrows the User List, as conditions on rows.

use diesel::dsl::exists;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::picked::Picked;
use crate::access::{Scope, guesses};
use crate::db::Conn;
use crate::db::fragment::{literal, one_of};
use crate::db::schema::{group_members, role_assignments, users};
use crate::db::search::{Condition, Terms, holds};
use crate::features::groups::model::Group;
use crate::features::users::input::{Access, Source, Status};
use crate::features::users::model::Stored;

pub(super) type Users<'a> = users::BoxedQuery<'a, <Conn as diesel::Connection>::Backend>;

/// What narrows the list.
#[derive(Debug, Clone, Default)]
pub struct Narrow {
    /// None: all customers.
    pub customers: Option<Vec<i64>>,
    pub terms: Terms,
    pub tfa: Option<i16>,
    pub status: Option<i16>,
    pub source: Option<i16>,
    /// How they stand with signing in at a time (unix milliseconds).
    pub access: Option<(Access, i64)>,
    pub role: Option<i64>,
    pub group: Option<i64>,
    /// How many of the group there are in these customers, where that is known.
    pub members: Option<i64>,
    pub no_devices: bool,
    pub never_signed_in: bool,
    /// Signed in, but not since this time (unix milliseconds).
    pub idle_since: Option<i64>,
    /// Only those of a selection.
    pub picked: Option<Picked>,
}

impl Narrow {
    pub fn to_scope(scope: &Scope) -> Narrow {
        Narrow { customers: scope.ids(), ..Narrow::default() }
    }

    /// Narrows to one customer; one outside the scope leaves nothing.
    pub fn to_customer(&mut self, id: i64) {
        let inside = self.customers.as_ref().is_none_or(|ids| ids.contains(&id));
        self.customers = Some(if inside { vec![id] } else { Vec::new() });
        self.members = None;
    }

    /// Narrows to those who are in a group, whose number of members is the present one.
    pub fn to_group(&mut self, group: &Group) {
        let inside = self.customers.as_ref().is_none_or(|ids| ids.contains(&group.customer_id));
        self.group = Some(group.id);
        self.members = Some(if inside { group.member_count.max(0) } else { 0 });
    }

    /// Whether nothing but customers narrows it.
    pub fn is_whole(&self) -> bool {
        self.group.is_none() && self.is_whole_or_a_group()
    }

    /// The group, if nothing but that and customers narrows it.
    pub(super) fn group_alone(&self) -> Option<i64> {
        self.group.filter(|_| self.is_whole_or_a_group())
    }

    fn is_whole_or_a_group(&self) -> bool {
        self.terms.is_empty()
            && !self.has_facets()
            && self.access.is_none()
            && self.role.is_none()
            && !self.no_devices
            && self.picked.is_none()
    }

    /// Whether nothing narrows it at all.
    pub(super) fn is_nothing(&self) -> bool {
        self.is_whole() && self.customers.is_none()
    }

    /// Whether anything is asked of what the index of facets holds.
    pub(super) fn has_facets(&self) -> bool {
        self.tfa.is_some()
            || self.status.is_some()
            || self.source.is_some()
            || self.never_signed_in
            || self.idle_since.is_some()
    }

    /// The narrowed query.
    pub(super) fn query<'a>(&self, sqlite: bool) -> Users<'a> {
        let query = self.conditions(sqlite).into_iter().fold(present(), |query, condition| query.filter(condition));
        match self.in_customers(sqlite) {
            Some(condition) => query.filter(condition),
            None => query,
        }
    }

    /// Whether a row belongs to one of the customers; None: to whichever.
    pub(super) fn in_customers(&self, sqlite: bool) -> Option<Condition> {
        Some(match self.customers.as_deref()? {
            [one] => Box::new(users::customer_id.eq(*one)),
            ids if sqlite => Box::new(one_of("users.customer_id IN (SELECT value FROM json_each(", ids)),
            ids => Box::new(users::customer_id.eq_any(ids.to_vec())),
        })
    }

    /// Everything that narrows it but the customers, to be looked at row by row.
    pub(super) fn conditions(&self, sqlite: bool) -> Vec<Condition> {
        let mut all: Vec<Condition> = Vec::new();
        for needle in self.terms.needles() {
            all.push(holds(sqlite, &needle));
        }
        if let Some(tfa) = self.tfa {
            all.push(Box::new(users::tfa.eq(tfa)));
        }
        if let Some(status) = self.status {
            all.push(Box::new(users::status.eq(status)));
        }
        if let Some(source) = self.source {
            all.push(Box::new(users::source.eq(source)));
        }
        all.extend(self.access.map(|(access, now)| standing(access, now)));
        if let Some(role) = self.role {
            // Not `id IN (…)`: of the role that nearly everybody holds, SQLite would write the holders down first.
            let held = role_assignments::table
                .filter(role_assignments::user_id.eq(users::id))
                .filter(role_assignments::role_id.eq(role));
            all.push(Box::new(exists(held)));
        }
        if let Some(group) = self.group {
            let member = group_members::table
                .filter(group_members::user_id.eq(users::id))
                .filter(group_members::group_id.eq(group));
            all.push(Box::new(exists(member)));
        }
        if self.no_devices {
            all.push(Box::new(users::device_count.eq(0)));
        }
        if self.never_signed_in {
            all.push(Box::new(users::last_login_at.eq(0)));
        }
        if let Some(since) = self.idle_since {
            all.push(Box::new(users::last_login_at.gt(0).and(users::last_login_at.lt(since))));
        }
        all.extend(self.picked.as_ref().map(|picked| picked.condition(sqlite)));
        all
    }
}

/// Whether somebody holds a role that may sign in; by the index of those who hold another role than "Users" (4, as that index has it).
const MAY_SIGN_IN: &str = "EXISTS (SELECT 1 FROM role_assignments WHERE role_assignments.user_id = users.id \
    AND role_assignments.role_id <> 4 AND +role_assignments.role_id IN (SELECT id FROM roles WHERE may_sign_in))";

/// Whether a row stands so with signing in.
fn standing(access: Access, now: i64) -> Condition {
    let may = literal::<Bool>(MAY_SIGN_IN);
    match access {
        Access::May => Box::new(may),
        Access::Pending => Box::new(
            may.and(users::source.eq(Source::Local.number()))
                .and(users::status.eq(Status::Active.number()))
                .and(users::password_changed_at.eq(0)),
        ),
        Access::HeldBack => Box::new(guesses::are_held_back(now)),
    }
}

/// Everybody who is not deleted. The 0 is written out, so that the partial indexes of the list apply: a bound one proves nothing to the planner.
pub(super) fn present<'a>() -> Users<'a> {
    users::table.filter(literal::<Bool>("users.deleted_at = 0")).into_boxed()
}

/// Those of some ids.
pub(super) fn of_ids(sqlite: bool, ids: &[i64]) -> Condition {
    if sqlite {
        Box::new(one_of("users.id IN (SELECT value FROM json_each(", ids))
    } else {
        Box::new(users::id.eq_any(ids.to_vec()))
    }
}
