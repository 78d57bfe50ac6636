//! Groups as they are stored.

use diesel::prelude::*;

use crate::db::fold::fold;
use crate::db::schema::user_groups;

/// One row of `user_groups`.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Group {
    pub id: i64,
    pub customer_id: i64,
    pub name: String,
    pub name_key: String,
    /// None: nobody who is still there.
    pub created_by: Option<i64>,
    /// What they were called then; empty once they were purged.
    pub created_by_name: String,
    pub created_by_key: String,
    /// Unix milliseconds.
    pub created_at: i64,
    pub changed_at: i64,
    /// Unix milliseconds; 0: not deleted.
    pub deleted_at: i64,
    /// How many members are not deleted.
    pub member_count: i64,
}

/// A group about to be written.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = user_groups, treat_none_as_default_value = false)]
pub struct NewGroup {
    pub customer_id: i64,
    pub name: String,
    pub name_key: String,
    pub created_by: Option<i64>,
    pub created_by_name: String,
    pub created_by_key: String,
    pub created_at: i64,
    pub changed_at: i64,
    pub deleted_at: i64,
    pub member_count: i64,
}

impl NewGroup {
    /// An empty group. `by`: id and name of whoever makes it.
    pub fn new(customer_id: i64, name: &str, by: (Option<i64>, &str), now: i64) -> NewGroup {
        NewGroup {
            customer_id,
            name: name.to_owned(),
            name_key: fold(name),
            created_by: by.0,
            created_by_name: by.1.to_owned(),
            created_by_key: fold(by.1),
            created_at: now,
            changed_at: now,
            deleted_at: 0,
            member_count: 0,
        }
    }
}
