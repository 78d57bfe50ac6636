//! Sessions: rows in the database under the hash of a 256-bit cookie, new at every change of level.
//!
//! Idle 30 minutes, absolute 12 hours. An ended session keeps its row for a day with `expires_at` in the past: that is how a form sent too late is
//! known to belong to somebody (see `web/kept.rs`). Ending, disabling and demoting work on the next request, since everything is looked up at use.

use std::sync::Arc;

use diesel::dsl::exists;
use diesel::prelude::*;

use super::actor::{Actor, HeldRow, Limits, Rights};
use super::keyring::{Context, KeyRing};
use super::one_time::{Secret, SecretHash};
use super::random::Random;
use crate::clock::{DAY, HOUR, MINUTE};
use crate::db::Conn;
use crate::db::fragment::by_type;
use crate::db::schema::{customers, preferences, role_assignments, roles, selections, sessions, users};
use crate::each_backend;
use crate::features::users::input::Status;
use crate::features::users::model::Stored;
use crate::refusal::Refusal;

pub const IDLE: i64 = 30 * MINUTE;
pub const ABSOLUTE: i64 = 12 * HOUR;
/// How long a fresh code counts.
pub const STEP_UP_LASTS: i64 = 10 * MINUTE;
/// `seen_at` is written at most this often, so that reading pages does not write.
pub const TOUCH_EVERY: i64 = MINUTE;

/// How long sessions last in an installation, in milliseconds: never longer than [`IDLE`] and [`ABSOLUTE`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lasts {
    pub idle: i64,
    pub absolute: i64,
}

/// How far somebody has got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// The password was right, the code is due.
    CodeDue,
    /// The password was right, 2FA is to be set up.
    ActivationDue,
    /// A new password is due (after an admin set it).
    NewPasswordDue,
    Full,
}

impl Level {
    pub fn number(self) -> i16 {
        match self {
            Level::CodeDue => 1,
            Level::ActivationDue => 2,
            Level::NewPasswordDue => 3,
            Level::Full => 9,
        }
    }

    fn from_number(number: i16) -> Option<Level> {
        [Level::CodeDue, Level::ActivationDue, Level::NewPasswordDue, Level::Full]
            .into_iter()
            .find(|level| level.number() == number)
    }

    /// Where somebody of this level has to go on; None when done.
    pub fn next_step(self) -> Option<&'static str> {
        match self {
            Level::CodeDue => Some("/login/code"),
            Level::ActivationDue => Some("/login/activation"),
            Level::NewPasswordDue => Some("/login/password"),
            Level::Full => None,
        }
    }
}

/// A live session and its person.
#[derive(Debug, Clone)]
pub struct Session {
    pub id: i64,
    pub level: Level,
    pub actor: Arc<Actor>,
    pub created_at: i64,
    pub seen_at: i64,
    /// When a code (or, without a factor, the password) was last shown; 0: never.
    pub stepped_up_at: i64,
    /// Whether anything was ever selected in it.
    pub has_selections: bool,
}

/// What a cookie leads to.
#[derive(Debug, Clone)]
pub enum Found {
    Nothing,
    /// Ended or timed out; it was this user's.
    Ended {
        user_id: i64,
    },
    Live(Session),
}

/// Where a session is started from.
#[derive(Debug, Clone)]
pub struct Client {
    pub address: String,
    pub browser: String,
}

/// What ties a session's hash to its person and level: raised or moved to somebody else in the database, it is nobody's.
fn bound(hash: &SecretHash, level: i16) -> Vec<u8> {
    let mut value = hash.as_bytes().to_vec();
    value.extend_from_slice(&level.to_be_bytes());
    value
}

fn place(user_id: i64) -> Context {
    Context { table: "sessions", column: "token_hash", row: user_id }
}

/// A session with its person, whatever has become of either.
#[derive(Queryable)]
struct Row {
    id: i64,
    user_id: i64,
    level: i16,
    created_at: i64,
    seen_at: i64,
    stepped_up_at: i64,
    expires_at: i64,
    binding: Vec<u8>,
    has_selections: bool,
    person: Person,
    /// One of their roles; there is a row for each.
    held: Option<HeldRow>,
}

/// What is read of a person: name, address, status, when they were deleted, when their customer was archived, and how they want single keys, if they
/// said so.
type Person = (String, String, i16, i64, i64, Option<bool>);

