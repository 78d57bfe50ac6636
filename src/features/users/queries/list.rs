//! The User List: one page of any order, and how many there are.

use super::super::model::{ListRow, User};
use super::hits::{Hits, hits, kept_total};
use super::narrow::Narrow;
use super::walk::{Walk, Way};
use crate::db::Conn;
use crate::features::groups;
use crate::refusal::Refusal;
use crate::web::list::{COUNT_CAP, Cursor, Page, Place, Total, Value};

/// How many users are left: from the kept totals for a whole list, counted up to [`COUNT_CAP`] for a narrowed one.
pub fn total(conn: &mut Conn, narrow: &Narrow) -> Result<Total, Refusal> {
    if narrow.is_whole() {
        return Ok(Total::Exactly(kept_total(conn, narrow)?));
    }
    if let Some(group) = narrow.group_alone() {
        let there = |conn| groups::queries::members_in(conn, group, narrow.customers.as_deref());
        return Ok(Total::Exactly(narrow.members.map_or_else(|| there(conn), Ok)?));
    }
    match hits(conn, narrow)? {
        Hits::All(ids) => Ok(exactly(&ids)),
        Hits::Many => of_many(conn, narrow),
    }
}

fn exactly(ids: &[i64]) -> Total {
    Total::Exactly(i64::try_from(ids.len()).unwrap_or(COUNT_CAP))
}

/// How many more than [`COUNT_CAP`] are, where that is known without counting.
fn of_many(conn: &mut Conn, narrow: &Narrow) -> Result<Total, Refusal> {
    let Some(left_out) = narrow.whole_but(conn)? else { return Ok(Total::MoreThan(COUNT_CAP)) };
    Ok(Total::Exactly((kept_total(conn, narrow)? - left_out).max(0)))
}

/// One page in the order of a column (by its key in the URL), each row with its place in it, and how many there are.
pub fn list(
    conn: &mut Conn,
    narrow: &Narrow,
    sort: &str,
    descending: bool,
    place: &Place,
    limit: i64,
) -> Result<(Page<ListRow>, Total), Refusal> {
    let (few, many) = match (narrow.is_whole(), narrow.group_alone()) {
        (true, _) => (None, None),
        (false, Some(_)) => {
            let total = total(conn, narrow)?;
            let few = match total.at_least() {
                0 => Some(Vec::new()),
                // Members have an index of their own in the order of their names.
                _ if sort == "name" => None,
                _ => match hits(conn, narrow)? {
                    Hits::All(ids) => Some(ids),
                    Hits::Many => None,
                },
            };
            (few, Some(total))
        }
        (false, None) => match hits(conn, narrow)? {
            Hits::All(ids) => {
                let total = exactly(&ids);
                (Some(ids), Some(total))
            }
            Hits::Many => (None, Some(of_many(conn, narrow)?)),
        },
    };
    let walk = Walk { narrow, sort, few: few.as_deref() };
    let course = place.course(|text| Some(walk.jump(text, descending)));
    let way = Way { from: course.from.clone(), descending: course.descends(descending) };
    let (rows, total) = match many {
        Some(total) => (walk.rows(conn, &way, limit + 1)?, total),
        None => {
            let (rows, total) = walk.straight(conn, &way, limit + 1)?;
            // Nobody on the way says it: there may be others behind.
            (rows, Total::Exactly(total.map_or_else(|| kept_total(conn, narrow), Ok)?))
        }
    };
    Ok((course.page(rows, limit), total))
}

/// A user's place in the order of a column.
pub fn place_of(sort: &str, user: &User) -> Cursor {
    let value = match sort {
        "email" => Value::Text(user.email_key.clone()),
        "phone" => Value::Text(user.phone_digits.clone()),
        "devices" => Value::Number(user.device_count),
        "tfa" => Value::Number(user.tfa.into()),
        "last-login" => Value::Number(user.last_login_at),
        "customer" => Value::Text(user.customer_key.clone()),
        "status" => Value::Number(user.status.into()),
        "source" => Value::Number(user.source.into()),
        "created" => Value::Number(user.created_at),
        _ => Value::Text(user.name_key.clone()),
    };
    Cursor(value, user.id)
}
