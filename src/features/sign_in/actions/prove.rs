//! Testing a secret: count, test, settle (see `access/throttle.rs`). Every path that tests one comes through here.

use actix_web::web;

use super::notices;
use crate::access::credentials::{self, Shown};
use crate::access::guesses::{self, Whose, account_lane};
use crate::access::hashing::HashError;
use crate::access::password::Password;
use crate::access::throttle::Verdict;
use crate::app::App;
use crate::db::Conn;
use crate::features::audit::actions::{record, tally};
use crate::features::audit::model::{Change, Entry};
use crate::features::sign_in::model::{Asker, Candidate, Proof, Tested};
use crate::features::sign_in::queries;
use crate::features::users::input::Email;
use crate::refusal::Refusal;

const REFUSED: &str = "sign-in.refused";
/// Longest part of a mistyped address that is told apart.
const LONGEST_ADDRESS: usize = 254;

/// Whose password is tested.
#[derive(Debug, Clone)]
pub enum Whom {
    /// Whoever has this address, as typed.
    Email(String),
    User(i64),
}

impl Whom {
    fn key(&self) -> String {
        match self {
            Whom::Email(typed) => match Email::parse(typed) {
                Ok(email) => email.key().to_owned(),
                Err(_) => typed.trim().to_lowercase().chars().take(LONGEST_ADDRESS).collect(),
            },
            Whom::User(_) => String::new(),
        }
    }

    fn candidate(&self, conn: &mut Conn, key: &str) -> Result<Option<Candidate>, Refusal> {
        match self {
            Whom::Email(_) => queries::candidate_by_email(conn, key),
            Whom::User(id) => queries::candidate(conn, *id),
        }
    }
}

fn whose<'a>(candidate: Option<&Candidate>, key: &'a str) -> Whose<'a> {
    candidate.map_or(Whose::Unknown(key), |candidate| Whose::User(candidate.user.id))
}

/// Tests a password. For somebody who does not exist it takes as long and ends the same.
///
/// # Errors
/// The database's; or too many passwords are being checked at this moment.
pub async fn password(
    app: &web::Data<App>,
    asker: &Asker,
    whom: Whom,
    typed: &Password,
) -> Result<Tested<Proof>, Refusal> {
    let key = whom.key();
    let (state, from, folded) = (app.clone(), asker.clone(), key.clone());
    let (candidate, admitted) = app
        .db
        .write(move |conn| {
            let candidate = whom.candidate(conn, &folded)?;
            let now = from.origin.at;
            let admitted = guesses::admit(conn, &state.keys, whose(candidate.as_ref(), &folded), &from.source, now)?;
            if let Err(verdict) = admitted {
                note_refusal(conn, &state, &from, candidate.as_ref(), &folded, Some(verdict))?;
            }
            Ok((candidate, admitted))
        })
        .await?;
    let attempt = match admitted {
        Ok(attempt) => attempt,
        Err(verdict) => return Ok(Tested::Held(verdict)),
    };
    let hash = candidate.as_ref().and_then(|candidate| candidate.credentials.password(&app.keys));
    let right = match app.gate.verify(typed, hash.as_ref().map(|hash| hash.as_str())).await {
        Ok(right) => right,
        Err(error) => {
            app.db.write(move |conn| guesses::take_back(conn, &attempt)).await?;
            return Err(hashing(error));
        }
    };
    let dead = |candidate: &Candidate| candidate.credentials.has_dead_password(asker.origin.at);
    match candidate {
        Some(candidate) if right && !dead(&candidate) => Ok(Tested::Right(Proof { candidate, attempt })),
        candidate => {
            let (state, from) = (app.clone(), asker.clone());
            app.db.write(move |conn| note_refusal(conn, &state, &from, candidate.as_ref(), &key, None)).await?;
            Ok(Tested::Wrong)
        }
    }
}

/// Tests and spends the code of somebody's app, or one of their recovery codes, of which they are told. All factors of a sign-in are right with it, so
/// its counters start anew.
pub fn code(
    conn: &mut Conn,
    app: &App,
    asker: &Asker,
    user_id: i64,
    typed: &str,
) -> Result<Tested<Candidate>, Refusal> {
    let candidate = queries::candidate(conn, user_id)?.ok_or(Refusal::SignIn)?;
    let now = asker.origin.at;
    let attempt = match guesses::admit(conn, &app.keys, Whose::User(user_id), &asker.source, now)? {
        Ok(attempt) => attempt,
        Err(verdict) => {
            note_refusal(conn, app, asker, Some(&candidate), "", Some(verdict))?;
            return Ok(Tested::Held(verdict));
        }
    };
    match credentials::spend_code(conn, &app.keys, &candidate.credentials, typed, now)? {
        Some(shown) => {
            guesses::succeed(conn, &attempt)?;
            if shown == Shown::RecoveryCode {
                let entry = Entry::new("user.recovery-code-used", "user", candidate.user.id);
                let entry = entry.of_customer(candidate.user.customer_id);
                record(conn, &asker.origin_as(&candidate.user), &entry)?;
                notices::recovery_code_used(conn, app, &asker.origin, &candidate.user)?;
            }
            Ok(Tested::Right(candidate))
        }
        None => {
            note_refusal(conn, app, asker, Some(&candidate), "", None)?;
            Ok(Tested::Wrong)
        }
    }
}

/// Writes that a secret was wrong: the first of a minute for each account at once, the others in one sum when it is over.
fn note_refusal(
    conn: &mut Conn,
    app: &App,
    asker: &Asker,
    candidate: Option<&Candidate>,
    email_key: &str,
    held: Option<Verdict>,
) -> Result<(), Refusal> {
    let (kind, id, customer) = match candidate {
        Some(candidate) => ("user", candidate.user.id, candidate.user.customer_id),
        None => ("unknown address", unknown(app, email_key), 0),
    };
    let entry = Entry::new(REFUSED, kind, id).of_customer(customer).refused();
    if queries::refused_this_minute(conn, REFUSED, kind, id, asker.origin.at)? {
        return tally::count(conn, &asker.origin, &entry);
    }
    let mut changes = Vec::new();
    if candidate.is_none() {
        changes.push(Change::new("email", "", email_key));
    }
    if held.is_some() {
        changes.push(Change::new("held", "", "too many tries"));
    }
    record(conn, &asker.origin, &entry.changes(changes)).map(drop)
}

/// A number that stands for an address nobody has, the same each time.
fn unknown(app: &App, email_key: &str) -> i64 {
    let lane = account_lane(&app.keys, Whose::Unknown(email_key)).unwrap_or_default();
    let hex: String = lane.chars().skip("mail:".len()).take(15).collect();
    i64::from_str_radix(&hex, 16).unwrap_or(0)
}

pub(super) fn hashing(error: HashError) -> Refusal {
    match error {
        HashError::Busy => {
            Refusal::Unavailable("Many people are signing in at this moment. Try again in a few seconds.".into())
        }
        HashError::Failed => Refusal::Broken(error.to_string()),
    }
}
