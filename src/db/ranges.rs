//! The next rows of a whole list, and how many it has, in one statement: ranges of an index, merged as they are read. A statement for each of
//! twenty customers took longer than the rest of the page.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::marker::PhantomData;

use diesel::backend::Backend;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{Array, BigInt, HasSqlType, Nullable, SingleValue};
use diesel::sqlite::Sqlite;

use crate::refusal::Refusal;

/// Customers of one statement: SQLite allows 500 ranges, and what is prepared is kept as long as its connection, half an hour at most.
const MOST: usize = 64;

/// A table in whose order a list is read, through indexes that begin with whose its rows are.
pub trait Owned: Table {
    const NAME: &'static str;
    /// Whose a row is.
    const OWNER: &'static str = "customer_id";
    /// The id in the table that is shown.
    const ID: &'static str = "id";
    /// What holds of rows that are there.
    const THERE: &'static str = "deleted_at = 0";
    /// Whether another index has each owner's rows in the order of their ids: of those that share a value, SQLite would take that one, and pass all.
    const ALSO_BY_ID: bool = false;
    /// The table that is shown, with an `id`; None: this one.
    const SHOWN: Option<&'static str> = None;
    /// What is shown, for SQLite: where all owners' rows are read, with their places at once, since indexes of those orders in which they lie all over
    /// the table have it beside the value. None: their places are read first, then the rows.
    const SHOWN_AT_ONCE: Option<&'static str> = None;
    /// SQLite's index that has all that is shown behind owner and id: what some owners have lies side by side in it, and all over the table. None: the
    /// rows themselves are read.
    const SIDE_BY_SIDE: Option<&'static str> = None;
    /// Where it is kept, in a column `present` to be summed, how many there are: of all owners, and of some, up to their ids. None: nowhere.
    const KEPT: Option<(&'static str, &'static str)>;
}

/// What was read of some owners: rows, and how many there are in all, if there is any row.
pub type Found<R> = (Vec<R>, Option<i64>);

/// Up to `limit` rows in the order of their places, and how many there are in all, if there is any row: of all owners (None), or of some, read by `read`
/// for as many as fit into one statement.
///
/// # Errors
/// Those of `read`.
pub fn merged<R, P: Ord>(
    owners: Option<&[i64]>,
    descending: bool,
    limit: i64,
    place: impl Fn(&R) -> &P,
    mut read: impl FnMut(Option<&[i64]>) -> Result<Found<R>, Refusal>,
) -> Result<Found<R>, Refusal> {
    let (mut rows, total) = match owners {
        None => read(None)?,
        Some(ids) => {
            let (mut rows, mut total) = (Vec::new(), Some(0));
            for some in ids.chunks(MOST) {
                let (mut theirs, of_them) = read(Some(some))?;
                rows.append(&mut theirs);
                total = total.zip(of_them).map(|(total, of_them)| total + of_them);
            }
            (rows, total.filter(|_| !ids.is_empty()))
        }
    };
    rows.sort_unstable_by(|one, other| place(one).cmp(place(other)));
    if descending {
        rows.reverse();
    }
    rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok((rows, total))
}

/// Up to `limit` rows, each as the value of column `C`, how many there are before and behind them, too, and what is shown, `S`; in no certain order.
#[derive(Debug)]
pub struct Ranges<C, V, S> {
    column: PhantomData<C>,
    shown: S,
    /// None: of all.
    owners: Option<Vec<i64>>,
    from: Option<(V, i64)>,
    /// Whether few share the value of the place: they may be passed.
    few_share: bool,
    descending: bool,
    limit: i64,
    /// Written once: diesel walks a statement once for its text, once for its values, and once to learn whether it may be kept.
    pieces: OnceCell<Vec<Piece>>,
}

/// What the statement is made of.
#[derive(Debug)]
enum Piece {
    Sql(Cow<'static, str>),
    /// Of the place.
    Value,
    Id,
    /// One of the owners.
    Owner(usize),
    /// All of them, as PostgreSQL's array.
    Owners,
    Shown,
}

impl From<&'static str> for Piece {
    fn from(sql: &'static str) -> Piece {
        Piece::Sql(Cow::Borrowed(sql))
    }
}

impl From<String> for Piece {
    fn from(sql: String) -> Piece {
        Piece::Sql(Cow::Owned(sql))
    }
}

/// Which part of the rest SQLite is led to by one range of an index: a comparison of value and id together passes all who share the value.
#[derive(Debug, Clone, Copy)]
enum Part {
    All,
    SameValue,
    Beyond,
    /// Both in one.
    Behind,
}

