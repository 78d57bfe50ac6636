//! Changing one's own password, recovery codes and sessions.

use actix_web::web;
use zeroize::Zeroizing;

use crate::access::credentials::{self, NewPassword};
use crate::access::password::Password;
use crate::access::session::{self, Level, New, Session};
use crate::access::{Actor, Origin, guesses, known_browsers};
use crate::app::App;
use crate::db::Conn;
use crate::features::account::queries;
use crate::features::audit::actions::record;
use crate::features::audit::model::{Change, Entry};
use crate::features::sign_in::actions::{Chooser, Demand, Whom, hash, notices, password as prove, same_password};
use crate::features::sign_in::model::{Asker, Entered, Tested};
use crate::refusal::{FieldError, Refusal};

/// Changes one's own password. All other sessions end, and this one goes on under a new id.
///
/// # Errors
/// The new password is refused; busy; not signed in.
pub async fn change_password(
    app: &web::Data<App>,
    asker: Asker,
    session: Session,
    current: Password,
    new: Password,
) -> Result<Tested<Entered>, Refusal> {
    let chooser = Chooser::User(session.actor.id, session.actor.name.clone(), session.actor.email.clone());
    let errors = Demand::of(app, chooser).await?.problems(&new).await?;
    if !errors.is_empty() {
        return Err(Refusal::Fields(errors));
    }
    let proof = match prove(app, &asker, Whom::User(session.actor.id), &current).await? {
        Tested::Right(proof) => proof,
        Tested::Wrong => return Ok(Tested::Wrong),
        Tested::Held(verdict) => return Ok(Tested::Held(verdict)),
    };
    // It was right, so it counts as no failure; it is no whole sign-in either, which would forgive wrong codes.
    let attempt = proof.attempt;
    app.db.write(move |conn| guesses::take_back(conn, &attempt)).await?;
    if same_password(app, &new, &proof.candidate.credentials).await? {
        return Err(Refusal::field("password", "This is the password you have already."));
    }
    let hashed = hash(app, &new).await?;
    let state = app.clone();
    app.db
        .write(move |conn| {
            let (keys, random, now) = (state.keys.as_ref(), state.random.as_ref(), asker.origin.at);
            let user = &proof.candidate.user;
            let unchanged = credentials::find(conn, user.id)?
                .is_some_and(|stored| stored.password_hash == proof.candidate.credentials.password_hash);
            if !unchanged {
                return Err(Refusal::Conflict(
                    "Your password was changed elsewhere meanwhile, so it stays as it is now.".into(),
                ));
            }
            let new = NewPassword { hash: &hashed, must_change: false, expires_at: 0 };
            credentials::set_password(conn, keys, random, user.id, &new, now)?;
            let ended = session::end_all(conn, &[user.id], Some(session.id), now)?;
            let next = New {
                user_id: user.id,
                level: Level::Full,
                stepped_up: false,
                client: &asker.client,
                since: session.created_at,
                replaces: Some(&session),
            };
            let secret = session::start(conn, keys, random, now, &next)?;
            let browser = known_browsers::note(conn, keys, random, None, user.id, now)?;
            let changes = vec![
                Change::new("password", "", "changed by its owner"),
                Change::new("other sessions ended", "", ended.to_string()),
            ];
            let entry = Entry::new("user.password", "user", user.id).of_customer(user.customer_id).changes(changes);
            record(conn, &asker.origin, &entry)?;
            notices::password_changed(conn, &state, &asker.origin, user, "You changed your password.")?;
            Ok(Tested::Right(Entered {
                session: secret,
                browser,
                level: Level::Full,
                user_id: user.id,
                home: "/account",
            }))
        })
        .await
}

/// Ten new recovery codes in place of the older ones.
///
/// # Errors
/// Unfit, without a second factor: they stand in for its codes.
pub fn renew_recovery_codes(
    conn: &mut Conn,
    app: &App,
    origin: &Origin,
    user_id: i64,
) -> Result<Vec<Zeroizing<String>>, Refusal> {
    if !credentials::find(conn, user_id)?.is_some_and(|credentials| credentials.has_totp()) {
        return Err(Refusal::Unfit(
            "Set up two-factor authentication first; recovery codes stand in for its codes.".into(),
        ));
    }
    let codes = credentials::new_recovery_codes(conn, app.random.as_ref(), user_id)?;
    let change = Change::new("recovery codes", "", "made anew");
    record(conn, origin, &Entry::new("user.recovery-codes", "user", user_id).changes(vec![change]))?;
    Ok(codes)
}

/// Ends one of one's own sessions.
///
/// # Errors
/// Not found, when it is nobody's, somebody else's, or over.
pub fn end_session(conn: &mut Conn, origin: &Origin, user_id: i64, id: i64) -> Result<(), Refusal> {
    if !session::end(conn, id, user_id, origin.at)? {
        return Err(Refusal::NotFound);
    }
    record(conn, origin, &Entry::new("session.end", "user", user_id)).map(drop)
}

/// Ends all of one's own sessions but this one, and says how many.
pub fn end_other_sessions(conn: &mut Conn, origin: &Origin, session: &Session) -> Result<usize, Refusal> {
    let ended = session::end_all(conn, &[session.actor.id], Some(session.id), origin.at)?;
    let change = Change::new("other sessions ended", "", ended.to_string());
    record(conn, origin, &Entry::new("session.end", "user", session.actor.id).changes(vec![change]))?;
    Ok(ended)
}

/// Switches a person's single-key shortcuts on or off.
pub fn set_single_keys(conn: &mut Conn, origin: &Origin, actor: &Actor, on: bool) -> Result<(), Refusal> {
    if actor.single_keys == on {
        return Ok(());
    }
    queries::set_single_keys(conn, actor.id, on)?;
    let word = |on| if on { "on" } else { "off" };
    let change = Change::new("single-key shortcuts", word(!on), word(on));
    record(conn, origin, &Entry::new("user.preference", "user", actor.id).changes(vec![change])).map(drop)
}

/// What is wrong with the form for another password before anything is tested.
pub fn missing(current: &str, new: &str) -> Vec<FieldError> {
    let mut errors = Vec::new();
    if current.is_empty() {
        errors.push(FieldError::new("password_current", "Enter the password you have now."));
    }
    if new.is_empty() {
        errors.push(FieldError::new("password", "Enter a new password."));
    }
    errors
}
