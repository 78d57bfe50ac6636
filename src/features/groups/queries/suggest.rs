//! Groups to choose from.

use diesel::prelude::*;

use super::super::model::Group;
use super::any_with_ids;
use super::list::Narrow;
use crate::access::Scope;
use crate::db::schema::user_groups;
use crate::db::{Conn, is_sqlite};
use crate::refusal::Refusal;

/// Most groups that a choice without script offers.
const MOST_OFFERED: i64 = 500;

/// What a choice without script offers: the first groups in scope by name whose name holds what was typed, those that are chosen already among them;
/// and whether there are more.
pub fn offered(conn: &mut Conn, scope: &Scope, typed: &str, chosen: &[i64]) -> Result<(Vec<Group>, bool), Refusal> {
    let mut offered = suggested(conn, scope.ids(), typed, MOST_OFFERED + 1)?;
    let more = i64::try_from(offered.len()).unwrap_or(i64::MAX) > MOST_OFFERED;
    offered.truncate(usize::try_from(MOST_OFFERED).unwrap_or(usize::MAX));
    let beyond: Vec<i64> = chosen.iter().copied().filter(|id| offered.iter().all(|group| group.id != *id)).collect();
    let beyond = any_with_ids(conn, scope, &beyond)?.into_values();
    offered.extend(beyond.filter(|group| group.deleted_at == 0));
    Ok((offered, more))
}

/// The first groups of some customers (None: of all) by name whose name holds what was typed.
pub fn suggested(conn: &mut Conn, customers: Option<Vec<i64>>, typed: &str, most: i64) -> Result<Vec<Group>, Refusal> {
    let narrow = Narrow { customers, words: Narrow::words(typed), ..Narrow::default() };
    let query = narrow.query(is_sqlite(conn), narrow.customers.as_deref());
    Ok(query.order((user_groups::name_key, user_groups::id)).limit(most).load(conn)?)
}
