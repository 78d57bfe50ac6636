//! A password that an administrator gives somebody: good for 24 hours unless it is used, and to be changed at the next sign-in if so wished.

use zeroize::Zeroizing;

use crate::access::credentials::{self, NewPassword};
use crate::access::permit::SetPasswords;
use crate::access::{Permit, Rights, guesses, session};
use crate::app::App;
use crate::clock::DAY;
use crate::db::Conn;
use crate::features::audit::actions::record;
use crate::features::audit::model::{Change, Entry};
use crate::features::roles::actions::{keeping_an_administrator, outranks};
use crate::features::sign_in;
use crate::features::users::model::User;
use crate::features::users::queries;
use crate::refusal::Refusal;

/// How long a password that somebody else chose is good unless it is used, in milliseconds.
pub const GIVEN_LASTS: i64 = DAY;

/// What is given.
pub struct Given {
    /// PHC string.
    pub hash: Zeroizing<String>,
    /// Whether another one is due at the next sign-in.
    pub must_change: bool,
    /// Whether they are told by mail; the password itself is not in it.
    pub notify: bool,
}

/// Somebody whom the reader may give a password.
///
/// # Errors
/// Not there for the reader; oneself; the rank rule; unfit, for somebody who may not sign in here.
pub fn find_for_password(conn: &mut Conn, permit: &Permit<SetPasswords>, id: i64) -> Result<User, Refusal> {
    queries::find(conn, permit.scope(), id)?;
    if permit.actor().id == id {
        return Err(Refusal::Forbidden(
            "Change your own password under “Your account”, where the one you have is asked for.".into(),
        ));
    }
    let rights = Rights::of(conn, &[id])?;
    outranks(permit.rights(), rights.get(&id))?;
    sign_in::queries::may_sign_in(conn, id)?.ok_or_else(|| {
        Refusal::Unfit("Only active local users with a role that may sign in have a password here.".into())
    })
}

/// Gives somebody a password. Their sessions end, their links are void, and wrong tries of the old one are forgotten.
///
/// # Errors
/// As for [`find_for_password`]; the last administrator.
pub fn set_password(
    conn: &mut Conn,
    app: &App,
    permit: &Permit<SetPasswords>,
    id: i64,
    given: &Given,
) -> Result<User, Refusal> {
    let user = find_for_password(conn, permit, id)?;
    let now = permit.now();
    let new = NewPassword { hash: &given.hash, must_change: given.must_change, expires_at: now + GIVEN_LASTS };
    keeping_an_administrator(conn, |conn| {
        credentials::set_password(conn, &app.keys, app.random.as_ref(), id, &new, now)
    })?;
    guesses::reopen(conn, id)?;
    let ended = session::end_all(conn, &[id], None, now)?;
    let then = if given.must_change { "another is due at the next sign-in" } else { "stays once it is used" };
    let changes = vec![
        Change::new("password", "", "set by an administrator; good for 24 hours unless used"),
        Change::new("after that", "", then),
        Change::new("sessions ended", "", ended.to_string()),
    ];
    let entry = Entry::new("user.password", "user", id).of_customer(user.customer_id).changes(changes);
    record(conn, permit.origin(), &entry)?;
    if given.notify {
        let how =
            "An administrator changed your password, and will tell you the new one. Sign in with it within 24 hours.";
        sign_in::actions::notices::password_changed(conn, app, permit.origin(), &user, how)?;
    }
    Ok(user)
}
