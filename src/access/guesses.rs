//! The counters of `throttle.rs` as rows: the one place through which every path that tests a secret goes.
//!
//! `admit` counts the attempt as a failure before it is tested; `take_back` and `succeed` settle it. On PostgreSQL the rows are locked until the
//! transaction ends, always in the order of their names; on SQLite there is one writer anyway.

use std::collections::BTreeSet;
use std::net::IpAddr;

use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::keyring::KeyRing;
use super::known_browsers;
use super::throttle::{Counter, Lane, Verdict, address_key, after_success_elsewhere};
use crate::clock::DAY;
use crate::db::Conn;
use crate::db::fragment::{Around, around, literal, named};
use crate::db::schema::{guess_counters as counters, known_browsers as browsers};
use crate::each_backend;
use crate::refusal::Refusal;

/// Whose secret is being tried.
#[derive(Debug, Clone, Copy)]
pub enum Whose<'a> {
    User(i64),
    /// An e-mail address (folded) that nobody who may sign in has.
    Unknown(&'a str),
    /// A one-time link, which names nobody.
    Link,
}

/// Where an attempt comes from.
#[derive(Debug, Clone)]
pub struct Source {
    /// The client's address as text.
    pub address: String,
    /// The cookie that tells which browser it is.
    pub browser: Option<String>,
}

/// An attempt that was counted and may be tested.
#[derive(Debug, Clone)]
pub struct Attempt {
    lanes: Vec<(String, Lane)>,
    /// The account behind a known browser, whose shut lane a success opens a little.
    elsewhere: Option<String>,
}

/// When the counters of addresses and of unknown e-mail addresses are forgotten. An account's never is.
const FORGOTTEN_AFTER: i64 = 30 * DAY;

/// The name of the lane of somebody's secret.
pub fn account_lane(keys: &KeyRing, whose: Whose) -> Option<String> {
    match whose {
        Whose::User(id) => Some(format!("user:{id}")),
        Whose::Unknown(email) => {
            Some(format!("mail:{}", data_encoding::HEXLOWER.encode(&keys.mac("guesses", &[email.as_bytes()])[..16])))
        }
        Whose::Link => None,
    }
}

/// Counts an attempt as a failure and says whether it may be tested. A verdict means that it may not, and then nothing was counted.
///
/// # Errors
/// Only the database's.
pub fn admit(
    conn: &mut Conn,
    keys: &KeyRing,
    whose: Whose,
    source: &Source,
    now: i64,
) -> Result<Result<Attempt, Verdict>, Refusal> {
    let account = account_lane(keys, whose);
    let browser = match (whose, &source.browser) {
        (Whose::User(user_id), Some(cookie)) => known_browsers::find(conn, keys, cookie, user_id)?,
        _ => None,
    };
    if let Some(browser) = browser {
        let lanes = vec![(format!("browser:{browser}"), Lane::KnownBrowser)];
        let verdict = count(conn, &lanes, now)?;
        if verdict != Verdict::Shut {
            return Ok(settled(verdict, Attempt { lanes, elsewhere: account }));
        }
    }
    let mut lanes = vec![(format!("addr:{}", address_lane(&source.address)), Lane::Address)];
    lanes.extend(account.map(|name| (name, Lane::Account)));
    let verdict = count(conn, &lanes, now)?;
    Ok(settled(verdict, Attempt { lanes, elsewhere: None }))
}

fn settled(verdict: Verdict, attempt: Attempt) -> Result<Attempt, Verdict> {
    if verdict == Verdict::Go { Ok(attempt) } else { Err(verdict) }
}

fn address_lane(address: &str) -> String {
    address.parse::<IpAddr>().map_or_else(|_| "unknown".into(), address_key)
}

/// All lanes admit it, or none counts it.
fn count(conn: &mut Conn, lanes: &[(String, Lane)], now: i64) -> Result<Verdict, Refusal> {
    let mut verdict = Verdict::Go;
    let mut next = Vec::new();
    for (name, lane) in lanes {
        let counter = hold(conn, name)?;
        match lane.admit(&counter, now) {
            Ok(counted) => next.push((name, counted)),
            Err(refused) => verdict = verdict.and(refused),
        }
    }
    if verdict == Verdict::Go {
        for (name, counter) in next {
            store(conn, name, &counter)?;
        }
    }
    Ok(verdict)
}

