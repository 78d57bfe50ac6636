//! The next people of a list in one statement: ranges of an index, one or two for each customer, merged as they are read. A statement for each
//! of twenty customers took longer than the rest of the page.

use std::marker::PhantomData;

use diesel::backend::Backend;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{BigInt, HasSqlType, SingleValue};

use crate::db::schema::users;

/// Customers of one statement: SQLite allows 500 ranges, and what is prepared is kept.
pub(super) const MOST: usize = 64;

/// Up to `limit` people, each as the value of column `C` and what is shown, `S`; in no certain order.
#[derive(Debug)]
pub(super) struct Ranges<C, V, S> {
    column: PhantomData<C>,
    shown: S,
    /// None: of all customers.
    customers: Option<Vec<i64>>,
    from: Option<(V, i64)>,
    descending: bool,
    limit: i64,
}

/// Which part of the rest an index leads to by one range: a comparison of value and id together would pass all who share the value.
#[derive(Debug, Clone, Copy)]
enum Part {
    All,
    SameValue,
    Beyond,
}

impl<C, V, S> Ranges<C, V, S> {
    /// Those behind a place (value and id), of no more than [`MOST`] customers.
    pub(super) fn of(
        _: C,
        shown: S,
        customers: Option<&[i64]>,
        from: Option<(V, i64)>,
        descending: bool,
        limit: i64,
    ) -> Ranges<C, V, S> {
        let customers = customers.map(|ids| {
            let mut ids = ids.to_vec();
            // Nobody is in customer 0. Statements of few sizes are prepared, whatever a reader's customers are.
            ids.resize(ids.len().next_power_of_two(), 0);
            ids
        });
        Ranges { column: PhantomData, shown, customers, from, descending, limit }
    }
}

impl<C: Column<Table = users::table>, V, S> Ranges<C, V, S> {
    fn range<'b, DB>(&'b self, part: Part, customer: Option<&'b i64>, out: &mut AstPass<'_, 'b, DB>) -> QueryResult<()>
    where
        C::SqlType: SingleValue,
        DB: Backend + HasSqlType<C::SqlType> + HasSqlType<BigInt>,
        V: ToSql<C::SqlType, DB>,
        i64: ToSql<BigInt, DB>,
    {
        out.push_sql("SELECT ");
        out.push_sql(C::NAME);
        out.push_sql(" AS place, id FROM users WHERE deleted_at = 0");
        if let Some(customer) = customer {
            out.push_sql(" AND customer_id = ");
            out.push_bind_param::<BigInt, _>(customer)?;
        }
        let beyond = if self.descending { " < " } else { " > " };
        let Some((value, id)) = &self.from else { return Ok(()) };
        let relation = match part {
            Part::All => return Ok(()),
            Part::SameValue => " = ",
            Part::Beyond => beyond,
        };
        out.push_sql(" AND ");
        out.push_sql(C::NAME);
        out.push_sql(relation);
        out.push_bind_param::<C::SqlType, _>(value)?;
        if let Part::SameValue = part {
            out.push_sql(" AND id");
            out.push_sql(beyond);
            out.push_bind_param::<BigInt, _>(id)?;
        }
        Ok(())
    }
}

impl<C, V, S, DB> QueryFragment<DB> for Ranges<C, V, S>
where
    C: Column<Table = users::table>,
    C::SqlType: SingleValue,
    DB: Backend + HasSqlType<C::SqlType> + HasSqlType<BigInt>,
    V: ToSql<C::SqlType, DB>,
    i64: ToSql<BigInt, DB>,
    S: QueryFragment<DB>,
{
    /// Each range comes in the order of its index, and the database merges them without reading more than it must.
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql("SELECT places.place, ");
        self.shown.walk_ast(out.reborrow())?;
        out.push_sql(" FROM (");
        let parts: &[Part] = if self.from.is_some() { &[Part::SameValue, Part::Beyond] } else { &[Part::All] };
        let customers = self.customers.as_deref().map(|ids| ids.iter().map(Some).collect());
        let mut union = "";
        for customer in customers.unwrap_or_else(|| vec![None]) {
            for part in parts {
                out.push_sql(union);
                self.range(*part, customer, &mut out)?;
                union = " UNION ALL ";
            }
        }
        out.push_sql(if self.descending { " ORDER BY 1 DESC, 2 DESC LIMIT " } else { " ORDER BY 1, 2 LIMIT " });
        // Written out: of a bound one PostgreSQL expects a tenth of all, and plans anew each time since that looks dear.
        out.push_sql(&self.limit.to_string());
        // Not a plain join: SQLite takes the tables of this one in the order in which they stand.
        out.push_sql(") AS places CROSS JOIN users WHERE users.id = places.id");
        Ok(())
    }
}

impl<C, V, S> QueryId for Ranges<C, V, S> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<C: Column, V, S: Expression> Query for Ranges<C, V, S> {
    type SqlType = (C::SqlType, S::SqlType);
}

impl<C, V, S, Conn> RunQueryDsl<Conn> for Ranges<C, V, S> {}
