//! A page of a list whose rows are all at hand: for nouns of which there are some thousands at most (roles, customers).

use super::{Cursor, Page, Place, State, Value};
use crate::db::fold::fold;

/// One page of `rows` in the order that `state` says; `place_of` is where each stands in it.
pub fn page_of<R>(mut rows: Vec<R>, state: &State, place_of: impl Fn(&R) -> Cursor) -> Page<R> {
    rows.sort_by_cached_key(&place_of);
    if state.descending {
        rows.reverse();
    }
    let limit = usize::try_from(state.limit).unwrap_or(usize::MAX);
    // How many stand before a place in this order, whichever way round it is.
    let before = |cursor: &Cursor, itself: bool| {
        rows.partition_point(|row| {
            let place = place_of(row);
            let earlier = if state.descending { place > *cursor } else { place < *cursor };
            earlier || itself && place == *cursor
        })
    };
    let start = match &state.place {
        Place::First => 0,
        Place::Last => rows.len().saturating_sub(limit),
        Place::After(cursor) => before(cursor, true),
        Place::Before(cursor) => before(cursor, false).saturating_sub(limit),
        Place::From(typed) => {
            let wanted = Value::Text(fold(typed));
            rows.partition_point(|row| {
                let Cursor(value, _) = place_of(row);
                if state.descending { value > wanted } else { value < wanted }
            })
        }
    };
    let end = match &state.place {
        Place::Before(cursor) => before(cursor, false),
        _ => rows.len().min(start.saturating_add(limit)),
    };
    let (more_before, more_after) = (start > 0, end < rows.len());
    Page { rows: rows.drain(start..end).collect(), more_before, more_after }
}
