//! Who may be changed how: the checks of the single forms, for each row of an operation.

use std::collections::{BTreeMap, BTreeSet};

use super::fields::{Field, Fields, Person, roles_of};
use super::group_rows;
use crate::access::permit::ViewUsers;
use crate::access::{BuiltIn, Permission, Permit, Rights, Scope};
use crate::db::Conn;
use crate::features::groups::model::Group;
use crate::features::roles::actions::outranks;
use crate::features::roles::model::Held;
use crate::features::users::input::{Status, TfaStatus};
use crate::features::users::model::User;
use crate::features::users::queries;
use crate::features::{groups, roles, sign_in};
use crate::refusal::Refusal;

/// Why the last account that can administer the installation is left alone.
pub const LAST_ADMINISTRATOR: &str = "This is the last account that can administer the installation.";
/// All that is said of whoever is not, or no longer, within the reader's customers.
pub(super) const OUTSIDE: &str = "Not there any more.";

/// What is asked about people beside their rows.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    pub roles: bool,
    pub groups: Memberships,
}

/// Which groups matter.
#[derive(Debug, Clone, Default)]
pub enum Memberships {
    #[default]
    None,
    /// These, deleted ones too.
    Of(BTreeSet<i64>),
    /// All that anybody of them is in.
    All,
}

impl Asked {
    /// What these fields are about.
    pub fn by<'a>(fields: impl Iterator<Item = &'a Fields> + Clone) -> Asked {
        let groups: BTreeSet<i64> = fields.clone().flat_map(Fields::groups).collect();
        let all = fields.clone().any(|fields| fields.get(Field::Groups).is_some());
        Asked {
            roles: fields.clone().any(Fields::ask_for_roles),
            groups: match (all, groups.is_empty()) {
                (true, _) => Memberships::All,
                (false, true) => Memberships::None,
                (false, false) => Memberships::Of(groups),
            },
        }
    }
}

/// Some people with all that is asked about them.
pub struct People {
    users: BTreeMap<i64, User>,
    rights: BTreeMap<i64, Rights>,
    held: BTreeMap<i64, Vec<Held>>,
    memberships: BTreeMap<i64, BTreeSet<i64>>,
    groups: BTreeMap<i64, Group>,
    /// Deleted groups that what is judged brings back.
    returning: BTreeSet<i64>,
}

/// In no group.
static NONE: BTreeSet<i64> = BTreeSet::new();

impl People {
    pub fn of(conn: &mut Conn, scope: &Scope, ids: &[i64], asked: &Asked) -> Result<People, Refusal> {
        let users: BTreeMap<i64, User> =
            queries::any_with_ids(conn, scope, ids)?.into_iter().map(|user| (user.id, user)).collect();
        // Only somebody who may sign in can outrank anyone.
        let special: Vec<i64> = roles::queries::who_may_sign_in(conn, ids)?.into_iter().collect();
        let rights = if special.is_empty() { BTreeMap::new() } else { Rights::of(conn, &special)? };
        let held = if asked.roles { roles::queries::held_by(conn, ids)? } else { BTreeMap::new() };
        let memberships = match &asked.groups {
            Memberships::None => BTreeMap::new(),
            Memberships::Of(groups) => groups::queries::memberships(conn, ids, Some(groups))?,
            Memberships::All => groups::queries::memberships(conn, ids, None)?,
        };
        let mut named: BTreeSet<i64> = memberships.values().flatten().copied().collect();
        named.extend(group_rows::ids(ids));
        if let Memberships::Of(groups) = &asked.groups {
            named.extend(groups);
        }
        // Whether somebody may change who is in them is a matter of the users' customers, and of the groups' being the same.
        let named: Vec<i64> = named.into_iter().collect();
        let groups = groups::queries::any_with_ids(conn, &Scope::All, &named)?;
        Ok(People { users, rights, held, memberships, groups, returning: BTreeSet::new() })
    }

