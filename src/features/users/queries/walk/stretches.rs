//! Everybody whom a list leaves, in its order, for files. A narrowed list is walked along the index of its order from end to end and every stretch
//! of it is narrowed by itself, so that the cost is one walk whatever the filter, and no more than a stretch is held.

use std::collections::HashMap;

use diesel::prelude::*;

use super::{AMONG, Walk, Way, people_there, small};
use crate::db::Conn;
use crate::db::fragment::one_of;
use crate::db::ranges::Ranges;
use crate::db::schema::users;
use crate::each_backend;
use crate::features::users::model::Listed;
use crate::features::users::queries::among::among;
use crate::features::users::queries::hits::{Hits, hits};
use crate::features::users::queries::narrow::Narrow;
use crate::refusal::Refusal;
use crate::web::list::{Cursor, Value};

/// Rows of a stretch.
const STRETCH: i64 = 5_000;

/// Gives everybody whom `narrow` leaves to `take`, in the order of a column (by its key in the URL), a stretch at a time, until it says false. Gives
/// whether it came to the end.
///
/// # Errors
/// What `take` says, which ends it.
pub fn in_stretches(
    conn: &mut Conn,
    narrow: &Narrow,
    sort: &str,
    descending: bool,
    mut take: impl FnMut(&mut Conn, Vec<Listed>) -> Result<bool, Refusal>,
) -> Result<bool, Refusal> {
    let few = if narrow.is_whole() {
        None
    } else {
        match hits(conn, narrow)? {
            Hits::All(ids) => Some(ids),
            Hits::Many => None,
        }
    };
    let walk = Walk { narrow, sort, few: few.as_deref() };
    // One customer has an index of its own; several are picked out of the walk past everybody.
    let one = narrow.customers.as_deref().and_then(|ids| if let [one] = ids { Some(*one) } else { None });
    let all_fit = few.is_some() || narrow.is_whole() && (narrow.customers.is_none() || one.is_some());
    let mut way = Way { from: None, descending };
    loop {
        let (passed, last, people): (usize, _, Vec<Listed>) = if walk.few.is_none() && all_fit {
            let rows = walk.along(conn, narrow.customers.as_deref(), &way, STRETCH)?;
            (rows.len(), rows.last().map(|row| row.0.clone()), rows.into_iter().map(|row| row.1).collect())
        } else {
            let places = match walk.few {
                Some(ids) => walk.of_known(conn, ids, &way, STRETCH)?,
                None => walk.places(conn, one, &way, STRETCH)?,
            };
            let mut ids: Vec<i64> = places.iter().map(|place| place.1).collect();
            if !all_fit {
                let left = among(conn, narrow, &ids)?;
                ids.retain(|id| left.contains(id));
            }
            (places.len(), places.into_iter().next_back(), listed(conn, &ids)?)
        };
        if !take(conn, people)? {
            return Ok(false);
        }
        if i64::try_from(passed).is_ok_and(|passed| passed < STRETCH) {
            return Ok(true);
        }
        way.from = last;
    }
}

impl Walk<'_> {
    /// The next of a whole list, read along the index of its order.
    fn along(
        &self,
        conn: &mut Conn,
        customers: Option<&[i64]>,
        way: &Way,
        limit: i64,
    ) -> Result<Vec<(Cursor, Listed)>, Refusal> {
        by_column!(self.sort, (column, Kind, value) => {
            let from = way.from.clone().map(|Cursor(at, id)| (value(at), id));
            macro_rules! rows {
                ($c:ident) => {
                    Ranges::of(column, Listed::as_select(), customers, from, way.descending, limit).load($c)?
                };
            }
            let rows: Vec<(Kind, Option<i64>, Listed)> = each_backend!(conn, c => rows!(c));
            let placed = |(at, _, user): (Kind, _, Listed)| (Cursor(Value::from(at), user.id), user);
            let mut rows: Vec<(Cursor, Listed)> = rows.into_iter().map(placed).collect();
            rows.sort_by(|one, other| one.0.cmp(&other.0));
            if way.descending {
                rows.reverse();
            }
            Ok(rows)
        })
    }
}

/// What is drawn of some people who are not deleted, in the order of the ids.
fn listed(conn: &mut Conn, ids: &[i64]) -> Result<Vec<Listed>, Refusal> {
    let rows: Vec<Listed> = match conn {
        Conn::Sqlite(c) => people_there().filter(one_of(AMONG, ids)).select(Listed::as_select()).load(c)?,
        Conn::Postgres(c) => people_there().filter(users::id.eq_any(ids)).select(Listed::as_select()).load(c)?,
    };
    let mut rows: HashMap<i64, Listed> = rows.into_iter().map(|user| (user.id, user)).collect();
    Ok(ids.iter().filter_map(|id| rows.remove(id)).collect())
}
