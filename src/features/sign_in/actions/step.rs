//! E-mail address and password; the code; confirming that it is still you.

use actix_web::web;

use super::enter::{enter, next_level};
use super::prove::{self, Whom};
use crate::access::credentials;
use crate::access::guesses;
use crate::access::password::Password;
use crate::access::session::{self, Level, New, Session};
use crate::app::App;
use crate::features::audit::actions::record;
use crate::features::audit::model::{Change, Entry};
use crate::features::sign_in::model::{Asker, Entered, Tested};
use crate::features::sign_in::queries;
use crate::refusal::Refusal;

/// The first step. `old` is the session that the browser still has.
///
/// # Errors
/// The time to set 2FA up has passed; the database's; busy.
pub async fn sign_in(
    app: &web::Data<App>,
    asker: Asker,
    email: String,
    typed: Password,
    old: Option<Session>,
) -> Result<Tested<Entered>, Refusal> {
    let proof = match prove::password(app, &asker, Whom::Email(email), &typed).await? {
        Tested::Right(proof) => proof,
        Tested::Wrong => return Ok(Tested::Wrong),
        Tested::Held(verdict) => return Ok(Tested::Held(verdict)),
    };
    // Only whoever has just typed the right password can have it hashed anew.
    let stored = proof.candidate.credentials.password(&app.keys);
    let outdated = app.keys.is_outdated(&proof.candidate.credentials.password_hash);
    let fresh = match stored {
        Some(hash) if app.gate.needs_rehash(&hash) => app.gate.hash(&typed).await.ok(),
        Some(hash) if outdated => Some(hash),
        _ => None,
    };
    let state = app.clone();
    app.db
        .write(move |conn| {
            let app = &state;
            let tested = &proof.candidate.credentials.password_hash;
            // The password may have been changed, or the person disabled, while it was being tested.
            let Some(candidate) = queries::candidate(conn, proof.candidate.user.id)? else { return Ok(Tested::Wrong) };
            if candidate.credentials.password_hash != *tested {
                return Ok(Tested::Wrong);
            }
            if let Some(hash) = &fresh {
                credentials::refresh_password(conn, &app.keys, app.random.as_ref(), candidate.user.id, hash)?;
            }
            if let Some(old) = &old {
                session::forget(conn, old)?;
            }
            let level = next_level(conn, &candidate.credentials, false, asker.origin.at)?;
            match level {
                Level::CodeDue => guesses::take_back(conn, &proof.attempt)?,
                _ => guesses::succeed(conn, &proof.attempt)?,
            }
            // Somebody without a factor steps up with the password, and has just typed it.
            enter(conn, app, &asker, &candidate.user, level, level == Level::Full, None).map(Tested::Right)
        })
        .await
}

/// The second step: the code.
///
/// # Errors
/// Not signed in, when the first step was too long ago or another request was first.
pub async fn pass_code(
    app: &web::Data<App>,
    asker: Asker,
    half: Session,
    typed: String,
) -> Result<Tested<Entered>, Refusal> {
    let state = app.clone();
    app.db
        .write(move |conn| {
            let now = asker.origin.at;
            if !session::holds(conn, &half, now)? {
                return Err(Refusal::SignIn);
            }
            let candidate = match prove::code(conn, &state, &asker, half.actor.id, &typed)? {
                Tested::Right(right) => right,
                Tested::Wrong => return Ok(Tested::Wrong),
                Tested::Held(verdict) => return Ok(Tested::Held(verdict)),
            };
            let level = next_level(conn, &candidate.credentials, true, now)?;
            enter(conn, &state, &asker, &candidate.user, level, true, Some(&half)).map(Tested::Right)
        })
        .await
}

/// What somebody shows to confirm that it is still them.
pub enum Shows {
    Code(String),
    Password(Password),
}

/// Steps a session up: a new one takes its place, whose twelve hours began with the old one.
///
/// # Errors
/// Not signed in, when the session has ended meanwhile; busy.
pub async fn confirm(
    app: &web::Data<App>,
    asker: Asker,
    session: Session,
    shows: Shows,
) -> Result<Tested<Entered>, Refusal> {
    let proof = match &shows {
        Shows::Code(_) => None,
        Shows::Password(typed) => match prove::password(app, &asker, Whom::User(session.actor.id), typed).await? {
            Tested::Right(proof) => Some(proof),
            Tested::Wrong => return Ok(Tested::Wrong),
            Tested::Held(verdict) => return Ok(Tested::Held(verdict)),
        },
    };
    let state = app.clone();
    app.db
        .write(move |conn| {
            let now = asker.origin.at;
            if !session::holds(conn, &session, now)? {
                return Err(Refusal::SignIn);
            }
            let user = match (proof, shows) {
                (Some(proof), _) => {
                    // A factor may have been set up in another window meanwhile; then it is what counts.
                    let credentials = credentials::find(conn, session.actor.id)?.ok_or(Refusal::SignIn)?;
                    if credentials.has_totp() || credentials.password_hash != proof.candidate.credentials.password_hash
                    {
                        return Ok(Tested::Wrong);
                    }
                    guesses::succeed(conn, &proof.attempt)?;
                    proof.candidate.user
                }
                (None, Shows::Code(typed)) => match prove::code(conn, &state, &asker, session.actor.id, &typed)? {
                    Tested::Right(candidate) => candidate.user,
                    Tested::Wrong => return Ok(Tested::Wrong),
                    Tested::Held(verdict) => return Ok(Tested::Held(verdict)),
                },
                (None, Shows::Password(_)) => return Ok(Tested::Wrong),
            };
            let new = New {
                user_id: user.id,
                level: Level::Full,
                stepped_up: true,
                client: &asker.client,
                since: session.created_at,
                replaces: Some(&session),
            };
            let secret = session::start(conn, &state.keys, state.random.as_ref(), now, &new)?;
            let changes = vec![Change::new("confirmed", "", "yes")];
            record(
                conn,
                &asker.origin,
                &Entry::new("sign-in.confirm", "user", user.id).of_customer(user.customer_id).changes(changes),
            )?;
            Ok(Tested::Right(Entered {
                session: secret,
                browser: None,
                level: Level::Full,
                user_id: user.id,
                home: "/users",
            }))
        })
        .await
}
