//! Who may sign in, and which refusals were noted already.

use diesel::prelude::*;

use super::model::Candidate;
use crate::access::{Origin, Scope, credentials};
use crate::clock::MINUTE;
use crate::db::Conn;
use crate::db::schema::{audit, recovery_requests, users};
use crate::features::audit::model::Outcome;
use crate::features::users::input::Status;
use crate::features::users::model::User;
use crate::features::{customers, roles};
use crate::refusal::Refusal;

/// A local, active user who is not deleted, of a customer that is not archived, and holds a role that may sign in.
pub fn may_sign_in(conn: &mut Conn, user_id: i64) -> Result<Option<User>, Refusal> {
    let user: Option<User> = users::table.find(user_id).first(conn).optional()?;
    fit(conn, user)
}

fn fit(conn: &mut Conn, user: Option<User>) -> Result<Option<User>, Refusal> {
    let Some(user) = user else { return Ok(None) };
    let fit = user.deleted_at == 0 && user.status() == Status::Active && user.is_local();
    let holds = roles::queries::who_may_sign_in(conn, &[user.id])?.contains(&user.id);
    let archived = customers::queries::find(conn, &Scope::All, user.customer_id)?.is_archived();
    Ok((fit && holds && !archived).then_some(user))
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

/// Somebody who asked for a recovery link.
#[derive(Debug, Queryable)]
pub struct Request {
    pub id: i64,
    pub email_key: String,
    pub address: String,
    pub request_id: String,
    pub created_at: i64,
    /// Unix milliseconds; 0: not yet.
    pub answered_at: i64,
}

/// How often somebody asked from an address since a time.
pub fn requests_from(conn: &mut Conn, address: &str, since: i64) -> Result<i64, Refusal> {
    let theirs = recovery_requests::table.filter(recovery_requests::address.eq(address));
    Ok(theirs.filter(recovery_requests::created_at.gt(since)).count().get_result(conn)?)
}

/// How often a link for an e-mail address was asked for since a time, before the request `id`.
pub fn requests_for(conn: &mut Conn, email_key: &str, since: i64, id: i64) -> Result<i64, Refusal> {
    let theirs = recovery_requests::table.filter(recovery_requests::email_key.eq(email_key));
    let earlier = theirs.filter(recovery_requests::created_at.gt(since)).filter(recovery_requests::id.lt(id));
    Ok(earlier.count().get_result(conn)?)
}

pub fn insert_request(conn: &mut Conn, origin: &Origin, email_key: &str) -> Result<(), Refusal> {
    let row = (
        recovery_requests::email_key.eq(email_key),
        recovery_requests::address.eq(&origin.address),
        recovery_requests::request_id.eq(&origin.request_id),
        recovery_requests::created_at.eq(origin.at),
        recovery_requests::answered_at.eq(0_i64),
    );
    diesel::insert_into(recovery_requests::table).values(row).execute(conn)?;
    Ok(())
}

/// The first request that nobody has answered.
pub fn open_request(conn: &mut Conn) -> Result<Option<i64>, Refusal> {
    let open = recovery_requests::table.filter(recovery_requests::answered_at.eq(0)).order(recovery_requests::id);
    Ok(open.select(recovery_requests::id).first(conn).optional()?)
}

/// Takes a request to answer it. None: somebody else was first.
pub fn take_request(conn: &mut Conn, id: i64, now: i64) -> Result<Option<Request>, Refusal> {
    let open = recovery_requests::table.find(id).filter(recovery_requests::answered_at.eq(0));
    let taken = diesel::update(open).set(recovery_requests::answered_at.eq(now)).execute(conn)?;
    if taken == 0 {
        return Ok(None);
    }
    Ok(recovery_requests::table.find(id).first(conn).optional()?)
}

pub fn purge_requests(conn: &mut Conn, before: i64) -> Result<(), Refusal> {
    diesel::delete(recovery_requests::table.filter(recovery_requests::created_at.lt(before))).execute(conn)?;
    Ok(())
}
