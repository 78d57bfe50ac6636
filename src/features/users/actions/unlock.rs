//! Letting somebody try again who is held back after wrong passwords or codes.

use crate::access::permit::UnlockUsers;
use crate::access::{Permit, Rights, guesses};
use crate::db::Conn;
use crate::features::audit::actions::record;
use crate::features::audit::model::{Change, Entry};
use crate::features::roles::actions::outranks;
use crate::features::users::model::User;
use crate::features::users::queries;
use crate::refusal::Refusal;

/// Clears the counters of somebody's wrong tries; false beside them if they were not held back.
///
/// # Errors
/// Not there for the reader; the rank rule.
pub fn unlock(conn: &mut Conn, permit: &Permit<UnlockUsers>, id: i64) -> Result<(User, bool), Refusal> {
    let user = queries::find(conn, permit.scope(), id)?;
    let rights = Rights::of(conn, &[id])?;
    outranks(permit.rights(), rights.get(&id))?;
    let Some(held) = guesses::held_back(conn, id, permit.now())? else { return Ok((user, false)) };
    guesses::unlock(conn, id)?;
    let change = Change::new("wrong tries", held.failures.to_string(), "0");
    record(
        conn,
        permit.origin(),
        &Entry::new("user.unlock", "user", id).of_customer(user.customer_id).changes(vec![change]),
    )?;
    Ok((user, true))
}
