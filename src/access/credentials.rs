//! What a person signs in with, as rows: the sealed password hash, the sealed secret of their authenticator app, recovery codes.
//!
//! `users.tfa` and `users.password_changed_at` repeat a part of it for lists; they are written here, together with what they repeat.

use diesel::prelude::*;
use zeroize::Zeroizing;

use super::keyring::{Context, KeyRing};
use super::one_time::RecoveryCode;
use super::random::Random;
use super::totp::TotpSecret;
use super::{known_browsers, links};
use crate::db::Conn;
use crate::db::schema::{credentials, recovery_codes, users};
use crate::each_backend;
use crate::features::users::input::TfaStatus;
use crate::features::users::model::Stored;
use crate::refusal::Refusal;

/// One row. An empty hash or secret is none.
#[derive(Clone, Queryable)]
pub struct Credentials {
    pub user_id: i64,
    /// Sealed PHC string.
    pub password_hash: Vec<u8>,
    /// Another password is due at the next sign-in.
    pub password_must_change: bool,
    /// When the password dies unless it was changed, in unix milliseconds; 0: it does not.
    pub password_expires_at: i64,
    /// Sealed.
    pub totp_secret: Vec<u8>,
    /// The last step of which a code was spent.
    pub totp_last_step: i64,
    /// Until when 2FA must be set up after a reset, in unix milliseconds; 0: no such time.
    pub totp_due_at: i64,
}

/// A new password, hashed.
pub struct NewPassword<'a> {
    /// PHC string.
    pub hash: &'a str,
    pub must_change: bool,
    /// Unix milliseconds; 0: it does not die.
    pub expires_at: i64,
}

pub(super) fn password_place(user_id: i64) -> Context {
    Context { table: "credentials", column: "password_hash", row: user_id }
}

pub(super) fn totp_place(user_id: i64) -> Context {
    Context { table: "credentials", column: "totp_secret", row: user_id }
}

impl Credentials {
    /// Whether the password is one that somebody else chose and that was not used in time.
    pub fn has_dead_password(&self, now: i64) -> bool {
        self.password_expires_at != 0 && now >= self.password_expires_at
    }

    pub fn has_password(&self) -> bool {
        !self.password_hash.is_empty()
    }

    pub fn has_totp(&self) -> bool {
        !self.totp_secret.is_empty()
    }

    /// The PHC string; None if there is none or it does not belong here.
    pub fn password(&self, keys: &KeyRing) -> Option<Zeroizing<String>> {
        let plain = keys.open(&password_place(self.user_id), &self.password_hash).ok()?;
        std::str::from_utf8(&plain).ok().map(|text| Zeroizing::new(text.to_owned()))
    }

    fn totp(&self, keys: &KeyRing) -> Option<TotpSecret> {
        TotpSecret::from_bytes(&keys.open(&totp_place(self.user_id), &self.totp_secret).ok()?)
    }
}

/// The credentials of a user, if they have any.
pub fn find(conn: &mut Conn, user_id: i64) -> Result<Option<Credentials>, Refusal> {
    Ok(credentials::table.find(user_id).first(conn).optional()?)
}

fn seal(keys: &KeyRing, random: &dyn Random, place: &Context, plain: &[u8]) -> Result<Vec<u8>, Refusal> {
    keys.seal(random, place, plain).map_err(|error| Refusal::Broken(error.to_string()))
}

/// Writes a new password. Links of the user become void and browsers unknown; ending sessions is the caller's, who may keep one.
pub fn set_password(
    conn: &mut Conn,
    keys: &KeyRing,
    random: &dyn Random,
    user_id: i64,
    new: &NewPassword,
    now: i64,
) -> Result<(), Refusal> {
    ensure(conn, user_id)?;
    let sealed = seal(keys, random, &password_place(user_id), new.hash.as_bytes())?;
    diesel::update(credentials::table.find(user_id))
        .set((
            credentials::password_hash.eq(sealed),
            credentials::password_must_change.eq(new.must_change),
            credentials::password_expires_at.eq(new.expires_at),
        ))
        .execute(conn)?;
    diesel::update(users::table.find(user_id)).set(users::password_changed_at.eq(now)).execute(conn)?;
    known_browsers::forget(conn, &[user_id])?;
    links::void_all(conn, user_id, now)
}

