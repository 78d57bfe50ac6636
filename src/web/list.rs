//! The one list machine: what a list's URL says, and the links that change one thing of it and nothing else.
//!
//! A list has columns, filters and a default order ([`Spec`]). [`State`] is a parsed URL; every link on the page is made from it, so no parameter
//! can reset another. The place in the list is a cursor (value and id of a row), which is dropped when query, filter, order or limit changes.

use std::collections::BTreeMap;

use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};

use super::forms::Choice;

/// A column of a list. `key` is its name in the URL.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    pub key: &'static str,
    pub label: &'static str,
    /// Whether it is shown when the reader has chosen nothing.
    pub shown: bool,
}

/// What a list can do.
#[derive(Debug)]
pub struct Spec {
    pub path: &'static str,
    pub columns: &'static [Column],
    /// The parameters of its filters.
    pub filters: &'static [&'static str],
    /// The column it is in order of when nothing is said.
    pub sort: &'static str,
}

pub const LIMITS: [i64; 4] = [25, 50, 100, 250];
const DEFAULT_LIMIT: i64 = 50;
/// Longest query text, in characters; more is cut off.
const LONGEST_QUERY: usize = 200;

/// A sort value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    Number(i64),
    Text(String),
}

/// A row's place in an order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Cursor(pub Value, pub i64);

impl Cursor {
    pub fn sealed(&self) -> String {
        BASE64URL_NOPAD.encode(&serde_json::to_vec(self).unwrap_or_default())
    }

    fn opened(text: &str) -> Option<Cursor> {
        let cursor: Cursor = serde_json::from_slice(&BASE64URL_NOPAD.decode(text.as_bytes()).ok()?).ok()?;
        let sane = !matches!(&cursor.0, Value::Text(text) if text.contains(char::is_control));
        sane.then_some(cursor)
    }
}

/// Where in the list to begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    First,
    Last,
    After(Cursor),
    Before(Cursor),
    /// At the first row whose value is not below this one ("names from M").
    From(String),
}

/// What a list's URL says.
#[derive(Debug, Clone)]
pub struct State {
    spec: &'static Spec,
    pub q: String,
    pub sort: &'static Column,
    pub descending: bool,
    pub limit: i64,
    pub place: Place,
    pub columns: Vec<&'static Column>,
    filters: BTreeMap<&'static str, String>,
}

