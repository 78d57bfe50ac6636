//! Creating and renaming.

use crate::access::Permit;
use crate::access::permit::ManageGroups;
use crate::db::Conn;
use crate::features::audit::actions::record;
use crate::features::audit::model::{Change, Entry};
use crate::features::customers;
use crate::features::groups::model::{Group, NewGroup};
use crate::features::groups::queries;
use crate::refusal::Refusal;

/// Creates an empty group of a customer.
///
/// # Errors
/// The customer is outside the scope, or has a group of that name.
pub fn create(conn: &mut Conn, permit: &Permit<ManageGroups>, name: &str, customer_id: i64) -> Result<Group, Refusal> {
    let customer = customers::queries::find(conn, permit.scope(), customer_id)
        .map_err(|_| Refusal::field("customer", "Choose one of the customers."))?;
    let by = (permit.origin().actor_id, permit.origin().actor_name.as_str());
    let row = NewGroup::new(customer.id, name, by, permit.now());
    let id = queries::insert(conn, &row)?.ok_or_else(|| taken(name))?;
    let changes = vec![Change::new("name", "", name), Change::new("customer", "", &customer.name)];
    record(conn, permit.origin(), &Entry::new("group.create", "group", id).of_customer(customer.id).changes(changes))?;
    queries::find(conn, permit.scope(), id)
}

/// Gives a group another name. `version` is `changed_at` as the form saw it.
///
/// # Errors
/// Not found; the customer has a group of that name; a conflict, if somebody else was first.
pub fn rename(
    conn: &mut Conn,
    permit: &Permit<ManageGroups>,
    id: i64,
    version: i64,
    name: &str,
) -> Result<Group, Refusal> {
    let group = queries::find(conn, permit.scope(), id)?;
    if group.name == name {
        return Ok(group);
    }
    if group.changed_at != version {
        return Err(Refusal::Conflict(format!(
            "Somebody else has renamed this group meanwhile: it is called “{}” now. What you typed is still in the field.",
            group.name
        )));
    }
    // Always another version than before, even within the same millisecond.
    if !queries::rename(conn, id, name, permit.now().max(group.changed_at + 1))? {
        return Err(taken(name));
    }
    let changes = vec![Change::new("name", &group.name, name)];
    let entry = Entry::new("group.rename", "group", id).of_customer(group.customer_id).changes(changes);
    record(conn, permit.origin(), &entry)?;
    queries::find(conn, permit.scope(), id)
}

fn taken(name: &str) -> Refusal {
    Refusal::field("name", format!("This customer has a group called “{name}” already."))
}
