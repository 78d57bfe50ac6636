//! Rows of views.

use diesel::prelude::*;

use super::model::{View, Wanted};
use crate::db::fold::fold;
use crate::db::schema::views;
use crate::db::{Conn, unless_taken};
use crate::each_backend;
use crate::refusal::Refusal;

pub fn find(conn: &mut Conn, id: i64) -> Result<View, Refusal> {
    Ok(views::table.find(id).first(conn)?)
}

/// What somebody keeps of a list, by name.
pub fn of(conn: &mut Conn, owner_id: i64, list: &str) -> Result<Vec<View>, Refusal> {
    let theirs = views::table.filter(views::owner_id.eq(owner_id)).filter(views::list.eq(list));
    Ok(theirs.order((views::name_key, views::id)).load(conn)?)
}

/// What others share of a list with the holders of some roles (None: of any role), by name; the first 500.
pub fn shared(conn: &mut Conn, reader_id: i64, list: &str, roles: Option<&[i64]>) -> Result<Vec<View>, Refusal> {
    let query = views::table
        .filter(views::list.eq(list))
        .filter(views::owner_id.ne(reader_id))
        .filter(views::role_id.is_not_null())
        .into_boxed();
    let query = match roles {
        Some(roles) => query.filter(views::role_id.eq_any(roles.to_vec())),
        None => query,
    };
    Ok(query.order((views::name_key, views::id)).limit(500).load(conn)?)
}

/// Writes a new view and gives its id; None if its owner has one of that name.
pub fn insert(conn: &mut Conn, owner_id: i64, list: &str, new: &Wanted, now: i64) -> Result<Option<i64>, Refusal> {
    let values = (
        views::list.eq(list),
        views::owner_id.eq(owner_id),
        views::name.eq(&new.name),
        views::name_key.eq(fold(&new.name)),
        views::query.eq(&new.query),
        views::role_id.eq(new.role_id),
        views::created_at.eq(now),
        views::changed_at.eq(now),
    );
    unless_taken(
        each_backend!(conn, c => diesel::insert_into(views::table).values(values).returning(views::id).get_result(c)),
    )
}

/// Writes over a view; None if its owner has another one of that name.
pub fn update(conn: &mut Conn, id: i64, new: &Wanted, now: i64) -> Result<Option<usize>, Refusal> {
    let values = (
        views::name.eq(&new.name),
        views::name_key.eq(fold(&new.name)),
        views::query.eq(&new.query),
        views::role_id.eq(new.role_id),
        views::changed_at.eq(now),
    );
    unless_taken(diesel::update(views::table.find(id)).set(values).execute(conn))
}

pub fn delete(conn: &mut Conn, id: i64) -> Result<(), Refusal> {
    diesel::delete(views::table.find(id)).execute(conn)?;
    Ok(())
}

/// What was shared with a role is its owners' own again.
pub fn keep_to_owners(conn: &mut Conn, role_id: i64) -> Result<(), Refusal> {
    diesel::update(views::table.filter(views::role_id.eq(role_id)))
        .set(views::role_id.eq(None::<i64>))
        .execute(conn)?;
    Ok(())
}
