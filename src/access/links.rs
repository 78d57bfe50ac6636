//! One-time links: set-up, activation, recovery. Kept as a hash bound to its row; good once, for a short time, void after a newer one or a change
//! of the password. Opening one does not spend it: `redeem` does, by one conditional UPDATE, so that of fifty requests at one moment one wins.

use std::collections::BTreeMap;

use diesel::prelude::*;

use super::keyring::{Context, KeyRing};
use super::one_time::{Secret, SecretHash};
use super::random::Random;
use crate::clock::{DAY, MINUTE};
use crate::db::Conn;
use crate::db::schema::{mails, one_time_links as links};
use crate::refusal::Refusal;

/// What a link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Makes the first administrator; belongs to nobody yet.
    SetUp,
    /// Lets somebody who may sign in for the first time choose a password.
    Activation,
    /// Lets somebody choose a new password.
    Recovery,
}

/// How long a link that an administrator sent, or the server printed, is good.
pub const FROM_ADMIN: i64 = DAY;
/// How long a link that its user asked for is good.
pub const FROM_USER: i64 = 30 * MINUTE;

impl Kind {
    fn number(self) -> i16 {
        match self {
            Kind::SetUp => 1,
            Kind::Activation => 2,
            Kind::Recovery => 3,
        }
    }

    fn from_number(number: i16) -> Option<Kind> {
        [Kind::SetUp, Kind::Activation, Kind::Recovery].into_iter().find(|kind| kind.number() == number)
    }
}

/// A link that is still good.
#[derive(Debug, Clone, Copy)]
pub struct Link {
    pub id: i64,
    pub kind: Kind,
    /// None for a set-up link.
    pub user_id: Option<i64>,
    /// Unix milliseconds.
    pub expires_at: i64,
}

/// What the binding covers besides the user: a row whose hash, kind or time was altered in the database opens nothing.
fn bound(hash: &SecretHash, kind: Kind, expires_at: i64) -> Vec<u8> {
    let mut value = hash.as_bytes().to_vec();
    value.extend_from_slice(&kind.number().to_be_bytes());
    value.extend_from_slice(&expires_at.to_be_bytes());
    value
}

fn place(user_id: Option<i64>) -> Context {
    Context { table: "one_time_links", column: "token_hash", row: user_id.unwrap_or(0) }
}

/// Makes a link, good for `lasts` milliseconds, and voids the older ones of the same person (or the older set-up links).
pub fn create(
    conn: &mut Conn,
    keys: &KeyRing,
    random: &dyn Random,
    kind: Kind,
    user_id: Option<i64>,
    lasts: i64,
    now: i64,
) -> Result<Secret, Refusal> {
    match user_id {
        Some(user_id) => void_all(conn, user_id, now)?,
        None => void_set_up(conn, now)?,
    }
    let secret = Secret::new(random);
    let (hash, expires_at) = (secret.hash(), now + lasts);
    diesel::insert_into(links::table)
        .values((
            links::kind.eq(kind.number()),
            links::user_id.eq(user_id),
            links::token_hash.eq(hash.as_bytes().as_slice()),
            links::binding.eq(keys.bind(&place(user_id), &bound(&hash, kind, expires_at)).as_slice()),
            links::created_at.eq(now),
            links::expires_at.eq(expires_at),
            links::spent_at.eq(0),
            links::voided_at.eq(0),
        ))
        .execute(conn)?;
    Ok(secret)
}

type Row = (i64, i16, Option<i64>, Vec<u8>, i64);

/// The link of a secret, if it is still good. Spends nothing.
pub fn find(conn: &mut Conn, keys: &KeyRing, secret: &Secret, now: i64) -> Result<Option<Link>, Refusal> {
    let hash = secret.hash();
    let row: Option<Row> = links::table
        .filter(links::token_hash.eq(hash.as_bytes().as_slice()))
        .filter(links::spent_at.eq(0))
        .filter(links::voided_at.eq(0))
        .filter(links::expires_at.gt(now))
        .select((links::id, links::kind, links::user_id, links::binding, links::expires_at))
        .first(conn)
        .optional()?;
    Ok(row.and_then(|(id, kind, user_id, binding, expires_at)| {
        let kind = Kind::from_number(kind)?;
        keys.is_bound(&place(user_id), &bound(&hash, kind, expires_at), &binding).then_some(Link {
            id,
            kind,
            user_id,
            expires_at,
        })
    }))
}

/// Until when (unix milliseconds) those of these users who have a link that is still good can use it.
pub fn open_until(conn: &mut Conn, user_ids: &[i64], now: i64) -> Result<BTreeMap<i64, i64>, Refusal> {
    let rows: Vec<(Option<i64>, i64)> = links::table
        .filter(links::user_id.eq_any(user_ids))
        .filter(links::spent_at.eq(0))
        .filter(links::voided_at.eq(0))
        .filter(links::expires_at.gt(now))
        .select((links::user_id, links::expires_at))
        .load(conn)?;
    Ok(rows.into_iter().filter_map(|(user_id, until)| user_id.map(|user_id| (user_id, until))).collect())
}

/// Spends a link. None if it is not good, or somebody else was first.
pub fn redeem(conn: &mut Conn, keys: &KeyRing, secret: &Secret, now: i64) -> Result<Option<Link>, Refusal> {
    let Some(link) = find(conn, keys, secret, now)? else { return Ok(None) };
    let open = links::table
        .find(link.id)
        .filter(links::spent_at.eq(0))
        .filter(links::voided_at.eq(0))
        .filter(links::expires_at.gt(now));
    let spent = diesel::update(open).set(links::spent_at.eq(now)).execute(conn)?;
    if spent != 1 {
        return Ok(None);
    }
    // The ledger of mails says so for longer than the link is kept.
    diesel::update(mails::table.filter(mails::link_id.eq(link.id))).set(mails::link_used_at.eq(now)).execute(conn)?;
    Ok(Some(link))
}

/// Voids one link that has not been used.
pub fn void(conn: &mut Conn, id: i64, now: i64) -> Result<(), Refusal> {
    let open = links::table.find(id).filter(links::spent_at.eq(0)).filter(links::voided_at.eq(0));
    diesel::update(open).set(links::voided_at.eq(now)).execute(conn)?;
    Ok(())
}

/// Voids all links of a user that have not been used.
pub fn void_all(conn: &mut Conn, user_id: i64, now: i64) -> Result<(), Refusal> {
    void_all_of(conn, &[user_id], now)
}

/// Voids the open links of some people.
pub fn void_all_of(conn: &mut Conn, user_ids: &[i64], now: i64) -> Result<(), Refusal> {
    let open = links::table
        .filter(links::user_id.eq_any(user_ids.iter().copied().map(Some)))
        .filter(links::spent_at.eq(0))
        .filter(links::voided_at.eq(0));
    diesel::update(open).set(links::voided_at.eq(now)).execute(conn)?;
    Ok(())
}

/// Voids all set-up links that have not been used.
pub fn void_set_up(conn: &mut Conn, now: i64) -> Result<(), Refusal> {
    let open = links::table
        .filter(links::kind.eq(Kind::SetUp.number()))
        .filter(links::spent_at.eq(0))
        .filter(links::voided_at.eq(0));
    diesel::update(open).set(links::voided_at.eq(now)).execute(conn)?;
    Ok(())
}
