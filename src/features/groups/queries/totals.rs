//! Kept numbers: members of a group, groups of a customer.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable};

use super::super::model::Group;
use crate::db::fragment::{literal, named};
use crate::db::schema::{customers, group_member_changes, group_totals, user_groups};
use crate::db::{Conn, postgres};
use crate::refusal::Refusal;

/// Rows that are folded in one go.
const AT_ONCE: i64 = 20_000;

/// Notes that a group has so many members more (or, below 0, fewer): in its row, or, while somebody else is at that, beside it. Nobody waits.
pub fn count_members(conn: &mut Conn, group_id: i64, change: i64) -> Result<(), Refusal> {
    if change == 0 {
        return Ok(());
    }
    let counted = match conn {
        // The one writer is alone with it.
        Conn::Sqlite(c) => {
            let more = user_groups::member_count.eq(user_groups::member_count + change);
            diesel::update(user_groups::table.find(group_id)).set(more).execute(c)? == 1
        }
        Conn::Postgres(c) => postgres::count_members(c, group_id, change)?,
    };
    if !counted {
        let beside = (group_member_changes::group_id.eq(group_id), group_member_changes::change.eq(change));
        diesel::insert_into(group_member_changes::table).values(beside).execute(conn)?;
    }
    Ok(())
}

/// A group, and what stands beside its number of members.
pub(super) type Counted = (Group, Option<i64>);

named! {
    /// What stands beside a group's number of members.
    pub(super) Beside: Nullable<BigInt> =
        "(SELECT CAST(SUM(change) AS BIGINT) FROM group_member_changes WHERE group_id = user_groups.id)"
}

/// A group with what stands beside its number of members added to it.
pub(super) fn settled((group, beside): Counted) -> Group {
    Group { member_count: group.member_count + beside.unwrap_or(0), ..group }
}

/// A group with its present number of members, deleted or not, and what its customer is called.
pub(super) fn counted(conn: &mut Conn, id: i64) -> QueryResult<(Group, String)> {
    let (group, customer): (Counted, String) = user_groups::table
        .inner_join(customers::table)
        .filter(user_groups::id.eq(id))
        .select(((user_groups::all_columns, Beside), customers::name))
        .first(conn)?;
    Ok((settled(group), customer))
}

/// Notes a change of the number of groups: rows added, never one changed, so that writers do not queue for it.
pub fn count_groups(conn: &mut Conn, customer_id: i64, present: i64) -> Result<(), Refusal> {
    for customer in [Some(customer_id), None] {
        let row = (group_totals::customer_id.eq(customer), group_totals::present.eq(present));
        diesel::insert_into(group_totals::table).values(row).execute(conn)?;
    }
    Ok(())
}

/// How many groups there are in some customers, or (None) in all.
pub(super) fn kept_total(conn: &mut Conn, customers: Option<&[i64]>) -> Result<i64, Refusal> {
    // A sum of BIGINT is NUMERIC on PostgreSQL, hence the cast.
    let sum = group_totals::table.into_boxed().select(literal::<Nullable<BigInt>>("CAST(SUM(present) AS BIGINT)"));
    let sum = match customers {
        None => sum.filter(group_totals::customer_id.is_null()),
        Some(ids) => sum.filter(group_totals::customer_id.eq_any(ids.to_vec())),
    };
    Ok(sum.first::<Option<i64>>(conn)?.unwrap_or(0))
}

/// Folds what was noted beside into the rows of groups, and the totals into one row each. Exactly the rows that were read are taken out, since others
/// may be under way.
pub fn fold_counts(conn: &mut Conn) -> Result<(), Refusal> {
    let rows: Vec<(i64, i64, i64)> =
        group_member_changes::table.order(group_member_changes::id).limit(AT_ONCE).load(conn)?;
    for (group_id, (ids, change)) in sums(rows) {
        take_out(conn, &ids)?;
        count_members(conn, group_id, change)?;
    }
    let rows: Vec<(i64, Option<i64>, i64)> = group_totals::table.order(group_totals::id).limit(AT_ONCE).load(conn)?;
    for (customer_id, (ids, present)) in sums(rows) {
        if ids.len() < 2 {
            continue;
        }
        let mut gone = 0;
        for batch in ids.chunks(500) {
            gone += diesel::delete(group_totals::table.filter(group_totals::id.eq_any(batch))).execute(conn)?;
        }
        all_gone(gone, ids.len())?;
        let row = (group_totals::customer_id.eq(customer_id), group_totals::present.eq(present));
        diesel::insert_into(group_totals::table).values(row).execute(conn)?;
    }
    Ok(())
}

/// By key: the ids of the rows, and the sum of what they say.
fn sums<K: Ord>(rows: Vec<(i64, K, i64)>) -> BTreeMap<K, (Vec<i64>, i64)> {
    let mut sums: BTreeMap<K, (Vec<i64>, i64)> = BTreeMap::new();
    for (id, key, change) in rows {
        let sum = sums.entry(key).or_default();
        sum.0.push(id);
        sum.1 += change;
    }
    sums
}

fn take_out(conn: &mut Conn, ids: &[i64]) -> Result<(), Refusal> {
    let mut gone = 0;
    for batch in ids.chunks(500) {
        gone +=
            diesel::delete(group_member_changes::table.filter(group_member_changes::id.eq_any(batch))).execute(conn)?;
    }
    all_gone(gone, ids.len())
}

fn all_gone(gone: usize, wanted: usize) -> Result<(), Refusal> {
    if gone == wanted { Ok(()) } else { Err(Refusal::Conflict("Somebody else folds the totals.".into())) }
}
