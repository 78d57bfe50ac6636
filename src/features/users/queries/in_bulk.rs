//! Many users in one statement, for operations that run in batches.

use std::collections::BTreeMap;

use diesel::dsl::not;
use diesel::prelude::*;

use super::super::model::{Home, User};
use super::write::count;
use crate::access::credentials;
use crate::db::Conn;
use crate::db::schema::{expected_devices, users};
use crate::refusal::Refusal;

/// Most ids to a statement.
const TO_A_STATEMENT: usize = 1_000;

/// Marks users as deleted, and notes the totals once a customer.
pub fn delete_all(conn: &mut Conn, gone: &[&User], now: i64) -> Result<(), Refusal> {
    for batch in ids(gone).chunks(TO_A_STATEMENT) {
        diesel::update(users::table.filter(users::id.eq_any(batch))).set(users::deleted_at.eq(now)).execute(conn)?;
    }
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
