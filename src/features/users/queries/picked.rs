//! A selection as a condition of the User List.

use diesel::prelude::*;

use super::narrow::Narrow;
use crate::db::schema::{selection_items, users};
use crate::db::search::Condition;
use crate::db::{Conn, is_sqlite};
use crate::refusal::Refusal;

/// What is selected. Who of them the reader may see is a matter of the [`Narrow`] that it stands in.
///
/// The default is nobody.
#[derive(Debug, Clone, Default)]
pub struct Picked {
    /// Ids begin at 1.
    pub selection_id: i64,
    /// What was selected whole; None: single people only.
    pub whole: Option<Box<Narrow>>,
    /// Whether there are single people beside what was selected whole.
    pub singles: bool,
}

impl Picked {
    pub(super) fn condition(&self, sqlite: bool) -> Condition {
        let items = |included: bool| {
            selection_items::table
                .filter(selection_items::selection_id.eq(self.selection_id))
                .filter(selection_items::included.eq(included))
                .select(selection_items::object_id)
        };
        let Some(kept) = &self.whole else { return Box::new(users::id.eq_any(items(true))) };
        let mut hits: Condition = Box::new(users::id.ne_all(items(false)));
        if let Some(ids) = &kept.customers {
            hits = Box::new(hits.and(users::customer_id.eq_any(ids.clone())));
        }
        for condition in kept.conditions(sqlite) {
            hits = Box::new(hits.and(condition));
        }
        if self.singles { Box::new(hits.or(users::id.eq_any(items(true)))) } else { hits }
    }
}

impl Narrow {
    /// How many were left out, where everybody in scope is selected but for these: then the kept totals say how many are selected.
    pub(super) fn whole_but(&self, conn: &mut Conn) -> Result<Option<i64>, Refusal> {
        let Some(picked) = &self.picked else { return Ok(None) };
        let rest = Narrow { picked: None, ..self.clone() };
        let Some(kept) = picked
            .whole
            .as_ref()
            .filter(|kept| rest.is_whole() && kept.is_whole() && kept.customers == self.customers && !picked.singles)
        else {
            return Ok(None);
        };
        let left_out = selection_items::table
            .filter(selection_items::selection_id.eq(picked.selection_id))
            .filter(selection_items::included.eq(false))
            .select(selection_items::object_id);
        let theirs = kept.query(is_sqlite(conn)).filter(users::id.eq_any(left_out));
        Ok(Some(theirs.count().get_result(conn)?))
    }
}

/// The ids behind `after` that are left by `narrow`, the lowest first.
pub fn ids_after(conn: &mut Conn, narrow: &Narrow, after: i64, limit: i64) -> Result<Vec<i64>, Refusal> {
    let sqlite = is_sqlite(conn);
    let query = narrow.query(sqlite).filter(users::id.gt(after));
    Ok(query.order(users::id).limit(limit).select(users::id).load(conn)?)
}
