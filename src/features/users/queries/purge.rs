//! Taking users out for good, and folding the kept totals.

use std::collections::BTreeMap;

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::super::model::User;
use super::write::count;
use crate::db::schema::{
    credentials, expected_devices, imports, jobs, kept_forms, known_browsers, mails, one_time_links,
    operations as operation_table, recovery_codes, role_assignment_customers, role_assignments, sessions, user_counts,
    user_totals, users,
};
use crate::db::{Conn, sqlite};
use crate::features::{audit, groups, operations};
use crate::refusal::Refusal;

/// Users deleted before a time, the first of them first.
pub fn deleted_before(conn: &mut Conn, before: i64, limit: i64) -> Result<Vec<User>, Refusal> {
    let gone = users::table.filter(sql::<Bool>("users.deleted_at <> 0")).filter(users::deleted_at.lt(before));
    Ok(gone.order((users::deleted_at, users::id)).limit(limit).load(conn)?)
}

/// Takes a user out for good: the row and everything that hangs on it.
pub fn purge(conn: &mut Conn, user: &User) -> Result<(), Refusal> {
    let id = user.id;
    let assignments: Vec<i64> =
        role_assignments::table.filter(role_assignments::user_id.eq(id)).select(role_assignments::id).load(conn)?;
    diesel::delete(
        role_assignment_customers::table.filter(role_assignment_customers::assignment_id.eq_any(assignments)),
    )
    .execute(conn)?;
    diesel::delete(role_assignments::table.filter(role_assignments::user_id.eq(id))).execute(conn)?;
    diesel::delete(credentials::table.filter(credentials::user_id.eq(id))).execute(conn)?;
    diesel::delete(recovery_codes::table.filter(recovery_codes::user_id.eq(id))).execute(conn)?;
    diesel::delete(sessions::table.filter(sessions::user_id.eq(id))).execute(conn)?;
    diesel::delete(known_browsers::table.filter(known_browsers::user_id.eq(id))).execute(conn)?;
    diesel::delete(one_time_links::table.filter(one_time_links::user_id.eq(id))).execute(conn)?;
    diesel::delete(mails::table.filter(mails::user_id.eq(id))).execute(conn)?;
    diesel::delete(kept_forms::table.filter(kept_forms::user_id.eq(id))).execute(conn)?;
    diesel::delete(expected_devices::table.filter(expected_devices::user_id.eq(id))).execute(conn)?;
    groups::queries::forget_user(conn, id)?;
    // A job without an actor is the machine's own and may do all: it must not outlive its actor.
    diesel::delete(jobs::table.filter(jobs::actor_id.eq(id))).execute(conn)?;
    diesel::update(imports::table.filter(imports::owner_id.eq(id)))
        .set((imports::owner_id.eq(None::<i64>), imports::expires_at.eq(1)))
        .execute(conn)?;
    diesel::update(operation_table::table.filter(operation_table::actor_id.eq(id)))
        .set(operation_table::actor_id.eq(None::<i64>))
        .execute(conn)?;
    operations::queries::forget(conn, id)?;
    audit::queries::forget_user(conn, id)?;
    if let Conn::Sqlite(c) = conn {
        sqlite::unindex_user(c, id, &user.search)?;
    }
    diesel::delete(users::table.find(id)).execute(conn)?;
    count(conn, user.customer_id, (0, -1))
}

/// Folds the rows of `user_counts` into one per customer, and those of `user_totals` into one. Exactly the rows that were read are taken out, since
/// others may be under way.
pub fn fold_counts(conn: &mut Conn) -> Result<(), Refusal> {
    let rows: Vec<(i64, i64, i64, i64)> = user_counts::table
        .order(user_counts::id)
        .select((user_counts::id, user_counts::customer_id, user_counts::present, user_counts::deleted))
        .limit(20_000)
        .load(conn)?;
    let mut sums: BTreeMap<i64, (Vec<i64>, i64, i64)> = BTreeMap::new();
    for (id, customer, present, deleted) in rows {
        let sum = sums.entry(customer).or_default();
        sum.0.push(id);
        sum.1 += present;
        sum.2 += deleted;
    }
    for (customer_id, (ids, present, deleted)) in sums {
        if ids.len() < 2 {
            continue;
        }
        let mut gone = 0;
        for batch in ids.chunks(500) {
            gone += diesel::delete(user_counts::table.filter(user_counts::id.eq_any(batch))).execute(conn)?;
        }
        all_gone(gone, ids.len())?;
        let sum = (
            user_counts::customer_id.eq(customer_id),
            user_counts::present.eq(present),
            user_counts::deleted.eq(deleted),
        );
        diesel::insert_into(user_counts::table).values(sum).execute(conn)?;
    }
    fold_totals(conn)
}

fn fold_totals(conn: &mut Conn) -> Result<(), Refusal> {
    let rows: Vec<(i64, i64)> = user_totals::table.order(user_totals::id).limit(20_000).load(conn)?;
    if rows.len() < 2 {
        return Ok(());
    }
    let ids: Vec<i64> = rows.iter().map(|row| row.0).collect();
    let mut gone = 0;
    for batch in ids.chunks(500) {
        gone += diesel::delete(user_totals::table.filter(user_totals::id.eq_any(batch))).execute(conn)?;
    }
    all_gone(gone, ids.len())?;
    let present: i64 = rows.iter().map(|row| row.1).sum();
    diesel::insert_into(user_totals::table).values(user_totals::present.eq(present)).execute(conn)?;
    Ok(())
}

fn all_gone(gone: usize, wanted: usize) -> Result<(), Refusal> {
    if gone == wanted { Ok(()) } else { Err(Refusal::Conflict("Somebody else folds the totals.".into())) }
}