/// The attempt was right but another factor is due, or it was never tested.
pub fn take_back(conn: &mut Conn, attempt: &Attempt) -> Result<(), Refusal> {
    for (name, lane) in &attempt.lanes {
        let counter = hold(conn, name)?;
        store(conn, name, &lane.taken_back(&counter))?;
    }
    Ok(())
}

/// Every factor was right.
pub fn succeed(conn: &mut Conn, attempt: &Attempt) -> Result<(), Refusal> {
    for (name, lane) in &attempt.lanes {
        let counter = hold(conn, name)?;
        store(conn, name, &lane.after_success(&counter))?;
    }
    if let Some(account) = &attempt.elsewhere {
        let counter = hold(conn, account)?;
        store(conn, account, &after_success_elsewhere(&counter))?;
    }
    Ok(())
}

/// Opens the lane of an account whose owner has shown otherwise that it is theirs (a recovery link).
pub fn reopen(conn: &mut Conn, user_id: i64) -> Result<(), Refusal> {
    diesel::delete(counters::table.find(format!("user:{user_id}"))).execute(conn)?;
    Ok(())
}

/// Somebody who is kept from trying their secrets at this moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeldBack {
    pub failures: i64,
    /// Until when, in unix milliseconds; None: until somebody unlocks them, or they use a recovery link.
    pub until: Option<i64>,
}

/// Whether somebody is held back now, where they are not known yet or in a browser of theirs.
pub fn held_back(conn: &mut Conn, user_id: i64, now: i64) -> Result<Option<HeldBack>, Refusal> {
    let mut worst: Option<HeldBack> = None;
    let account = format!("user:{user_id}");
    // As `lanes_of`, in one statement.
    let of_browsers = around(
        "guess_counters.lane IN (SELECT 'browser:' || CAST(id AS TEXT) FROM known_browsers WHERE user_id = CAST(",
        user_id.to_string(),
        " AS BIGINT))",
    );
    let kept: Vec<(String, i64, i64, i64)> = counters::table
        .filter(counters::lane.eq(&account).or(of_browsers))
        .select((counters::lane, counters::failures, counters::last_failure_at, counters::blocked_until))
        .load(conn)?;
    for (name, failures, last_failure_at, blocked_until) in kept {
        let lane = if name == account { Lane::Account } else { Lane::KnownBrowser };
        let counter = Counter { failures: u32::try_from(failures).unwrap_or(u32::MAX), last_failure_at, blocked_until };
        let until = match lane.verdict(&counter, now) {
            Verdict::Go => continue,
            Verdict::Wait { until_ms } => Some(until_ms),
            Verdict::Shut => None,
        };
        let longer = |other: &HeldBack| other.until.is_some_and(|other| until.is_none_or(|until| until > other));
        if worst.as_ref().is_none_or(longer) {
            worst = Some(HeldBack { failures, until });
        }
    }
    Ok(worst)
}

named! {
    /// Whether guesses are counted of the person in a row of `users`: where none are, and that is of nearly everybody, [`held_back`] need not be asked.
    pub AreCounted: Bool =
        "EXISTS (SELECT 1 FROM guess_counters WHERE guess_counters.lane IN (SELECT 'user:' || CAST(users.id AS TEXT) UNION ALL \
         SELECT 'browser:' || CAST(known_browsers.id AS TEXT) FROM known_browsers WHERE known_browsers.user_id = users.id))"
}

/// Whether [`held_back`] says so of the person in a row of `users`. The numbers are those at which lanes shut.
pub fn are_held_back(now: i64) -> Around {
    around(
        "EXISTS (SELECT 1 FROM guess_counters WHERE (guess_counters.blocked_until > CAST(",
        now.to_string(),
        " AS BIGINT) OR guess_counters.failures >= CASE WHEN guess_counters.lane LIKE 'user:%' THEN 100 ELSE 20 END) \
         AND (guess_counters.lane = 'user:' || CAST(users.id AS TEXT) OR guess_counters.lane IN \
         (SELECT 'browser:' || CAST(known_browsers.id AS TEXT) FROM known_browsers WHERE known_browsers.user_id = users.id)))",
    )
}

