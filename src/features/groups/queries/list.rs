//! The list of groups: one page of any order, and how many there are.

use std::collections::BTreeSet;

use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::super::model::Group;
use super::totals::{beside, kept_total, settled};
use crate::db::fold::fold;
use crate::db::fragment::{around, literal, one_of};
use crate::db::schema::{group_members, selection_items, user_groups};
use crate::db::search::prefix_end;
use crate::db::{Conn, is_sqlite};
use crate::keyset;
use crate::refusal::Refusal;
use crate::web::list::{COUNT_CAP, Cursor, Page, Place, Total, Value};

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
    let (few, total) = measured(conn, narrow)?;
    let course = place.course(|text| Some(jump(sort, text, descending)));
    let (from, way) = (course.from.clone(), course.descends(descending));
    let walk = Walk { narrow, few: few.as_deref(), sort, from, descending: way, limit: limit + 1 };
    let Page { rows, more_before, more_after } = course.page(walk.rows(conn)?, limit);
    // Their order is that of the numbers in their rows, whatever stands beside those.
    let rows = rows.into_iter().map(|row| (place_of(sort, &row.0), settled(row))).collect();
    Ok((Page { rows, more_before, more_after }, total))
}

/// A group, and what stands beside its number of members.
type Row = (Group, Option<i64>);

struct Walk<'n> {
    narrow: &'n Narrow,
    few: Option<&'n [i64]>,
    sort: &'n str,
    from: Option<Cursor>,
    descending: bool,
    limit: i64,
}

impl Walk<'_> {
    /// Of several customers one range each, merged.
    fn rows(&self, conn: &mut Conn) -> Result<Vec<Row>, Refusal> {
        let several = match (self.few, self.narrow.customers.as_deref()) {
            (None, Some(ids)) if ids.len() > 1 && ids.len() <= MOST_RANGES => ids,
            (_, customers) => return self.range(conn, customers),
        };
        let mut rows = Vec::new();
        for id in several {
            rows.append(&mut self.range(conn, Some(&[*id]))?);
        }
        rows.sort_by_cached_key(|row| place_of(self.sort, &row.0));
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

    fn range(&self, conn: &mut Conn, customers: Option<&[i64]>) -> Result<Vec<Row>, Refusal> {
        let sqlite = is_sqlite(conn);
        macro_rules! by {
            ($column:expr, $value:ident) => {{
                let from = self.from.clone().map(|Cursor(at, id)| (at.$value(), id));
                let base = || self.base(sqlite, customers).select((user_groups::all_columns, beside()));
                keyset!(conn, base(), $column, user_groups::id, from, self.descending, self.limit)
            }};
        }
        Ok(match self.sort {
            "users" => by!(user_groups::member_count, into_number),
            "created-by" => by!(user_groups::created_by_key, into_text),
            "created" => by!(user_groups::created_at, into_number),
            _ => by!(user_groups::name_key, into_text),
        })
    }
}

fn place_of(sort: &str, group: &Group) -> Cursor {
    let value = match sort {
        "users" => Value::Number(group.member_count),
        "created-by" => Value::Text(group.created_by_key.clone()),
        "created" => Value::Number(group.created_at),
        _ => Value::Text(group.name_key.clone()),
    };
    Cursor(value, group.id)
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
