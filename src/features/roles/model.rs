//! Roles as they are stored.

use std::collections::BTreeSet;

use diesel::prelude::*;

use crate::access::{BuiltIn, Permission, Scope};

#[derive(Debug, Clone, Queryable)]
pub struct Role {
    pub id: i64,
    pub name: String,
    pub name_key: String,
    /// A word of [`BuiltIn`], or empty.
    pub builtin: String,
    pub may_sign_in: bool,
    pub created_at: i64,
    /// Its version: unix milliseconds of the last change.
    pub changed_at: i64,
}

impl Role {
    /// Whether its permissions come from the policy, not from the installation.
    pub fn is_built_in(&self) -> bool {
        !self.builtin.is_empty()
    }

    pub fn is(&self, builtin: BuiltIn) -> bool {
        self.builtin == builtin.word()
    }
}

/// A role as somebody holds it.
#[derive(Debug, Clone)]
pub struct Held {
    pub role: Role,
    pub scope: Scope,
}

/// The roles that somebody is to hold: each with where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    pub role_id: i64,
    pub scope: Scope,
}

/// A role as somebody wants it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRole {
    pub name: String,
    pub permissions: BTreeSet<Permission>,
}

/// Of whom two-factor authentication is required.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Forced {
    #[default]
    Everybody,
    /// Of those who hold one of these roles.
    Roles(BTreeSet<i64>),
    Nobody,
}

impl Forced {
    /// What the setting says; required of everybody where it was never made, or cannot be read.
    pub fn read(stored: Option<&str>) -> Forced {
        match stored {
            Some("off") => Forced::Nobody,
            Some(text) => match text.strip_prefix("roles:") {
                Some(ids) => Forced::Roles(ids.split(',').filter_map(|id| id.parse().ok()).collect()),
                None => Forced::Everybody,
            },
            None => Forced::Everybody,
        }
    }

    /// As the setting keeps it; [`Forced::read`] reads it back.
    pub fn text(&self) -> String {
        match self {
            Forced::Everybody => "all".into(),
            Forced::Nobody => "off".into(),
            Forced::Roles(ids) => {
                format!("roles:{}", ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(","))
            }
        }
    }

    /// Whether it is required of somebody who holds these roles, one of which may sign in.
    pub fn covers(&self, mut roles: impl Iterator<Item = i64>) -> bool {
        match self {
            Forced::Everybody => true,
            Forced::Nobody => false,
            Forced::Roles(ids) => roles.any(|id| ids.contains(&id)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_is_read_back_and_nonsense_demands_it() {
        for forced in [Forced::Everybody, Forced::Nobody, Forced::Roles([2, 7].into()), Forced::Roles([].into())] {
            assert_eq!(Forced::read(Some(&forced.text())), forced);
        }
        for text in [None, Some(""), Some("none"), Some("on"), Some("role:2")] {
            assert_eq!(Forced::read(text), Forced::Everybody, "{text:?}");
        }
        assert!(Forced::Roles([2].into()).covers([1, 2].into_iter()));
        assert!(!Forced::Roles([2].into()).covers([1, 3].into_iter()));
    }
}
