//! Rows of users: read through a scope, written with what is derived from them.

mod among;
mod deleted;
mod facets;
mod hits;
mod in_bulk;
mod list;
mod lookup;
mod names;
mod narrow;
mod picked;
mod purge;
mod standing;
mod walk;
mod write;

pub use among::among;
pub use deleted::{Gone, deleted};
pub use facets::{Fact, by_customer, facts};
pub use in_bulk::{
    delete_all, insert_all, move_all, restore_all, set_ownership, set_status, take_back_expected_devices,
    update_contacts,
};
pub use list::{list, place_of, total};
pub use lookup::{Shared, any_with_ids, with_emails, with_ids, with_values};
pub use names::names;
pub use narrow::Narrow;
pub use picked::{Picked, ids_after};
pub use purge::{deleted_before, fold_counts, purge};
pub use standing::totals;
pub use walk::in_stretches;
pub use write::{count, delete, insert, restore, update_contact, update_fields};

use std::collections::BTreeMap;

use diesel::dsl::exists;
use diesel::prelude::*;

use super::model::User;
use crate::access::actor::Limits;
use crate::access::{Scope, guesses};
use crate::db::Conn;
use crate::db::schema::{customers, expected_devices, role_assignments, roles, users};
use crate::features::customers::model::Customer;
use crate::features::roles::model::{Held, Role};
use crate::refusal::Refusal;

/// A user in scope, deleted or not.
///
/// # Errors
/// Not found, which is also the answer for what lies outside the scope.
pub fn find_any(conn: &mut Conn, scope: &Scope, id: i64) -> Result<User, Refusal> {
    let user: User = users::table.find(id).first(conn)?;
    if scope.contains(user.customer_id) { Ok(user) } else { Err(Refusal::NotFound) }
}

/// A user in scope who is not deleted.
///
/// # Errors
/// Not found.
pub fn find(conn: &mut Conn, scope: &Scope, id: i64) -> Result<User, Refusal> {
    find_any(conn, scope, id).and_then(|user| if user.deleted_at == 0 { Ok(user) } else { Err(Refusal::NotFound) })
}

/// A user as their own page begins with them.
pub struct Seen {
    pub user: User,
    pub customer: Customer,
    /// Whether any devices are expected of them.
    pub expects: bool,
    /// Whether guesses at their secrets are counted.
    pub guessed_at: bool,
    /// The roles that they hold, with where.
    pub held: Vec<Held>,
}

/// A row of [`see`], one for each role that they hold, and one where they hold none.
#[derive(Queryable)]
struct SeenRow {
    user: User,
    customer: Customer,
    expects: bool,
    guessed_at: bool,
    held: Option<(Role, bool, Option<String>)>,
}

/// A user in scope who is not deleted.
///
/// # Errors
/// Not found.
pub fn see(conn: &mut Conn, scope: &Scope, id: i64) -> Result<Seen, Refusal> {
    let expected = expected_devices::table
        .filter(expected_devices::user_id.eq(users::id))
        .filter(expected_devices::is_gone.eq(false));
    let role = (roles::all_columns, role_assignments::all_customers, Limits).nullable();
    // With their roles in one: a statement takes PostgreSQL a tenth of a millisecond whatever it says.
    let rows: Vec<SeenRow> = users::table
        .inner_join(customers::table)
        .left_join(role_assignments::table.on(role_assignments::user_id.eq(users::id)))
        .left_join(roles::table.on(role_assignments::role_id.eq(roles::id)))
        .filter(users::id.eq(id))
        .filter(users::deleted_at.eq(0))
        .order(roles::id)
        .select((users::all_columns, customers::all_columns, exists(expected), guesses::AreCounted, role))
        .load(conn)?;
    let mut seen: Option<Seen> = None;
    for SeenRow { user, customer, expects, guessed_at, held } in rows {
        let seen = seen.get_or_insert(Seen { user, customer, expects, guessed_at, held: Vec::new() });
        if let Some((role, everywhere, customers)) = held {
            seen.held.push(Held { role, scope: Scope::of_limits(everywhere, customers.as_deref())? });
        }
    }
    seen.filter(|seen| scope.contains(seen.user.customer_id)).ok_or(Refusal::NotFound)
}

/// Users in scope by id, in the order of the ids; deleted ones included.
///
/// # Errors
/// Not found, if any of them is not there for the reader: a list with one foreign id is refused whole.
pub fn find_all(conn: &mut Conn, scope: &Scope, ids: &[i64]) -> Result<Vec<User>, Refusal> {
    let mut found: BTreeMap<i64, User> = users::table
        .filter(users::id.eq_any(ids))
        .load::<User>(conn)?
        .into_iter()
        .filter(|user| scope.contains(user.customer_id))
        .map(|user| (user.id, user))
        .collect();
    let mut seen = std::collections::BTreeSet::new();
    ids.iter().filter(|id| seen.insert(**id)).map(|id| found.remove(id).ok_or(Refusal::NotFound)).collect()
}

/// The user with this address, whatever its case, in any scope.
pub fn by_email(conn: &mut Conn, email_key: &str) -> Result<Option<User>, Refusal> {
    Ok(users::table.filter(users::email_key.eq(email_key)).first(conn).optional()?)
}

/// Which customer each of some users belongs to.
pub fn customers_of(conn: &mut Conn, ids: &[i64]) -> Result<BTreeMap<i64, i64>, Refusal> {
    let rows: Vec<(i64, i64)> =
        users::table.filter(users::id.eq_any(ids)).select((users::id, users::customer_id)).load(conn)?;
    Ok(rows.into_iter().collect())
}

/// The names of the customers of some users.
pub fn customer_names(conn: &mut Conn, ids: impl Iterator<Item = i64>) -> Result<BTreeMap<i64, String>, Refusal> {
    let ids: std::collections::BTreeSet<i64> = ids.collect();
    let rows: Vec<(i64, String)> =
        customers::table.filter(customers::id.eq_any(ids)).select((customers::id, customers::name)).load(conn)?;
    Ok(rows.into_iter().collect())
}

/// A device that an import named for a user before it enrolled.
#[derive(Debug, Clone, Queryable)]
pub struct ExpectedDevice {
    pub id: i64,
    pub user_id: i64,
    pub identity: String,
    pub name: String,
    pub serial: String,
    pub platform: i16,
    pub ownership: i16,
    pub created_at: i64,
    /// The operation that left it as it is; 0: not noted.
    pub operation_id: i64,
    /// Taken away again, and not expected any more.
    pub is_gone: bool,
}

/// The devices expected of a user, at most 200.
pub fn expected_devices(conn: &mut Conn, user_id: i64) -> Result<Vec<ExpectedDevice>, Refusal> {
    Ok(expected_devices::table
        .filter(expected_devices::user_id.eq(user_id))
        .filter(expected_devices::is_gone.eq(false))
        .order(expected_devices::id)
        .limit(200)
        .load(conn)?)
}
