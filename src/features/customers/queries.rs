//! Rows of customers, within a scope.

use diesel::prelude::*;

use super::model::Customer;
use crate::access::Scope;
use crate::db::Conn;
use crate::db::fold::fold;
use crate::db::schema::customers;
use crate::each_backend;
use crate::refusal::Refusal;

/// Most customers that are offered in one choice.
pub const MOST_OFFERED: i64 = 500;

/// The customers in scope by name, at most [`MOST_OFFERED`].
pub fn offered(conn: &mut Conn, scope: &Scope) -> Result<Vec<Customer>, Refusal> {
    by_names(conn, scope, MOST_OFFERED)
}

/// The customers in scope by name, at most `most`.
pub fn by_names(conn: &mut Conn, scope: &Scope, most: i64) -> Result<Vec<Customer>, Refusal> {
    let query = customers::table.order((customers::name_key, customers::id)).limit(most).into_boxed();
    let query = match scope.ids() {
        None => query,
        Some(ids) => query.filter(customers::id.eq_any(ids)),
    };
    Ok(query.load(conn)?)
}

/// A customer in scope.
///
/// # Errors
/// Not found, also outside the scope.
pub fn find(conn: &mut Conn, scope: &Scope, id: i64) -> Result<Customer, Refusal> {
    let customer: Customer = customers::table.find(id).first(conn)?;
    if scope.contains(id) { Ok(customer) } else { Err(Refusal::NotFound) }
}

/// A customer by name, whatever its case and accents.
pub fn by_name(conn: &mut Conn, name: &str) -> Result<Option<Customer>, Refusal> {
    Ok(customers::table.filter(customers::name_key.eq(fold(name))).first(conn).optional()?)
}

/// The customer that new users belong to unless another is chosen: the first of those in scope.
pub fn first(conn: &mut Conn, scope: &Scope) -> Result<Customer, Refusal> {
    let query = customers::table.order(customers::id).into_boxed();
    let query = match scope.ids() {
        None => query,
        Some(ids) => query.filter(customers::id.eq_any(ids)),
    };
    Ok(query.first(conn)?)
}

/// Writes a new customer and gives the id.
pub fn insert(conn: &mut Conn, name: &str, now: i64) -> Result<i64, Refusal> {
    let values = (customers::name.eq(name), customers::name_key.eq(fold(name)), customers::created_at.eq(now));
    Ok(
        each_backend!(conn, c => diesel::insert_into(customers::table).values(values).returning(customers::id).get_result(c))?,
    )
}
