//! Browsers in which somebody has fully signed in: their guesses are counted apart, so that strangers who keep guessing do not lock the user out.

use diesel::prelude::*;

use super::keyring::{Context, KeyRing};
use super::one_time::Secret;
use super::random::Random;
use crate::db::Conn;
use crate::db::schema::known_browsers as browsers;
use crate::refusal::Refusal;

/// How long the cookie lasts, in seconds: a year.
pub const LASTS_S: i64 = 365 * 24 * 3_600;
/// The oldest ones of a person are forgotten beyond this.
const MOST: i64 = 20;

fn place(user_id: i64) -> Context {
    Context { table: "known_browsers", column: "token_hash", row: user_id }
}

/// The id of a browser that this user has signed in from.
pub fn find(conn: &mut Conn, keys: &KeyRing, cookie: &str, user_id: i64) -> Result<Option<i64>, Refusal> {
    let Some(hash) = Secret::parse(cookie).map(|secret| secret.hash()) else { return Ok(None) };
    let row: Option<(i64, Vec<u8>)> = browsers::table
        .filter(browsers::token_hash.eq(hash.as_bytes().as_slice()))
        .filter(browsers::user_id.eq(user_id))
        .select((browsers::id, browsers::binding))
        .first(conn)
        .optional()?;
    Ok(row.filter(|(_, binding)| keys.is_bound(&place(user_id), hash.as_bytes(), binding)).map(|(id, _)| id))
}

/// Notes that a user has fully signed in; gives a new cookie unless this browser was known already.
pub fn note(
    conn: &mut Conn,
    keys: &KeyRing,
    random: &dyn Random,
    cookie: Option<&str>,
    user_id: i64,
    now: i64,
) -> Result<Option<Secret>, Refusal> {
    if let Some(id) = cookie.map(|cookie| find(conn, keys, cookie, user_id)).transpose()?.flatten() {
        diesel::update(browsers::table.find(id)).set(browsers::seen_at.eq(now)).execute(conn)?;
        return Ok(None);
    }
    let secret = Secret::new(random);
    let hash = secret.hash();
    diesel::insert_into(browsers::table)
        .values((
            browsers::token_hash.eq(hash.as_bytes().as_slice()),
            browsers::binding.eq(keys.bind(&place(user_id), hash.as_bytes()).as_slice()),
            browsers::user_id.eq(user_id),
            browsers::created_at.eq(now),
            browsers::seen_at.eq(now),
        ))
        .execute(conn)?;
    let theirs = browsers::table.filter(browsers::user_id.eq(user_id));
    let old: Vec<i64> =
        theirs.order(browsers::seen_at.desc()).offset(MOST).limit(100).select(browsers::id).load(conn)?;
    if !old.is_empty() {
        diesel::delete(browsers::table.filter(browsers::id.eq_any(old))).execute(conn)?;
    }
    Ok(Some(secret))
}

/// The ids of all browsers that a user is known in.
pub fn of_user(conn: &mut Conn, user_id: i64) -> Result<Vec<i64>, Refusal> {
    Ok(browsers::table.filter(browsers::user_id.eq(user_id)).select(browsers::id).load(conn)?)
}

/// Forgets all browsers of a user: after a new password they are known no longer.
pub fn forget(conn: &mut Conn, user_ids: &[i64]) -> Result<(), Refusal> {
    diesel::delete(browsers::table.filter(browsers::user_id.eq_any(user_ids))).execute(conn)?;
    Ok(())
}
