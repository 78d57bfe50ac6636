//! Who acts, with which rights, from where.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use diesel::sql_types::{Nullable, Text};

use super::policy::{BuiltIn, Permission};
use super::scope::Scope;
use crate::db::fragment::{named, one_of};
use crate::db::schema::{role_assignments, role_permissions, roles};
use crate::db::{Conn, is_sqlite};
use crate::refusal::Refusal;

/// A person who acts.
#[derive(Debug, Clone)]
pub struct Actor {
    pub id: i64,
    pub name: String,
    pub email: String,
    /// Whether single keys are shortcuts for them.
    pub single_keys: bool,
    pub rights: Rights,
}

/// Who did it and from where, as every change records it. `at` is the time of the request in unix milliseconds.
#[derive(Debug, Clone)]
pub struct Origin {
    /// None for the command line and the server itself.
    pub actor_id: Option<i64>,
    pub actor_name: String,
    pub address: String,
    pub request_id: String,
    pub at: i64,
}

impl Origin {
    /// What is done from a shell on the machine itself.
    pub fn console(at: i64) -> Self {
        Origin {
            actor_id: None,
            actor_name: "command line".into(),
            address: "console".into(),
            request_id: String::new(),
            at,
        }
    }

    /// What the server does by itself.
    pub fn server(at: i64) -> Self {
        Origin { actor_name: "server".into(), address: String::new(), ..Origin::console(at) }
    }
}

/// A role that somebody holds: its id and the built-in role that it is, whether it is held everywhere, and the customers else, as [`Limits`] has them.
pub(super) type HeldRow = (i64, String, bool, Option<String>);

named! {
    /// The customers to which a row of `role_assignments` is limited, for [`Scope::of_limits`]: with a row for each, a page of somebody of twenty
    /// customers read their session twenty times.
    pub Limits: Nullable<Text> = "(SELECT string_agg(CAST(limits.customer_id AS TEXT), ',') FROM role_assignment_customers AS limits \
         WHERE limits.assignment_id = role_assignments.id)"
}

/// Pairs of a permission and the scope it holds in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rights(BTreeMap<Permission, Scope>);

impl Rights {
    /// Everything everywhere: the command line's.
    pub fn all() -> Self {
        Rights(Permission::ALL.into_iter().map(|permission| (permission, Scope::All)).collect())
    }

    pub fn add(&mut self, permission: Permission, scope: Scope) {
        let scope = match self.0.remove(&permission) {
            Some(held) => held.union(scope),
            None => scope,
        };
        self.0.insert(permission, scope);
    }

    /// Where `permission` is held; None if nowhere.
    pub fn scope_of(&self, permission: Permission) -> Option<&Scope> {
        self.0.get(&permission).filter(|scope| !scope.is_nowhere())
    }

    pub fn allow(&self, permission: Permission, customer_id: i64) -> bool {
        self.0.get(&permission).is_some_and(|scope| scope.contains(customer_id))
    }

    /// The rank rule: whether every right in `other` is among these.
    pub fn cover(&self, other: &Rights) -> bool {
        other.0.iter().all(|(permission, theirs)| {
            theirs.is_nowhere() || self.0.get(permission).is_some_and(|ours| ours.covers(theirs))
        })
    }

    /// What the roles of each of `user_ids` add up to. People without a role that permits anything are left out.
    pub fn of(conn: &mut Conn, user_ids: &[i64]) -> Result<BTreeMap<i64, Rights>, Refusal> {
        let held = role_assignments::table
            .inner_join(roles::table)
            .select((role_assignments::user_id, (roles::id, roles::builtin, role_assignments::all_customers, Limits)))
            .into_boxed();
        let rows: Vec<(i64, HeldRow)> = if let [one] = user_ids {
            held.filter(role_assignments::user_id.eq(one)).load(conn)?
        } else if is_sqlite(conn) {
            held.filter(one_of("role_assignments.user_id IN (SELECT value FROM json_each(", user_ids)).load(conn)?
        } else {
            held.filter(role_assignments::user_id.eq_any(user_ids)).load(conn)?
        };
        Rights::of_rows(conn, rows)
    }

    /// What rows of roles that are held add up to, by user.
    pub(super) fn of_rows(
        conn: &mut Conn,
        rows: impl IntoIterator<Item = (i64, HeldRow)>,
    ) -> Result<BTreeMap<i64, Rights>, Refusal> {
        let mut held = Vec::new();
        for (user_id, (role_id, builtin, everywhere, customers)) in rows {
            held.push((
                user_id,
                role_id,
                BuiltIn::from_word(&builtin),
                Scope::of_limits(everywhere, customers.as_deref())?,
            ));
        }
        let custom: Vec<i64> =
            held.iter().filter(|(_, _, builtin, _)| builtin.is_none()).map(|(_, role_id, ..)| *role_id).collect();
        let chosen = permissions_of(conn, &custom)?;

        let mut all: BTreeMap<i64, Rights> = BTreeMap::new();
        for (user_id, role_id, builtin, scope) in held {
            let rights = all.entry(user_id).or_default();
            for permission in granted(builtin, chosen.get(&role_id)) {
                rights.add(permission, scope.clone());
            }
        }
        Ok(all)
    }

    /// What one role gives when it is held within `scope`.
    pub fn of_role(conn: &mut Conn, role_id: i64, builtin: &str, scope: &Scope) -> Result<Rights, Refusal> {
        let builtin = BuiltIn::from_word(builtin);
        let chosen = if builtin.is_none() { permissions_of(conn, &[role_id])? } else { BTreeMap::new() };
        let mut rights = Rights::default();
        for permission in granted(builtin, chosen.get(&role_id)) {
            rights.add(permission, scope.clone());
        }
        Ok(rights)
    }
}

fn granted(builtin: Option<BuiltIn>, chosen: Option<&BTreeSet<Permission>>) -> Vec<Permission> {
    match builtin {
        Some(role) => Permission::ALL.into_iter().filter(|permission| role.allows(*permission)).collect(),
        None => chosen.map(|set| set.iter().copied().collect()).unwrap_or_default(),
    }
}

fn permissions_of(conn: &mut Conn, role_ids: &[i64]) -> Result<BTreeMap<i64, BTreeSet<Permission>>, Refusal> {
    let mut map: BTreeMap<i64, BTreeSet<Permission>> = BTreeMap::new();
    if role_ids.is_empty() {
        return Ok(map);
    }
    let rows: Vec<(i64, String)> = role_permissions::table
        .filter(role_permissions::role_id.eq_any(role_ids))
        .select((role_permissions::role_id, role_permissions::permission))
        .load(conn)?;
    for (role, word) in rows {
        // A word of a newer version that this one does not know permits nothing.
        map.entry(role).or_default().extend(Permission::from_word(&word));
    }
    Ok(map)
}
