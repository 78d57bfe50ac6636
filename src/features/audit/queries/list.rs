//! The audit as people read it: newest first, narrowed, a page at a time.
//!
//! Of all that narrows it, what leaves fewest rows is read from its index, and the rest is compared row by row. A page looks at [`MOST`] rows at most
//! and then says how far it has got, so that no search can cost more than that, whatever it is for.

use std::collections::{BTreeMap, BTreeSet};

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use crate::access::Scope;
use crate::db::schema::{audit, audit_values, users};
use crate::db::search::{Terms, holds, indexed};
use crate::db::{Conn, is_sqlite};
use crate::features::audit::chain::AuditRow;
use crate::features::audit::model::Outcome;
use crate::keyset;
use crate::refusal::Refusal;
use crate::web::list::{COUNT_CAP, Cursor, Page, Place, Total, Value};

/// Rows that are looked at for one page, at most.
pub const MOST: usize = 30_000;
/// Rows read at a time once the first few were not enough.
const PIECE: i64 = 2_000;
/// What leaves fewer rows than this is good enough to be read from its index.
const FEW: i64 = 1_000;
/// People that a search for a name stands for, at most.
pub const MOST_PEOPLE: i64 = 100;

type Rows<'a> = audit::BoxedQuery<'a, <Conn as diesel::Connection>::Backend>;

/// What narrows the audit.
#[derive(Debug, Clone, Default)]
pub struct Narrow {
    /// None: all, and the installation itself.
    pub customers: Option<Vec<i64>>,
    /// 0: the command line and the server itself.
    pub actor: Option<i64>,
    /// A user it is about.
    pub person: Option<i64>,
    pub action: Option<String>,
    pub operation: Option<i64>,
    pub outcome: Option<Outcome>,
    /// From this time on, in unix milliseconds.
    pub from: Option<i64>,
    /// Before this time.
    pub until: Option<i64>,
    /// About or by any of these users.
    pub people: Option<BTreeSet<i64>>,
}

/// One stretch of an index.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Range {
    All,
    Customer(i64),
    Actor(i64),
    User(i64),
    Action(String),
    Operation(i64),
    Refused,
}

/// A page of the audit.
#[derive(Debug, Clone)]
pub struct Found {
    pub page: Page<AuditRow>,
    pub total: Total,
    /// Where the search stopped for now, if there may be more behind.
    pub looked: Option<Cursor>,
}

impl Narrow {
    pub fn to_scope(scope: &Scope) -> Narrow {
        Narrow { customers: scope.ids(), ..Narrow::default() }
    }

    /// Narrows to one customer; one outside the scope leaves nothing.
    pub fn to_customer(&mut self, id: i64) {
        let inside = self.customers.as_ref().is_none_or(|ids| ids.contains(&id));
        self.customers = Some(if inside { vec![id] } else { Vec::new() });
    }

    fn fits(&self, row: &AuditRow) -> bool {
        let about = (row.object_kind == "user").then_some(row.object_id);
        self.customers.as_ref().is_none_or(|ids| ids.contains(&row.customer_id))
            && self.actor.is_none_or(|id| row.actor_id == id)
            && self.person.is_none_or(|id| about == Some(id))
            && self.action.as_ref().is_none_or(|action| row.action == *action)
            && self.operation.is_none_or(|id| row.operation_id == id)
            && self.outcome.is_none_or(|outcome| row.outcome == outcome.number())
            && self
                .people
                .as_ref()
                .is_none_or(|ids| ids.contains(&row.actor_id) || about.is_some_and(|about| ids.contains(&about)))
    }

    /// The ways to read it from an index, each a set of ranges that holds all of it.
    fn ways(&self) -> Vec<Vec<Range>> {
        let mut ways = Vec::new();
        if let Some(people) = &self.people {
            ways.push(people.iter().flat_map(|id| [Range::User(*id), Range::Actor(*id)]).collect());
        }
        ways.extend(self.operation.map(|id| vec![Range::Operation(id)]));
        ways.extend(self.person.map(|id| vec![Range::User(id)]));
        ways.extend(self.actor.map(|id| vec![Range::Actor(id)]));
        ways.extend(self.action.clone().map(|action| vec![Range::Action(action)]));
        if self.outcome == Some(Outcome::Refused) {
            ways.push(vec![Range::Refused]);
        }
        // A person is of one customer, and nearly all that is about them is, too.
        if let Some(customers) = self.customers.as_ref().filter(|_| self.person.is_none()) {
            ways.push(customers.iter().copied().map(Range::Customer).collect());
        }
        ways
    }

