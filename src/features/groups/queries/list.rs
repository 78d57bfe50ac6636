//! The list of groups: one page of any order, and how many there are.

use std::collections::BTreeSet;

use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::super::model::Group;
use super::totals::{Beside, Counted, kept_total, settled};
use crate::db::fold::fold;
use crate::db::fragment::{around, literal, one_of};
use crate::db::ranges::{self, Found, Owned, Ranges};
use crate::db::schema::{group_members, selection_items, user_groups};
use crate::db::search::prefix_end;
use crate::db::{Conn, is_sqlite};
use crate::refusal::Refusal;
use crate::web::list::{COUNT_CAP, Cursor, Page, Place, Total, Value};
use crate::{each_backend, keyset};

/// A condition on groups, whichever database it is.
type Condition =
    Box<dyn diesel::BoxableExpression<user_groups::table, <Conn as diesel::Connection>::Backend, SqlType = Bool>>;

type Groups<'a> = user_groups::BoxedQuery<'a, <Conn as diesel::Connection>::Backend>;

/// Of more customers than these the ranges are not merged, but looked for along the order of all.
const MOST_RANGES: usize = 64;

/// What narrows the list.
#[derive(Debug, Clone, Default)]
pub struct Narrow {
    /// None: all customers.
    pub customers: Option<Vec<i64>>,
    /// Folded words, each somewhere in the name.
    pub words: Vec<String>,
    /// Only those that this user is in.
    pub member: Option<i64>,
    /// Only those of a selection.
    pub picked: Option<Picked>,
}

/// What is selected.
///
/// The default is nothing.
#[derive(Debug, Clone, Default)]
pub struct Picked {
    /// Ids begin at 1.
    pub selection_id: i64,
    /// What was selected whole; None: single groups only.
    pub whole: Option<Box<Narrow>>,
}

impl Picked {
    fn condition(&self, sqlite: bool) -> Condition {
        let items = |included: bool| {
            selection_items::table
                .filter(selection_items::selection_id.eq(self.selection_id))
                .filter(selection_items::included.eq(included))
                .select(selection_items::object_id)
        };
        let Some(kept) = &self.whole else { return Box::new(user_groups::id.eq_any(items(true))) };
        let begun: Condition = Box::new(user_groups::id.ne_all(items(false)));
        let hits = kept
            .conditions(sqlite, kept.customers.as_deref())
            .into_iter()
            .fold(begun, |all, next| Box::new(all.and(next)) as Condition);
        Box::new(hits.or(user_groups::id.eq_any(items(true))))
    }
}

impl Narrow {
    /// The words of a search, as names are compared.
    pub fn words(query: &str) -> Vec<String> {
        fold(query).split_whitespace().map(str::to_owned).collect()
    }

    fn is_whole(&self) -> bool {
        self.words.is_empty() && self.member.is_none() && self.picked.is_none()
    }

    /// Groups that are there, of some customers, with all that narrows them.
    pub(super) fn query<'a>(&self, sqlite: bool, customers: Option<&[i64]>) -> Groups<'a> {
        self.conditions(sqlite, customers).into_iter().fold(present(), |query, condition| query.filter(condition))
    }

    fn conditions(&self, sqlite: bool, customers: Option<&[i64]>) -> Vec<Condition> {
        let mut all: Vec<Condition> = Vec::new();
        match customers {
            None => {}
            Some([one]) => all.push(Box::new(user_groups::customer_id.eq(*one))),
            Some(ids) if sqlite => {
                all.push(Box::new(one_of("user_groups.customer_id IN (SELECT value FROM json_each(", ids)));
            }
            Some(ids) => all.push(Box::new(user_groups::customer_id.eq_any(ids.to_vec()))),
        }
        for word in &self.words {
            let before = if sqlite { "instr(user_groups.name_key, " } else { "strpos(user_groups.name_key, " };
            all.push(Box::new(around(before, word.clone(), ") > 0")));
        }
        all.extend(self.picked.as_ref().map(|picked| picked.condition(sqlite)));
        all
    }

