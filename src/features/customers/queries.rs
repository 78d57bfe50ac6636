//! Rows of customers, within a scope.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Nullable};

use super::model::Customer;
use crate::access::Scope;
use crate::db::fold::fold;
use crate::db::fragment::literal;
use crate::db::schema::{customers, role_assignments, roles, user_counts, users};
use crate::db::{Conn, unless_taken};
use crate::each_backend;
use crate::features::users::input::Status;
use crate::features::users::model::Stored;
use crate::refusal::Refusal;

/// Most customers that are offered in one choice.
pub const MOST_OFFERED: i64 = 500;

/// The customers in scope that people can be put into (not archived), by name, at most [`MOST_OFFERED`].
pub fn offered(conn: &mut Conn, scope: &Scope) -> Result<Vec<Customer>, Refusal> {
    let query = customers::table
        .filter(customers::archived_at.eq(0))
        .order((customers::name_key, customers::id))
        .limit(MOST_OFFERED)
        .into_boxed();
    let query = match scope.ids() {
        None => query,
        Some(ids) => query.filter(customers::id.eq_any(ids)),
    };
    Ok(query.load(conn)?)
}

/// All customers in scope, by name.
pub fn all(conn: &mut Conn, scope: &Scope) -> Result<Vec<Customer>, Refusal> {
    by_names(conn, scope, i64::MAX)
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

/// A customer in scope that people can be put into.
///
/// # Errors
/// Not found, also outside the scope; forbidden, if it is archived.
pub fn find_open(conn: &mut Conn, scope: &Scope, id: i64) -> Result<Customer, Refusal> {
    let customer = find(conn, scope, id)?;
    match customer.is_archived() {
        true => Err(Refusal::Forbidden(format!("The customer “{}” is archived. Restore it first.", customer.name))),
        false => Ok(customer),
    }
}

/// Some customers in scope, by name.
pub fn with_ids(conn: &mut Conn, scope: &Scope, ids: impl Iterator<Item = i64>) -> Result<Vec<Customer>, Refusal> {
    let ids: Vec<i64> = ids.filter(|id| scope.contains(*id)).collect();
    Ok(customers::table.filter(customers::id.eq_any(ids)).order((customers::name_key, customers::id)).load(conn)?)
}

/// Where somebody holds something, for a reader of `seen`, for whom other customers have no names: "all customers", "Acme, Globex, and elsewhere".
pub fn place_in_words(conn: &mut Conn, held: &Scope, seen: &Scope) -> Result<String, Refusal> {
    let Some(ids) = held.ids() else { return Ok("all customers".into()) };
    let known = with_ids(conn, seen, ids.iter().copied())?;
    let others = known.len() < ids.len();
    let mut words: Vec<String> = known.into_iter().map(|customer| customer.name).collect();
    if others {
        words.push(if words.is_empty() { "elsewhere" } else { "and elsewhere" }.into());
    }
    Ok(words.join(", "))
}

/// A customer by name, whatever its case and accents.
pub fn by_name(conn: &mut Conn, name: &str) -> Result<Option<Customer>, Refusal> {
    Ok(customers::table.filter(customers::name_key.eq(fold(name))).first(conn).optional()?)
}

/// The customer that new users belong to unless another is chosen: the first of those in scope that is not archived.
pub fn first(conn: &mut Conn, scope: &Scope) -> Result<Customer, Refusal> {
    let query = customers::table.filter(customers::archived_at.eq(0)).order(customers::id).into_boxed();
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

/// The same; None if the name is taken.
pub fn insert_unless_taken(conn: &mut Conn, name: &str, now: i64) -> Result<Option<i64>, Refusal> {
    let values = (
        (customers::name.eq(name), customers::name_key.eq(fold(name))),
        (customers::created_at.eq(now), customers::changed_at.eq(now)),
    );
    unless_taken(
        each_backend!(conn, c => diesel::insert_into(customers::table).values(values).returning(customers::id).get_result(c)),
    )
}

/// Gives a customer another name; None if it is taken. Its users are the caller's (see [`refresh_users`]).
pub fn rename(conn: &mut Conn, id: i64, name: &str, now: i64) -> Result<Option<usize>, Refusal> {
    let values = (customers::name.eq(name), customers::name_key.eq(fold(name)), customers::changed_at.eq(now));
    unless_taken(diesel::update(customers::table.find(id)).set(values).execute(conn))
}

/// Writes the present name of a customer as the key that up to `most` of its users are sorted by. Gives of how many it was another one.
pub fn refresh_users(conn: &mut Conn, id: i64, most: i64) -> Result<i64, Refusal> {
    let key: String = customers::table.find(id).select(customers::name_key).first(conn)?;
    let mut ids: Vec<i64> = Vec::new();
    // The conditions of the partial indexes, and one range of the index on either side of the key.
    for (deleted, before) in [(false, true), (false, false), (true, true), (true, false)] {
        let rest = most - i64::try_from(ids.len()).unwrap_or(most);
        let theirs = users::table.filter(users::customer_id.eq(id)).into_boxed();
        let theirs = match deleted {
            true => theirs.filter(literal::<Bool>("users.deleted_at <> 0")),
            false => theirs.filter(literal::<Bool>("users.deleted_at = 0")),
        };
        let theirs = match before {
            true => theirs.filter(users::customer_key.lt(key.clone())),
            false => theirs.filter(users::customer_key.gt(key.clone())),
        };
        ids.extend(theirs.select(users::id).limit(rest).load::<i64>(conn)?);
    }
    diesel::update(users::table.filter(users::id.eq_any(&ids))).set(users::customer_key.eq(&key)).execute(conn)?;
    Ok(i64::try_from(ids.len()).unwrap_or(most))
}

/// Archives a customer as it was read (`at`: since when), or with 0 restores it.
///
/// # Errors
/// A conflict: somebody else has done so meanwhile.
pub fn set_archived(conn: &mut Conn, customer: &Customer, at: i64, now: i64) -> Result<(), Refusal> {
    let row = customers::table.find(customer.id).filter(customers::archived_at.eq(customer.archived_at));
    match diesel::update(row).set((customers::archived_at.eq(at), customers::changed_at.eq(now))).execute(conn)? {
        0 => Err(Refusal::Conflict("Somebody else was first.".into())),
        _ => Ok(()),
    }
}

/// How many users who are not deleted belong to a customer, from the kept totals.
pub fn number_of_users(conn: &mut Conn, id: i64) -> Result<i64, Refusal> {
    // A sum of BIGINT is NUMERIC on PostgreSQL, hence the cast.
    let sum = user_counts::table
        .filter(user_counts::customer_id.eq(id))
        .select(literal::<Nullable<BigInt>>("CAST(SUM(present) AS BIGINT)"));
    Ok(sum.first::<Option<i64>>(conn)?.unwrap_or(0))
}

/// Those of a customer who may sign in now: active, from nowhere else, with a role for it. By id.
pub fn who_may_sign_in(conn: &mut Conn, id: i64) -> Result<Vec<i64>, Refusal> {
    let ids: Vec<i64> = role_assignments::table
        .inner_join(roles::table)
        .inner_join(users::table)
        // From those who hold another role than "Users" (4), who are few and have an index.
        .filter(literal::<Bool>("role_assignments.role_id <> 4"))
        .filter(roles::may_sign_in.eq(true))
        .filter(users::customer_id.eq(id))
        .filter(users::deleted_at.eq(0))
        .filter(users::status.eq(Status::Active.number()))
        .order(users::id)
        .select(users::id)
        .distinct()
        .load(conn)?;
    Ok(ids)
}
