//! Customers as they are stored.

use diesel::prelude::*;

#[derive(Debug, Clone, Queryable)]
pub struct Customer {
    pub id: i64,
    pub name: String,
    pub name_key: String,
    pub created_at: i64,
}