/// Looks a cookie up.
pub fn find(conn: &mut Conn, keys: &KeyRing, cookie: &str, lasts: Lasts, now: i64) -> Result<Found, Refusal> {
    let Some(hash) = Secret::parse(cookie).map(|secret| secret.hash()) else { return Ok(Found::Nothing) };
    // All in one: a statement takes PostgreSQL a tenth of a millisecond whatever it says.
    let rows = by_type(
        sessions::table
            .inner_join(users::table.inner_join(customers::table).left_join(preferences::table))
            .left_join(role_assignments::table.on(role_assignments::user_id.eq(sessions::user_id)))
            .left_join(roles::table.on(role_assignments::role_id.eq(roles::id)))
            .filter(sessions::token_hash.eq(hash.as_bytes().as_slice()))
            .select((
                sessions::id,
                sessions::user_id,
                sessions::level,
                sessions::created_at,
                sessions::seen_at,
                sessions::stepped_up_at,
                sessions::expires_at,
                sessions::binding,
                exists(selections::table.filter(selections::session_id.nullable().eq(sessions::id.nullable()))),
                (
                    users::name,
                    users::email,
                    users::status,
                    users::deleted_at,
                    customers::archived_at,
                    preferences::single_keys.nullable(),
                ),
                (roles::id, roles::builtin, role_assignments::all_customers, Limits).nullable(),
            )),
    );
    let mut rows: Vec<Row> = each_backend!(conn, c => rows.load(c))?;
    let held: Vec<HeldRow> = rows.iter_mut().filter_map(|row| row.held.take()).collect();
    let Some(row) = rows.into_iter().next() else { return Ok(Found::Nothing) };
    if !keys.is_bound(&place(row.user_id), &bound(&hash, row.level), &row.binding) {
        return Ok(Found::Nothing);
    }
    let over = now >= row.expires_at || now - row.seen_at >= lasts.idle || now - row.created_at >= lasts.absolute;
    let Some(level) = Level::from_number(row.level) else { return Ok(Found::Nothing) };
    if over || !may_act(&row.person) {
        // Half a sign-in that ended was never anybody's yet.
        return Ok(if level == Level::Full { Found::Ended { user_id: row.user_id } } else { Found::Nothing });
    }
    let Row { id, user_id, created_at, seen_at, stepped_up_at, has_selections, person, .. } = row;
    let rights = Rights::of_rows(conn, held.into_iter().map(|held| (user_id, held)))?.remove(&user_id);
    let actor = Arc::new(with_rights(user_id, person, rights.unwrap_or_default()));
    Ok(Found::Live(Session { id, level, actor, created_at, seen_at, stepped_up_at, has_selections }))
}

/// A person with their rights, if they exist and are active.
pub fn actor(conn: &mut Conn, user_id: i64) -> Result<Option<Actor>, Refusal> {
    let person: Option<Person> = users::table
        .inner_join(customers::table)
        .left_join(preferences::table)
        .filter(users::id.eq(user_id))
        .select((
            users::name,
            users::email,
            users::status,
            users::deleted_at,
            customers::archived_at,
            preferences::single_keys.nullable(),
        ))
        .first(conn)
        .optional()?;
    let Some(person) = person.filter(may_act) else { return Ok(None) };
    let rights = Rights::of(conn, &[user_id])?.remove(&user_id).unwrap_or_default();
    Ok(Some(with_rights(user_id, person, rights)))
}

/// Whether somebody is neither deleted nor disabled, and of a customer that is not archived.
fn may_act((_, _, status, deleted_at, archived_at, _): &Person) -> bool {
    *deleted_at == 0 && *archived_at == 0 && *status == Status::Active.number()
}

fn with_rights(id: i64, (name, email, _, _, _, single_keys): Person, rights: Rights) -> Actor {
    Actor { id, name, email, single_keys: single_keys.unwrap_or(true), rights }
}

#[derive(Insertable)]
#[diesel(table_name = sessions)]
struct NewSession<'a> {
    token_hash: &'a [u8],
    binding: &'a [u8],
    user_id: i64,
    level: i16,
    created_at: i64,
    seen_at: i64,
    stepped_up_at: i64,
    expires_at: i64,
    address: &'a str,
    browser: &'a str,
}

/// What a new session is to be.
#[derive(Debug, Clone, Copy)]
pub struct New<'a> {
    pub user_id: i64,
    pub level: Level,
    /// Whether a code was shown just now.
    pub stepped_up: bool,
    pub client: &'a Client,
    /// When its twelve hours began, in unix milliseconds.
    pub since: i64,
    /// The session whose place it takes.
    pub replaces: Option<&'a Session>,
}