    /// The way that reads fewest rows, and whether it needs no comparing.
    fn way(&self, conn: &mut Conn) -> Result<(Vec<Range>, bool), Refusal> {
        let mut ways = self.ways();
        let compared = self.people.is_some() || self.person.is_some() && self.customers.is_some();
        let alone = ways.len() <= 1 && !compared && self.outcome != Some(Outcome::Done);
        if ways.len() <= 1 {
            return Ok((ways.pop().unwrap_or_else(|| vec![Range::All]), alone));
        }
        let mut best: Option<(i64, Vec<Range>)> = None;
        for way in ways {
            let rows = self.count(conn, &way, FEW)?;
            if best.as_ref().is_none_or(|(fewest, _)| rows < *fewest) {
                best = Some((rows, way));
            }
            if rows < FEW {
                break;
            }
        }
        Ok((best.map_or_else(Vec::new, |(_, way)| way), false))
    }

    fn query<'a>(&self, range: &Range) -> Rows<'a> {
        let mut query: Rows<'a> = audit::table.into_boxed();
        query = match range {
            Range::All => query,
            Range::Customer(id) => query.filter(audit::customer_id.eq(*id)),
            Range::Actor(id) => query.filter(audit::actor_id.eq(*id)),
            Range::User(id) => query.filter(audit::object_kind.eq("user")).filter(audit::object_id.eq(*id)),
            Range::Action(action) => query.filter(audit::action.eq(action.clone())),
            // Literal, so that the partial indexes apply.
            Range::Operation(id) => {
                query.filter(sql::<Bool>("audit.operation_id <> 0")).filter(audit::operation_id.eq(*id))
            }
            Range::Refused => query.filter(sql::<Bool>("audit.outcome = 2")),
        };
        if let Some(from) = self.from {
            query = query.filter(audit::at.ge(from));
        }
        match self.until {
            Some(until) => query.filter(audit::at.lt(until)),
            None => query,
        }
    }

    /// How many rows some ranges hold, up to `most`.
    fn count(&self, conn: &mut Conn, ranges: &[Range], most: i64) -> Result<i64, Refusal> {
        let mut rows = 0;
        for range in ranges {
            let found: Vec<i64> = self.query(range).select(audit::id).limit(most - rows).load(conn)?;
            rows += i64::try_from(found.len()).unwrap_or(most);
            if rows >= most {
                break;
            }
        }
        Ok(rows)
    }

    /// Up to `limit` rows behind a place, and where it was stopped, if too many that do not fit were passed.
    fn fitting(
        &self,
        conn: &mut Conn,
        ranges: &[Range],
        begin: Option<Cursor>,
        backwards: bool,
        limit: i64,
    ) -> Result<(Vec<AuditRow>, Option<Cursor>), Refusal> {
        let enough = usize::try_from(limit).unwrap_or(usize::MAX);
        let (mut rows, mut looked_at, mut cursor, mut piece) = (Vec::new(), 0, begin, limit);
        let stopped = loop {
            let read = self.read(conn, ranges, cursor.as_ref(), !backwards, piece)?;
            let last = i64::try_from(read.len()).unwrap_or(0) < piece;
            looked_at += read.len();
            cursor = read.last().map(place_of).or(cursor);
            rows.extend(read.into_iter().filter(|row| self.fits(row)));
            if last || rows.len() >= enough {
                break None;
            }
            if looked_at >= MOST {
                break cursor;
            }
            piece = PIECE;
        };
        Ok((rows, stopped))
    }