/// Writes the same password again, hashed at today's cost or sealed under today's key.
pub fn refresh_password(
    conn: &mut Conn,
    keys: &KeyRing,
    random: &dyn Random,
    user_id: i64,
    hash: &str,
) -> Result<(), Refusal> {
    let sealed = seal(keys, random, &password_place(user_id), hash.as_bytes())?;
    diesel::update(credentials::table.find(user_id)).set(credentials::password_hash.eq(sealed)).execute(conn)?;
    Ok(())
}

fn ensure(conn: &mut Conn, user_id: i64) -> Result<(), Refusal> {
    let empty = (
        credentials::user_id.eq(user_id),
        credentials::password_hash.eq(Vec::new()),
        credentials::password_must_change.eq(false),
        credentials::password_expires_at.eq(0),
        credentials::totp_secret.eq(Vec::new()),
        credentials::totp_last_step.eq(0),
        credentials::totp_due_at.eq(0),
    );
    each_backend!(conn, c => diesel::insert_into(credentials::table).values(empty).on_conflict_do_nothing().execute(c))?;
    Ok(())
}

/// Makes `secret` the one whose codes count; the code of `step` is spent by it. Older recovery codes are gone.
pub fn set_totp(
    conn: &mut Conn,
    keys: &KeyRing,
    random: &dyn Random,
    user_id: i64,
    secret: &TotpSecret,
    step: i64,
) -> Result<(), Refusal> {
    ensure(conn, user_id)?;
    let sealed = seal(keys, random, &totp_place(user_id), secret.as_bytes())?;
    diesel::update(credentials::table.find(user_id))
        .set((
            credentials::totp_secret.eq(sealed),
            credentials::totp_last_step.eq(step),
            credentials::totp_due_at.eq(0),
        ))
        .execute(conn)?;
    set_status(conn, user_id, TfaStatus::Active)
}

/// Notes that a password which somebody else chose was used to the end of a sign-in: it does not die any more.
pub fn keep_password(conn: &mut Conn, user_id: i64) -> Result<(), Refusal> {
    let dying = credentials::table.find(user_id).filter(credentials::password_expires_at.ne(0));
    diesel::update(dying).set(credentials::password_expires_at.eq(0)).execute(conn)?;
    Ok(())
}

/// Takes the 2FA of some users away; it must be set up again until `due_at` (unix milliseconds).
pub fn reset_totp(conn: &mut Conn, user_ids: &[i64], due_at: i64) -> Result<(), Refusal> {
    for user_id in user_ids {
        ensure(conn, *user_id)?;
    }
    diesel::update(credentials::table.filter(credentials::user_id.eq_any(user_ids)))
        .set((
            credentials::totp_secret.eq(Vec::new()),
            credentials::totp_last_step.eq(0),
            credentials::totp_due_at.eq(due_at),
        ))
        .execute(conn)?;
    diesel::delete(recovery_codes::table.filter(recovery_codes::user_id.eq_any(user_ids))).execute(conn)?;
    let status = users::tfa.eq(TfaStatus::NotConfigured.number());
    diesel::update(users::table.filter(users::id.eq_any(user_ids))).set(status).execute(conn)?;
    Ok(())
}

fn set_status(conn: &mut Conn, user_id: i64, status: TfaStatus) -> Result<(), Refusal> {
    diesel::update(users::table.find(user_id)).set(users::tfa.eq(status.number())).execute(conn)?;
    Ok(())
}

