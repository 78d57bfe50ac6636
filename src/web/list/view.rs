//! The page of a list as it is drawn.

use std::collections::BTreeMap;

use super::{Column, Cursor, Filter, Line, Offer, Page, Pager, Panel, PanelName, State, Takes, Total};
use crate::web::forms::Choice;

/// The heading of a column.
#[derive(Debug, Clone)]
pub struct Heading {
    pub label: &'static str,
    /// The width class of its column.
    pub class: &'static str,
    /// The list in its order; empty: it has none.
    pub href: String,
    pub sort: &'static str,
}

/// A filter that is set, with the link that takes it off.
#[derive(Debug, Clone)]
pub struct Chip {
    pub label: String,
    pub href: String,
}

/// What the objects are called whose ids the filters are set to, by filter. One that the reader may not see has no name, like one that does not exist.
pub type Names = BTreeMap<&'static str, String>;

/// A list as `_ui/list.html` draws it.
#[derive(Debug, Clone)]
pub struct View {
    pub state: State,
    pub headings: Vec<Heading>,
    pub lines: Vec<Line>,
    pub pager: Pager,
    pub chips: Vec<Chip>,
    /// "4,312 users"
    pub total: String,
    how_many: Total,
    /// How many there are, as far as it is known.
    pub at_least: i64,
    pub panel: Option<Panel>,
    /// To select more than the page.
    pub offer: Option<Offer>,
    /// Where a row is edited, below its own address; empty: the reader may edit none.
    pub edit: &'static str,
}

impl View {
    /// `lines` are the rows of `page` as they are drawn, `place_of` where each stands in the order.
    pub fn new<R>(
        state: State,
        page: &Page<R>,
        place_of: impl Fn(&R) -> Cursor,
        lines: Vec<Line>,
        total: Total,
        names: &Names,
    ) -> View {
        View {
            headings: headings(&state),
            pager: state.pager(page, place_of, total),
            chips: chips(&state, names),
            lines,
            total: total.in_words(state.spec),
            how_many: total,
            at_least: total.at_least(),
            panel: None,
            offer: None,
            edit: "",
            state,
        }
    }

    pub fn with_panel(mut self, panel: Option<Panel>) -> View {
        self.panel = panel;
        self
    }

    /// Offers to select all that match. `whole`: search and filters of what is selected whole already.
    pub fn with_offer(mut self, whole: Option<&str>) -> View {
        self.offer = Offer::of(&self.state, &self.lines, self.how_many, whole);
        self
    }

    pub fn with_edit(mut self, edit: &'static str) -> View {
        self.edit = edit;
        self
    }

    /// What is read out when the rows have changed: "51–100 of 4,312 users, sorted by Email".
    pub fn said(&self) -> String {
        if self.lines.is_empty() {
            return self.total.clone();
        }
        let summary = &self.pager.summary;
        match (self.state.sort.sorts, self.state.descending) {
            (false, _) => summary.clone(),
            (true, false) => format!("{summary}, sorted by {}", self.state.sort.label),
            (true, true) => format!("{summary}, sorted by {}, descending", self.state.sort.label),
        }
    }

    /// Every order there is, both ways round.
    pub fn orders(&self) -> Vec<Choice> {
        let current = self.state.sort_code();
        let both = |column: &Column| {
            let (up, down) = (column.key.to_owned(), format!("-{}", column.key));
            let (is_up, is_down) = (up == current, down == current);
            [Choice::new(up, column.label, is_up), Choice::new(down, format!("{}, descending", column.label), is_down)]
        };
        self.state.spec.columns.iter().filter(|column| column.sorts).flat_map(both).collect()
    }

    /// Whether anything can be searched or filtered for.
    pub fn has_bar(&self) -> bool {
        self.state.spec.search.is_some() || !self.state.spec.filters.is_empty()
    }

    /// Whether rows lead somewhere.
    pub fn opens(&self) -> bool {
        self.lines.iter().any(|line| !line.href.is_empty())
    }

    /// Whether a panel is drawn open.
    pub fn has_open(&self, name: &PanelName) -> bool {
        self.panel.as_ref().is_some_and(|panel| panel.is(name))
    }

    /// More columns than fit beside each other, so that the table scrolls sideways.
    pub fn is_wide(&self) -> bool {
        self.headings.len() > 6
    }

    pub fn is_compact(&self) -> bool {
        self.state.density == super::Density::Compact
    }
}

fn headings(state: &State) -> Vec<Heading> {
    state
        .columns
        .iter()
        .map(|column| Heading {
            label: column.label,
            class: column.heading_class(),
            href: if column.sorts { state.sorted_by(column) } else { String::new() },
            sort: state.aria_sort(column),
        })
        .collect()
}

fn chips(state: &State, names: &Names) -> Vec<Chip> {
    let search = (!state.q.is_empty()).then(|| Chip { label: searched(state), href: state.without_query() });
    let filters = state.spec.filters.iter().filter_map(|filter| {
        let label = filtered(filter, state.filter(filter.key)?, names);
        Some(Chip { label, href: state.without_filter(filter.key) })
    });
    search.into_iter().chain(filters).collect()
}

fn searched(state: &State) -> String {
    format!("Search: {}", state.q)
}

fn filtered(filter: &Filter, value: &str, names: &Names) -> String {
    let text = match filter.takes {
        Takes::Yes => return filter.label.to_owned(),
        Takes::Words(words) => {
            words().into_iter().find(|(code, _)| *code == value).map_or(value, |(_, label)| label).to_owned()
        }
        Takes::Id => names.get(filter.key).cloned().unwrap_or_else(|| format!("no. {value}")),
        Takes::Day => value.to_owned(),
        Takes::Text => names.get(filter.key).cloned().unwrap_or_else(|| value.to_owned()),
        Takes::Days if value == "1" => "1 day".to_owned(),
        Takes::Days => format!("{value} days"),
    };
    format!("{}: {text}", filter.label)
}

impl State {
    /// What a view of this keeps, one thing a line.
    pub fn in_words(&self, names: &Names) -> Vec<String> {
        let mut words: Vec<String> = (!self.q.is_empty()).then(|| searched(self)).into_iter().collect();
        words.extend(
            self.spec
                .filters
                .iter()
                .filter(|filter| !matches!(filter.takes, Takes::Yes))
                .filter_map(|filter| self.filter(filter.key).map(|value| filtered(filter, value, names))),
        );
        if words.is_empty() {
            words.push(format!("All {}", self.spec.nouns.1));
        }
        words.push(format!("Sorted by {}{}", self.sort.label, if self.descending { ", descending" } else { "" }));
        if self.columns.iter().map(|column| column.key).ne(self.spec.usual_columns().iter().map(|column| column.key)) {
            let labels: Vec<&str> = self.columns.iter().map(|column| column.label).collect();
            words.push(format!("Columns: {}", labels.join(", ")));
        }
        if self.says_limit {
            words.push(format!("{} rows a page", self.limit));
        }
        if self.says_density {
            words.push(format!("{} rows", self.density.label()));
        }
        words
    }
}