/// Where SQLite finds what is shown: [`Owned::SHOWN_AT_ONCE`], [`Owned::SIDE_BY_SIDE`], or in the rows.
enum Shown {
    AtOnce(&'static str),
    SideBySide(&'static str),
    ByRows,
}

/// So few may share a value: each is passed at most once for all owners together, and a second range of each owner would take longer.
pub const FEW: i64 = 64;

impl<C, V, S> Ranges<C, V, S> {
    /// Those behind a place (value and id), of some owners, as [`merged`] takes them together.
    pub fn of(
        _: C,
        shown: S,
        owners: Option<&[i64]>,
        from: Option<(V, i64)>,
        descending: bool,
        limit: i64,
    ) -> Ranges<C, V, S> {
        let mut owners = owners.map(<[i64]>::to_vec);
        if let Some(ids) = &mut owners {
            // Nothing is whose id is 0. Statements of few sizes are prepared, whatever a reader's customers are.
            let size = ids.len().max(1);
            ids.resize(size.next_multiple_of((size.next_power_of_two() / 8).max(1)), 0);
        }
        let pieces = OnceCell::new();
        Ranges { column: PhantomData, shown, owners, from, few_share: false, descending, limit, pieces }
    }

    /// The same, where fewer than [`FEW`] rows share the value of the place: it is for the caller to know.
    pub fn few_share(self, few_share: bool) -> Ranges<C, V, S> {
        Ranges { few_share, ..self }
    }

    fn beyond(&self) -> &'static str {
        if self.descending { " < " } else { " > " }
    }
}

impl<C: Column, V, S> Ranges<C, V, S>
where
    C::Table: Owned,
    C::SqlType: SingleValue,
{
    /// Where the numbers are kept that make up the total, up to the ids of the owners, if it is of some.
    fn kept(&self) -> Option<&'static str> {
        C::Table::KEPT.map(|(all, some)| if self.owners.is_some() { some } else { all })
    }

    /// The order, and the limit written out: of a bound one PostgreSQL expects a tenth of all, and plans anew each time since that looks dear.
    fn order(&self, place: &str, id: &str) -> String {
        let way = if self.descending { " DESC" } else { "" };
        format!(" ORDER BY {place}{way}, {id}{way} LIMIT {}", self.limit)
    }

    fn shown_by_sqlite(&self) -> Shown {
        match self.owners {
            None => C::Table::SHOWN_AT_ONCE.map(Shown::AtOnce),
            Some(_) => C::Table::SIDE_BY_SIDE.map(Shown::SideBySide),
        }
        .unwrap_or(Shown::ByRows)
    }

    /// The conditions of a part for SQLite, with the place's value and id as its first two values.
    fn conditions(&self, part: Part) -> String {
        let (column, key, beyond) = (C::NAME, C::Table::ID, self.beyond());
        match part {
            Part::All => String::new(),
            Part::SameValue if C::Table::ALSO_BY_ID => {
                format!(" AND {column} >= ?1 AND {column} <= ?1 AND {key}{beyond}?2")
            }
            Part::SameValue => format!(" AND {column} = ?1 AND {key}{beyond}?2"),
            Part::Beyond => format!(" AND {column}{beyond}?1"),
            Part::Behind => {
                let or_at = if self.descending { " <= " } else { " >= " };
                format!(" AND {column}{or_at}?1 AND ({column}{beyond}?1 OR {key}{beyond}?2)")
            }
        }
    }

    /// The ranges for SQLite, those of each part merged. Of a union that is not sorted it takes what stands first before the rest, so it comes to those
    /// beyond only where too few share the value (`every_order_visits_everybody_once_both_ways`).
    fn ranges(&self) -> String {
        let (name, key, there) = (C::Table::NAME, C::Table::ID, C::Table::THERE);
        let more = match self.shown_by_sqlite() {
            Shown::AtOnce(shown) => format!(", {shown}"),
            Shown::SideBySide(_) => format!(", {} AS owner", C::Table::OWNER),
            Shown::ByRows => String::new(),
        };
        let range = format!("SELECT {} AS place, {key} AS id{more} FROM {name} WHERE {there}", C::NAME);
        let (of_owner, owners) = match self.owners {
            None => (String::new(), vec![String::new()]),
            Some(_) => (format!(" AND {} = ", C::Table::OWNER), self.numbers()),
        };
        let merged = |part: Part| {
            let (mut all, conditions) = (String::new(), self.conditions(part));
            for owner in &owners {
                let union = if all.is_empty() { "" } else { " UNION ALL " };
                for piece in [union, &range, &of_owner, owner, &conditions] {
                    all.push_str(piece);
                }
            }
            all + &self.order("place", "id")
        };
        match self.from {
            None => merged(Part::All),
            Some(_) if self.few_share => merged(Part::Behind),
            Some(_) => format!(
                "SELECT * FROM ({}) UNION ALL SELECT * FROM ({}) LIMIT {}",
                merged(Part::SameValue),
                merged(Part::Beyond),
                self.limit
            ),
        }
    }

