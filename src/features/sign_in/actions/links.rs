//! Making one-time links, and opening them without spending them.

use crate::access::guesses::{self, Whose};
use crate::access::links::{self, FROM_ADMIN, Kind, Link};
use crate::access::one_time::Secret;
use crate::access::throttle::Verdict;
use crate::access::{Origin, credentials, session};
use crate::app::App;
use crate::clock::DAY;
use crate::db::Conn;
use crate::features::audit::actions::record;
use crate::features::audit::model::{Change, Entry};
use crate::features::roles;
use crate::features::sign_in::model::Asker;
use crate::features::sign_in::queries;
use crate::features::users::input::Email;
use crate::features::users::{self, model::User};
use crate::refusal::Refusal;

fn url(app: &App, secret: &Secret) -> String {
    app.settings.public.link(&format!("/links/{}", secret.to_text().as_str()))
}

/// A link with which somebody who may sign in chooses their first password: good once, for 24 hours; older ones become void.
///
/// # Errors
/// Unfit, for somebody who may not sign in here.
pub fn activation_link(conn: &mut Conn, app: &App, origin: &Origin, user_id: i64) -> Result<String, Refusal> {
    sent(conn, app, origin, user_id, Kind::Activation, "user.activation-link")
}

/// The same for a new password of somebody who has one.
///
/// # Errors
/// Unfit, for somebody who may not sign in here.
pub fn recovery_link(conn: &mut Conn, app: &App, origin: &Origin, user_id: i64) -> Result<String, Refusal> {
    sent(conn, app, origin, user_id, Kind::Recovery, "user.recovery-link")
}

fn sent(
    conn: &mut Conn,
    app: &App,
    origin: &Origin,
    user_id: i64,
    kind: Kind,
    action: &'static str,
) -> Result<String, Refusal> {
    let user = queries::may_sign_in(conn, user_id)?.ok_or_else(unfit)?;
    let secret = links::create(conn, &app.keys, app.random.as_ref(), kind, Some(user_id), FROM_ADMIN, origin.at)?;
    let change = Change::new("link", "", "made; good once, for 24 hours");
    record(conn, origin, &Entry::new(action, "user", user_id).of_customer(user.customer_id).changes(vec![change]))?;
    Ok(url(app, &secret))
}

/// A recovery link for whoever has this address, made at the machine itself; on demand their 2FA is reset with it.
///
/// # Errors
/// Unfit, when nobody has the address, or they may not sign in here.
pub fn recover(conn: &mut Conn, app: &App, origin: &Origin, email: &Email, reset_2fa: bool) -> Result<String, Refusal> {
    let user = users::queries::by_email(conn, email.key())?.ok_or_else(|| {
        Refusal::Unfit(format!(
            "nobody has the address {}; muster admin create makes a new administrator",
            email.as_str()
        ))
    })?;
    if reset_2fa {
        reset_tfa(conn, origin, user.id)?;
    }
    recovery_link(conn, app, origin, user.id)
}

/// Takes somebody's 2FA away, which must be set up again within 24 hours; their sessions end.
///
/// # Errors
/// Unfit, for somebody who may not sign in here.
fn reset_tfa(conn: &mut Conn, origin: &Origin, user_id: i64) -> Result<(), Refusal> {
    let user = queries::may_sign_in(conn, user_id)?.ok_or_else(unfit)?;
    credentials::reset_totp(conn, user_id, origin.at + DAY)?;
    session::end_all(conn, &[user_id], None, origin.at)?;
    let change = Change::new("2FA status", user.tfa().as_str(), "Not configured");
    record(
        conn,
        origin,
        &Entry::new("user.2fa-reset", "user", user_id).of_customer(user.customer_id).changes(vec![change]),
    )
    .map(drop)
}

fn unfit() -> Refusal {
    Refusal::Unfit("A link to choose a password is only for active local users with a role that may sign in.".into())
}

/// The link with which the first administrator is made; None while the installation has one.
pub fn set_up_link(conn: &mut Conn, app: &App, origin: &Origin) -> Result<Option<String>, Refusal> {
    let required = roles::actions::tfa_required(conn)?;
    if roles::queries::administrators(conn, required)? > 0 {
        return Ok(None);
    }
    let secret = links::create(conn, &app.keys, app.random.as_ref(), Kind::SetUp, None, FROM_ADMIN, origin.at)?;
    record(conn, origin, &Entry::new("installation.set-up-link", "installation", 0))?;
    Ok(Some(url(app, &secret)))
}

/// Opens a link without spending it. Wrong ones count against the address they come from.
pub fn open(
    conn: &mut Conn,
    app: &App,
    asker: &Asker,
    secret: &Secret,
) -> Result<Result<Option<Link>, Verdict>, Refusal> {
    let now = asker.origin.at;
    let attempt = match guesses::admit(conn, &app.keys, Whose::Link, &asker.source, now)? {
        Ok(attempt) => attempt,
        Err(verdict) => return Ok(Err(verdict)),
    };
    let link = good(conn, app, secret, now)?;
    if link.is_some() {
        guesses::take_back(conn, &attempt)?;
    }
    Ok(Ok(link))
}

/// The link of a secret, if it still leads somewhere: a set-up link does so until there is an administrator, who may have come by another one.
fn good(conn: &mut Conn, app: &App, secret: &Secret, now: i64) -> Result<Option<Link>, Refusal> {
    let Some(link) = links::find(conn, &app.keys, secret, now)? else { return Ok(None) };
    let required = roles::actions::tfa_required(conn)?;
    let late = link.kind == Kind::SetUp && roles::queries::administrators(conn, required)? > 0;
    Ok((!late).then_some(link))
}

/// The link of a secret and the person it is for, if both are still good.
pub fn look_up(conn: &mut Conn, app: &App, secret: &Secret, now: i64) -> Result<Option<(Link, Option<User>)>, Refusal> {
    let Some(link) = good(conn, app, secret, now)? else { return Ok(None) };
    match link.user_id {
        None => Ok(Some((link, None))),
        Some(user_id) => Ok(queries::may_sign_in(conn, user_id)?.map(|user| (link, Some(user)))),
    }
}
