//! Whom of some people a narrowing leaves.

use std::collections::BTreeSet;
use std::marker::PhantomData;

use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{BigInt, Text};

use super::narrow::{Narrow, of_ids};
use crate::db::fragment::json;
use crate::db::schema::users;
use crate::db::search::Condition;
use crate::db::{Conn, is_sqlite};
use crate::features::users::input::Access;
use crate::refusal::Refusal;

/// People to a statement.
const AT_ONCE: usize = 5_000;

/// Who of these is left by `narrow`.
pub fn among(conn: &mut Conn, narrow: &Narrow, ids: &[i64]) -> Result<BTreeSet<i64>, Refusal> {
    let mut left = BTreeSet::new();
    for some in ids.chunks(AT_ONCE) {
        left.extend(left_of(conn, narrow, some)?);
    }
    Ok(left)
}

/// Who of these is left by `narrow`, in whatever order.
pub(super) fn left_of(conn: &mut Conn, narrow: &Narrow, ids: &[i64]) -> Result<Vec<i64>, Refusal> {
    let sqlite = is_sqlite(conn);
    if sqlite && narrow.asks_of_index_alone() {
        let conditions = narrow.conditions(sqlite).into_iter().chain(narrow.in_customers(sqlite)).collect();
        return Ok(Those::<BigInt>::of(sqlite, ids, conditions, ("users.id", "")).load(conn)?);
    }
    // Most of those who hold what is searched for are of other customers, and the index says so without their rows.
    let theirs: Option<Vec<i64>> = match narrow.in_customers(sqlite) {
        Some(condition) if sqlite => {
            Some(Those::<BigInt>::of(sqlite, ids, vec![condition], ("users.id", "")).load(conn)?)
        }
        _ => None,
    };
    let ids = theirs.as_deref().unwrap_or(ids);
    Ok(narrow.query(sqlite).filter(of_ids(sqlite, ids)).select(users::id).load(conn)?)
}

impl Narrow {
    /// Whether all that is asked for stands in the index of those who are there.
    fn asks_of_index_alone(&self) -> bool {
        self.terms.is_empty()
            && self.role.is_none()
            && self.group.is_none()
            && !self.no_devices
            && self.picked.is_none()
            && !matches!(self.access, Some((Access::HeldBack, _)))
    }
}

type Backend = <Conn as Connection>::Backend;

/// Those of some people who are there and fit conditions. SQLite reads them from the index of those who are there, which is a few pages where their rows
/// lie all over the table; it would not choose that by itself.
pub(super) struct Those<ST> {
    sqlite: bool,
    ids: String,
    conditions: Vec<Condition>,
    /// What is read, and what follows the conditions.
    read: (&'static str, &'static str),
    columns: PhantomData<ST>,
}

impl<ST> Those<ST> {
    pub(super) fn of(
        sqlite: bool,
        ids: &[i64],
        conditions: Vec<Condition>,
        read: (&'static str, &'static str),
    ) -> Those<ST> {
        Those { sqlite, ids: json(ids), conditions, read, columns: PhantomData }
    }
}

impl<ST> QueryFragment<Backend> for Those<ST> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Backend>) -> QueryResult<()> {
        let (list, people) = match self.sqlite {
            true => ("json_each(", ") AS given CROSS JOIN users INDEXED BY users_present ON users.id = given.value"),
            false => {
                ("json_array_elements_text(", "::json) AS given(value) JOIN users ON users.id = given.value::bigint")
            }
        };
        out.push_sql("SELECT ");
        out.push_sql(self.read.0);
        out.push_sql(" FROM ");
        out.push_sql(list);
        out.push_bind_param::<Text, _>(&self.ids)?;
        out.push_sql(people);
        out.push_sql(" WHERE users.deleted_at = 0");
        for condition in &self.conditions {
            out.push_sql(" AND (");
            condition.walk_ast(out.reborrow())?;
            out.push_sql(")");
        }
        out.push_sql(self.read.1);
        Ok(())
    }
}

impl<ST> QueryId for Those<ST> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<ST> Query for Those<ST> {
    type SqlType = ST;
}

impl<ST> RunQueryDsl<Conn> for Those<ST> {}