    /// Up to `limit` rows of some ranges, merged.
    fn read(
        &self,
        conn: &mut Conn,
        ranges: &[Range],
        from: Option<&Cursor>,
        newest_first: bool,
        limit: i64,
    ) -> Result<Vec<AuditRow>, Refusal> {
        let mut rows: Vec<AuditRow> = Vec::new();
        for range in ranges {
            let from = from.map(|Cursor(at, id)| (at.clone().into_number(), *id));
            let found: Vec<AuditRow> =
                keyset!(conn, self.query(range), audit::at, audit::id, from, newest_first, limit);
            rows.extend(found);
        }
        if ranges.len() > 1 {
            rows.sort_by_key(|row| (row.at, row.id));
            rows.dedup_by_key(|row| row.id);
            if newest_first {
                rows.reverse();
            }
            rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        }
        Ok(rows)
    }
}

/// Where a row stands.
pub fn place_of(row: &AuditRow) -> Cursor {
    Cursor(Value::Number(row.at), row.id)
}

/// The newest few.
pub fn newest(conn: &mut Conn, narrow: &Narrow, limit: i64) -> Result<Vec<AuditRow>, Refusal> {
    let (ranges, _) = narrow.way(conn)?;
    let (mut rows, _) = narrow.fitting(conn, &ranges, None, false, limit)?;
    rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(rows)
}

/// One page, newest first.
pub fn page(conn: &mut Conn, narrow: &Narrow, place: &Place, limit: i64) -> Result<Found, Refusal> {
    let (ranges, alone) = narrow.way(conn)?;
    let course = place.course(|_| None);
    let (rows, stopped) = narrow.fitting(conn, &ranges, course.from.clone(), course.backwards, limit + 1)?;
    let mut page = course.page(rows, limit);
    let further = if course.backwards { &mut page.more_before } else { &mut page.more_after };
    let is_end = !*further && stopped.is_none();
    *further |= stopped.is_some();
    let found = i64::try_from(page.rows.len()).unwrap_or(limit);
    let total = match (alone, &course.from) {
        (true, _) => Total::counted(narrow.count(conn, &ranges, COUNT_CAP + 1)?),
        (false, None) if is_end => Total::Exactly(found),
        (false, _) => Total::MoreThan(found),
    };
    Ok(Found { page, total, looked: stopped })
}

/// One row.
///
/// # Errors
/// Not found, also outside the scope.
pub fn find(conn: &mut Conn, scope: &Scope, id: i64) -> Result<AuditRow, Refusal> {
    let row: AuditRow = audit::table.find(id).first(conn)?;
    let inside = match row.customer_id {
        0 => *scope == Scope::All,
        customer => scope.contains(customer),
    };
    if inside { Ok(row) } else { Err(Refusal::NotFound) }
}

/// The values beside some rows, as they were written; those that were emptied are ''.
pub fn values(conn: &mut Conn, ids: &[i64]) -> Result<BTreeMap<i64, String>, Refusal> {
    let rows: Vec<(i64, String)> = audit_values::table
        .filter(audit_values::audit_id.eq_any(ids))
        .select((audit_values::audit_id, audit_values::data))
        .load(conn)?;
    Ok(rows.into_iter().collect())
}

/// A user as the audit names them.
#[derive(Debug, Clone, Queryable)]
pub struct Named {
    pub id: i64,
    pub name: String,
    pub email: String,
    pub customer_id: i64,
    pub deleted_at: i64,
}

/// Users by id, whatever their customer.
pub fn named(conn: &mut Conn, ids: &BTreeSet<i64>) -> Result<BTreeMap<i64, Named>, Refusal> {
    let columns = (users::id, users::name, users::email, users::customer_id, users::deleted_at);
    let rows: Vec<Named> = users::table.filter(users::id.eq_any(ids)).select(columns).load(conn)?;
    Ok(rows.into_iter().map(|user| (user.id, user)).collect())
}

/// The users in scope, deleted ones too, whose name, address or phone number holds what was typed; one more than [`MOST_PEOPLE`] at most.
pub fn people(conn: &mut Conn, scope: &Scope, typed: &str) -> Result<Vec<i64>, Refusal> {
    let needles = Terms::of(typed).needles();
    let mut query = users::table.into_boxed();
    if let Some(ids) = scope.ids() {
        query = query.filter(users::customer_id.eq_any(ids));
    }
    if is_sqlite(conn) && !needles.is_empty() {
        query = query.filter(indexed(&needles));
    } else {
        for needle in &needles {
            query = query.filter(holds(false, needle));
        }
    }
    Ok(query.select(users::id).limit(MOST_PEOPLE + 1).load(conn)?)
}
