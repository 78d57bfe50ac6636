//! What is typed about a role, and the URL of the list of them.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::model::NewRole;
use crate::access::Permission;
use crate::features::users::input::{Limit, line};
use crate::refusal::FieldError;
use crate::web::list::{Column, Filter, Kind, Spec, Takes};

pub const NAME: Limit =
    Limit { field: "name", noun: "name", min: 1, max: 100, rule: "1 to 100 characters, on one line" };

/// The list: all roles of the installation.
pub static SPEC: Spec = Spec {
    path: "/roles",
    label: "Roles",
    nouns: ("role", "roles"),
    search: Some("Search name"),
    ticks: None,
    selection: None,
    views: false,
    columns: &[
        Column::new("name", "Name", Kind::Title).jump("Names from"),
        Column::new("kind", "Kind", Kind::Words),
        Column::new("reach", "Access", Kind::Badge),
        Column::new("permissions", "# of permissions", Kind::Number),
        Column::new("users", "# of users", Kind::Number),
        Column::new("created", "Created", Kind::Time).hidden(),
    ],
    filters: &[
        Filter {
            key: "kind",
            label: "Kind",
            takes: Takes::Words(|| vec![("built-in", "Built in"), ("custom", "Custom")]),
        },
        Filter {
            key: "reach",
            label: "Access",
            takes: Takes::Words(|| Reach::ALL.iter().map(|reach| (reach.code(), reach.label())).collect()),
        },
    ],
    sort: "name",
};

/// How far a role lets its holders go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Nothing at all: no sign-in.
    None,
    /// Looking.
    ReadOnly,
    Changing,
    /// Everything there is.
    Everything,
}

impl Reach {
    pub const ALL: [Reach; 4] = [Reach::Everything, Reach::Changing, Reach::ReadOnly, Reach::None];

    pub fn of(permissions: &BTreeSet<Permission>) -> Reach {
        match permissions {
            none if none.is_empty() => Reach::None,
            all if all.len() == Permission::ALL.len() => Reach::Everything,
            some if some.iter().all(|permission| permission.only_reads()) => Reach::ReadOnly,
            _ => Reach::Changing,
        }
    }

    pub fn code(self) -> &'static str {
        match self {
            Reach::None => "none",
            Reach::ReadOnly => "read-only",
            Reach::Changing => "changing",
            Reach::Everything => "everything",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Reach::None => "No sign-in",
            Reach::ReadOnly => "Read-only",
            Reach::Changing => "Some changes",
            Reach::Everything => "Everything",
        }
    }

    /// The tone of its badge.
    pub fn tone(self) -> &'static str {
        match self {
            Reach::None | Reach::ReadOnly => "neutral",
            Reach::Changing => "accent",
            Reach::Everything => "warn",
        }
    }
}

/// The form as it is sent. `version` is `changed_at` as the form saw it, `seen` the impact that was shown.
#[derive(Debug, Default, Clone, Deserialize, Serialize)]
#[serde(default)]
pub struct RoleInput {
    pub name: String,
    pub permission: Vec<String>,
    pub version: String,
    pub seen: String,
}

impl RoleInput {
    /// # Errors
    /// Every field at fault.
    pub fn parse(&self) -> Result<NewRole, Vec<FieldError>> {
        let mut errors = Vec::new();
        let name = line(&self.name, &NAME).map_err(|error| errors.push(error)).unwrap_or_default();
        let permissions: BTreeSet<Permission> =
            self.permission.iter().filter_map(|word| Permission::from_word(word)).collect();
        if self.permission.iter().any(|word| Permission::from_word(word).is_none()) {
            errors.push(FieldError::new("permission", "Choose among these permissions."));
        } else if permissions.is_empty() {
            errors.push(FieldError::new(
                "permission",
                "Tick at least one permission. Who may do nothing has the role “Users”.",
            ));
        }
        if errors.is_empty() { Ok(NewRole { name, permissions }) } else { Err(errors) }
    }
}
