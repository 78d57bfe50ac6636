//! Settings as rows; and whom a demand of 2FA meets.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::model::Setting;
use crate::app::App;
use crate::db::Conn;
use crate::db::fragment::literal;
use crate::db::schema::{role_assignments, roles, settings, users};
use crate::each_backend;
use crate::features::users::input::{Source, Status, TfaStatus};
use crate::features::users::model::Stored;
use crate::refusal::Refusal;

/// The key of the count of changes.
const VERSION: &str = "version";

/// A setting as it is stored, or by default.
pub fn read<S: Setting>(conn: &mut Conn) -> Result<S, Refusal> {
    let stored = App::stored(conn, S::KEY)?;
    Ok(stored.and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default())
}

/// Writes a row and counts the change.
pub fn write(conn: &mut Conn, key: &str, value: &str) -> Result<(), Refusal> {
    put(conn, key, value)?;
    let next = version(conn)? + 1;
    put(conn, VERSION, &next.to_string())
}

fn put(conn: &mut Conn, key: &str, value: &str) -> Result<(), Refusal> {
    let row = (settings::key.eq(key), settings::value.eq(value));
    each_backend!(conn, c => diesel::insert_into(settings::table).values(row).on_conflict(settings::key).do_update().set(settings::value.eq(value)).execute(c))?;
    Ok(())
}

/// How often something was changed; 1 before the first time.
pub fn version(conn: &mut Conn) -> Result<i64, Refusal> {
    Ok(App::stored(conn, VERSION)?.and_then(|text| text.parse().ok()).unwrap_or(1))
}

/// Takes a row, so that of several who change settings one waits for the other (SQLite has one writer anyway).
pub fn hold(conn: &mut Conn) -> Result<(), Refusal> {
    let now = version(conn)?;
    put(conn, VERSION, &now.to_string())
}

/// The people who may sign in here and have not set 2FA up, with the roles that they hold.
pub fn without_factor(conn: &mut Conn) -> Result<BTreeMap<i64, Vec<i64>>, Refusal> {
    let pairs: Vec<(i64, i64)> = role_assignments::table
        .inner_join(roles::table)
        .inner_join(users::table)
        .filter(literal::<Bool>("role_assignments.role_id <> 4"))
        .filter(roles::may_sign_in.eq(true))
        .filter(users::deleted_at.eq(0))
        .filter(users::status.eq(Status::Active.number()))
        .filter(users::source.eq(Source::Local.number()))
        .filter(users::tfa.eq(TfaStatus::NotActive.number()))
        .select((role_assignments::user_id, role_assignments::role_id))
        .load(conn)?;
    let mut held: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
    for (user, role) in pairs {
        held.entry(user).or_default().push(role);
    }
    Ok(held)
}
