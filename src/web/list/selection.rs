//! Ticks that are kept on the server, and the offer to select more than a page of rows.

use super::{Line, State, Total};

/// Where the ticks of a list are kept.
#[derive(Debug, Clone, Copy)]
pub struct Kept {
    /// Where changes are sent.
    pub path: &'static str,
    /// The name of the list, which an action takes instead of ids.
    pub name: &'static str,
    /// The filter that narrows the list to what is selected.
    pub filter: &'static str,
    /// Where a file of what is selected is asked for; empty: nowhere.
    pub exports: &'static str,
}

/// "All 50 on this page are selected. Select all 4,312 matching."
#[derive(Debug, Clone)]
pub struct Offer {
    /// Search and filters of the list.
    pub query: String,
    pub figure: String,
    /// Whether the whole page is selected, and not yet all that match.
    pub shown: bool,
}

impl Offer {
    /// None where there is no more than the page. `whole`: search and filters of what is selected whole.
    pub fn of(state: &State, lines: &[Line], total: Total, whole: Option<&str>) -> Option<Offer> {
        let kept = state.spec.selection?;
        let more = match total {
            Total::Exactly(number) => number > i64::try_from(lines.len()).unwrap_or(i64::MAX),
            Total::MoreThan(_) => true,
        };
        if !more || lines.is_empty() || state.filter(kept.filter).is_some() {
            return None;
        }
        let query = state.narrowing();
        let done = whole.is_some_and(|whole| whole.is_empty() || whole == query);
        let shown = !done && lines.iter().all(|line| line.ticked == Some(true));
        Some(Offer { query, figure: total.figure(), shown })
    }
}
