//! Setting up the second factor: at the first sign-in, after a reset, or anew from one's account.

use actix_web::web;
use zeroize::Zeroizing;

use super::enter::enter;
use super::notices;
use crate::access::credentials;
use crate::access::keyring::KeyRing;
use crate::access::session::{self, Level, New, Session};
use crate::access::totp::TotpSecret;
use crate::app::App;
use crate::features::audit::actions::record;
use crate::features::audit::model::{Change, Entry};
use crate::features::sign_in::model::{Asker, Entered};
use crate::features::sign_in::queries;
use crate::refusal::Refusal;

/// The secret that a session would set up: made from the session by a key of ours, so that it is the same when the page is drawn again, another
/// one for the next session, and stored nowhere before it counts.
pub fn pending_secret(keys: &KeyRing, session: &Session) -> Option<TotpSecret> {
    let tag = Zeroizing::new(keys.mac("totp set-up", &[&session.id.to_be_bytes(), &session.actor.id.to_be_bytes()]));
    TotpSecret::from_bytes(&tag[..20])
}

/// What comes of setting it up.
pub struct Activated {
    pub entered: Entered,
    /// Shown once.
    pub recovery_codes: Vec<Zeroizing<String>>,
}

/// Makes the pending secret count if `typed` is a code of it. All other sessions of the person end. None: the code was wrong.
///
/// # Errors
/// Not signed in, when the session has ended meanwhile.
pub async fn activate(
    app: &web::Data<App>,
    asker: Asker,
    session: Session,
    typed: String,
) -> Result<Option<Activated>, Refusal> {
    let state = app.clone();
    app.db
        .write(move |conn| {
            let (keys, random, now) = (state.keys.as_ref(), state.random.as_ref(), asker.origin.at);
            if !session::holds(conn, &session, now)? {
                return Err(Refusal::SignIn);
            }
            let secret = pending_secret(keys, &session).ok_or_else(|| Refusal::Broken("no secret to set up".into()))?;
            let Some(step) = secret.matching_step(&typed, u64::try_from(now / 1_000).unwrap_or(0)) else {
                return Ok(None);
            };
            let user = queries::may_sign_in(conn, session.actor.id)?.ok_or(Refusal::SignIn)?;
            credentials::set_totp(conn, keys, random, user.id, &secret, i64::try_from(step).unwrap_or(i64::MAX))?;
            let recovery_codes = credentials::new_recovery_codes(conn, random, user.id)?;
            let ended = session::end_all(conn, &[user.id], Some(session.id), now)?;
            let changes = vec![
                Change::new("2FA status", user.tfa().as_str(), "Active"),
                Change::new("other sessions ended", "", ended.to_string()),
            ];
            record(
                conn,
                &asker.origin_as(&user),
                &Entry::new("user.2fa-set-up", "user", user.id).of_customer(user.customer_id).changes(changes),
            )?;
            notices::second_factor_set_up(conn, &state, &asker.origin, &user)?;
            let entered = match session.level {
                Level::Full => {
                    let new = New {
                        user_id: user.id,
                        level: Level::Full,
                        stepped_up: true,
                        client: &asker.client,
                        since: session.created_at,
                        replaces: Some(&session),
                    };
                    let secret = session::start(conn, keys, random, now, &new)?;
                    Entered { session: secret, browser: None, level: Level::Full, user_id: user.id, home: "/account" }
                }
                _ => enter(conn, &state, &asker, &user, Level::Full, true, Some(&session))?,
            };
            Ok(Some(Activated { entered, recovery_codes }))
        })
        .await
}
