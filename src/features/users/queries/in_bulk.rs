//! Many users in one statement, for operations that run in batches.

use std::collections::BTreeMap;

use diesel::dsl::not;
use diesel::prelude::*;

use super::super::model::{Contact, Home, User, UserRow};
use super::write::count;
use crate::access::credentials;
use crate::db::schema::{expected_devices, users};
use crate::db::{Conn, sqlite};
use crate::features::groups;
use crate::refusal::Refusal;

/// Rows to a statement on PostgreSQL.
const ROWS_TO_A_STATEMENT: usize = 500;
/// Most ids to a statement.
const TO_A_STATEMENT: usize = 1_000;

/// Adds users and puts them into the search index; the totals are the caller's. Gives their ids, None for whom the address is taken already.
pub fn insert_all(conn: &mut Conn, rows: &[UserRow]) -> Result<Vec<Option<i64>>, Refusal> {
    match conn {
        Conn::Sqlite(c) => {
            let before = sqlite::last_user(c)?;
            let (mut last, mut given) = (before, Vec::with_capacity(rows.len()));
            // One by one, with a statement that is prepared already and that either does all of its work or none: one that could fail in the
            // middle, or that answers, has to keep what it changes.
            for row in rows {
                let added = diesel::insert_into(users::table)
                    .values((users::id.eq(last + 1), row))
                    .on_conflict_do_nothing()
                    .execute(c)?;
                last += i64::from(added == 1);
                given.push((added == 1).then_some(last));
            }
            if last > before {
                sqlite::index_users(c, before + 1, last)?;
            }
            Ok(given)
        }
        Conn::Postgres(c) => {
            let mut ids: BTreeMap<String, i64> = BTreeMap::new();
            for batch in rows.chunks(ROWS_TO_A_STATEMENT) {
                let added: Vec<(String, i64)> = diesel::insert_into(users::table)
                    .values(batch)
                    .on_conflict_do_nothing()
                    .returning((users::email_key, users::id))
                    .get_results(c)?;
                ids.extend(added);
            }
            Ok(rows.iter().map(|row| ids.get(&row.email_key).copied()).collect())
        }
    }
}

/// Writes new contact data over that of users, once for each.
pub fn update_contacts(conn: &mut Conn, changed: &[(&User, Contact)], now: i64) -> Result<(), Refusal> {
    let other = |(user, contact): &&(&User, Contact)| user.search != contact.search;
    let ids: Vec<i64> = changed.iter().filter(other).map(|(user, _)| user.id).collect();
    if let Conn::Sqlite(c) = conn {
        // What is taken out of the index must be what was put in, so before anything changes.
        ids.chunks(TO_A_STATEMENT).try_for_each(|some| sqlite::unindex_all(c, some))?;
    }
    for (user, contact) in changed {
        diesel::update(users::table.find(user.id))
            .set((contact, users::changed_at.eq(now.max(user.changed_at + 1))))
            .execute(conn)?;
        if contact.name_key != user.name_key {
            groups::queries::rename_member(conn, user.id, &contact.name_key)?;
        }
    }
    if let Conn::Sqlite(c) = conn {
        ids.chunks(TO_A_STATEMENT).try_for_each(|some| sqlite::index_all(c, some))?;
    }
    Ok(())
}

/// Marks users as deleted, and notes the totals once a customer.
pub fn delete_all(conn: &mut Conn, gone: &[&User], now: i64) -> Result<(), Refusal> {
    for batch in ids(gone).chunks(TO_A_STATEMENT) {
        diesel::update(users::table.filter(users::id.eq_any(batch))).set(users::deleted_at.eq(now)).execute(conn)?;
    }
    groups::queries::set_members_deleted(conn, &ids(gone), true)?;
    for (customer, number) in by_customer(gone) {
        count(conn, customer, (-number, number))?;
    }
    Ok(())
}

/// Takes the mark off again. Nothing that they signed in with comes back.
pub fn restore_all(conn: &mut Conn, back: &[&User], now: i64) -> Result<(), Refusal> {
    for batch in ids(back).chunks(TO_A_STATEMENT) {
        diesel::update(users::table.filter(users::id.eq_any(batch))).set(users::deleted_at.eq(0)).execute(conn)?;
        credentials::forget(conn, batch, now)?;
    }
    groups::queries::set_members_deleted(conn, &ids(back), false)?;
    for (customer, number) in by_customer(back) {
        count(conn, customer, (number, -number))?;
    }
    Ok(())
}

/// Moves users who are not deleted to another customer, and the totals with them.
pub fn move_all(conn: &mut Conn, moving: &[&User], home: &Home, now: i64) -> Result<(), Refusal> {
    for batch in ids(moving).chunks(TO_A_STATEMENT) {
        diesel::update(users::table.filter(users::id.eq_any(batch)))
            .set((users::customer_id.eq(home.id), users::customer_key.eq(&home.key), users::changed_at.eq(now)))
            .execute(conn)?;
    }
    for (customer, number) in by_customer(moving) {
        count(conn, customer, (-number, 0))?;
        count(conn, home.id, (number, 0))?;
    }
    Ok(())
}

pub fn set_status(conn: &mut Conn, ids: &[i64], status: i16, now: i64) -> Result<(), Refusal> {
    for batch in ids.chunks(TO_A_STATEMENT) {
        diesel::update(users::table.filter(users::id.eq_any(batch)))
            .set((users::status.eq(status), users::changed_at.eq(now)))
            .execute(conn)?;
    }
    Ok(())
}

pub fn set_ownership(conn: &mut Conn, ids: &[i64], ownership: i16, now: i64) -> Result<(), Refusal> {
    for batch in ids.chunks(TO_A_STATEMENT) {
        diesel::update(users::table.filter(users::id.eq_any(batch)))
            .set((users::ownership.eq(ownership), users::changed_at.eq(now)))
            .execute(conn)?;
    }
    Ok(())
}

/// Takes back what an operation did about expected devices of some users, by another one: those it brought go, those it took away come back.
/// What was done about them since stays.
pub fn take_back_expected_devices(conn: &mut Conn, undone: i64, by: i64, user_ids: &[i64]) -> Result<(), Refusal> {
    for batch in user_ids.chunks(TO_A_STATEMENT) {
        let theirs = expected_devices::table
            .filter(expected_devices::user_id.eq_any(batch))
            .filter(expected_devices::operation_id.eq(undone));
        diesel::update(theirs)
            .set((expected_devices::is_gone.eq(not(expected_devices::is_gone)), expected_devices::operation_id.eq(by)))
            .execute(conn)?;
    }
    Ok(())
}

fn ids(users: &[&User]) -> Vec<i64> {
    users.iter().map(|user| user.id).collect()
}

/// How many of each customer.
fn by_customer(users: &[&User]) -> BTreeMap<i64, i64> {
    let mut numbers: BTreeMap<i64, i64> = BTreeMap::new();
    for user in users {
        *numbers.entry(user.customer_id).or_default() += 1;
    }
    numbers
}
