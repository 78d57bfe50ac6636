//! A change of keys: what an older key sealed is sealed anew under the newest, so that the older one can go.
//!
//! Done at every start of a ring with older keys, before the database's check of its key is written anew: a ring that lacks a key which is
//! still needed is refused by that check. What is bound and not sealed (sessions, links, known browsers) is not touched: it ends by itself, or
//! with the older key.

use std::sync::Arc;

use diesel::prelude::*;

use super::credentials::{Credentials, password_place, totp_place};
use super::keyring::{Context, KeyRing};
use super::random::Random;
use crate::db::schema::credentials;
use crate::db::{Conn, Db};
use crate::refusal::Refusal;

/// People in one transaction.
const BATCH: i64 = 200;

/// Seals passwords and second factors anew that an older key of the ring sealed. Says of how many people.
///
/// # Errors
/// The database's.
pub fn reseal(db: &Db, keys: &Arc<KeyRing>, random: &Arc<dyn Random>) -> Result<usize, Refusal> {
    let (mut last, mut people) = (0, 0);
    while keys.has_older() {
        let batch: Vec<Credentials> = db.read_now(|conn| {
            let next = credentials::table.filter(credentials::user_id.gt(last)).order(credentials::user_id);
            Ok(next.limit(BATCH).load(conn)?)
        })?;
        let Some(end) = batch.last() else { break };
        last = end.user_id;
        let (keys, random) = (keys.clone(), random.clone());
        people += db.write_now(move |conn| {
            let mut people = 0;
            for stored in &batch {
                people += usize::from(anew(conn, &keys, random.as_ref(), stored)?);
            }
            Ok(people)
        })?;
    }
    Ok(people)
}

/// Only what still is as it was read: somebody may change their password at another instance meanwhile.
fn anew(conn: &mut Conn, keys: &KeyRing, random: &dyn Random, stored: &Credentials) -> Result<bool, Refusal> {
    let row = credentials::table.find(stored.user_id);
    let mut written = 0;
    if let Some(sealed) = sealed_anew(keys, random, &password_place(stored.user_id), &stored.password_hash)? {
        let same = row.filter(credentials::password_hash.eq(&stored.password_hash));
        written += diesel::update(same).set(credentials::password_hash.eq(sealed)).execute(conn)?;
    }
    if let Some(sealed) = sealed_anew(keys, random, &totp_place(stored.user_id), &stored.totp_secret)? {
        let same = row.filter(credentials::totp_secret.eq(&stored.totp_secret));
        written += diesel::update(same).set(credentials::totp_secret.eq(sealed)).execute(conn)?;
    }
    Ok(written > 0)
}

/// None for nothing, for what the newest key sealed, and for what no key of the ring opens in this place.
fn sealed_anew(
    keys: &KeyRing,
    random: &dyn Random,
    place: &Context,
    sealed: &[u8],
) -> Result<Option<Vec<u8>>, Refusal> {
    if sealed.is_empty() || !keys.is_outdated(sealed) {
        return Ok(None);
    }
    let Ok(plain) = keys.open(place, sealed) else { return Ok(None) };
    keys.seal(random, place, &plain).map(Some).map_err(|error| Refusal::Broken(error.to_string()))
}
