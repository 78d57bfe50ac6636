//! Who is in which group. Every change keeps the number of members.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::super::model::Group;
use super::totals::{count_members, counted};
use crate::access::Scope;
use crate::db::fragment::{literal, one_of};
use crate::db::schema::{group_member_changes, group_members, user_groups};
use crate::db::{Conn, is_sqlite};
use crate::refusal::Refusal;

/// Rows to a statement on PostgreSQL, and ids to one on either.
const TO_A_STATEMENT: usize = 1_000;

/// Adds users who are not deleted, each by id and sort key; gives how many were not in the group already.
pub fn add_members(conn: &mut Conn, group_id: i64, users: &[(i64, &str)], now: i64) -> Result<i64, Refusal> {
    let rows: Vec<_> = users
        .iter()
        .map(|(id, name_key)| {
            (
                group_members::group_id.eq(group_id),
                group_members::user_id.eq(*id),
                group_members::name_key.eq((*name_key).to_owned()),
                group_members::added_at.eq(now),
                group_members::is_deleted.eq(false),
            )
        })
        .collect();
    let mut added = 0;
    match conn {
        // One by one, with a statement that is prepared already.
        Conn::Sqlite(c) => {
            for row in rows {
                added += diesel::insert_into(group_members::table).values(row).on_conflict_do_nothing().execute(c)?;
            }
        }
        Conn::Postgres(c) => {
            for batch in rows.chunks(TO_A_STATEMENT) {
                added += diesel::insert_into(group_members::table)
                    .values(batch.to_vec())
                    .on_conflict_do_nothing()
                    .execute(c)?;
            }
        }
    }
    let added = i64::try_from(added).unwrap_or(i64::MAX);
    count_members(conn, group_id, added)?;
    Ok(added)
}

/// Takes users who are not deleted out of a group; gives how many were in it.
pub fn remove_members(conn: &mut Conn, group_id: i64, users: &[i64]) -> Result<i64, Refusal> {
    let mut removed = 0;
    for batch in users.chunks(TO_A_STATEMENT) {
        let theirs = group_members::table
            .filter(group_members::group_id.eq(group_id))
            .filter(group_members::user_id.eq_any(batch))
            .filter(group_members::is_deleted.eq(false));
        removed += diesel::delete(theirs).execute(conn)?;
    }
    let removed = i64::try_from(removed).unwrap_or(i64::MAX);
    count_members(conn, group_id, -removed)?;
    Ok(removed)
}

/// The groups of some users by user: of all groups, or of those that are named. Those of deleted groups are left out unless they are named.
pub fn memberships(
    conn: &mut Conn,
    users: &[i64],
    groups: Option<&BTreeSet<i64>>,
) -> Result<BTreeMap<i64, BTreeSet<i64>>, Refusal> {
    let mut found: BTreeMap<i64, BTreeSet<i64>> = BTreeMap::new();
    let sqlite = is_sqlite(conn);
    for batch in users.chunks(TO_A_STATEMENT) {
        let query = group_members::table
            .inner_join(user_groups::table)
            .select((group_members::user_id, group_members::group_id))
            .into_boxed();
        let query = match sqlite {
            true => query.filter(one_of("group_members.user_id IN (SELECT value FROM json_each(", batch)),
            false => query.filter(group_members::user_id.eq_any(batch.to_vec())),
        };
        let query = match groups {
            Some(ids) => query.filter(group_members::group_id.eq_any(ids.iter().copied().collect::<Vec<_>>())),
            None => query.filter(user_groups::deleted_at.eq(0)),
        };
        for (user, group) in query.load::<(i64, i64)>(conn)? {
            found.entry(user).or_default().insert(group);
        }
    }
    Ok(found)
}

/// What the groups in scope are called that some users are in, by user and in the order of their names.
pub fn group_names(conn: &mut Conn, scope: &Scope, users: &[i64]) -> Result<BTreeMap<i64, Vec<String>>, Refusal> {
    let mut found: BTreeMap<i64, Vec<String>> = BTreeMap::new();
    let sqlite = is_sqlite(conn);
    for batch in users.chunks(TO_A_STATEMENT) {
        let query = group_members::table
            .inner_join(user_groups::table)
            .filter(user_groups::deleted_at.eq(0))
            .select((group_members::user_id, user_groups::customer_id, user_groups::name, user_groups::name_key))
            .into_boxed();
        let query = match sqlite {
            true => query.filter(one_of("group_members.user_id IN (SELECT value FROM json_each(", batch)),
            false => query.filter(group_members::user_id.eq_any(batch.to_vec())),
        };
        let mut rows: Vec<(i64, i64, String, String)> = query.load(conn)?;
        rows.sort_by(|one, other| (one.0, &one.3, &one.2).cmp(&(other.0, &other.3, &other.2)));
        for (user, customer, name, _) in rows {
            if scope.contains(customer) {
                found.entry(user).or_default().push(name);
            }
        }
    }
    Ok(found)
}

