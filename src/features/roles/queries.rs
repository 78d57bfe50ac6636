//! Rows of roles and of who holds them.

mod custom;

pub use custom::{
    delete, holders, insert, numbers_of_holders, permissions, permissions_of_all, places, set_permissions,
    take_from_all, update,
};

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::model::{Held, Role, Wanted};
use crate::access::actor::Limits;
use crate::access::{BuiltIn, Scope};
use crate::db::fold::fold;
use crate::db::fragment::{literal, one_of};
use crate::db::schema::{credentials, customers, role_assignment_customers, role_assignments, roles, users};
use crate::db::{Conn, is_sqlite};
use crate::each_backend;
use crate::features::users::input::Status;
use crate::features::users::model::Stored;
use crate::refusal::Refusal;

/// All roles, the built-in ones first.
pub fn all(conn: &mut Conn) -> Result<Vec<Role>, Refusal> {
    Ok(roles::table.order(roles::id).load(conn)?)
}

pub fn find(conn: &mut Conn, id: i64) -> Result<Role, Refusal> {
    Ok(roles::table.find(id).first(conn)?)
}

pub fn built_in(conn: &mut Conn, role: BuiltIn) -> Result<Role, Refusal> {
    Ok(roles::table.filter(roles::builtin.eq(role.word())).first(conn)?)
}

/// A role by its name, whatever its case.
pub fn by_name(conn: &mut Conn, name: &str) -> Result<Option<Role>, Refusal> {
    Ok(roles::table.filter(roles::name_key.eq(fold(name))).first(conn).optional()?)
}

/// The roles that a user holds, with where.
pub fn held(conn: &mut Conn, user_id: i64) -> Result<Vec<Held>, Refusal> {
    Ok(held_by(conn, &[user_id])?.remove(&user_id).unwrap_or_default())
}

/// The roles that some users hold, with where, by user.
pub fn held_by(conn: &mut Conn, user_ids: &[i64]) -> Result<BTreeMap<i64, Vec<Held>>, Refusal> {
    let rows: Vec<(Role, i64, bool, Option<String>)> = role_assignments::table
        .inner_join(roles::table)
        .filter(role_assignments::user_id.eq_any(user_ids))
        .order(roles::id)
        .select((roles::all_columns, role_assignments::user_id, role_assignments::all_customers, Limits))
        .load(conn)?;
    let mut held: BTreeMap<i64, Vec<Held>> = BTreeMap::new();
    for (role, user, everywhere, customers) in rows {
        let scope = Scope::of_limits(everywhere, customers.as_deref())?;
        held.entry(user).or_default().push(Held { role, scope });
    }
    Ok(held)
}

/// Which of these users hold a role that may sign in.
pub fn who_may_sign_in(conn: &mut Conn, user_ids: &[i64]) -> Result<BTreeSet<i64>, Refusal> {
    let ids = role_assignments::table
        .inner_join(roles::table)
        .filter(roles::may_sign_in.eq(true))
        .select(role_assignments::user_id)
        .into_boxed();
    let ids: Vec<i64> = if is_sqlite(conn) {
        ids.filter(one_of("role_assignments.user_id IN (SELECT value FROM json_each(", user_ids)).load(conn)?
    } else {
        ids.filter(role_assignments::user_id.eq_any(user_ids)).load(conn)?
    };
    Ok(ids.into_iter().collect())
}

/// Gives a user a role.
pub fn assign(conn: &mut Conn, user_id: i64, wanted: &Wanted, now: i64) -> Result<(), Refusal> {
    let values = (
        role_assignments::user_id.eq(user_id),
        role_assignments::role_id.eq(wanted.role_id),
        role_assignments::all_customers.eq(wanted.scope == Scope::All),
        role_assignments::created_at.eq(now),
    );
    let id: i64 = each_backend!(conn, c => diesel::insert_into(role_assignments::table).values(values).returning(role_assignments::id).get_result(c))?;
    for customer in wanted.scope.ids().unwrap_or_default() {
        diesel::insert_into(role_assignment_customers::table)
            .values((
                role_assignment_customers::assignment_id.eq(id),
                role_assignment_customers::customer_id.eq(customer),
            ))
            .execute(conn)?;
    }
    Ok(())
}

/// Takes a role from a user.
pub fn take(conn: &mut Conn, user_id: i64, role_id: i64) -> Result<(), Refusal> {
    let ids: Vec<i64> = role_assignments::table
        .filter(role_assignments::user_id.eq(user_id))
        .filter(role_assignments::role_id.eq(role_id))
        .select(role_assignments::id)
        .load(conn)?;
    diesel::delete(role_assignment_customers::table.filter(role_assignment_customers::assignment_id.eq_any(&ids)))
        .execute(conn)?;
    diesel::delete(role_assignments::table.filter(role_assignments::id.eq_any(&ids))).execute(conn)?;
    Ok(())
}

/// How many people administer the installation: they hold Account Admin everywhere, are active and of a customer that is not archived, have a
/// password that does not die unless they use it in time, and where 2FA is required can pass it; nor is it due to be set up by a certain time.
pub fn administrators(conn: &mut Conn, tfa_required: bool) -> Result<i64, Refusal> {
    Ok(administrator_ids(conn, tfa_required)?.len().try_into().unwrap_or(i64::MAX))
}

/// The people who administer the installation.
pub fn administrator_ids(conn: &mut Conn, tfa_required: bool) -> Result<Vec<i64>, Refusal> {
    // From those who hold the role, who are few: the index of those who hold another role than "Users" (4) leaves no other way.
    let role = roles::table.filter(roles::builtin.eq(BuiltIn::AccountAdmin.word())).select(roles::id);
    let holders = role_assignments::table
        .filter(literal::<Bool>("role_assignments.role_id <> 4"))
        .filter(role_assignments::all_customers.eq(true))
        .filter(role_assignments::role_id.eq_any(role))
        .select(role_assignments::user_id);
    let query = credentials::table
        .inner_join(users::table.inner_join(customers::table))
        .filter(credentials::user_id.eq_any(holders))
        .filter(users::deleted_at.eq(0))
        .filter(customers::archived_at.eq(0))
        .filter(users::status.eq(Status::Active.number()))
        .filter(credentials::password_hash.ne(Vec::<u8>::new()))
        .filter(credentials::password_expires_at.eq(0))
        .filter(credentials::totp_due_at.eq(0))
        .into_boxed();
    let query = if tfa_required { query.filter(credentials::totp_secret.ne(Vec::<u8>::new())) } else { query };
    Ok(query.select(users::id).load(conn)?)
}
