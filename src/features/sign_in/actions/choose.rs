//! Choosing a password: by a link, or because a new one is due.

use actix_web::web;
use zeroize::Zeroizing;

use super::demand::{Chooser, Demand};
use super::enter::{enter, next_level};
use super::notices;
use super::prove::hashing;
use crate::access::credentials::{self, Credentials, NewPassword};
use crate::access::guesses::{self, Whose};
use crate::access::links;
use crate::access::one_time::Secret;
use crate::access::password::Password;
use crate::access::session::{self, Session};
use crate::app::App;
use crate::db::Conn;
use crate::features::audit::actions::record;
use crate::features::audit::model::{Change, Entry};
use crate::features::roles::actions::tfa_required_of;
use crate::features::sign_in::model::{Asker, Entered, Tested};
use crate::features::sign_in::queries;
use crate::refusal::Refusal;

/// Whether somebody has to set up their second factor next, once they have chosen a password.
pub fn sets_up_next(conn: &mut Conn, user_id: i64) -> Result<bool, Refusal> {
    match credentials::find(conn, user_id)? {
        Some(credentials) if credentials.has_totp() => Ok(false),
        Some(credentials) if credentials.totp_due_at != 0 => Ok(true),
        _ => Ok(!tfa_required_of(conn, &[user_id])?.is_empty()),
    }
}

/// Hashes a new password.
///
/// # Errors
/// Busy.
pub async fn hash(app: &web::Data<App>, typed: &Password) -> Result<Zeroizing<String>, Refusal> {
    app.gate.hash(typed).await.map_err(hashing)
}

/// Whether a new password is the one that somebody has.
///
/// # Errors
/// Busy.
pub async fn same_password(app: &web::Data<App>, typed: &Password, stored: &Credentials) -> Result<bool, Refusal> {
    let old = stored.password(&app.keys);
    app.gate.verify(typed, old.as_ref().map(|hash| hash.as_str())).await.map_err(hashing)
}

/// The new password that is due after an administrator set one.
///
/// # Errors
/// The password is refused; not signed in.
pub async fn change_due_password(
    app: &web::Data<App>,
    asker: Asker,
    half: Session,
    typed: Password,
) -> Result<Entered, Refusal> {
    let chooser = Chooser::User(half.actor.id, half.actor.name.clone(), half.actor.email.clone());
    let errors = Demand::of(app, chooser).await?.problems(&typed).await?;
    if !errors.is_empty() {
        return Err(Refusal::Fields(errors));
    }
    let user_id = half.actor.id;
    let old = app
        .db
        .read(move |conn| credentials::find(conn, user_id))
        .await?
        .and_then(|credentials| credentials.password(&app.keys));
    if app.gate.verify(&typed, old.as_ref().map(|hash| hash.as_str())).await.map_err(hashing)? {
        return Err(Refusal::field("password", "Choose another password than the one you were given."));
    }
    let hashed = hash(app, &typed).await?;
    let state = app.clone();
    app.db
        .write(move |conn| {
            let (keys, random, now) = (state.keys.as_ref(), state.random.as_ref(), asker.origin.at);
            if !session::holds(conn, &half, now)? {
                return Err(Refusal::SignIn);
            }
            let user = queries::may_sign_in(conn, user_id)?.ok_or(Refusal::SignIn)?;
            // Whoever comes too late has no password any more, however far they had got with it.
            if credentials::find(conn, user_id)?.is_none_or(|credentials| credentials.has_dead_password(now)) {
                return Err(Refusal::SignIn);
            }
            credentials::set_password(
                conn,
                keys,
                random,
                user_id,
                &NewPassword { hash: &hashed, must_change: false, expires_at: 0 },
                now,
            )?;
            session::end_all(conn, &[user_id], Some(half.id), now)?;
            record(
                conn,
                &asker.origin_as(&user),
                &Entry::new("user.password", "user", user_id).of_customer(user.customer_id).changes(vec![Change::new(
                    "password",
                    "",
                    "changed as it was due",
                )]),
            )?;
            notices::password_changed(conn, &state, &asker.origin, &user, "You chose a new password, as it was due.")?;
            let credentials = credentials::find(conn, user_id)?.ok_or(Refusal::SignIn)?;
            // Whoever has a factor showed its code before they came here.
            let code_shown = credentials.has_totp();
            let level = next_level(conn, &credentials, code_shown, now)?;
            enter(conn, &state, &asker, &user, level, code_shown, Some(&half))
        })
        .await
}

/// Spends an activation or recovery link on a new password. It opens the account's lane of guesses, ends all sessions, and replaces no factor.
/// Wrong: the link is not good (any more).
///
/// # Errors
/// The password is refused, and the link stays good; busy.
pub async fn choose_by_link(
    app: &web::Data<App>,
    asker: Asker,
    secret: Secret,
    typed: Password,
) -> Result<Tested<Entered>, Refusal> {
    let (keys, now, hash_of) = (app.keys.clone(), asker.origin.at, secret.to_text());
    let found = app
        .db
        .read(move |conn| {
            let Some(user_id) = links::find(conn, &keys, &secret, now)?.and_then(|link| link.user_id) else {
                return Ok(None);
            };
            queries::may_sign_in(conn, user_id)
        })
        .await?;
    let Some(user) = found else { return Ok(Tested::Wrong) };
    let chooser = Chooser::User(user.id, user.name.clone(), user.email.clone());
    let errors = Demand::of(app, chooser).await?.problems(&typed).await?;
    if !errors.is_empty() {
        return Err(Refusal::Fields(errors));
    }
    let hashed = hash(app, &typed).await?;
    let state = app.clone();
    app.db
        .write(move |conn| {
            let (keys, random) = (state.keys.as_ref(), state.random.as_ref());
            let attempt = match guesses::admit(conn, keys, Whose::Link, &asker.source, now)? {
                Ok(attempt) => attempt,
                Err(verdict) => return Ok(Tested::Held(verdict)),
            };
            let Some(secret) = Secret::parse(&hash_of) else { return Ok(Tested::Wrong) };
            let Some(user_id) = links::redeem(conn, keys, &secret, now)?.and_then(|link| link.user_id) else {
                return Ok(Tested::Wrong);
            };
            let Some(user) = queries::may_sign_in(conn, user_id)? else { return Ok(Tested::Wrong) };
            guesses::take_back(conn, &attempt)?;
            guesses::reopen(conn, user_id)?;
            credentials::set_password(
                conn,
                keys,
                random,
                user_id,
                &NewPassword { hash: &hashed, must_change: false, expires_at: 0 },
                now,
            )?;
            session::end_all(conn, &[user_id], None, now)?;
            record(
                conn,
                &asker.origin_as(&user),
                &Entry::new("user.password", "user", user_id).of_customer(user.customer_id).changes(vec![Change::new(
                    "password",
                    "",
                    "chosen by a one-time link",
                )]),
            )?;
            if user.password_changed_at != 0 {
                let how = "A new password was chosen by a link that was mailed to you or given to you.";
                notices::password_changed(conn, &state, &asker.origin, &user, how)?;
            }
            let credentials = credentials::find(conn, user_id)?.ok_or(Refusal::SignIn)?;
            let level = next_level(conn, &credentials, false, now)?;
            enter(conn, &state, &asker, &user, level, false, None).map(Tested::Right)
        })
        .await
}
