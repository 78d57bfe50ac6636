//! What comes next, and the session for it.

use diesel::prelude::*;

use super::notices;
use crate::access::credentials::{self, Credentials};
use crate::access::session::{self, Level, New, Session};
use crate::access::{Permission, Rights, known_browsers};
use crate::app::App;
use crate::db::Conn;
use crate::db::schema::users;
use crate::features::audit::actions::record;
use crate::features::audit::model::Entry;
use crate::features::roles::actions::tfa_required_of;
use crate::features::sign_in::model::{Asker, Entered};
use crate::features::users::model::User;
use crate::refusal::Refusal;

/// How far somebody has got whose password was right; `code_shown`: their code as well.
///
/// # Errors
/// Forbidden, when 2FA was reset and the time to set it up again has passed.
pub fn next_level(conn: &mut Conn, credentials: &Credentials, code_shown: bool, now: i64) -> Result<Level, Refusal> {
    if credentials.has_totp() && !code_shown {
        return Ok(Level::CodeDue);
    }
    let due = credentials.totp_due_at;
    if !credentials.has_totp() && due != 0 && now >= due {
        return Err(Refusal::Forbidden(
            "Your two-factor authentication was reset, and the time to set it up again has passed. Ask an administrator to reset it once more.".into(),
        ));
    }
    if credentials.password_must_change {
        return Ok(Level::NewPasswordDue);
    }
    if !credentials.has_totp() && (due != 0 || !tfa_required_of(conn, &[credentials.user_id])?.is_empty()) {
        return Ok(Level::ActivationDue);
    }
    Ok(Level::Full)
}

/// Starts the session of a level. The last one is the sign-in itself: it is noted on the user, in the audit and for the browser.
pub fn enter(
    conn: &mut Conn,
    app: &App,
    asker: &Asker,
    user: &User,
    level: Level,
    stepped_up: bool,
    replaces: Option<&Session>,
) -> Result<Entered, Refusal> {
    let (keys, random, now) = (app.keys.as_ref(), app.random.as_ref(), asker.origin.at);
    let new = New { user_id: user.id, level, stepped_up, client: &asker.client, since: now, replaces };
    let session = session::start(conn, keys, random, now, &new)?;
    let browser = match level {
        Level::Full => {
            credentials::keep_password(conn, user.id)?;
            diesel::update(users::table.find(user.id)).set(users::last_login_at.eq(now)).execute(conn)?;
            record(
                conn,
                &asker.origin_as(user),
                &Entry::new("sign-in", "user", user.id).of_customer(user.customer_id),
            )?;
            let unknown = known_browsers::note(conn, keys, random, asker.source.browser.as_deref(), user.id, now)?;
            // The first sign-in of all is no news.
            if unknown.is_some() && user.last_login_at != 0 {
                notices::new_browser(conn, app, asker, user)?;
            }
            unknown
        }
        _ => None,
    };
    let rights = Rights::of(conn, &[user.id])?;
    let sees_users = rights.get(&user.id).is_some_and(|rights| rights.scope_of(Permission::ViewUsers).is_some());
    Ok(Entered { session, browser, level, user_id: user.id, home: if sees_users { "/users" } else { "/account" } })
}