/// The members of some groups who are not deleted, behind an id, the lowest first.
pub fn members_after(conn: &mut Conn, groups: &[i64], after: i64, limit: i64) -> Result<Vec<i64>, Refusal> {
    let mut ids = BTreeSet::new();
    for group in groups {
        let theirs: Vec<i64> = group_members::table
            .filter(group_members::group_id.eq(group))
            .filter(group_members::user_id.gt(after))
            .filter(group_members::is_deleted.eq(false))
            .order(group_members::user_id)
            .limit(limit)
            .select(group_members::user_id)
            .load(conn)?;
        ids.extend(theirs);
    }
    Ok(ids.into_iter().take(usize::try_from(limit).unwrap_or(usize::MAX)).collect())
}

/// How many members a group has that are not deleted; 0 if it is deleted, or of none of these customers (None: of whichever).
pub fn members_in(conn: &mut Conn, group_id: i64, customers: Option<&[i64]>) -> Result<i64, Refusal> {
    let there = |group: &Group| group.deleted_at == 0 && customers.is_none_or(|ids| ids.contains(&group.customer_id));
    let found = counted(conn, group_id).optional()?.map(|(group, _)| group).filter(there);
    Ok(found.map_or(0, |group| group.member_count.max(0)))
}

/// Repeats a user's sort key where they are a member.
pub fn rename_member(conn: &mut Conn, user_id: i64, name_key: &str) -> Result<(), Refusal> {
    diesel::update(group_members::table.filter(group_members::user_id.eq(user_id)))
        .set(group_members::name_key.eq(name_key))
        .execute(conn)?;
    Ok(())
}

/// Repeats that users were deleted, or restored: they stay members, and are counted only while they are there.
pub fn set_members_deleted(conn: &mut Conn, users: &[i64], deleted: bool) -> Result<(), Refusal> {
    let sqlite = is_sqlite(conn);
    for batch in users.chunks(TO_A_STATEMENT) {
        let query = group_members::table.filter(group_members::is_deleted.eq(!deleted)).into_boxed();
        let query = match sqlite {
            true => query.filter(one_of("group_members.user_id IN (SELECT value FROM json_each(", batch)),
            false => query.filter(group_members::user_id.eq_any(batch.to_vec())),
        };
        let mut members: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
        for (group, user) in query.select((group_members::group_id, group_members::user_id)).load::<(i64, i64)>(conn)? {
            members.entry(group).or_default().push(user);
        }
        for (group, users) in members {
            let theirs = group_members::table
                .filter(group_members::group_id.eq(group))
                .filter(group_members::user_id.eq_any(&users));
            diesel::update(theirs).set(group_members::is_deleted.eq(deleted)).execute(conn)?;
            let number = i64::try_from(users.len()).unwrap_or(i64::MAX);
            count_members(conn, group, if deleted { -number } else { number })?;
        }
    }
    Ok(())
}

/// Takes a user who is gone for good out of everything that groups say. They were deleted, and so are not counted any more.
pub fn forget_user(conn: &mut Conn, user_id: i64) -> Result<(), Refusal> {
    diesel::delete(group_members::table.filter(group_members::user_id.eq(user_id))).execute(conn)?;
    diesel::update(user_groups::table.filter(user_groups::created_by.eq(user_id)))
        .set((
            user_groups::created_by.eq(None::<i64>),
            user_groups::created_by_name.eq(""),
            user_groups::created_by_key.eq(""),
        ))
        .execute(conn)?;
    Ok(())
}

/// Takes groups out for good that were deleted before a time, a few at a time.
pub fn purge(conn: &mut Conn, before: i64) -> Result<(), Refusal> {
    let gone: Vec<i64> = user_groups::table
        .filter(literal::<Bool>("user_groups.deleted_at <> 0"))
        .filter(user_groups::deleted_at.lt(before))
        .order(user_groups::deleted_at)
        .limit(20)
        .select(user_groups::id)
        .load(conn)?;
    for id in gone {
        diesel::delete(group_members::table.filter(group_members::group_id.eq(id))).execute(conn)?;
        diesel::delete(group_member_changes::table.filter(group_member_changes::group_id.eq(id))).execute(conn)?;
        diesel::delete(user_groups::table.find(id)).execute(conn)?;
    }
    Ok(())
}
