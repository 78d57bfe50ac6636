//! One page of rows and the links to the others.

use super::{Cursor, LIMITS, Place, State, Total, grouped};
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
    /// The links for a page whose rows stand at `place_of`, of so many in all.
    pub fn pager<R>(&self, page: &Page<R>, place_of: impl Fn(&R) -> Cursor, total: Total) -> Pager {
        let first = self.first_rank(page, total);
        let last = first.map(|first| first + length(page) - 1);
        let before = |row: &R| self.at_rank(Place::Before(place_of(row)), first);
        let after = |row: &R| self.at_rank(Place::After(place_of(row)), last);
        Pager {
            first: page.more_before.then(|| self.at(Place::First)),
            previous: page.rows.first().filter(|_| page.more_before).map(before),
            next: page.rows.last().filter(|_| page.more_after).map(after),
            last: page.more_after.then(|| self.at(Place::Last)),
            summary: self.summary(first, length(page), total),
            sizes: LIMITS
                .iter()
                .map(|limit| Choice::new(self.with_limit(*limit), limit.to_string(), *limit == self.limit))
                .collect(),
        }
    }

    /// The how-manieth row of the list a page begins with: known at either end, and carried along from there by the cursors. None after a jump, and where
    /// what was carried along cannot be, because rows came or went meanwhile.
    fn first_rank<R>(&self, page: &Page<R>, total: Total) -> Option<i64> {
        let rows = length(page);
        let all = match total {
            Total::Exactly(all) => Some(all),
            Total::MoreThan(_) => None,
        };
        let first = match (page.more_before, page.more_after, all, &self.place) {
            _ if rows == 0 => return None,
            (false, _, _, _) => return Some(1),
            (true, false, Some(all), _) => all - rows + 1,
            (true, _, _, Place::After(_)) => self.rank? + 1,
            (true, _, _, Place::Before(_)) => self.rank? - rows,
            (true, _, _, Place::First | Place::Last | Place::From(_)) => return None,
        };
        let rest = i64::from(page.more_after);
        (first > 1 && all.is_none_or(|all| first - 1 + rows + rest <= all)).then_some(first)
    }

    /// "51–100 of 4,312 users"; where the place is not known "50 of 4,312 users", and after a jump from which value.
    fn summary(&self, first: Option<i64>, rows: i64, total: Total) -> String {
        let words = total.in_words(self.spec);
        match (first, &self.place) {
            (Some(first), _) if rows == 1 => format!("{} of {words}", grouped(first)),
            (Some(first), _) => format!("{}–{} of {words}", grouped(first), grouped(first + rows - 1)),
            (None, Place::From(value)) => format!("{} of {words}, from {value}", grouped(rows)),
            (None, _) => format!("{} of {words}", grouped(rows)),
        }
    }
}

fn length<R>(page: &Page<R>) -> i64 {
    i64::try_from(page.rows.len()).unwrap_or(i64::MAX)
}
