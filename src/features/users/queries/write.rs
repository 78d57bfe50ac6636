//! Writing users: the row, its place in the search index, and the kept totals, always together.

use diesel::prelude::*;

use super::super::model::{Contact, User, UserRow};
use crate::access::credentials;
use crate::db::schema::{user_counts, user_totals, users};
use crate::db::{Conn, sqlite};
use crate::each_backend;
use crate::features::groups;
use crate::refusal::Refusal;

/// Writes a new user and gives the id.
pub fn insert(conn: &mut Conn, row: &UserRow) -> Result<i64, Refusal> {
    let id: i64 =
        each_backend!(conn, c => diesel::insert_into(users::table).values(row).returning(users::id).get_result(c))?;
    if let Conn::Sqlite(c) = conn {
        sqlite::index_user(c, id, &row.search)?;
    }
    count(conn, row.customer_id, if row.deleted_at == 0 { (1, 0) } else { (0, 1) })?;
    Ok(id)
}

/// Writes new contact data over a user's.
pub fn update_contact(conn: &mut Conn, user: &User, contact: &Contact, now: i64) -> Result<(), Refusal> {
    diesel::update(users::table.find(user.id)).set((contact, users::changed_at.eq(now))).execute(conn)?;
    if contact.name_key != user.name_key {
        groups::queries::rename_member(conn, user.id, &contact.name_key)?;
    }
    if let Conn::Sqlite(c) = conn
        && contact.search != user.search
    {
        sqlite::unindex_user(c, user.id, &user.search)?;
        sqlite::index_user(c, user.id, &contact.search)?;
    }
    Ok(())
}

/// Writes status, 2FA status and ownership.
pub fn update_fields(conn: &mut Conn, id: i64, status: i16, tfa: i16, ownership: i16, now: i64) -> Result<(), Refusal> {
    diesel::update(users::table.find(id))
        .set((users::status.eq(status), users::tfa.eq(tfa), users::ownership.eq(ownership), users::changed_at.eq(now)))
        .execute(conn)?;
    Ok(())
}

/// Marks a user as deleted.
pub fn delete(conn: &mut Conn, user: &User, now: i64) -> Result<(), Refusal> {
    diesel::update(users::table.find(user.id)).set(users::deleted_at.eq(now)).execute(conn)?;
    groups::queries::set_members_deleted(conn, &[user.id], true)?;
    count(conn, user.customer_id, (-1, 1))
}

/// Takes the mark off again. Nothing that they signed in with comes back.
pub fn restore(conn: &mut Conn, user: &User, now: i64) -> Result<(), Refusal> {
    diesel::update(users::table.find(user.id))
        .set((users::deleted_at.eq(0), users::changed_at.eq(now)))
        .execute(conn)?;
    credentials::forget(conn, &[user.id], now)?;
    groups::queries::set_members_deleted(conn, &[user.id], false)?;
    count(conn, user.customer_id, (1, -1))
}

/// Notes a change of the totals of a customer and of the whole: rows added, never one changed, so that writers do not queue for it.
pub fn count(conn: &mut Conn, customer_id: i64, (present, deleted): (i64, i64)) -> Result<(), Refusal> {
    let of_customer =
        (user_counts::customer_id.eq(customer_id), user_counts::present.eq(present), user_counts::deleted.eq(deleted));
    diesel::insert_into(user_counts::table).values(of_customer).execute(conn)?;
    if present != 0 {
        diesel::insert_into(user_totals::table).values(user_totals::present.eq(present)).execute(conn)?;
    }
    Ok(())
}
