//! What somebody may do and through which role, and what changes for the holders of a role when it changes.

use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{Hash, Hasher};

use crate::access::{Permission, Rights, Scope};
use crate::db::Conn;
use crate::features::audit::model::Change;
use crate::features::roles::model::{Held, Role};
use crate::features::roles::queries;
use crate::refusal::Refusal;
use crate::web::list::grouped;

/// So many holders are looked at in one statement.
const PIECE: usize = 1_000;

/// A permission that somebody has, where, and through which of their roles.
#[derive(Debug, Clone)]
pub struct Through {
    pub permission: Permission,
    pub scope: Scope,
    /// Each role by its id and name, with where it is held.
    pub roles: Vec<(i64, String, Scope)>,
}

/// What somebody may do, in the order of all permissions.
pub fn through(conn: &mut Conn, held: &[Held]) -> Result<Vec<Through>, Refusal> {
    let permitted = permitted(conn, held.iter().map(|held| &held.role))?;
    let mut all = Vec::new();
    for permission in Permission::ALL {
        let gives = |held: &&Held| permitted.get(&held.role.id).is_some_and(|set| set.contains(&permission));
        let roles: Vec<(i64, String, Scope)> =
            held.iter().filter(gives).map(|held| (held.role.id, held.role.name.clone(), held.scope.clone())).collect();
        let scope = roles.iter().map(|(_, _, scope)| scope.clone()).reduce(Scope::union);
        all.extend(scope.map(|scope| Through { permission, scope, roles }));
    }
    Ok(all)
}

/// Somebody who holds the role.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Person {
    pub id: i64,
    /// Where they hold it.
    pub scope: Scope,
    /// What they may do in fewer places afterwards, or nowhere any more.
    pub loses: Vec<Permission>,
    pub gains: Vec<Permission>,
    /// They may sign in now, and could not afterwards.
    pub is_shut_out: bool,
}

/// What a change of a role does, person by person.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Impact {
    pub people: Vec<Person>,
}

impl Impact {
    /// Stands for exactly this impact, so that nothing is done but what was seen.
    pub fn code(&self) -> String {
        let mut hasher = DefaultHasher::new();
        self.hash(&mut hasher);
        format!("{}-{:x}", self.people.len(), hasher.finish())
    }

    pub fn losers(&self) -> usize {
        self.people.iter().filter(|person| !person.loses.is_empty()).count()
    }

    pub fn gainers(&self) -> usize {
        self.people.iter().filter(|person| !person.gains.is_empty()).count()
    }

    pub fn shut_out(&self) -> usize {
        self.people.iter().filter(|person| person.is_shut_out).count()
    }

    /// Whether anything changes for anybody.
    pub fn touches_anybody(&self) -> bool {
        self.people.iter().any(|person| !person.loses.is_empty() || !person.gains.is_empty() || person.is_shut_out)
    }

    /// The figures, as the page says them beforehand and the audit afterwards.
    pub fn figures(&self) -> Vec<(&'static str, String)> {
        let mut figures = vec![("hold this role", users(self.people.len()))];
        for (words, number) in [
            ("lose permissions", self.losers()),
            ("gain permissions", self.gainers()),
            ("may not sign in any more", self.shut_out()),
        ] {
            if number > 0 {
                figures.push((words, users(number)));
            }
        }
        figures
    }

    pub(super) fn changes(&self) -> Vec<Change> {
        self.figures().into_iter().map(|(words, number)| Change::new(words, "", number)).collect()
    }
}

fn users(number: usize) -> String {
    format!("{} {}", grouped(i64::try_from(number).unwrap_or(i64::MAX)), if number == 1 { "user" } else { "users" })
}

/// What other permissions of a role do to those who hold it.
pub fn of_edit(conn: &mut Conn, role: &Role, permissions: &BTreeSet<Permission>) -> Result<Impact, Refusal> {
    of_change(conn, role, Some(permissions))
}

/// What deleting a role does to those who hold it.
pub fn of_deletion(conn: &mut Conn, role: &Role) -> Result<Impact, Refusal> {
    of_change(conn, role, None)
}

fn of_change(conn: &mut Conn, role: &Role, after: Option<&BTreeSet<Permission>>) -> Result<Impact, Refusal> {
    let holders = queries::holders(conn, role.id)?;
    let mut people = Vec::with_capacity(holders.len());
    for ids in holders.chunks(PIECE) {
        let held = queries::held_by(conn, ids)?;
        let now = permitted(conn, held.values().flatten().map(|held| &held.role))?;
        let mut then = now.clone();
        then.insert(role.id, after.cloned().unwrap_or_default());
        for (id, held) in held {
            let (before, afterwards) = (rights(&held, &now), rights(&held, &then));
            let stays = |held: &&Held| held.role.may_sign_in && (after.is_some() || held.role.id != role.id);
            people.push(Person {
                id,
                scope: held.iter().find(|held| held.role.id == role.id).map_or(Scope::All, |held| held.scope.clone()),
                loses: missing(&before, &afterwards),
                gains: missing(&afterwards, &before),
                is_shut_out: held.iter().any(|held| held.role.may_sign_in) && held.iter().filter(stays).count() == 0,
            });
        }
    }
    Ok(Impact { people })
}

/// What `all` permits in places where `some` does not.
fn missing(all: &Rights, some: &Rights) -> Vec<Permission> {
    let lacks = |permission: &Permission| match (all.scope_of(*permission), some.scope_of(*permission)) {
        (None, _) => false,
        (Some(_), None) => true,
        (Some(wide), Some(narrow)) => !narrow.covers(wide),
    };
    Permission::ALL.into_iter().filter(lacks).collect()
}

fn rights(held: &[Held], permitted: &BTreeMap<i64, BTreeSet<Permission>>) -> Rights {
    let mut rights = Rights::default();
    for held in held {
        for permission in permitted.get(&held.role.id).into_iter().flatten() {
            rights.add(*permission, held.scope.clone());
        }
    }
    rights
}

/// What each of some roles permits, by id.
fn permitted<'a>(
    conn: &mut Conn,
    roles: impl Iterator<Item = &'a Role>,
) -> Result<BTreeMap<i64, BTreeSet<Permission>>, Refusal> {
    let roles: BTreeMap<i64, Role> = roles.map(|role| (role.id, role.clone())).collect();
    queries::permissions_of_all(conn, &roles.into_values().collect::<Vec<_>>())
}