impl State {
    /// Reads a query string. What makes no sense is taken as not said.
    pub fn parse(spec: &'static Spec, query: &str) -> State {
        let mut said: BTreeMap<String, String> = BTreeMap::new();
        let mut columns = Vec::new();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            if name == "columns" {
                columns.extend(value.split(',').filter_map(|key| spec.column(key)));
            } else {
                // No stored value holds a control character, and PostgreSQL and FTS5 stumble over NUL.
                said.insert(name.into_owned(), value.replace(char::is_control, " "));
            }
        }
        let text = |name: &str| said.get(name).map_or("", String::as_str);
        let (descending, key) = text("sort").strip_prefix('-').map_or((false, text("sort")), |key| (true, key));
        let sort = spec.column(key);
        let fallback = spec.column(spec.sort).unwrap_or(&spec.columns[0]);
        let place = if said.contains_key("after") {
            Cursor::opened(text("after")).map_or(Place::First, Place::After)
        } else if text("before") == "end" {
            Place::Last
        } else if said.contains_key("before") {
            Cursor::opened(text("before")).map_or(Place::First, Place::Before)
        } else if !text("from").trim().is_empty() {
            Place::From(text("from").trim().chars().take(LONGEST_QUERY).collect())
        } else {
            Place::First
        };
        State {
            spec,
            q: text("q").trim().chars().take(LONGEST_QUERY).collect(),
            descending: sort.is_some() && descending,
            sort: sort.unwrap_or(fallback),
            limit: text("limit").parse().ok().filter(|limit| LIMITS.contains(limit)).unwrap_or(DEFAULT_LIMIT),
            place,
            columns: if columns.is_empty() {
                spec.columns.iter().filter(|column| column.shown).collect()
            } else {
                columns
            },
            filters: spec
                .filters
                .iter()
                .filter_map(|key| said.get(*key).filter(|value| !value.is_empty()).map(|value| (*key, value.clone())))
                .collect(),
        }
    }

    pub fn filter(&self, key: &str) -> Option<&str> {
        self.filters.get(key).map(String::as_str)
    }

    /// Whether anything narrows the list.
    pub fn is_narrowed(&self) -> bool {
        !self.q.is_empty() || !self.filters.is_empty()
    }

    /// Search and filters alone, as a query string in one fixed order.
    pub fn narrowing(&self) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        if !self.q.is_empty() {
            query.append_pair("q", &self.q);
        }
        query.extend_pairs(self.filters.iter()).finish()
    }

    pub fn shows(&self, key: &str) -> bool {
        self.columns.iter().any(|column| column.key == key)
    }

    /// Every parameter but the place, as pairs, in one fixed order; only what differs from the default.
    pub fn pairs(&self) -> Vec<(&'static str, String)> {
        let mut pairs = Vec::new();
        if !self.q.is_empty() {
            pairs.push(("q", self.q.clone()));
        }
        pairs.extend(self.filters.iter().map(|(key, value)| (*key, value.clone())));
        if self.sort.key != self.spec.sort || self.descending {
            pairs.push(("sort", format!("{}{}", if self.descending { "-" } else { "" }, self.sort.key)));
        }
        if self.limit != DEFAULT_LIMIT {
            pairs.push(("limit", self.limit.to_string()));
        }
        if !self.columns.iter().map(|column| column.key).eq(self
            .spec
            .columns
            .iter()
            .filter(|column| column.shown)
            .map(|column| column.key))
        {
            pairs.push(("columns", self.columns.iter().map(|column| column.key).collect::<Vec<_>>().join(",")));
        }
        pairs
    }

    /// The pairs that a form must carry along as hidden fields when it changes `changed` itself.
    pub fn carried(&self, changed: &[&str]) -> Vec<(&'static str, String)> {
        self.pairs().into_iter().filter(|(key, _)| !changed.contains(key)).collect()
    }

    pub fn href(&self) -> String {
        let place = match &self.place {
            Place::First => None,
            Place::Last => Some(("before", "end".to_owned())),
            Place::After(cursor) => Some(("after", cursor.sealed())),
            Place::Before(cursor) => Some(("before", cursor.sealed())),
            Place::From(value) => Some(("from", value.clone())),
        };
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(self.pairs()).extend_pairs(place);
        match query.finish() {
            none if none.is_empty() => self.spec.path.to_owned(),
            query => format!("{}?{query}", self.spec.path),
        }
    }

    fn changed(&self, change: impl FnOnce(&mut State)) -> String {
        let mut state = self.clone();
        state.place = Place::First;
        change(&mut state);
        state.href()
    }

    pub fn at(&self, place: Place) -> String {
        self.changed(|state| state.place = place)
    }

    /// Sorts by a column; by the one it is sorted by already, the other way round.
    pub fn sorted_by(&self, column: &'static Column) -> String {
        self.changed(|state| {
            state.descending = state.sort.key == column.key && !state.descending;
            state.sort = column;
        })
    }

    pub fn without_filter(&self, key: &str) -> String {
        self.changed(|state| drop(state.filters.remove(key)))
    }

    pub fn without_query(&self) -> String {
        self.changed(|state| state.q.clear())
    }

    pub fn cleared(&self) -> String {
        self.changed(|state| {
            state.q.clear();
            state.filters.clear();
        })
    }

    pub fn with_limit(&self, limit: i64) -> String {
        self.changed(|state| state.limit = limit)
    }

    pub fn with_default_columns(&self) -> String {
        self.changed(|state| state.columns = state.spec.columns.iter().filter(|column| column.shown).collect())
    }

    /// For the heading of a column: `aria-sort`.
    pub fn aria_sort(&self, column: &Column) -> &'static str {
        match (self.sort.key == column.key, self.descending) {
            (false, _) => "",
            (true, false) => "ascending",
            (true, true) => "descending",
        }
    }

    pub fn headings(&self) -> Vec<Heading> {
        self.columns
            .iter()
            .map(|column| Heading {
                key: column.key,
                label: column.label,
                href: self.sorted_by(column),
                sort: self.aria_sort(column),
            })
            .collect()
    }

    pub fn column_choices(&self) -> Vec<Choice> {
        self.spec.columns.iter().map(|column| Choice::new(column.key, column.label, self.shows(column.key))).collect()
    }

    pub fn limit_choices(&self) -> Vec<Choice> {
        LIMITS
            .iter()
            .map(|limit| Choice::new(self.with_limit(*limit), limit.to_string(), *limit == self.limit))
            .collect()
    }
}

impl Spec {
    pub fn column(&self, key: &str) -> Option<&'static Column> {
        self.columns.iter().find(|column| column.key == key)
    }
}

/// The heading of a column.
#[derive(Debug, Clone)]
pub struct Heading {
    pub key: &'static str,
    pub label: &'static str,
    pub href: String,
    pub sort: &'static str,
}

/// A filter that is set, with the link that takes it off.
#[derive(Debug, Clone)]
pub struct Chip {
    pub label: String,
    pub href: String,
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

/// Rows of one page, and whether there is more on either side.
#[derive(Debug, Clone)]
pub struct Page<R> {
    pub rows: Vec<R>,
    pub more_before: bool,
    pub more_after: bool,
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
            sizes: self.limit_choices(),
        }
    }
}

/// A number as people read it: 4,312.
pub fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if number < 0 {
        text.push('-');
    }
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
