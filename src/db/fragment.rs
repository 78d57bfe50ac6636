//! Pieces of SQL that diesel has no words for and that, unlike its `sql`, do not keep a statement from being prepared once and used again.

use std::marker::PhantomData;

use diesel::backend::Backend;
use diesel::expression::{
    AppearsOnTable, Expression, SelectableExpression, TypedExpressionType, ValidGrouping, is_aggregate,
};
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{BigInt, Bool, HasSqlType, SingleValue, Text};

/// Makes a piece of SQL a condition, on whichever tables: what it says differs with its values, and so is no type of statement of its own.
macro_rules! condition {
    ($piece:ty) => {
        impl QueryId for $piece {
            type QueryId = ();
            const HAS_STATIC_QUERY_ID: bool = false;
        }

        impl Expression for $piece {
            type SqlType = Bool;
        }

        impl<GB> ValidGrouping<GB> for $piece {
            type IsAggregate = is_aggregate::Never;
        }

        impl<QS> SelectableExpression<QS> for $piece {}
        impl<QS> AppearsOnTable<QS> for $piece {}
    };
}

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

/// Names SQL that stands as it is written: an expression whose type says what it is, and which, unlike the others of this module, does not keep what is
/// prepared from being found by the type of the statement (see [`by_type`]).
macro_rules! named {
    ($(#[$about:meta])* $visible:vis $name:ident: $type:ty = $sql:expr) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, diesel::query_builder::QueryId)]
        $visible struct $name;

        impl $name {
            const SQL: &'static str = $sql;
        }

        impl diesel::expression::Expression for $name {
            type SqlType = $type;
        }

        impl<GB> diesel::expression::ValidGrouping<GB> for $name {
            type IsAggregate = diesel::expression::is_aggregate::Never;
        }

        impl<DB: diesel::backend::Backend> diesel::query_builder::QueryFragment<DB> for $name {
            fn walk_ast<'b>(&'b self, mut out: diesel::query_builder::AstPass<'_, 'b, DB>) -> diesel::QueryResult<()> {
                out.push_sql(Self::SQL);
                Ok(())
            }
        }

        impl<QS> diesel::expression::SelectableExpression<QS> for $name {}
        impl<QS> diesel::expression::AppearsOnTable<QS> for $name {}
    };
}

pub(crate) use named;

/// A statement that is asked so often that it must be found by its type, without writing it out: what cannot be is not built. Writing a session's out took
/// a twentieth of a page.
pub fn by_type<Q: QueryId>(statement: Q) -> Q {
    const { assert!(Q::HAS_STATIC_QUERY_ID) };
    statement
}

/// `column` holds one of a few numbers, which stand in the SQL: each choice is a statement of its own, with a plan that was made for it. Bound, they would
/// share one that PostgreSQL makes for any, and that reads the whole table where nobody fits.
#[derive(Debug, Clone)]
pub struct OneOfFew {
    column: &'static str,
    numbers: Vec<i16>,
}

pub fn one_of_few(column: &'static str, numbers: Vec<i16>) -> OneOfFew {
    OneOfFew { column, numbers }
}

condition!(OneOfFew);

impl<DB: Backend> QueryFragment<DB> for OneOfFew {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql(self.column);
        out.push_sql(" IN (");
        for (place, number) in self.numbers.iter().enumerate() {
            if place > 0 {
                out.push_sql(",");
            }
            out.push_sql(&number.to_string());
        }
        out.push_sql(")");
        Ok(())
    }
}

/// A condition with one text bound: the SQL before it, the text, the SQL behind it.
#[derive(Debug, Clone)]
pub struct Around {
    before: &'static str,
    text: String,
    behind: &'static str,
}

/// `column` (of SQLite) holds one of these ids: however many, one statement with one value bound, a JSON array.
pub fn one_of(before: &'static str, ids: &[i64]) -> Around {
    Around { before, text: json(ids), behind: "))" }
}

/// Ids as JSON, so that a statement is the same for however many.
pub fn json(ids: &[i64]) -> String {
    let mut text = String::with_capacity(ids.len() * 8 + 2);
    text.push('[');
    for (place, id) in ids.iter().enumerate() {
        if place > 0 {
            text.push(',');
        }
        text.push_str(&id.to_string());
    }
    text.push(']');
    text
}

/// A condition on a text.
pub fn around(before: &'static str, text: String, behind: &'static str) -> Around {
    Around { before, text, behind }
}

condition!(Around);

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

/// A whole statement, piece by piece, for what only one of the databases has.
#[derive(Debug, Clone)]
pub struct Statement<ST> {
    pieces: Vec<Piece>,
    columns: PhantomData<ST>,
}

#[derive(Debug, Clone)]
enum Piece {
    Sql(&'static str),
    Text(String),
    Number(i64),
}

impl<ST> Statement<ST> {
    pub fn sql(sql: &'static str) -> Statement<ST> {
        Statement { pieces: vec![Piece::Sql(sql)], columns: PhantomData }
    }

    /// A text that is bound, and the SQL behind it.
    pub fn text(mut self, text: String, behind: &'static str) -> Statement<ST> {
        self.pieces.extend([Piece::Text(text), Piece::Sql(behind)]);
        self
    }

    /// A number that is bound, and the SQL behind it.
    pub fn number(mut self, number: i64, behind: &'static str) -> Statement<ST> {
        self.pieces.extend([Piece::Number(number), Piece::Sql(behind)]);
        self
    }
}

impl<ST> QueryId for Statement<ST> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<ST> Query for Statement<ST> {
    type SqlType = ST;
}

impl<ST, Conn> RunQueryDsl<Conn> for Statement<ST> {}

impl<ST, DB> QueryFragment<DB> for Statement<ST>
where
    DB: Backend + HasSqlType<Text> + HasSqlType<BigInt>,
    String: ToSql<Text, DB>,
    i64: ToSql<BigInt, DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        for piece in &self.pieces {
            match piece {
                Piece::Sql(sql) => out.push_sql(sql),
                Piece::Text(text) => out.push_bind_param::<Text, _>(text)?,
                Piece::Number(number) => out.push_bind_param::<BigInt, _>(number)?,
            }
        }
        Ok(())
    }
}
