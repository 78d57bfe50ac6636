//! Who may be changed how: the checks of the single forms, for each row of an operation.

use std::collections::BTreeMap;

use super::fields::{Field, Fields, roles_of};
use crate::access::permit::ViewUsers;
use crate::access::{BuiltIn, Permission, Permit, Rights, Scope};
use crate::db::Conn;
use crate::features::roles;
use crate::features::roles::actions::outranks;
use crate::features::roles::model::Held;
use crate::features::users::input::Status;
use crate::features::users::model::User;
use crate::features::users::queries;
use crate::refusal::Refusal;

/// Why the last account that can administer the installation is left alone.
pub const LAST_ADMINISTRATOR: &str = "This is the last account that can administer the installation.";
/// All that is said of whoever is not, or no longer, within the reader's customers.
const OUTSIDE: &str = "Not there any more.";

/// Some people with all that is asked about them.
pub struct People {
    users: BTreeMap<i64, User>,
    rights: BTreeMap<i64, Rights>,
    held: BTreeMap<i64, Vec<Held>>,
}

impl People {
    /// `with_roles`: what they hold is asked for too.
    pub fn of(conn: &mut Conn, scope: &Scope, ids: &[i64], with_roles: bool) -> Result<People, Refusal> {
        let users: BTreeMap<i64, User> =
            queries::any_with_ids(conn, scope, ids)?.into_iter().map(|user| (user.id, user)).collect();
        // Only somebody who may sign in can outrank anyone.
        let special: Vec<i64> = roles::queries::who_may_sign_in(conn, ids)?.into_iter().collect();
        let rights = if special.is_empty() { BTreeMap::new() } else { Rights::of(conn, &special)? };
        let held = if with_roles { roles::queries::held_by(conn, ids)? } else { BTreeMap::new() };
        Ok(People { users, rights, held })
    }

    pub fn user(&self, id: i64) -> Option<&User> {
        self.users.get(&id)
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
        let Some(user) = self.user(id) else { return Ok(Some(OUTSIDE.into())) };
        if let Some(why) = expected.moved(user, self.held(id)) {
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
            if let Some(why) = self.obstacle(conn, permit, user, *field, value)? {
                return Ok(Some(why));
            }
        }
        Ok(None)
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
            Field::Role | Field::LastLogin | Field::Devices => None,
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
        || wanted.get(Field::Status) == Some(Status::Disabled.as_str())
        || wanted.get(Field::Roles).is_some_and(|text| !keeps(text))
}
