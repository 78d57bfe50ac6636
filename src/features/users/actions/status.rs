//! Enabling and disabling.

use crate::access::permit::ChangeStatus;
use crate::access::{Permit, Rights, session};
use crate::db::Conn;
use crate::features::audit::actions::record;
use crate::features::audit::model::{Change, Entry};
use crate::features::roles::actions::{keeping_an_administrator, outranks};
use crate::features::users::input::Status;
use crate::features::users::model::{Stored, User};
use crate::features::users::queries;
use crate::refusal::Refusal;

/// Sets a user's status; disabling ends their sessions.
///
/// # Errors
/// The rank rule, oneself, the last administrator.
pub fn set_status(conn: &mut Conn, permit: &Permit<ChangeStatus>, id: i64, status: Status) -> Result<User, Refusal> {
    let user = queries::find(conn, permit.scope(), id)?;
    if user.status() == status {
        return Ok(user);
    }
    if permit.actor().id == id {
        return Err(Refusal::Forbidden("You cannot disable yourself.".into()));
    }
    let rights = Rights::of(conn, &[id])?;
    outranks(permit.rights(), rights.get(&id))?;
    keeping_an_administrator(conn, |conn| {
        queries::update_fields(conn, id, status.number(), user.tfa, user.ownership, permit.now())
    })?;
    if status == Status::Disabled {
        session::end_all(conn, &[id], None, permit.now())?;
        crate::access::links::void_all(conn, id, permit.now())?;
    }
    let change = Change::new("status", user.status().as_str(), status.as_str());
    record(
        conn,
        permit.origin(),
        &Entry::new("user.status", "user", id).of_customer(user.customer_id).changes(vec![change]),
    )?;
    queries::find(conn, permit.scope(), id)
}