    /// The owners as SQLite names values that are bound: behind those of the place.
    fn numbers(&self) -> Vec<String> {
        let first = if self.from.is_some() { 3 } else { 1 };
        let owners = self.owners.as_deref().unwrap_or_default();
        (first..first + owners.len()).map(|number| format!("?{number}")).collect()
    }

    /// What is asked for is bound once, before all else, and named by its number: with each range, that took a tenth of a page of twenty owners.
    fn asked(&self) -> Vec<Piece> {
        let place = self.from.iter().flat_map(|_| [Piece::Value, Piece::Id]);
        let owners = (0..self.owners.as_deref().unwrap_or_default().len()).map(Piece::Owner);
        let mut pieces = Vec::new();
        for bound in place.chain(owners) {
            pieces.push(Piece::from(if pieces.is_empty() { "asked AS (VALUES (" } else { ", " }));
            pieces.push(bound);
        }
        if !pieces.is_empty() {
            pieces.push(")), ".into());
        }
        pieces
    }

    /// Ranges that are each in the order of an index are merged without reading more than must be.
    fn for_sqlite(&self) -> Vec<Piece> {
        let (shown, found) = (C::Table::SHOWN.unwrap_or(C::Table::NAME), self.shown_by_sqlite());
        let places = if let Shown::AtOnce(_) = found { shown } else { "places" };
        let total = match (self.kept(), &self.owners) {
            (None, _) => "CAST(NULL AS BIGINT)".into(),
            (Some(kept), None) => format!("(SELECT CAST(SUM(present) AS BIGINT) FROM {kept})"),
            (Some(kept), Some(_)) => {
                format!("(SELECT CAST(SUM(present) AS BIGINT) FROM {kept} IN ({}))", self.numbers().join(", "))
            }
        };
        let mut pieces = vec![Piece::from("WITH ")];
        pieces.append(&mut self.asked());
        pieces.push(format!("found AS ({}) SELECT {places}.place, {total}, ", self.ranges()).into());
        pieces.push(Piece::Shown);
        pieces.push(format!(" FROM found AS {places}").into());
        // Not a plain join: SQLite takes the tables of this one in the order in which they stand.
        match found {
            Shown::AtOnce(_) => {}
            Shown::ByRows => pieces.push(format!(" CROSS JOIN {shown} WHERE {shown}.id = places.id").into()),
            Shown::SideBySide(index) => {
                let (owner, there) = (C::Table::OWNER, C::Table::THERE);
                let lookup = format!(
                    " CROSS JOIN {shown} INDEXED BY {index} WHERE {shown}.{owner} = places.owner AND {shown}.id = places.id AND {shown}.{there}"
                );
                pieces.push(lookup.into());
            }
        }
        pieces
    }

    /// Behind the place: PostgreSQL compares value and id together by the index. It is not to see the two: it judges by the value alone how many are left,
    /// takes whoever has the lowest or the highest for the last, plans anew for each page, and passes everybody by the wrong index.
    fn behind(&self) -> Vec<Piece> {
        let Some(_) = &self.from else { return Vec::new() };
        let compared = format!(" AND ({}, {}){}((SELECT ", C::NAME, C::Table::ID, self.beyond());
        vec![compared.into(), Piece::Value, "), (SELECT ".into(), Piece::Id, "))".into()]
    }

