//! What a bulk edit sets.

use serde::{Deserialize, Serialize};

use super::fields::{Field, Fields, Person, roles_text};
use crate::access::Scope;
use crate::features::roles::model::{Held, Wanted};
use crate::features::users::input::Status;
use crate::features::users::model::User;

/// What is to be set of everybody; what is None stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Edit {
    pub customer: Option<i64>,
    /// As typed; empty takes it away.
    pub phone: Option<String>,
    pub status: Option<Status>,
    /// A role to give: everywhere, or within each user's own customer.
    pub give: Option<Given>,
    /// A role to take away.
    pub take: Option<i64>,
    /// Groups to be added to.
    pub join: Vec<i64>,
    /// Groups to be removed from.
    pub leave: Vec<i64>,
}

/// A role that is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Given {
    pub role_id: i64,
    pub everywhere: bool,
}

impl Edit {
    pub fn is_empty(&self) -> bool {
        *self == Edit::default()
    }

    pub fn is_about_roles(&self) -> bool {
        self.give.is_some() || self.take.is_some()
    }

    /// What it wants of one user.
    pub(super) fn fields(&self, person: Person<'_>) -> Fields {
        let Person { user, held, groups } = person;
        let mut fields = Fields::default();
        let mut set = |field: Field, value: Option<String>| {
            if let Some(value) = value {
                fields.0.insert(field, value);
            }
        };
        set(Field::Customer, self.customer.map(|id| id.to_string()));
        set(Field::Phone, self.phone.clone());
        set(Field::Status, self.status.map(|status| status.as_str().to_owned()));
        set(Field::Roles, self.is_about_roles().then(|| self.roles(user, held)));
        // A group and its users belong to one customer: whoever moves leaves those of the customer that they leave.
        if self.customer.is_some_and(|id| id != user.customer_id) {
            fields.0.extend(groups.iter().map(|id| (Field::Group(*id), "no".to_owned())));
        }
        fields.0.extend(self.leave.iter().map(|id| (Field::Group(*id), "no".to_owned())));
        fields.0.extend(self.join.iter().map(|id| (Field::Group(*id), "yes".to_owned())));
        fields
    }

    fn roles(&self, user: &User, held: &[Held]) -> String {
        let changed = |id: i64| Some(id) == self.take || self.give.is_some_and(|given| given.role_id == id);
        let mut wanted: Vec<Wanted> = held
            .iter()
            .filter(|held| !changed(held.role.id))
            .map(|held| Wanted { role_id: held.role.id, scope: held.scope.clone() })
            .collect();
        if let Some(given) = self.give {
            let here = Scope::of([self.customer.unwrap_or(user.customer_id)]);
            let now = held.iter().find(|held| held.role.id == given.role_id).map(|held| held.scope.clone());
            // Whoever holds it in more places already keeps them.
            let scope = match (given.everywhere, now) {
                (true, _) => Scope::All,
                (false, Some(now)) => now.union(here),
                (false, None) => here,
            };
            wanted.push(Wanted { role_id: given.role_id, scope });
        }
        roles_text(wanted)
    }
}
