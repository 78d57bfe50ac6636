//! Mailing whoever may sign in for the first time a link to choose a password.

use std::collections::BTreeSet;

use crate::access::{Origin, Scope};
use crate::app::App;
use crate::db::Conn;
use crate::features::users::model::User;
use crate::features::users::queries;
use crate::features::{roles, sign_in};
use crate::refusal::Refusal;

/// What giving a role does besides, as pages say it.
pub const INVITES: &str = "Whoever may sign in with it for the first time is mailed an activation link.";

/// The mail for somebody whom a role lets sign in for the first time, in the transaction that gives it; None: they have a password, or something else
/// keeps them out.
///
/// # Errors
/// Only the database's.
pub fn invite(conn: &mut Conn, app: &App, origin: &Origin, user: &User) -> Result<Option<String>, Refusal> {
    if user.password_changed_at != 0 {
        return Ok(None);
    }
    match sign_in::actions::mail_link(conn, app, origin, user) {
        Ok(link) => Ok(Some(link)),
        Err(Refusal::Unfit(_)) => Ok(None),
        Err(refusal) => Err(refusal),
    }
}

/// The same for those of many who hold a role that may sign in now; `could`: who did before.
///
/// # Errors
/// Only the database's.
pub fn invite_all(
    conn: &mut Conn,
    app: &App,
    origin: &Origin,
    user_ids: &[i64],
    could: &BTreeSet<i64>,
) -> Result<(), Refusal> {
    let newly: Vec<i64> = roles::queries::who_may_sign_in(conn, user_ids)?.difference(could).copied().collect();
    for user in queries::with_ids(conn, &Scope::All, &newly)? {
        invite(conn, app, origin, &user)?;
    }
    Ok(())
}
