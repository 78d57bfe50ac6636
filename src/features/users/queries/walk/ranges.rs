//! The next places of several customers in one statement: a range of an index for each, merged as they are read. A statement for each of twenty
//! customers took longer than the rest of the page.

use std::marker::PhantomData;

use diesel::backend::Backend;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{BigInt, HasSqlType, SingleValue};

use crate::db::schema::users;

/// Customers of one statement: SQLite allows 500 ranges, and what is prepared is kept.
pub(super) const MOST: usize = 64;

/// Where each range begins.
#[derive(Debug, Clone)]
pub(super) enum Start<V> {
    First,
    /// Behind this id, among those of this value.
    Among(V, i64),
    /// Behind this value.
    Behind(V),
}

/// Up to `limit` places (the value of column `C`, and the id) of some customers, in their order.
#[derive(Debug)]
pub(super) struct Ranges<C, V> {
    column: PhantomData<C>,
    customers: Vec<i64>,
    start: Start<V>,
    descending: bool,
    limit: i64,
}

impl<C, V> Ranges<C, V> {
    /// Of no more than [`MOST`] customers.
    pub(super) fn of(_: C, customers: &[i64], start: Start<V>, descending: bool, limit: i64) -> Ranges<C, V> {
        let mut customers = customers.to_vec();
        // Nobody is in customer 0. Statements of few sizes are prepared, whatever a reader's customers are.
        customers.resize(customers.len().next_power_of_two(), 0);
        Ranges { column: PhantomData, customers, start, descending, limit }
    }
}

impl<C, V, DB> QueryFragment<DB> for Ranges<C, V>
where
    C: Column<Table = users::table>,
    C::SqlType: SingleValue,
    DB: Backend + HasSqlType<C::SqlType> + HasSqlType<BigInt>,
    V: ToSql<C::SqlType, DB>,
    i64: ToSql<BigInt, DB>,
{
    /// Each range comes in the order of its index, and the database merges them without reading more than it must.
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        let beyond = if self.descending { " < " } else { " > " };
        for (number, customer) in self.customers.iter().enumerate() {
            out.push_sql(if number == 0 { "SELECT " } else { " UNION ALL SELECT " });
            out.push_sql(C::NAME);
            out.push_sql(" AS place, id FROM users WHERE deleted_at = 0 AND customer_id = ");
            out.push_bind_param::<BigInt, _>(customer)?;
            let (relation, value, within) = match &self.start {
                Start::First => continue,
                Start::Among(value, id) => (" = ", value, Some(id)),
                Start::Behind(value) => (beyond, value, None),
            };
            out.push_sql(" AND ");
            out.push_sql(C::NAME);
            out.push_sql(relation);
            out.push_bind_param::<C::SqlType, _>(value)?;
            if let Some(id) = within {
                out.push_sql(" AND id");
                out.push_sql(beyond);
                out.push_bind_param::<BigInt, _>(id)?;
            }
        }
        out.push_sql(if self.descending { " ORDER BY 1 DESC, 2 DESC LIMIT " } else { " ORDER BY 1, 2 LIMIT " });
        out.push_bind_param::<BigInt, _>(&self.limit)
    }
}

impl<C, V> QueryId for Ranges<C, V> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<C: Column, V> Query for Ranges<C, V> {
    type SqlType = (C::SqlType, BigInt);
}

impl<C, V, Conn> RunQueryDsl<Conn> for Ranges<C, V> {}