    /// Deleted groups that come back by what is judged, so that their members may.
    pub fn with_returning(mut self, groups: BTreeSet<i64>) -> People {
        self.returning = groups;
        self
    }

    pub fn user(&self, id: i64) -> Option<&User> {
        self.users.get(&id)
    }

    pub fn group(&self, id: i64) -> Option<&Group> {
        self.groups.get(&id)
    }

    /// A user with what was asked about them.
    pub fn person(&self, id: i64) -> Option<Person<'_>> {
        let user = self.users.get(&id)?;
        Some(Person { user, held: self.held(id), groups: self.memberships.get(&id).unwrap_or(&NONE) })
    }

    pub fn held(&self, id: i64) -> &[Held] {
        self.held.get(&id).map_or(&[], Vec::as_slice)
    }

    /// Why a user cannot be changed from what is expected to what is wanted, if so.
    pub fn fault(
        &self,
        conn: &mut Conn,
        permit: &Permit<ViewUsers>,
        id: i64,
        (expected, wanted): (&Fields, &Fields),
    ) -> Result<Option<String>, Refusal> {
        let Some(person) = self.person(id) else { return Ok(Some(OUTSIDE.into())) };
        let user = person.user;
        if let Some(why) = expected.moved(person) {
            return Ok(Some(why));
        }
        if user.deleted_at != 0 && wanted.get(Field::Deleted).is_none() {
            return Ok(Some(Field::Deleted.moved("yes")));
        }
        if let Err(refusal) = outranks(permit.rights(), self.rights.get(&id)) {
            return Ok(Some(refusal.to_string()));
        }
        // A row that names nothing of the user is about a device that is expected: a detail like the others.
        if wanted.0.is_empty() {
            return self.obstacle(conn, permit, user, Field::Ownership, "");
        }
        for (field, value) in &wanted.0 {
            let why = match field {
                Field::Group(group) => self.group_obstacle(permit, user, wanted, (*group, value)),
                field => self.obstacle(conn, permit, user, *field, value)?,
            };
            if why.is_some() {
                return Ok(why);
            }
        }
        Ok(None)
    }

    /// Why somebody cannot be added to a group ("yes") or removed from it, if so. Moving between customers brings its groups along.
    fn group_obstacle(
        &self,
        permit: &Permit<ViewUsers>,
        user: &User,
        wanted: &Fields,
        (id, value): (i64, &str),
    ) -> Option<String> {
        let home = wanted.get(Field::Customer).and_then(|id| id.parse().ok());
        if home.is_none() && !permit.rights().allow(Permission::ManageGroups, user.customer_id) {
            return Some(format!("You may not {} there.", Permission::ManageGroups.plainly()));
        }
        if value != "yes" {
            return None;
        }
        match self.groups.get(&id) {
            Some(group) if group.customer_id != home.unwrap_or(user.customer_id) => {
                Some(format!("“{}” belongs to another customer.", group.name))
            }
            Some(group) if group.deleted_at == 0 || self.returning.contains(&id) => None,
            _ => Some("The group is not there any more.".into()),
        }
    }

    fn obstacle(
        &self,
        conn: &mut Conn,
        permit: &Permit<ViewUsers>,
        user: &User,
        field: Field,
        value: &str,
    ) -> Result<Option<String>, Refusal> {
        let lacks = |permission: Permission, customer: i64| {
            (!permit.rights().allow(permission, customer))
                .then(|| format!("You may not {} there.", permission.plainly()))
        };
        let here = user.customer_id;
        let oneself = permit.actor().id == user.id;
        Ok(match field {
            Field::Deleted if value == "yes" && oneself => Some("You cannot delete yourself.".into()),
            Field::Deleted => lacks(Permission::DeleteUsers, here),
            Field::Status if oneself && value == Status::Disabled.as_str() => {
                Some("You cannot disable yourself.".into())
            }
            Field::Status => lacks(Permission::ChangeStatus, here),
            Field::Name | Field::Email | Field::Phone | Field::Ownership => match user.is_local() {
                false => Some(format!("{} comes from {}; contact data is changed there.", user.title(), user.domain)),
                true => lacks(Permission::EditContacts, here),
            },
            Field::Customer => {
                let there = value.parse().unwrap_or(0);
                // Whoever moves somebody takes them from where they are and makes them where they go.
                lacks(Permission::CreateUsers, here).or_else(|| lacks(Permission::CreateUsers, there))
            }
            Field::Roles => match lacks(Permission::AssignRoles, here) {
                None => self.roles(conn, permit, user, value)?,
                some => some,
            },
            Field::Link => match sign_in::actions::why_no_password(conn, user)? {
                None => lacks(Permission::SetPasswords, here),
                some => some,
            },
            Field::TwoFactor if oneself => Some("Nobody resets their own 2FA; another administrator can.".into()),
            Field::TwoFactor => match user.tfa() {
                TfaStatus::NotAvailable => {
                    Some(format!("{} comes from {}, which looks after 2FA.", user.title(), user.domain))
                }
                TfaStatus::NotActive => Some("2FA is not set up, so there is nothing to reset.".into()),
                TfaStatus::Active | TfaStatus::NotConfigured => lacks(Permission::ResetTwoFactor, here),
            },
            Field::Role | Field::LastLogin | Field::Devices | Field::Groups | Field::Group(_) => None,
        })
    }

    /// Why these cannot be somebody's roles, if so: one gives only what one holds, and to local people.
    fn roles(
        &self,
        conn: &mut Conn,
        permit: &Permit<ViewUsers>,
        user: &User,
        wanted: &str,
    ) -> Result<Option<String>, Refusal> {
        for want in roles_of(wanted) {
            if self.held(user.id).iter().any(|held| held.role.id == want.role_id && held.scope == want.scope) {
                continue;
            }
            let role = match roles::queries::find(conn, want.role_id) {
                Err(Refusal::NotFound) => return Ok(Some("A role is not there any more.".into())),
                other => other?,
            };
            let given = Rights::of_role(conn, role.id, &role.builtin, &want.scope)?;
            if !permit.rights().cover(&given) {
                return Ok(Some(format!(
                    "You can only give what you hold yourself, and “{}” permits more than you may do there.",
                    role.name
                )));
            }
            if role.may_sign_in && !user.is_local() {
                return Ok(Some(format!("{} comes from {} and signs in there.", user.title(), user.domain)));
            }
        }
        Ok(None)
    }
}

