//! Rows of roles that the installation made itself.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use diesel::sql_types::Bool;

use crate::access::{BuiltIn, Permission, Scope};
use crate::db::fold::fold;
use crate::db::fragment::literal;
use crate::db::schema::{role_assignment_customers, role_assignments, role_permissions, roles, users};
use crate::db::{Conn, unless_taken};
use crate::each_backend;
use crate::features::roles::model::Role;
use crate::refusal::Refusal;

/// What a role permits.
pub fn permissions(conn: &mut Conn, role: &Role) -> Result<BTreeSet<Permission>, Refusal> {
    if let Some(builtin) = BuiltIn::from_word(&role.builtin) {
        return Ok(Permission::ALL.into_iter().filter(|permission| builtin.allows(*permission)).collect());
    }
    let words: Vec<String> = role_permissions::table
        .filter(role_permissions::role_id.eq(role.id))
        .select(role_permissions::permission)
        .load(conn)?;
    Ok(words.iter().filter_map(|word| Permission::from_word(word)).collect())
}

/// What each of some roles permits, by id.
pub fn permissions_of_all(conn: &mut Conn, all: &[Role]) -> Result<BTreeMap<i64, BTreeSet<Permission>>, Refusal> {
    let custom: Vec<i64> = all.iter().filter(|role| !role.is_built_in()).map(|role| role.id).collect();
    let rows: Vec<(i64, String)> = match custom.is_empty() {
        true => Vec::new(),
        false => role_permissions::table
            .filter(role_permissions::role_id.eq_any(custom))
            .select((role_permissions::role_id, role_permissions::permission))
            .load(conn)?,
    };
    let mut permitted: BTreeMap<i64, BTreeSet<Permission>> = BTreeMap::new();
    for role in all {
        let builtin = BuiltIn::from_word(&role.builtin);
        let allows = |permission: &Permission| builtin.is_some_and(|role| role.allows(*permission));
        permitted.insert(role.id, Permission::ALL.into_iter().filter(allows).collect());
    }
    for (id, word) in rows {
        permitted.entry(id).or_default().extend(Permission::from_word(&word));
    }
    Ok(permitted)
}

/// How many people of the customers in `seen` who are not deleted hold each role but "Users", by id.
pub fn numbers_of_holders(conn: &mut Conn, seen: &Scope) -> Result<BTreeMap<i64, i64>, Refusal> {
    let query = role_assignments::table
        .inner_join(users::table)
        // The condition of the index of those who hold another role than "Users" (4), who are few.
        .filter(literal::<Bool>("role_assignments.role_id <> 4"))
        .filter(users::deleted_at.eq(0))
        .into_boxed();
    let query = match seen.ids() {
        None => query,
        Some(ids) => query.filter(users::customer_id.eq_any(ids)),
    };
    let mut numbers: BTreeMap<i64, i64> = BTreeMap::new();
    for id in query.select(role_assignments::role_id).load::<i64>(conn)? {
        *numbers.entry(id).or_default() += 1;
    }
    Ok(numbers)
}

/// Writes a new role, which permits nothing yet, and gives its id; None if the name is taken.
pub fn insert(conn: &mut Conn, name: &str, now: i64) -> Result<Option<i64>, Refusal> {
    let values = (
        (roles::name.eq(name), roles::name_key.eq(fold(name)), roles::builtin.eq("")),
        (roles::may_sign_in.eq(true), roles::created_at.eq(now), roles::changed_at.eq(now)),
    );
    unless_taken(
        each_backend!(conn, c => diesel::insert_into(roles::table).values(values).returning(roles::id).get_result(c)),
    )
}

/// Names a role as it was read anew; None if the name is taken, 0 if somebody else has changed it since.
pub fn update(conn: &mut Conn, role: &Role, name: &str, now: i64) -> Result<Option<usize>, Refusal> {
    let values = (roles::name.eq(name), roles::name_key.eq(fold(name)), roles::changed_at.eq(now));
    let row = roles::table.find(role.id).filter(roles::changed_at.eq(role.changed_at));
    unless_taken(diesel::update(row).set(values).execute(conn))
}

pub fn set_permissions(conn: &mut Conn, id: i64, permissions: &BTreeSet<Permission>) -> Result<(), Refusal> {
    diesel::delete(role_permissions::table.filter(role_permissions::role_id.eq(id))).execute(conn)?;
    for permission in permissions {
        diesel::insert_into(role_permissions::table)
            .values((role_permissions::role_id.eq(id), role_permissions::permission.eq(permission.word())))
            .execute(conn)?;
    }
    Ok(())
}

/// Deletes a role that nobody holds any more.
pub fn delete(conn: &mut Conn, id: i64) -> Result<(), Refusal> {
    diesel::delete(role_permissions::table.filter(role_permissions::role_id.eq(id))).execute(conn)?;
    diesel::delete(roles::table.find(id)).execute(conn)?;
    Ok(())
}

/// Takes a role from whoever holds it still: people who are deleted.
pub fn take_from_all(conn: &mut Conn, id: i64) -> Result<(), Refusal> {
    let all = role_assignments::table.filter(role_assignments::role_id.eq(id));
    let ids: Vec<i64> = all.select(role_assignments::id).load(conn)?;
    for ids in ids.chunks(1_000) {
        diesel::delete(role_assignment_customers::table.filter(role_assignment_customers::assignment_id.eq_any(ids)))
            .execute(conn)?;
    }
    diesel::delete(all).execute(conn)?;
    Ok(())
}

/// Who holds a role and is not deleted, by id.
pub fn holders(conn: &mut Conn, id: i64) -> Result<Vec<i64>, Refusal> {
    Ok(role_assignments::table
        .inner_join(users::table)
        .filter(role_assignments::role_id.eq(id))
        .filter(users::deleted_at.eq(0))
        .order(role_assignments::user_id)
        .select(role_assignments::user_id)
        .load(conn)?)
}

/// Where a role is held, by how many people of the customers in `seen` who are not deleted: everywhere, and by customer.
pub fn places(conn: &mut Conn, id: i64, seen: &Scope) -> Result<(i64, BTreeMap<i64, i64>), Refusal> {
    let present = || {
        let query = role_assignments::table
            .inner_join(users::table)
            .filter(role_assignments::role_id.eq(id))
            .filter(users::deleted_at.eq(0))
            .into_boxed();
        match seen.ids() {
            None => query,
            Some(ids) => query.filter(users::customer_id.eq_any(ids)),
        }
    };
    let everywhere = present().filter(role_assignments::all_customers.eq(true)).count().get_result(conn)?;
    let limited = present().filter(role_assignments::all_customers.eq(false)).select(role_assignments::id);
    let ids: Vec<i64> = limited.load(conn)?;
    let mut places: BTreeMap<i64, i64> = BTreeMap::new();
    for ids in ids.chunks(1_000) {
        let customers: Vec<i64> = role_assignment_customers::table
            .filter(role_assignment_customers::assignment_id.eq_any(ids))
            .select(role_assignment_customers::customer_id)
            .load(conn)?;
        for customer in customers {
            *places.entry(customer).or_default() += 1;
        }
    }
    Ok((everywhere, places))
}
