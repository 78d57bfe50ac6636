//! Places of people who are known beforehand, in the order of a column.

use std::marker::PhantomData;

use diesel::backend::Backend;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{Array, BigInt, HasSqlType, SingleValue, Text};
use diesel::sqlite::Sqlite;

use crate::db::fragment::json;
use crate::db::schema::users;

/// Up to `limit` of some people who are not deleted, as the value of column `C` and the id. `I` is their ids as a database takes them: as JSON
/// (SQLite) or as they are (PostgreSQL).
#[derive(Debug)]
pub(super) struct Known<C, V, I> {
    column: PhantomData<C>,
    ids: I,
    /// Whether they are so many that their names are read beside the ids, from an index, and not from their rows, which are at hand of a few.
    many: bool,
    from: Option<(V, i64)>,
    descending: bool,
    limit: i64,
}

/// So many are not many.
const FEW: usize = 512;

impl<C, V> Known<C, V, ()> {
    /// Those behind a place (value and id).
    pub(super) fn of(_: C, from: Option<(V, i64)>, descending: bool, limit: i64) -> Known<C, V, ()> {
        Known { column: PhantomData, ids: (), many: false, from, descending, limit }
    }

    pub(super) fn in_sqlite(self, ids: &[i64]) -> Known<C, V, String> {
        Known { many: ids.len() > FEW, ..self.among(json(ids)) }
    }

    pub(super) fn in_postgres(self, ids: &[i64]) -> Known<C, V, &[i64]> {
        self.among(ids)
    }

    fn among<I>(self, ids: I) -> Known<C, V, I> {
        let Known { column, many, from, descending, limit, .. } = self;
        Known { column, ids, many, from, descending, limit }
    }
}

impl<C: Column<Table = users::table>, V, I> Known<C, V, I> {
    /// What follows the place, in order.
    fn rest<'b, DB>(&'b self, out: &mut AstPass<'_, 'b, DB>) -> QueryResult<()>
    where
        DB: Backend + HasSqlType<C::SqlType> + HasSqlType<BigInt>,
        C::SqlType: SingleValue,
        V: ToSql<C::SqlType, DB>,
        i64: ToSql<BigInt, DB>,
    {
        if let Some((value, id)) = &self.from {
            out.push_sql(" AND (users.");
            out.push_sql(C::NAME);
            out.push_sql(if self.descending { ", users.id) < (" } else { ", users.id) > (" });
            out.push_bind_param::<C::SqlType, _>(value)?;
            out.push_sql(", ");
            out.push_bind_param::<BigInt, _>(id)?;
            out.push_sql(")");
        }
        let way = if self.descending { " DESC" } else { "" };
        out.push_sql(&format!(" ORDER BY users.{}{way}, users.id{way} LIMIT {}", C::NAME, self.limit));
        Ok(())
    }
}

impl<C, V> QueryFragment<Sqlite> for Known<C, V, String>
where
    C: Column<Table = users::table>,
    C::SqlType: SingleValue,
    V: ToSql<C::SqlType, Sqlite>,
    Sqlite: HasSqlType<C::SqlType>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql("SELECT users.");
        out.push_sql(C::NAME);
        out.push_sql(", users.id FROM json_each(");
        out.push_bind_param::<Text, _>(&self.ids)?;
        out.push_sql(") AS given CROSS JOIN users ");
        if self.many && C::NAME == users::name_key::NAME {
            out.push_sql("INDEXED BY users_present ");
        }
        out.push_sql("ON users.id = given.value WHERE users.deleted_at = 0");
        self.rest(&mut out)
    }
}

impl<C, V> QueryFragment<Pg> for Known<C, V, &[i64]>
where
    C: Column<Table = users::table>,
    C::SqlType: SingleValue,
    V: ToSql<C::SqlType, Pg>,
    Pg: HasSqlType<C::SqlType>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("SELECT users.");
        out.push_sql(C::NAME);
        out.push_sql(", users.id FROM users WHERE users.deleted_at = 0 AND users.id = ANY(");
        out.push_bind_param::<Array<BigInt>, [i64]>(self.ids)?;
        out.push_sql(")");
        self.rest(&mut out)
    }
}

impl<C, V, I> QueryId for Known<C, V, I> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<C: Column, V, I> Query for Known<C, V, I> {
    type SqlType = (C::SqlType, BigInt);
}

impl<C, V, I, Conn> RunQueryDsl<Conn> for Known<C, V, I> {}