/// Of people who are to be changed, the one who stays as they are, so that somebody can administer the installation: if all who can would be taken
/// away, the first of them.
pub fn spared(
    conn: &mut Conn,
    wanted: impl Fn(&mut Conn, &[i64]) -> Result<Vec<(i64, Fields)>, Refusal>,
) -> Result<Option<i64>, Refusal> {
    let required = roles::actions::tfa_required(conn)?;
    let administrators = roles::queries::administrator_ids(conn, required)?;
    let highest = roles::queries::built_in(conn, BuiltIn::AccountAdmin)?.id;
    let mut going: Vec<i64> = wanted(conn, &administrators)?
        .into_iter()
        .filter(|(_, wanted)| takes_away(wanted, highest))
        .map(|(id, _)| id)
        .collect();
    going.sort_unstable();
    Ok(if going.len() == administrators.len() { going.first().copied() } else { None })
}

/// Whether somebody who administers the installation would not any more.
fn takes_away(wanted: &Fields, highest: i64) -> bool {
    let keeps = |text: &str| roles_of(text).iter().any(|want| want.role_id == highest && want.scope == Scope::All);
    wanted.get(Field::Deleted) == Some("yes")
        || wanted.get(Field::TwoFactor).is_some()
        || wanted.get(Field::Status) == Some(Status::Disabled.as_str())
        || wanted.get(Field::Roles).is_some_and(|text| !keeps(text))
}
