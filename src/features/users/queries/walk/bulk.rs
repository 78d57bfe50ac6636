//! Everybody whom a list leaves, in its order, for files. A narrowed list is walked along the index of its order from end to end and every stretch
//! of it is narrowed by itself, so that the cost is one walk whatever the filter, and no more than a stretch is held.

use std::collections::HashMap;

use super::*;

/// Rows of a stretch.
const STRETCH: i64 = 5_000;

/// What files tell of a user.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = users)]
pub struct Told {
    pub id: i64,
    pub customer_id: i64,
    pub name: String,
    pub email: String,
    pub phone: String,
    pub status: i16,
    pub source: i16,
    pub domain: String,
    pub tfa: i16,
    pub device_count: i64,
    /// Unix milliseconds; 0: never.
    pub last_login_at: i64,
    pub created_at: i64,
}

/// Gives everybody whom `narrow` leaves to `take`, in the order of a column (by its key in the URL), a stretch at a time, until it says false. Gives
/// whether it came to the end.
///
/// # Errors
/// What `take` says, which ends it.
pub fn in_bulk(
    conn: &mut Conn,
    narrow: &Narrow,
    sort: &str,
    descending: bool,
    mut take: impl FnMut(Vec<Told>) -> Result<bool, Refusal>,
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
        let places = walk.places(conn, one, &way, STRETCH)?;
        let mut ids: Vec<i64> = places.iter().map(|place| place.1).collect();
        if !all_fit {
            let left = among(conn, narrow, &ids)?;
            ids.retain(|id| left.contains(id));
        }
        if !take(told(conn, &ids)?)? {
            return Ok(false);
        }
        if count(&places) < STRETCH {
            return Ok(true);
        }
        way.from = places.into_iter().next_back();
    }
}

/// What files tell of some people who are not deleted, in the order of the ids.
fn told(conn: &mut Conn, ids: &[i64]) -> Result<Vec<Told>, Refusal> {
    let here = users::table.filter(literal::<Bool>("users.deleted_at = 0"));
    let rows: Vec<Told> = match conn {
        Conn::Sqlite(c) => {
            here.filter(one_of("users.id IN (SELECT value FROM json_each(", ids)).select(Told::as_select()).load(c)?
        }
        Conn::Postgres(c) => here.filter(users::id.eq_any(ids)).select(Told::as_select()).load(c)?,
    };
    let mut rows: HashMap<i64, Told> = rows.into_iter().map(|told| (told.id, told)).collect();
    Ok(ids.iter().filter_map(|id| rows.remove(id)).collect())
}
