//! What can be done about mails: sent again, revoked, their link copied. A link is never sent twice: another one is made, which voids the one before.

use crate::access::permit::ManageMails;
use crate::access::{Permit, Rights, Scope, links};
use crate::app::App;
use crate::db::Conn;
use crate::features::audit::actions::record;
use crate::features::audit::model::{Change, Entry};
use crate::features::mail::Letter;
use crate::features::mail::actions::enqueue;
use crate::features::mail::model::{Kind, Mail};
use crate::features::mail::queries;
use crate::features::roles::actions::outranks;
use crate::features::users::model::User;
use crate::features::{sign_in, users};
use crate::refusal::Refusal;

/// Mails belong to the whole installation.
///
/// # Errors
/// Forbidden, for somebody who manages it for some customers only.
pub fn everywhere(permit: &Permit<ManageMails>) -> Result<(), Refusal> {
    match permit.scope() {
        Scope::All => Ok(()),
        Scope::Some(_) => Err(Refusal::Forbidden(
            "Mails belong to the whole installation, and you have the permission “installation.manage” for some customers only."
                .into(),
        )),
    }
}

/// Sends mails again. Gives how many.
///
/// # Errors
/// Nothing chosen; one of them cannot be sent again, and then none is.
pub fn resend(conn: &mut Conn, app: &App, permit: &Permit<ManageMails>, ids: &[i64]) -> Result<usize, Refusal> {
    everywhere(permit)?;
    some(ids)?;
    for id in ids {
        let mail = queries::find(conn, *id)?;
        if mail.link_id != 0 {
            let user = owner(conn, permit, &mail)?;
            sign_in::actions::mail_link(conn, app, permit.origin(), &user)?;
            noted(conn, permit, &mail, "mail.resend", "sent again with another link")?;
        } else if queries::requeue(conn, *id, permit.now())? {
            noted(conn, permit, &mail, "mail.resend", "sent again")?;
        } else {
            return Err(Refusal::Unfit(format!(
                "The mail to {} has gone, and its words are not kept, so it cannot be sent again.",
                mail.recipient
            )));
        }
    }
    Ok(ids.len())
}

/// Calls mails off that were not sent yet, and voids the links in those that were.
///
/// # Errors
/// Nothing chosen; one of them can be called off no more, and then none is.
pub fn revoke(conn: &mut Conn, permit: &Permit<ManageMails>, ids: &[i64]) -> Result<usize, Refusal> {
    everywhere(permit)?;
    some(ids)?;
    for id in ids {
        let mail = queries::find(conn, *id)?;
        let open = mail.link_id != 0 && queries::link_is_open(conn, mail.link_id, permit.now())?;
        if open {
            owner(conn, permit, &mail)?;
            links::void(conn, mail.link_id, permit.now())?;
        }
        let held_back = queries::call_off(conn, *id, permit.now())?;
        if !open && !held_back {
            return Err(Refusal::Unfit(format!(
                "The mail to {} has gone and no link in it is good any more, so there is nothing to revoke.",
                mail.recipient
            )));
        }
        noted(conn, permit, &mail, "mail.revoke", if held_back { "called off" } else { "its link made void" })?;
    }
    Ok(ids.len())
}

/// Another link in place of the one in a mail, to be copied; that one is void.
///
/// # Errors
/// There is none in it; whom it is for may not sign in any more.
pub fn copy_link(conn: &mut Conn, app: &App, permit: &Permit<ManageMails>, id: i64) -> Result<(User, String), Refusal> {
    everywhere(permit)?;
    let mail = queries::find(conn, id)?;
    if mail.link_id == 0 {
        return Err(Refusal::Unfit("There is no link in this mail.".into()));
    }
    let user = owner(conn, permit, &mail)?;
    let link = match sign_in::actions::is_first_password(&user) {
        true => sign_in::actions::activation_link(conn, app, permit.origin(), user.id)?,
        false => sign_in::actions::recovery_link(conn, app, permit.origin(), user.id)?,
    };
    Ok((user, link))
}

/// Sends a mail to whoever asks, to see that mails leave. Gives its number.
///
/// # Errors
/// Not for the whole installation.
pub fn send_test(conn: &mut Conn, app: &App, permit: &Permit<ManageMails>) -> Result<i64, Refusal> {
    everywhere(permit)?;
    let user = users::queries::find(conn, &Scope::All, permit.actor().id)?;
    let letter = Letter::to_user(Kind::Test, &user, "Test mail")
        .says("This mail was sent from the page of mails. That you read it shows that mails leave and arrive.");
    let id = enqueue(conn, app, &letter, permit.now())?;
    record(conn, permit.origin(), &Entry::new("mail.test", "mail", id))?;
    Ok(id)
}

fn some(ids: &[i64]) -> Result<(), Refusal> {
    if ids.is_empty() { Err(Refusal::Unfit("Tick at least one mail first.".into())) } else { Ok(()) }
}

/// Whose link it is, if the reader may make one for them.
fn owner(conn: &mut Conn, permit: &Permit<ManageMails>, mail: &Mail) -> Result<User, Refusal> {
    let id = mail.user_id.ok_or(Refusal::NotFound)?;
    let user = users::queries::find(conn, &Scope::All, id)?;
    let theirs = Rights::of(conn, &[id])?;
    outranks(permit.rights(), theirs.get(&id))?;
    Ok(user)
}

fn noted(
    conn: &mut Conn,
    permit: &Permit<ManageMails>,
    mail: &Mail,
    action: &'static str,
    what: &str,
) -> Result<(), Refusal> {
    let state = mail.state();
    let changes = vec![Change::new("to", "", &mail.recipient), Change::new("mail", state.label(), what)];
    record(conn, permit.origin(), &Entry::new(action, "mail", mail.id).changes(changes)).map(drop)
}
