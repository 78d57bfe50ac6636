//! Names of customers. Each user keeps the one of their customer as a key to sort by, which a large customer's job brings up to date.

use crate::access::permit::EditCustomers;
use crate::access::{Permission, Permit, Scope};
use crate::db::Conn;
use crate::features::audit::actions::record;
use crate::features::audit::model::{Change, Entry};
use crate::features::customers::queries;
use crate::jobs::{End, Kind, Running, queue};
use crate::refusal::Refusal;

/// So many users are brought up to date in the transaction of the renaming, and at a time by the job.
const AT_ONCE: i64 = 1_000;

/// Makes a customer and gives its id.
///
/// # Errors
/// Only some customers are in reach; the name is taken.
pub fn create(conn: &mut Conn, permit: &Permit<EditCustomers>, name: &str) -> Result<i64, Refusal> {
    may_create(permit)?;
    let id = match queries::by_name(conn, name)? {
        None => queries::insert_unless_taken(conn, name, permit.now())?,
        Some(_) => None,
    };
    let id = id.ok_or_else(|| taken(conn, permit, name))?;
    let entry = Entry::new("customer.create", "customer", id).of_customer(id);
    record(conn, permit.origin(), &entry.changes(vec![Change::new("name", "", name)]))?;
    Ok(id)
}

/// Whether the reader may make customers: one that is new lies within no limits.
///
/// # Errors
/// Forbidden.
pub fn may_create(permit: &Permit<EditCustomers>) -> Result<(), Refusal> {
    match permit.rights().scope_of(Permission::ManageCustomers) {
        Some(Scope::All) => Ok(()),
        _ => Err(Refusal::Forbidden(
            "You have the permission “customers.manage” for some customers only, and a new one is none of them.".into(),
        )),
    }
}

/// Gives a customer another name. `version` is `changed_at` as the form saw it. True: a job goes on with it, so ring the bell.
///
/// # Errors
/// Not found; the name is taken; somebody else was first.
pub fn rename(
    conn: &mut Conn,
    permit: &Permit<EditCustomers>,
    id: i64,
    version: i64,
    name: &str,
) -> Result<bool, Refusal> {
    let customer = queries::find(conn, permit.scope(), id)?;
    if customer.name == name {
        return Ok(false);
    }
    if customer.changed_at != version {
        return Err(Refusal::Conflict(format!(
            "Somebody else has changed this customer meanwhile. It is called “{}” now.",
            customer.name
        )));
    }
    if queries::by_name(conn, name)?.is_some_and(|other| other.id != id) {
        return Err(taken(conn, permit, name));
    }
    let now = permit.now().max(customer.changed_at + 1);
    if queries::rename(conn, id, name, now)?.is_none() {
        return Err(taken(conn, permit, name));
    }
    let changes = vec![Change::new("name", &customer.name, name)];
    record(conn, permit.origin(), &Entry::new("customer.edit", "customer", id).of_customer(id).changes(changes))?;
    let left = queries::refresh_users(conn, id, AT_ONCE)? == AT_ONCE;
    if left {
        queue::enqueue(conn, permit.origin(), Kind::CustomerRename, id)?;
    }
    Ok(left)
}

/// The job `customer.rename`.
pub fn run(running: &Running) -> Result<End, Refusal> {
    let id = running.job.subject_id;
    let mut done = 0;
    loop {
        if let Some(end) = running.interrupted() {
            return Ok(end);
        }
        let (hold, so_far) = (running.hold(), done);
        let more = running.app.db.write_batch_now(move |conn| {
            let more = queries::refresh_users(conn, id, AT_ONCE)?;
            hold.note(conn, so_far + more, 0)?;
            Ok(more)
        })?;
        done += more;
        if more < AT_ONCE {
            return Ok(End::Done);
        }
    }
}

/// What to say of a name that another customer has: whose it is only to whoever may know of it.
fn taken(conn: &mut Conn, permit: &Permit<EditCustomers>, name: &str) -> Refusal {
    match queries::by_name(conn, name) {
        Ok(Some(other)) if permit.scope().contains(other.id) => {
            Refusal::field("name", format!("There is a customer “{}” already. Choose another name.", other.name))
        }
        Err(refusal) => refusal,
        Ok(_) => Refusal::field("name", "This name is not available here. Choose another name."),
    }
}