    /// The ids of all that are left, if they are at most [`COUNT_CAP`].
    fn hits(&self, conn: &mut Conn) -> Result<Option<Vec<i64>>, Refusal> {
        let sqlite = is_sqlite(conn);
        let mut query = self.query(sqlite, self.customers.as_deref());
        if let Some(user) = self.member {
            let theirs: Vec<i64> = group_members::table
                .filter(group_members::user_id.eq(user))
                .select(group_members::group_id)
                .limit(COUNT_CAP)
                .load(conn)?;
            query = query.filter(user_groups::id.eq_any(theirs));
        }
        let ids: Vec<i64> = query.select(user_groups::id).limit(COUNT_CAP + 1).load(conn)?;
        Ok(if i64::try_from(ids.len()).unwrap_or(i64::MAX) > COUNT_CAP { None } else { Some(ids) })
    }
}

/// Groups that are not deleted. The 0 is written out, so that the partial indexes of the list apply.
fn present<'a>() -> Groups<'a> {
    user_groups::table.filter(literal::<Bool>("user_groups.deleted_at = 0")).into_boxed()
}

/// How many are left, and which, where that is a matter of looking at them and they are at most [`COUNT_CAP`].
fn measured(conn: &mut Conn, narrow: &Narrow) -> Result<(Option<Vec<i64>>, Total), Refusal> {
    if narrow.is_whole() {
        return Ok((None, Total::Exactly(kept_total(conn, narrow.customers.as_deref())?)));
    }
    let few = narrow.hits(conn)?;
    let total = match &few {
        Some(ids) => Total::Exactly(i64::try_from(ids.len()).unwrap_or(COUNT_CAP)),
        None => Total::MoreThan(COUNT_CAP),
    };
    Ok((few, total))
}

/// How many are left.
pub fn total(conn: &mut Conn, narrow: &Narrow) -> Result<Total, Refusal> {
    Ok(measured(conn, narrow)?.1)
}

/// Which of these are left.
pub fn among(conn: &mut Conn, narrow: &Narrow, ids: &[i64]) -> Result<BTreeSet<i64>, Refusal> {
    let sqlite = is_sqlite(conn);
    let mut left = BTreeSet::new();
    for batch in ids.chunks(500) {
        let query = narrow.query(sqlite, narrow.customers.as_deref()).filter(user_groups::id.eq_any(batch.to_vec()));
        left.extend(query.select(user_groups::id).load::<i64>(conn)?);
    }
    Ok(left)
}

/// The ids behind `after` that are left, the lowest first.
pub fn ids_after(conn: &mut Conn, narrow: &Narrow, after: i64, limit: i64) -> Result<Vec<i64>, Refusal> {
    let query = narrow.query(is_sqlite(conn), narrow.customers.as_deref()).filter(user_groups::id.gt(after));
    Ok(query.order(user_groups::id).limit(limit).select(user_groups::id).load(conn)?)
}

/// One page in the order of a column (by its key in the URL), each row with its place in it, and how many there are.
pub fn list(
    conn: &mut Conn,
    narrow: &Narrow,
    sort: &str,
    descending: bool,
    place: &Place,
    limit: i64,
) -> Result<(Page<(Cursor, Group)>, Total), Refusal> {
    let course = place.course(|text| Some(jump(sort, text, descending)));
    let (from, way) = (course.from.clone(), course.descends(descending));
    let walk = Walk { narrow, few: None, sort, from, descending: way, limit: limit + 1 };
    let (rows, total) = match narrow.is_whole() {
        true => {
            let (rows, total) = walk.straight(conn)?;
            // None on the way says it: there may be others behind.
            let kept = |conn| kept_total(conn, narrow.customers.as_deref());
            (rows, Total::Exactly(total.map_or_else(|| kept(conn), Ok)?))
        }
        false => {
            let (few, total) = measured(conn, narrow)?;
            (Walk { few: few.as_deref(), ..walk }.rows(conn)?, total)
        }
    };
    Ok((course.page(rows, limit), total))
}

/// A group with its place in the order, which is that of the number in its row, whatever stands beside that.
type Placed = (Cursor, Group);

impl Owned for user_groups::table {
    const NAME: &'static str = "user_groups";
    const KEPT: Option<(&'static str, &'static str)> =
        Some(("group_totals WHERE customer_id IS NULL", "group_totals WHERE customer_id"));
}

struct Walk<'n> {
    narrow: &'n Narrow,
    few: Option<&'n [i64]>,
    sort: &'n str,
    from: Option<Cursor>,
    descending: bool,
    limit: i64,
}

