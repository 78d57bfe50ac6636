//! Customers as they are stored.

use diesel::prelude::*;

#[derive(Debug, Clone, Queryable)]
pub struct Customer {
    pub id: i64,
    pub name: String,
    pub name_key: String,
    pub created_at: i64,
    /// Its version: unix milliseconds of the last change.
    pub changed_at: i64,
    /// Since when its people may not sign in, in unix milliseconds; 0: they may.
    pub archived_at: i64,
}

impl Customer {
    pub fn is_archived(&self) -> bool {
        self.archived_at != 0
    }
}
