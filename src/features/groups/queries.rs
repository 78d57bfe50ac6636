//! Rows of groups and of who is in them, read through a scope.

mod list;
mod members;
mod suggest;
mod totals;

pub use list::{Narrow, Picked, among, ids_after, list, total};
pub use members::{
    add_members, forget_user, group_names, members_after, members_in, memberships, purge, remove_members,
    rename_member, set_members_deleted,
};
pub use suggest::{offered, suggested};
pub use totals::{count_groups, count_members, fold_counts};

use totals::{Beside, Counted, counted, settled};

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use diesel::sql_types::Bool;

use super::model::{Group, NewGroup};
use crate::access::Scope;
use crate::db::Conn;
use crate::db::fold::fold;
use crate::db::fragment::literal;
use crate::db::schema::user_groups;
use crate::each_backend;
use crate::refusal::Refusal;

/// A group in scope that is not deleted, with its present number of members.
///
/// # Errors
/// Not found, also outside the scope.
pub fn find(conn: &mut Conn, scope: &Scope, id: i64) -> Result<Group, Refusal> {
    Ok(find_shown(conn, scope, id)?.0)
}

/// A group as [`find`] gives it, and what its customer is called.
///
/// # Errors
/// Not found, also outside the scope.
pub fn find_shown(conn: &mut Conn, scope: &Scope, id: i64) -> Result<(Group, String), Refusal> {
    let (group, customer) = counted(conn, id)?;
    if !scope.contains(group.customer_id) || group.deleted_at != 0 {
        return Err(Refusal::NotFound);
    }
    Ok((group, customer))
}

/// Groups by id, whoever of them is there within the scope; deleted ones too.
pub fn any_with_ids(conn: &mut Conn, scope: &Scope, ids: &[i64]) -> Result<BTreeMap<i64, Group>, Refusal> {
    let mut found = BTreeMap::new();
    for batch in ids.chunks(500) {
        let rows: Vec<Counted> = user_groups::table
            .filter(user_groups::id.eq_any(batch))
            .select((user_groups::all_columns, Beside))
            .load(conn)?;
        let there = rows.into_iter().map(settled).filter(|group| scope.contains(group.customer_id));
        found.extend(there.map(|group| (group.id, group)));
    }
    Ok(found)
}

/// Groups in scope by id, in the order of the ids.
///
/// # Errors
/// Not found, if any of them is not there for the reader: a list with one foreign id is refused whole.
pub fn find_all(conn: &mut Conn, scope: &Scope, ids: &[i64]) -> Result<Vec<Group>, Refusal> {
    let mut found = any_with_ids(conn, scope, ids)?;
    found.retain(|_, group| group.deleted_at == 0);
    ids.iter().map(|id| found.remove(id).ok_or(Refusal::NotFound)).collect()
}

/// The group of a customer with this name, whatever its case and accents.
pub fn by_name(conn: &mut Conn, customer_id: i64, name: &str) -> Result<Option<Group>, Refusal> {
    let named = user_groups::table
        .filter(user_groups::customer_id.eq(customer_id))
        .filter(user_groups::name_key.eq(fold(name)))
        .filter(user_groups::deleted_at.eq(0));
    Ok(named.first(conn).optional()?)
}

/// The groups of whichever customer that have one of these names (folded).
pub fn with_names(conn: &mut Conn, keys: &[String]) -> Result<Vec<Group>, Refusal> {
    let mut found = Vec::new();
    for batch in keys.chunks(500) {
        let named = user_groups::table.filter(literal::<Bool>("user_groups.deleted_at = 0"));
        found.append(&mut named.filter(user_groups::name_key.eq_any(batch)).load(conn)?);
    }
    Ok(found)
}

/// What groups are called, deleted or not.
pub fn names(conn: &mut Conn, ids: impl Iterator<Item = i64>) -> Result<BTreeMap<i64, String>, Refusal> {
    let ids: std::collections::BTreeSet<i64> = ids.collect();
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rows: Vec<(i64, String)> = user_groups::table
        .filter(user_groups::id.eq_any(ids))
        .select((user_groups::id, user_groups::name))
        .load(conn)?;
    Ok(rows.into_iter().collect())
}

/// Writes a new group and gives its id; None if its customer has one of that name.
pub fn insert(conn: &mut Conn, row: &NewGroup) -> Result<Option<i64>, Refusal> {
    let written = each_backend!(conn, c => diesel::insert_into(user_groups::table).values(row).returning(user_groups::id).get_result(c));
    let id = unless_taken(written)?;
    if id.is_some() {
        count_groups(conn, row.customer_id, 1)?;
    }
    Ok(id)
}

/// Gives a group another name; says whether its customer has no other one of that name.
pub fn rename(conn: &mut Conn, id: i64, name: &str, now: i64) -> Result<bool, Refusal> {
    let values = (user_groups::name.eq(name), user_groups::name_key.eq(fold(name)), user_groups::changed_at.eq(now));
    let written = diesel::update(user_groups::table.find(id)).set(values).execute(conn);
    Ok(unless_taken(written)?.is_some())
}

/// Marks a group as deleted, or (0) takes the mark off again, and says whether it could be: not if the customer has another one of its name.
pub fn set_deleted(conn: &mut Conn, group: &Group, at: i64) -> Result<bool, Refusal> {
    let written = diesel::update(user_groups::table.find(group.id)).set(user_groups::deleted_at.eq(at)).execute(conn);
    if unless_taken(written)?.is_none() {
        return Ok(false);
    }
    count_groups(conn, group.customer_id, if at == 0 { 1 } else { -1 })?;
    Ok(true)
}

/// A name is unique by the database's own word, so that two requests at one moment cannot both have it.
fn unless_taken<T>(written: Result<T, DieselError>) -> Result<Option<T>, Refusal> {
    match written {
        Err(DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) => Ok(None),
        other => Ok(Some(other?)),
    }
}
