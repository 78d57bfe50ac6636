//! Editing one user's contact data.

use super::create::taken;
use crate::access::permit::EditContacts;
use crate::access::{Permit, Rights};
use crate::app::App;
use crate::db::Conn;
use crate::features::audit::actions::record;
use crate::features::audit::model::{Change, Entry};
use crate::features::roles::actions::outranks;
use crate::features::sign_in::actions::notices;
use crate::features::users::input::NewUser;
use crate::features::users::model::{Contact, User};
use crate::features::users::queries;
use crate::refusal::Refusal;

/// Writes new contact data; what did not change is not written.
///
/// `version` is `changed_at` as the form saw it: somebody else's edit in between is a conflict, not overwritten.
///
/// # Errors
/// The rank rule, a user of a directory, a taken address, a conflict.
pub fn update(
    conn: &mut Conn,
    app: &App,
    permit: &Permit<EditContacts>,
    id: i64,
    version: i64,
    new: &NewUser,
) -> Result<User, Refusal> {
    let user = queries::find(conn, permit.scope(), id)?;
    if !user.is_local() {
        return Err(Refusal::Forbidden(format!(
            "{} comes from {}; contact data is changed there.",
            user.title(),
            user.domain
        )));
    }
    let rights = Rights::of(conn, &[id])?;
    outranks(permit.rights(), rights.get(&id))?;
    let contact = Contact::of(new);
    let changes = changes(&user, &contact);
    if changes.is_empty() {
        return Ok(user);
    }
    if user.changed_at != version {
        return Err(Refusal::Conflict(format!(
            "Somebody else has edited {} meanwhile. Below is what is stored now; your values are still in the fields.",
            user.title()
        )));
    }
    if contact.email_key != user.email_key {
        if let Some(other) = queries::by_email(conn, &contact.email_key)? {
            return Err(taken(conn, permit.scope(), permit.origin(), &other)?);
        }
        // Whoever can change the address of somebody who signs in can have a link sent there.
        if crate::features::roles::queries::who_may_sign_in(conn, &[id])?.contains(&id) {
            permit.clone().stepped_up()?;
            crate::access::links::void_all(conn, id, permit.now())?;
            notices::email_changed(conn, app, permit.origin(), &user, &contact.email)?;
        }
    }
    // Always another version than before, even within the same millisecond.
    queries::update_contact(conn, &user, &contact, permit.now().max(user.changed_at + 1))?;
    record(conn, permit.origin(), &Entry::new("user.edit", "user", id).of_customer(user.customer_id).changes(changes))?;
    queries::find(conn, permit.scope(), id)
}

fn changes(user: &User, contact: &Contact) -> Vec<Change> {
    [
        ("name", &user.name, &contact.name),
        ("email", &user.email, &contact.email),
        ("phone", &user.phone, &contact.phone),
    ]
    .into_iter()
    .filter(|(_, from, to)| from != to)
    .map(|(field, from, to)| Change::new(field, from, to))
    .collect()
}
