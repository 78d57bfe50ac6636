//! Pieces of SQL that diesel has no words for and that, unlike its `sql`, do not keep a statement from being prepared once and used again.

use std::marker::PhantomData;

use diesel::backend::Backend;
use diesel::expression::{
    AppearsOnTable, Expression, SelectableExpression, TypedExpressionType, ValidGrouping, is_aggregate,
};
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{Bool, HasSqlType, SingleValue, Text};

/// SQL that stands as it is written here: for a value that the planner must see, as that of a partial index.
#[derive(Debug, Clone, Copy)]
pub struct Literal<ST>(&'static str, PhantomData<ST>);

/// An expression of this type.
pub const fn literal<ST>(sql: &'static str) -> Literal<ST> {
    Literal(sql, PhantomData)
}

impl<ST> QueryId for Literal<ST> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<ST: SingleValue + TypedExpressionType> Expression for Literal<ST> {
    type SqlType = ST;
}

impl<ST, GB> ValidGrouping<GB> for Literal<ST> {
    type IsAggregate = is_aggregate::Never;
}

impl<ST, DB: Backend> QueryFragment<DB> for Literal<ST> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql(self.0);
        Ok(())
    }
}

impl<ST, QS> SelectableExpression<QS> for Literal<ST> where Self: Expression {}
impl<ST, QS> AppearsOnTable<QS> for Literal<ST> where Self: Expression {}

/// A condition with one text bound: the SQL before it, the text, the SQL behind it.
#[derive(Debug, Clone)]
pub struct Around {
    before: &'static str,
    text: String,
    behind: &'static str,
}

/// `column` (of SQLite) holds one of these ids: however many, one statement with one value bound, a JSON array.
pub fn one_of(before: &'static str, ids: &[i64]) -> Around {
    let mut text = String::with_capacity(ids.len() * 8 + 2);
    text.push('[');
    for (place, id) in ids.iter().enumerate() {
        if place > 0 {
            text.push(',');
        }
        text.push_str(&id.to_string());
    }
    text.push(']');
    Around { before, text, behind: "))" }
}

/// A condition on a text.
pub fn around(before: &'static str, text: String, behind: &'static str) -> Around {
    Around { before, text, behind }
}

impl QueryId for Around {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Expression for Around {
    type SqlType = Bool;
}

impl<GB> ValidGrouping<GB> for Around {
    type IsAggregate = is_aggregate::Never;
}

impl<DB> QueryFragment<DB> for Around
where
    DB: Backend + HasSqlType<Text>,
    String: ToSql<Text, DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql(self.before);
        out.push_bind_param::<Text, _>(&self.text)?;
        out.push_sql(self.behind);
        Ok(())
    }
}

impl<QS> SelectableExpression<QS> for Around {}
impl<QS> AppearsOnTable<QS> for Around {}
