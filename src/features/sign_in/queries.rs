//! Who may sign in, and which refusals were noted already.

use diesel::prelude::*;

use super::model::Candidate;
use crate::access::credentials;
use crate::clock::MINUTE;
use crate::db::Conn;
use crate::db::schema::{audit, users};
use crate::features::audit::model::Outcome;
use crate::features::roles;
use crate::features::users::input::Status;
use crate::features::users::model::User;
use crate::refusal::Refusal;

/// A local, active user who is not deleted and holds a role that may sign in.
pub fn may_sign_in(conn: &mut Conn, user_id: i64) -> Result<Option<User>, Refusal> {
    let user: Option<User> = users::table.find(user_id).first(conn).optional()?;
    fit(conn, user)
}

fn fit(conn: &mut Conn, user: Option<User>) -> Result<Option<User>, Refusal> {
    let Some(user) = user else { return Ok(None) };
    let fit = user.deleted_at == 0 && user.status() == Status::Active && user.is_local();
    let holds = roles::queries::who_may_sign_in(conn, &[user.id])?.contains(&user.id);
    Ok((fit && holds).then_some(user))
}

/// Whom a password would let in under this address (its key).
pub fn candidate_by_email(conn: &mut Conn, email_key: &str) -> Result<Option<Candidate>, Refusal> {
    let user: Option<User> = users::table.filter(users::email_key.eq(email_key)).first(conn).optional()?;
    let user = fit(conn, user)?;
    with_password(conn, user)
}

pub fn candidate(conn: &mut Conn, user_id: i64) -> Result<Option<Candidate>, Refusal> {
    let user = may_sign_in(conn, user_id)?;
    with_password(conn, user)
}

fn with_password(conn: &mut Conn, user: Option<User>) -> Result<Option<Candidate>, Refusal> {
    let Some(user) = user else { return Ok(None) };
    let credentials = credentials::find(conn, user.id)?.filter(|credentials| credentials.has_password());
    Ok(credentials.map(|credentials| Candidate { user, credentials }))
}

/// Whether a refusal of this kind for this object was written in the running minute.
pub fn refused_this_minute(
    conn: &mut Conn,
    action: &str,
    object_kind: &str,
    object_id: i64,
    now: i64,
) -> Result<bool, Refusal> {
    let row = audit::table
        .filter(audit::object_kind.eq(object_kind))
        .filter(audit::object_id.eq(object_id))
        .filter(audit::action.eq(action))
        .filter(audit::outcome.eq(Outcome::Refused.number()))
        .filter(audit::at.ge(now - now.rem_euclid(MINUTE)));
    Ok(row.select(audit::id).first::<i64>(conn).optional()?.is_some())
}