    /// As many of each owner as there may be of all, which takes less than planning a merge. Unless they are rows of one index that are shown themselves,
    /// only their places are read at first, which stand in the index.
    ///
    /// PostgreSQL is not to see the owners either (see [`Ranges::behind`]): of owners that it does not know it expects ten, so that a plan for the few
    /// of this page looked cheaper than one for all pages, and was made for each.
    fn for_postgres(&self) -> Vec<Piece> {
        let (table, key, owner) = (C::Table::NAME, C::Table::ID, C::Table::OWNER);
        let several = self.owners.as_ref().is_some_and(|ids| ids.len() > 1);
        let by_place = several || C::Table::SHOWN.is_some();
        let places = if by_place { "places" } else { table };
        let mut pieces = vec![Piece::from(format!("SELECT {places}.{}, ", C::NAME))];
        match (self.kept(), &self.owners) {
            (None, _) => pieces.push("CAST(NULL AS BIGINT)".into()),
            (Some(kept), None) => pieces.push(format!("(SELECT CAST(SUM(present) AS BIGINT) FROM {kept})").into()),
            // The sum of BIGINT is NUMERIC.
            (Some(kept), Some(_)) => {
                let sum = format!("(SELECT CAST(SUM(present) AS BIGINT) FROM {kept} = ANY((SELECT ");
                pieces.extend([sum.into(), Piece::Owners, ")::bigint[]))".into()]);
            }
        }
        let columns = if by_place { format!("{}, {key} AS id", C::NAME) } else { "*".into() };
        let rows = format!("SELECT {columns} FROM {table} WHERE {}", C::Table::THERE);
        // By themselves: beside the order, PostgreSQL reckons with all that is shown for everybody, and reads it beforehand.
        pieces.extend([", ".into(), Piece::Shown, " FROM (".into()]);
        if several {
            let each = format!(")) AS one(owner) CROSS JOIN LATERAL ({rows} AND {owner} = one.owner");
            pieces.extend(["SELECT found.* FROM unnest((SELECT ".into(), Piece::Owners, each.into()]);
            pieces.append(&mut self.behind());
            let (of_each, of_all) = (self.order(C::NAME, key), self.order(C::NAME, "id"));
            pieces.push(format!("{of_each}) AS found{of_all}").into());
        } else {
            pieces.push(rows.into());
            if self.owners.is_some() {
                pieces.extend([format!(" AND {owner} = (SELECT ").into(), Piece::Owner(0), ")".into()]);
            }
            pieces.append(&mut self.behind());
            pieces.push(self.order(C::NAME, key).into());
        }
        pieces.push(format!(") AS {places}").into());
        if by_place {
            let shown = C::Table::SHOWN.unwrap_or(table);
            pieces.push(format!(" JOIN {shown} ON {shown}.id = places.id").into());
        }
        pieces
    }

    /// Says or binds one of the pieces of a database's statement.
    fn say<'b, DB>(&'b self, piece: &'b Piece, out: &mut AstPass<'_, 'b, DB>) -> QueryResult<()>
    where
        DB: Backend + HasSqlType<C::SqlType> + HasSqlType<BigInt>,
        V: ToSql<C::SqlType, DB>,
        S: QueryFragment<DB>,
        i64: ToSql<BigInt, DB>,
    {
        match (piece, &self.from) {
            (Piece::Sql(sql), _) => out.push_sql(sql),
            (Piece::Shown, _) => self.shown.walk_ast(out.reborrow())?,
            (Piece::Value, Some((value, _))) => out.push_bind_param::<C::SqlType, _>(value)?,
            (Piece::Id, Some((_, id))) => out.push_bind_param::<BigInt, _>(id)?,
            (Piece::Owner(which), _) => {
                if let Some(id) = self.owners.as_ref().and_then(|ids| ids.get(*which)) {
                    out.push_bind_param::<BigInt, _>(id)?;
                }
            }
            (Piece::Value | Piece::Id | Piece::Owners, _) => {}
        }
        Ok(())
    }
}

impl<C, V, S> QueryFragment<Sqlite> for Ranges<C, V, S>
where
    C: Column,
    C::Table: Owned,
    C::SqlType: SingleValue,
    V: ToSql<C::SqlType, Sqlite>,
    S: QueryFragment<Sqlite>,
    Sqlite: HasSqlType<C::SqlType>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        self.pieces.get_or_init(|| self.for_sqlite()).iter().try_for_each(|piece| self.say(piece, &mut out))
    }
}

impl<C, V, S> QueryFragment<Pg> for Ranges<C, V, S>
where
    C: Column,
    C::Table: Owned,
    C::SqlType: SingleValue,
    V: ToSql<C::SqlType, Pg>,
    S: QueryFragment<Pg>,
    Pg: HasSqlType<C::SqlType>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.pieces.get_or_init(|| self.for_postgres()).iter().try_for_each(|piece| match (piece, &self.owners) {
            (Piece::Owners, Some(owners)) => out.push_bind_param::<Array<BigInt>, _>(owners),
            _ => self.say(piece, &mut out),
        })
    }
}

impl<C, V, S> QueryId for Ranges<C, V, S> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<C: Column, V, S: Expression> Query for Ranges<C, V, S> {
    type SqlType = (C::SqlType, Nullable<BigInt>, S::SqlType);
}

impl<C, V, S, Conn> RunQueryDsl<Conn> for Ranges<C, V, S> {}
