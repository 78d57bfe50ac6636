//! What a list can do: its columns, filters and default order, stated once per room.

use super::Kept;

/// Page sizes.
pub const LIMITS: [i64; 4] = [25, 50, 100, 250];
pub(super) const DEFAULT_LIMIT: i64 = 50;

/// What a list can do.
#[derive(Debug)]
pub struct Spec {
    pub path: &'static str,
    /// What the list is of, for headings that are only heard: "Users".
    pub label: &'static str,
    /// One and several of its rows: ("user", "users").
    pub nouns: (&'static str, &'static str),
    /// What the search looks through, as its field says it; None: the list has no search.
    pub search: Option<&'static str>,
    /// Where ticked rows are sent unless a button says otherwise, without a slash in front below the list's own path; None: the list has no ticks.
    pub ticks: Option<&'static str>,
    /// Where its ticks are kept; None: on the page alone.
    pub selection: Option<Kept>,
    /// Whether what it shows can be saved as a view, below `path`/views.
    pub views: bool,
    /// The first one is the row's title: always shown, always first.
    pub columns: &'static [Column],
    pub filters: &'static [Filter],
    /// The order it is in when nothing is said, as the URL would say it: a column, with `-` before it the other way round.
    pub sort: &'static str,
}

/// What is in a column, which decides how wide it is and how its cells are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Title,
    Email,
    Phone,
    Number,
    Badge,
    Time,
    Words,
    /// Words that take more room than the others.
    Long,
}

/// A heading of more letters does not fit above numbers.
const LONG_HEADING: usize = 12;

/// A column of a list. `key` is its name in the URL.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    pub key: &'static str,
    pub label: &'static str,
    pub kind: Kind,
    /// Whether it is shown when the reader has chosen nothing.
    pub shown: bool,
    pub sorts: bool,
    /// What a jump to a value of its order is called ("Names from"); empty: there is none.
    pub jump: &'static str,
}

impl Column {
    pub const fn new(key: &'static str, label: &'static str, kind: Kind) -> Column {
        Column { key, label, kind, shown: true, sorts: true, jump: "" }
    }

    /// Shown only when it is chosen.
    pub const fn hidden(mut self) -> Column {
        self.shown = false;
        self
    }

    /// The list cannot be in order of it.
    pub const fn unsorted(mut self) -> Column {
        self.sorts = false;
        self
    }

    pub const fn jump(mut self, noun: &'static str) -> Column {
        self.jump = noun;
        self
    }

    /// The class of its heading, for the width.
    pub fn heading_class(&self) -> &'static str {
        match self.kind {
            Kind::Title => "col-name",
            Kind::Email => "col-email",
            Kind::Phone => "col-phone",
            Kind::Number if self.label.len() > LONG_HEADING => "col-number col-number-wide",
            Kind::Number => "col-number",
            Kind::Badge => "col-badge",
            Kind::Time => "col-time",
            Kind::Words => "col-words",
            Kind::Long => "col-long",
        }
    }

    pub fn cell_class(&self) -> &'static str {
        match self.kind {
            Kind::Number => "col-number",
            Kind::Email => "cell-email",
            _ => "",
        }
    }
}

/// A filter. `key` is its parameter; its values are checked when a URL is read.
#[derive(Debug, Clone, Copy)]
pub struct Filter {
    pub key: &'static str,
    pub label: &'static str,
    pub takes: Takes,
}

/// What a filter may be set to.
#[derive(Debug, Clone, Copy)]
pub enum Takes {
    /// One of some words: (code, label).
    Words(fn() -> Vec<(&'static str, &'static str)>),
    /// The id of an object; the room knows its name.
    Id,
    /// A number of days, up to ten years.
    Days,
    /// A day such as 2026-11-22.
    Day,
    /// Whatever is typed; the room knows what it means.
    Text,
    /// Nothing but "yes".
    Yes,
}

const MOST_DAYS: i64 = 3_650;
/// Longest typed filter, in characters.
const LONGEST_TEXT: usize = 254;

impl Takes {
    /// The type of the field it is typed in; empty: it is chosen from a list.
    pub fn input(&self) -> &'static str {
        match self {
            Takes::Days => "number",
            Takes::Day => "date",
            Takes::Text => "text",
            Takes::Words(_) | Takes::Id | Takes::Yes => "",
        }
    }

    /// A value in its one way of writing it; None for what makes no sense.
    pub(super) fn canonical(&self, value: &str) -> Option<String> {
        let value = value.trim();
        match self {
            Takes::Words(words) => {
                words().into_iter().find(|(code, _)| *code == value).map(|(code, _)| code.to_owned())
            }
            Takes::Id => value.parse().ok().filter(|id: &i64| *id > 0).map(|id| id.to_string()),
            Takes::Day => value.parse().ok().map(|day: jiff::civil::Date| day.to_string()),
            Takes::Text => Some(value.chars().take(LONGEST_TEXT).collect()).filter(|text: &String| !text.is_empty()),
            Takes::Yes => (value == "yes").then(|| value.to_owned()),
            Takes::Days => {
                value.parse().ok().filter(|days| (1..=MOST_DAYS).contains(days)).map(|days: i64| days.to_string())
            }
        }
    }
}

impl Spec {
    /// What it is called where something is kept for it: `users`.
    pub fn name(&self) -> &'static str {
        self.path.trim_start_matches('/')
    }

    pub fn column(&self, key: &str) -> Option<&'static Column> {
        self.columns.iter().find(|column| column.key == key)
    }

    /// The columns that are shown when the reader has chosen nothing.
    pub fn usual_columns(&self) -> Vec<&'static Column> {
        self.columns.iter().filter(|column| column.shown).collect()
    }

    /// Whether one can jump to a value in some order of it.
    pub fn jumps(&self) -> bool {
        self.columns.iter().any(|column| !column.jump.is_empty())
    }

    pub fn noun(&self, number: i64) -> &'static str {
        if number == 1 { self.nouns.0 } else { self.nouns.1 }
    }
}

/// How close rows stand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Density {
    #[default]
    Comfortable,
    Compact,
}

impl Density {
    pub const ALL: [Density; 2] = [Density::Comfortable, Density::Compact];

    pub fn code(self) -> &'static str {
        match self {
            Density::Comfortable => "comfortable",
            Density::Compact => "compact",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Density::Comfortable => "Comfortable",
            Density::Compact => "Compact",
        }
    }

    pub(super) fn from_code(code: &str) -> Option<Density> {
        Density::ALL.into_iter().find(|density| density.code() == code)
    }
}

/// A panel that can be opened above a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PanelName {
    Filters,
    Columns,
    Views,
}

impl PanelName {
    /// The word in the URL.
    pub fn code(self) -> &'static str {
        match self {
            PanelName::Filters => "filters",
            PanelName::Columns => "columns",
            PanelName::Views => "views",
        }
    }

    pub(super) fn from_code(code: &str) -> Option<PanelName> {
        [PanelName::Filters, PanelName::Columns, PanelName::Views].into_iter().find(|panel| panel.code() == code)
    }
}