/// Who is held back now, up to so many.
pub fn who_is_held_back(conn: &mut Conn, now: i64, most: i64) -> Result<Vec<i64>, Refusal> {
    let held = counters::table
        // Written out, as the index of those has it: no lane shuts earlier.
        .filter(counters::blocked_until.gt(now).or(literal::<Bool>("guess_counters.failures >= 20")))
        .filter(counters::lane.like("user:%").or(counters::lane.like("browser:%")))
        .select((counters::lane, counters::failures, counters::last_failure_at, counters::blocked_until));
    let (mut users, mut in_browsers) = (BTreeSet::new(), Vec::new());
    for (name, failures, last_failure_at, blocked_until) in held.load::<(String, i64, i64, i64)>(conn)? {
        let Some((kind, Ok(id))) = name.split_once(':').map(|(kind, id)| (kind, id.parse::<i64>())) else { continue };
        let lane = if kind == "user" { Lane::Account } else { Lane::KnownBrowser };
        let counter = Counter { failures: u32::try_from(failures).unwrap_or(u32::MAX), last_failure_at, blocked_until };
        match (lane.verdict(&counter, now), lane) {
            (Verdict::Go, _) => {}
            (_, Lane::Account) => drop(users.insert(id)),
            _ => in_browsers.push(id),
        }
    }
    for some in in_browsers.chunks(500) {
        users.extend(browsers::table.filter(browsers::id.eq_any(some)).select(browsers::user_id).load::<i64>(conn)?);
    }
    Ok(users.into_iter().take(usize::try_from(most).unwrap_or(usize::MAX)).collect())
}

/// Lets somebody try again at once, everywhere.
pub fn unlock(conn: &mut Conn, user_id: i64) -> Result<(), Refusal> {
    for (name, _) in lanes_of(conn, user_id)? {
        diesel::delete(counters::table.find(name)).execute(conn)?;
    }
    Ok(())
}

/// The lanes of somebody's secrets: the account's, and those of their known browsers.
fn lanes_of(conn: &mut Conn, user_id: i64) -> Result<Vec<(String, Lane)>, Refusal> {
    let browsers = known_browsers::of_user(conn, user_id)?;
    let mut lanes = vec![(format!("user:{user_id}"), Lane::Account)];
    lanes.extend(browsers.into_iter().map(|id| (format!("browser:{id}"), Lane::KnownBrowser)));
    Ok(lanes)
}

/// Forgets the counters of addresses and of e-mail addresses that nobody has.
pub fn purge(conn: &mut Conn, now: i64) -> Result<usize, Refusal> {
    let old = counters::table
        .filter(counters::last_failure_at.lt(now - FORGOTTEN_AFTER))
        .filter(counters::lane.like("addr:%").or(counters::lane.like("mail:%")));
    Ok(diesel::delete(old).execute(conn)?)
}

/// Reads a counter and keeps others from it until the transaction ends.
fn hold(conn: &mut Conn, name: &str) -> Result<Counter, Refusal> {
    let empty = (
        counters::lane.eq(name),
        counters::failures.eq(0),
        counters::last_failure_at.eq(0),
        counters::blocked_until.eq(0),
    );
    each_backend!(conn, c => diesel::insert_into(counters::table).values(empty).on_conflict_do_nothing().execute(c))?;
    let row =
        counters::table.find(name).select((counters::failures, counters::last_failure_at, counters::blocked_until));
    let (failures, last_failure_at, blocked_until): (i64, i64, i64) = match conn {
        Conn::Sqlite(c) => row.first(c)?,
        Conn::Postgres(c) => row.for_update().first(c)?,
    };
    Ok(Counter { failures: u32::try_from(failures).unwrap_or(u32::MAX), last_failure_at, blocked_until })
}

fn store(conn: &mut Conn, name: &str, counter: &Counter) -> Result<(), Refusal> {
    diesel::update(counters::table.find(name))
        .set((
            counters::failures.eq(i64::from(counter.failures)),
            counters::last_failure_at.eq(counter.last_failure_at),
            counters::blocked_until.eq(counter.blocked_until),
        ))
        .execute(conn)?;
    Ok(())
}