/// Starts a session and gives the cookie's value.
///
/// # Errors
/// Not signed in, if the session to replace is gone: of several requests at one moment one goes on.
pub fn start(conn: &mut Conn, keys: &KeyRing, random: &dyn Random, now: i64, new: &New) -> Result<Secret, Refusal> {
    let (secret, level) = (Secret::new(random), new.level.number());
    let hash = secret.hash();
    if let Some(old) = new.replaces
        && !end(conn, old.id, new.user_id, now)?
    {
        return Err(Refusal::SignIn);
    }
    let row = NewSession {
        token_hash: hash.as_bytes().as_slice(),
        binding: &keys.bind(&place(new.user_id), &bound(&hash, level)),
        user_id: new.user_id,
        level,
        created_at: new.since,
        seen_at: now,
        stepped_up_at: if new.stepped_up { now } else { 0 },
        expires_at: new.since + ABSOLUTE,
        address: &new.client.address,
        browser: &new.client.browser,
    };
    let id: i64 = each_backend!(conn, c => diesel::insert_into(sessions::table).values(row).returning(sessions::id).get_result(c))?;
    if let Some(old) = new.replaces {
        // The same person goes on where they were, with what they had selected.
        diesel::update(selections::table.filter(selections::session_id.eq(old.id)))
            .set(selections::session_id.eq(id))
            .execute(conn)?;
        diesel::delete(sessions::table.find(old.id)).execute(conn)?;
    }
    Ok(secret)
}

/// Whether a session that was found when the request came in is still there: of several requests at one moment, the first may have replaced it.
pub fn holds(conn: &mut Conn, session: &Session, now: i64) -> Result<bool, Refusal> {
    let row = sessions::table
        .find(session.id)
        .filter(sessions::expires_at.gt(now))
        .filter(sessions::level.eq(session.level.number()));
    Ok(row.select(sessions::id).first::<i64>(conn).optional()?.is_some())
}

/// Notes that a session was used.
pub fn touch(conn: &mut Conn, id: i64, now: i64) -> Result<(), Refusal> {
    diesel::update(sessions::table.find(id)).set(sessions::seen_at.eq(now)).execute(conn)?;
    Ok(())
}

/// Ends one session of a person. Says whether there was one.
pub fn end(conn: &mut Conn, id: i64, user_id: i64, now: i64) -> Result<bool, Refusal> {
    let ended = diesel::update(
        sessions::table.find(id).filter(sessions::user_id.eq(user_id)).filter(sessions::expires_at.gt(now)),
    )
    .set(sessions::expires_at.eq(now))
    .execute(conn)?;
    Ok(ended > 0)
}

/// Takes the session of a cookie away, whoever's it is and however far it got: somebody else begins to sign in here.
pub fn forget(conn: &mut Conn, session: &Session) -> Result<(), Refusal> {
    diesel::delete(sessions::table.find(session.id)).execute(conn)?;
    Ok(())
}

/// Ends all sessions of some people, but for `except`. Says how many.
pub fn end_all(conn: &mut Conn, user_ids: &[i64], except: Option<i64>, now: i64) -> Result<usize, Refusal> {
    let theirs = sessions::table
        .filter(sessions::user_id.eq_any(user_ids))
        .filter(sessions::expires_at.gt(now))
        .filter(sessions::id.ne(except.unwrap_or(0)));
    Ok(diesel::update(theirs).set(sessions::expires_at.eq(now)).execute(conn)?)
}

/// One line of "where you are signed in".
#[derive(Debug, Clone, Queryable)]
pub struct Listed {
    pub id: i64,
    pub level: i16,
    pub created_at: i64,
    pub seen_at: i64,
    pub address: String,
    pub browser: String,
}

/// The live sessions of a person, the last used first.
pub fn list(conn: &mut Conn, user_id: i64, lasts: Lasts, now: i64) -> Result<Vec<Listed>, Refusal> {
    Ok(sessions::table
        .filter(sessions::user_id.eq(user_id))
        .filter(sessions::expires_at.gt(now))
        .filter(sessions::seen_at.gt(now - lasts.idle))
        .filter(sessions::created_at.gt(now - lasts.absolute))
        .order(sessions::seen_at.desc())
        .select((
            sessions::id,
            sessions::level,
            sessions::created_at,
            sessions::seen_at,
            sessions::address,
            sessions::browser,
        ))
        .limit(200)
        .load(conn)?)
}

/// Forgets what was selected in sessions that have ended.
pub fn purge_selections(conn: &mut Conn, now: i64) -> Result<usize, Refusal> {
    let ended = sessions::expires_at.le(now).or(sessions::seen_at.le(now - IDLE));
    let theirs = sessions::table.filter(ended).select(sessions::id.nullable());
    Ok(diesel::delete(selections::table.filter(selections::session_id.eq_any(theirs))).execute(conn)?)
}

/// Forgets sessions that ended more than a day ago.
pub fn purge(conn: &mut Conn, now: i64) -> Result<usize, Refusal> {
    let over = sessions::table.filter(sessions::expires_at.lt(now - DAY).or(sessions::seen_at.lt(now - IDLE - DAY)));
    Ok(diesel::delete(over).execute(conn)?)
}
