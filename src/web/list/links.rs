//! The links of a list: each changes one thing of what the URL says and nothing else.

use super::{Column, PanelName, Place, State, Takes};

impl State {
    /// The address of exactly this.
    pub fn href(&self) -> String {
        let panel = self.panel.map(|panel| ("panel", panel.code()));
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(self.pairs()).extend_pairs(self.place.pair(self.rank)).extend_pairs(panel);
        match query.finish() {
            none if none.is_empty() => self.path.clone(),
            query => format!("{}?{query}", self.path),
        }
    }

    /// All but the place, as the query string of another page about the same list: "" or "?…".
    pub fn query(&self) -> String {
        match url::form_urlencoded::Serializer::new(String::new()).extend_pairs(self.pairs()).finish() {
            none if none.is_empty() => none,
            query => format!("?{query}"),
        }
    }

    /// What a saved view keeps, as a query string: all but the place, and but what holds only in this session.
    pub fn kept(&self) -> String {
        let passing =
            |key: &str| self.spec.filters.iter().any(|filter| filter.key == key && matches!(filter.takes, Takes::Yes));
        let pairs = self.pairs().into_iter().filter(|(key, _)| !passing(key));
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
    }

    fn changed(&self, change: impl FnOnce(&mut State)) -> String {
        let mut state = self.clone();
        (state.place, state.rank) = (Place::First, None);
        state.panel = None;
        change(&mut state);
        state.href()
    }

    /// The pairs that a form must carry along as hidden fields when it changes `own` itself.
    pub fn carried(&self, own: &[&str]) -> Vec<(&'static str, String)> {
        self.pairs().into_iter().filter(|(key, _)| !own.contains(key)).collect()
    }

    /// What the form of the filters carries along: all but the filters.
    pub fn carried_by_filters(&self) -> Vec<(&'static str, String)> {
        self.pairs().into_iter().filter(|(key, _)| self.spec.filters.iter().all(|filter| filter.key != *key)).collect()
    }

    pub fn at(&self, place: Place) -> String {
        self.at_rank(place, None)
    }

    /// At a cursor that is the how-manieth row of the list, where that is known.
    pub(super) fn at_rank(&self, place: Place, rank: Option<i64>) -> String {
        self.changed(|state| (state.place, state.rank) = (place, rank))
    }

    /// Sorts by a column; by the one it is sorted by already, the other way round.
    pub fn sorted_by(&self, column: &'static Column) -> String {
        self.changed(|state| {
            state.descending = state.sort.key == column.key && !state.descending;
            state.sort = column;
        })
    }

    /// The same with one filter set to `value`, which is one that it takes.
    pub fn plus(&self, key: &'static str, value: &str) -> State {
        let mut state = self.clone();
        state.filters.insert(key, value.to_owned());
        state
    }

    /// The same with one filter taken off.
    pub fn less(&self, key: &str) -> State {
        let mut state = self.clone();
        state.filters.remove(key);
        state
    }

    /// With one filter set to `value`, which is one that it takes.
    pub fn with_filter(&self, key: &'static str, value: &str) -> String {
        self.changed(|state| drop(state.filters.insert(key, value.to_owned())))
    }

    pub fn without_filter(&self, key: &str) -> String {
        self.changed(|state| drop(state.filters.remove(key)))
    }

    pub fn without_filters(&self) -> String {
        self.changed(|state| state.filters.clear())
    }

    pub fn without_query(&self) -> String {
        self.changed(|state| state.q.clear())
    }

    /// Without search and filters.
    pub fn cleared(&self) -> String {
        self.changed(|state| {
            state.q.clear();
            state.filters.clear();
        })
    }

    pub fn with_limit(&self, limit: i64) -> String {
        self.changed(|state| state.limit = limit)
    }

    pub fn with_usual_columns(&self) -> String {
        self.changed(|state| state.columns = state.spec.usual_columns())
    }

    /// The same rows with a panel open; if it is open already, without it.
    pub fn with_panel(&self, panel: &PanelName) -> String {
        let mut state = self.clone();
        state.panel = (state.panel != Some(*panel)).then_some(*panel);
        state.href()
    }

    /// For the heading of a column: `aria-sort`.
    pub fn aria_sort(&self, column: &Column) -> &'static str {
        match (self.sort.key == column.key, self.descending) {
            (false, _) => "",
            (true, false) => "ascending",
            (true, true) => "descending",
        }
    }
}
