//! Roles as they are stored.

use diesel::prelude::*;

use crate::access::{BuiltIn, Scope};

#[derive(Debug, Clone, Queryable)]
pub struct Role {
    pub id: i64,
    pub name: String,
    pub name_key: String,
    /// A word of [`BuiltIn`], or empty.
    pub builtin: String,
    pub may_sign_in: bool,
    pub created_at: i64,
}

impl Role {
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
