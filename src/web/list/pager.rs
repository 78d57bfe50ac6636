//! One page of rows and the links to the others.

use super::{Cursor, LIMITS, Place, State};
use crate::web::forms::Choice;

/// Rows of one page, and whether there is more on either side.
#[derive(Debug, Clone)]
pub struct Page<R> {
    pub rows: Vec<R>,
    pub more_before: bool,
    pub more_after: bool,
}

/// The links below a list.
#[derive(Debug, Clone, Default)]
pub struct Pager {
    pub first: Option<String>,
    pub previous: Option<String>,
    pub next: Option<String>,
    pub last: Option<String>,
    pub summary: String,
    pub sizes: Vec<Choice>,
}

impl State {
    /// The links for a page whose rows stand at `place_of`.
    pub fn pager<R>(&self, page: &Page<R>, place_of: impl Fn(&R) -> Cursor, summary: String) -> Pager {
        Pager {
            first: page.more_before.then(|| self.at(Place::First)),
            previous: page.rows.first().filter(|_| page.more_before).map(|row| self.at(Place::Before(place_of(row)))),
            next: page.rows.last().filter(|_| page.more_after).map(|row| self.at(Place::After(place_of(row)))),
            last: page.more_after.then(|| self.at(Place::Last)),
            summary,
            sizes: LIMITS
                .iter()
                .map(|limit| Choice::new(self.with_limit(*limit), limit.to_string(), *limit == self.limit))
                .collect(),
        }
    }
}
