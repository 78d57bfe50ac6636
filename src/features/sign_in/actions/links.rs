//! Making one-time links, and opening them without spending them.

use super::notices;
use crate::access::guesses::{self, Whose};
use crate::access::links::{self, FROM_ADMIN, FROM_USER, Kind, Link};
use crate::access::one_time::Secret;
use crate::access::throttle::Verdict;
use crate::access::{Origin, credentials, session};
use crate::app::App;
use crate::clock::DAY;
use crate::db::Conn;
use crate::features::audit::actions::record;
use crate::features::audit::model::{Change, Entry};
use crate::features::mail::{self, LetterLink};
use crate::features::roles;
use crate::features::sign_in::model::Asker;
use crate::features::sign_in::{letters, queries};
use crate::features::users::input::{Email, Status};
use crate::features::users::{self, model::User};
use crate::refusal::Refusal;

/// How long somebody whose 2FA was reset has to set it up again, in milliseconds.
const SET_UP_WITHIN: i64 = DAY;

fn url(app: &App, secret: &Secret) -> String {
    app.settings.public.link(&format!("/links/{}", secret.to_text().as_str()))
}

/// A link with which somebody who may sign in chooses their first password, to be copied: good once, for 24 hours; older ones become void.
///
/// # Errors
/// Unfit, for somebody who may not sign in here.
pub fn activation_link(conn: &mut Conn, app: &App, origin: &Origin, user_id: i64) -> Result<String, Refusal> {
    made(conn, app, origin, user_id, Kind::Activation, FROM_ADMIN).map(|(_, link)| link.url)
}

/// The same for a new password of somebody who has one.
///
/// # Errors
/// Unfit, for somebody who may not sign in here.
pub fn recovery_link(conn: &mut Conn, app: &App, origin: &Origin, user_id: i64) -> Result<String, Refusal> {
    made(conn, app, origin, user_id, Kind::Recovery, FROM_ADMIN).map(|(_, link)| link.url)
}

/// Whether the password that somebody is to choose is their first one.
pub fn is_first_password(user: &User) -> bool {
    user.password_changed_at == 0
}

/// What somebody gets who is to choose a password.
fn kind_for(user: &User) -> Kind {
    if is_first_password(user) { Kind::Activation } else { Kind::Recovery }
}

/// Why somebody has no password here to choose, if so.
///
/// # Errors
/// Only the database's.
pub fn why_no_password(conn: &mut Conn, user: &User) -> Result<Option<String>, Refusal> {
    if queries::may_sign_in(conn, user.id)?.is_some() {
        return Ok(None);
    }
    Ok(Some(match user.status() {
        _ if !user.is_local() => format!("{} comes from {} and signs in there.", user.title(), user.domain),
        Status::Disabled => "Is disabled, so they may not sign in.".into(),
        Status::Active if !roles::queries::who_may_sign_in(conn, &[user.id])?.contains(&user.id) => {
            "Has no role that may sign in.".into()
        }
        Status::Active => "The customer is archived, so they may not sign in.".into(),
    }))
}

/// Mails somebody a link with which they choose a password, their first or a new one, and gives it. Ring the bell once this has committed.
///
/// # Errors
/// Unfit, for somebody who may not sign in here.
pub fn mail_link(conn: &mut Conn, app: &App, origin: &Origin, user: &User) -> Result<String, Refusal> {
    let kind = kind_for(user);
    let (user, link) = made(conn, app, origin, user.id, kind, FROM_ADMIN)?;
    let url = link.url.clone();
    let letter = match kind {
        Kind::Activation => letters::activation(&user, link, "24 hours"),
        _ => letters::recovery(&user, link, "24 hours", false),
    };
    mail::actions::enqueue(conn, app, &letter, origin.at)?;
    Ok(url)
}

/// Mails it to somebody who asked for it themselves: good for half an hour.
pub(super) fn mail_asked_link(conn: &mut Conn, app: &App, origin: &Origin, user: &User) -> Result<(), Refusal> {
    let kind = kind_for(user);
    let (user, link) = made(conn, app, origin, user.id, kind, FROM_USER)?;
    let letter = match kind {
        Kind::Activation => letters::activation(&user, link, "30 minutes"),
        _ => letters::recovery(&user, link, "30 minutes", true),
    };
    mail::actions::enqueue(conn, app, &letter, origin.at).map(drop)
}

fn made(
    conn: &mut Conn,
    app: &App,
    origin: &Origin,
    user_id: i64,
    kind: Kind,
    lasts: i64,
) -> Result<(User, LetterLink), Refusal> {
    let user = queries::may_sign_in(conn, user_id)?.ok_or_else(unfit)?;
    let secret = links::create(conn, &app.keys, app.random.as_ref(), kind, Some(user_id), lasts, origin.at)?;
    let link = links::find(conn, &app.keys, &secret, origin.at)?
        .ok_or_else(|| Refusal::Broken("a link that was just made is not there".into()))?;
    let action = if kind == Kind::Activation { "user.activation-link" } else { "user.recovery-link" };
    let how = if lasts == FROM_USER { "made; good once, for 30 minutes" } else { "made; good once, for 24 hours" };
    let change = Change::new("link", "", how);
    record(conn, origin, &Entry::new(action, "user", user_id).of_customer(user.customer_id).changes(vec![change]))?;
    let letter = LetterLink { id: link.id, url: url(app, &secret), label: String::new(), expires_at: link.expires_at };
    Ok((user, letter))
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
        reset_tfa(conn, app, origin, user.id)?;
    }
    recovery_link(conn, app, origin, user.id)
}

/// Takes somebody's 2FA away, which must be set up again within 24 hours; their sessions end.
///
/// # Errors
/// Unfit, for somebody who may not sign in here.
fn reset_tfa(conn: &mut Conn, app: &App, origin: &Origin, user_id: i64) -> Result<(), Refusal> {
    let user = queries::may_sign_in(conn, user_id)?.ok_or_else(unfit)?;
    take_second_factors(conn, &[user_id], origin.at)?;
    notices::second_factor_reset(conn, app, origin, &user)?;
    let change = Change::new("2FA status", user.tfa().as_str(), "Not configured");
    record(
        conn,
        origin,
        &Entry::new("user.2fa-reset", "user", user_id).of_customer(user.customer_id).changes(vec![change]),
    )
    .map(drop)
}

/// Takes the second factors of some people away. They are to set up another within 24 hours; their sessions end, and links they have are void.
pub fn take_second_factors(conn: &mut Conn, user_ids: &[i64], now: i64) -> Result<(), Refusal> {
    credentials::reset_totp(conn, user_ids, now + SET_UP_WITHIN)?;
    session::end_all(conn, user_ids, None, now)?;
    links::void_all_of(conn, user_ids, now)
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