/// Takes everything away that some users sign in with: password, second factor, recovery codes, links, known browsers. They begin as somebody who
/// was just created: a role that may sign in needs an activation link. Sessions are the caller's to end.
pub fn forget(conn: &mut Conn, user_ids: &[i64], now: i64) -> Result<(), Refusal> {
    diesel::delete(credentials::table.filter(credentials::user_id.eq_any(user_ids))).execute(conn)?;
    diesel::delete(recovery_codes::table.filter(recovery_codes::user_id.eq_any(user_ids))).execute(conn)?;
    known_browsers::forget(conn, user_ids)?;
    links::void_all_of(conn, user_ids, now)?;
    let theirs = || users::table.filter(users::id.eq_any(user_ids));
    diesel::update(theirs().filter(users::password_changed_at.ne(0)))
        .set(users::password_changed_at.eq(0))
        .execute(conn)?;
    // What a directory owns stays "Not available".
    let ours = [TfaStatus::Active, TfaStatus::NotConfigured].map(TfaStatus::number);
    diesel::update(theirs().filter(users::tfa.eq_any(ours)))
        .set(users::tfa.eq(TfaStatus::NotActive.number()))
        .execute(conn)?;
    Ok(())
}

/// Which factor a typed code was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    AppCode,
    RecoveryCode,
}

/// Tests a typed code, of the app or for recovery, and spends it. None: wrong, or spent already.
pub fn spend_code(
    conn: &mut Conn,
    keys: &KeyRing,
    credentials: &Credentials,
    typed: &str,
    now: i64,
) -> Result<Option<Shown>, Refusal> {
    let user_id = credentials.user_id;
    let now_s = u64::try_from(now / 1_000).unwrap_or(0);
    if let Some(step) = credentials.totp(keys).and_then(|secret| secret.matching_step(typed, now_s)) {
        return Ok(spend_step(conn, user_id, step)?.then_some(Shown::AppCode));
    }
    // A person without an app has no use for recovery codes: they stand in for it.
    match (RecoveryCode::parse(typed), credentials.has_totp()) {
        (Some(code), true) => Ok(spend_recovery(conn, user_id, &code, now)?.then_some(Shown::RecoveryCode)),
        _ => Ok(None),
    }
}

/// A step is good once, also for fifty requests at the same moment: one UPDATE finds it unspent.
fn spend_step(conn: &mut Conn, user_id: i64, step: u64) -> Result<bool, Refusal> {
    let step = i64::try_from(step).unwrap_or(i64::MAX);
    let unspent = credentials::table.find(user_id).filter(credentials::totp_last_step.lt(step));
    Ok(diesel::update(unspent).set(credentials::totp_last_step.eq(step)).execute(conn)? == 1)
}

fn spend_recovery(conn: &mut Conn, user_id: i64, code: &RecoveryCode, now: i64) -> Result<bool, Refusal> {
    let hash = code.hash(user_id);
    let unspent = recovery_codes::table
        .filter(recovery_codes::user_id.eq(user_id))
        .filter(recovery_codes::code_hash.eq(hash.as_bytes().as_slice()))
        .filter(recovery_codes::spent_at.eq(0));
    Ok(diesel::update(unspent).set(recovery_codes::spent_at.eq(now)).execute(conn)? == 1)
}

/// Gives a user ten new recovery codes in place of the older ones.
pub fn new_recovery_codes(
    conn: &mut Conn,
    random: &dyn Random,
    user_id: i64,
) -> Result<Vec<Zeroizing<String>>, Refusal> {
    diesel::delete(recovery_codes::table.filter(recovery_codes::user_id.eq(user_id))).execute(conn)?;
    let codes = RecoveryCode::set(random);
    for code in &codes {
        let hash = code.hash(user_id);
        diesel::insert_into(recovery_codes::table)
            .values((
                recovery_codes::user_id.eq(user_id),
                recovery_codes::code_hash.eq(hash.as_bytes().as_slice()),
                recovery_codes::spent_at.eq(0),
            ))
            .execute(conn)?;
    }
    Ok(codes.iter().map(RecoveryCode::to_text).collect())
}

/// How many recovery codes a user has left.
pub fn recovery_codes_left(conn: &mut Conn, user_id: i64) -> Result<i64, Refusal> {
    let left = recovery_codes::table.filter(recovery_codes::user_id.eq(user_id)).filter(recovery_codes::spent_at.eq(0));
    Ok(left.count().get_result(conn)?)
}
