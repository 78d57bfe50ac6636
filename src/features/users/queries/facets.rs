//! How many users each choice of a filter would leave, where that is cheap to know.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;

use super::hits::{Hits, hits};
use super::list::total;
use super::narrow::{Narrow, of_ids, present};
use crate::db::fragment::one_of;
use crate::db::schema::{role_assignments, user_counts, users};
use crate::db::{Conn, is_sqlite};
use crate::refusal::Refusal;

/// What of a user the filters ask for.
#[derive(Debug, Clone)]
pub struct Fact {
    pub customer_id: i64,
    tfa: i16,
    status: i16,
    source: i16,
    device_count: i64,
    last_login_at: i64,
    roles: BTreeSet<i64>,
}

/// One row as it is read: id, customer, 2FA, status, source, devices, last login.
type Row = (i64, i64, i16, i16, i16, i64, i64);

impl Fact {
    /// Whether a narrowing that only filters, by columns and role, leaves this user.
    pub fn fits(&self, choice: &Narrow) -> bool {
        choice.customers.as_ref().is_none_or(|ids| ids.contains(&self.customer_id))
            && choice.tfa.is_none_or(|tfa| tfa == self.tfa)
            && choice.status.is_none_or(|status| status == self.status)
            && choice.source.is_none_or(|source| source == self.source)
            && choice.role.is_none_or(|role| self.roles.contains(&role))
            && (!choice.no_devices || self.device_count == 0)
            && (!choice.never_signed_in || self.last_login_at == 0)
            && choice.idle_since.is_none_or(|since| self.last_login_at > 0 && self.last_login_at < since)
    }
}

/// Up to so many people are looked at one by one: each is a row somewhere else in the table.
const MOST: i64 = 2_000;

/// Everybody whom a narrowing leaves, as facts; None if they are more than [`MOST`].
pub fn facts(conn: &mut Conn, narrow: &Narrow) -> Result<Option<Vec<Fact>>, Refusal> {
    if narrow.is_whole() && total(conn, narrow)?.at_least() > MOST {
        return Ok(None);
    }
    let Hits::All(ids) = hits(conn, narrow)? else { return Ok(None) };
    if i64::try_from(ids.len()).unwrap_or(i64::MAX) > MOST {
        return Ok(None);
    }
    let sqlite = is_sqlite(conn);
    let rows: Vec<Row> = present()
        .filter(of_ids(sqlite, &ids))
        .select((
            users::id,
            users::customer_id,
            users::tfa,
            users::status,
            users::source,
            users::device_count,
            users::last_login_at,
        ))
        .load(conn)?;
    let mut roles: BTreeMap<i64, BTreeSet<i64>> = BTreeMap::new();
    let held = role_assignments::table.select((role_assignments::user_id, role_assignments::role_id)).into_boxed();
    let held: Vec<(i64, i64)> = if sqlite {
        held.filter(one_of("role_assignments.user_id IN (SELECT value FROM json_each(", &ids)).load(conn)?
    } else {
        held.filter(role_assignments::user_id.eq_any(ids)).load(conn)?
    };
    for (user, role) in held {
        roles.entry(user).or_default().insert(role);
    }
    let fact = |(id, customer_id, tfa, status, source, device_count, last_login_at): Row| Fact {
        customer_id,
        tfa,
        status,
        source,
        device_count,
        last_login_at,
        roles: roles.remove(&id).unwrap_or_default(),
    };
    Ok(Some(rows.into_iter().map(fact).collect()))
}

/// How many users each customer of a whole list has, from the kept totals.
pub fn by_customer(conn: &mut Conn, narrow: &Narrow) -> Result<BTreeMap<i64, i64>, Refusal> {
    let query = user_counts::table.select((user_counts::customer_id, user_counts::present)).into_boxed();
    let query = match &narrow.customers {
        None => query,
        Some(ids) => query.filter(user_counts::customer_id.eq_any(ids.clone())),
    };
    let mut counts = BTreeMap::new();
    for (customer, present) in query.load::<(i64, i64)>(conn)? {
        *counts.entry(customer).or_default() += present;
    }
    Ok(counts)
}