/// Does `$body` with the column of a sort key as `$column`, the type of its values as `$kind` and the way there from a cursor's value as `$value`.
macro_rules! by_column {
    ($sort:expr, ($column:ident, $kind:ident, $value:ident) => $body:expr) => {
        match $sort {
            "users" => by_column!(@ user_groups::member_count, i64, Value::into_number, $column, $kind, $value, $body),
            "created-by" => {
                by_column!(@ user_groups::created_by_key, String, Value::into_text, $column, $kind, $value, $body)
            }
            "created" => by_column!(@ user_groups::created_at, i64, Value::into_number, $column, $kind, $value, $body),
            _ => by_column!(@ user_groups::name_key, String, Value::into_text, $column, $kind, $value, $body),
        }
    };
    (@ $path:path, $type:ty, $function:path, $column:ident, $kind:ident, $value:ident, $body:expr) => {{
        use $path as $column;
        type $kind = $type;
        let $value = $function;
        $body
    }};
}

impl Walk<'_> {
    /// The next groups, whichever there are, and how many in all, if there is one: indexes lead straight to them.
    fn straight(&self, conn: &mut Conn) -> Result<Found<Placed>, Refusal> {
        let customers = self.narrow.customers.as_deref();
        ranges::merged(
            customers,
            self.descending,
            self.limit,
            |(place, _)| place,
            |some| {
                by_column!(self.sort, (column, Kind, value) => {
                    let from = self.from.clone().map(|Cursor(at, id)| (value(at), id));
                    let shown = (user_groups::all_columns, Beside);
                    let ranges = Ranges::of(column, shown, some, from, self.descending, self.limit);
                    let rows: Vec<(Kind, Option<i64>, Counted)> = each_backend!(conn, c => ranges.load(c)?);
                    let total = rows.first().and_then(|row| row.1);
                    Ok((rows.into_iter().map(|(at, _, row)| placed(Value::from(at), row)).collect(), total))
                })
            },
        )
    }

    /// Of several customers one range each, merged.
    fn rows(&self, conn: &mut Conn) -> Result<Vec<Placed>, Refusal> {
        let several = match (self.few, self.narrow.customers.as_deref()) {
            (None, Some(ids)) if ids.len() > 1 && ids.len() <= MOST_RANGES => ids,
            (_, customers) => return self.range(conn, customers),
        };
        let mut rows: Vec<Placed> = Vec::new();
        for id in several {
            rows.append(&mut self.range(conn, Some(&[*id]))?);
        }
        rows.sort_unstable_by(|one, other| one.0.cmp(&other.0));
        if self.descending {
            rows.reverse();
        }
        rows.truncate(usize::try_from(self.limit).unwrap_or(usize::MAX));
        Ok(rows)
    }

    fn base<'a>(&self, sqlite: bool, customers: Option<&[i64]>) -> Groups<'a> {
        match self.few {
            Some(ids) if sqlite => present().filter(one_of("user_groups.id IN (SELECT value FROM json_each(", ids)),
            Some(ids) => present().filter(user_groups::id.eq_any(ids.to_vec())),
            None => self.narrow.query(sqlite, customers),
        }
    }

    fn range(&self, conn: &mut Conn, customers: Option<&[i64]>) -> Result<Vec<Placed>, Refusal> {
        let sqlite = is_sqlite(conn);
        by_column!(self.sort, (column, Kind, value) => {
            let from = self.from.clone().map(|Cursor(at, id)| (value(at), id));
            let base = || self.base(sqlite, customers).select((column, (user_groups::all_columns, Beside)));
            let rows: Vec<(Kind, Counted)> =
                keyset!(conn, base(), column, user_groups::id, from, self.descending, self.limit);
            Ok(rows.into_iter().map(|(at, row)| placed(Value::from(at), row)).collect())
        })
    }
}

fn placed(at: Value, row: Counted) -> Placed {
    (Cursor(at, row.0.id), settled(row))
}

/// The place just before the first row whose value is not below (or, descending, not above) what was typed.
fn jump(sort: &str, text: &str, descending: bool) -> Cursor {
    let value = match sort {
        "users" | "created" => Value::Number(text.parse().unwrap_or(0)),
        _ if descending => Value::Text(prefix_end(&fold(text))),
        _ => Value::Text(fold(text)),
    };
    Cursor(value, if descending { i64::MAX } else { 0 })
}
