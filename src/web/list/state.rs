//! What a list's URL says.

use std::collections::BTreeMap;

use actix_web::HttpRequest;

use super::spec::DEFAULT_LIMIT;
use super::{Column, Density, LIMITS, PanelName, Place, Remembered, Spec};
use crate::settings::PublicUrl;

/// Longest query text, in characters; more is cut off.
pub(super) const LONGEST_QUERY: usize = 200;

/// What a list's URL says.
#[derive(Debug, Clone)]
pub struct State {
    pub spec: &'static Spec,
    /// Where it lies: the path of its kind, or one of its own where there is one for each of many objects.
    pub path: String,
    pub q: String,
    pub sort: &'static Column,
    pub descending: bool,
    pub limit: i64,
    pub density: Density,
    pub place: Place,
    /// The how-manieth row the cursor of the place is, if the address tells.
    pub(super) rank: Option<i64>,
    pub columns: Vec<&'static Column>,
    /// The panel that is to be open.
    pub panel: Option<PanelName>,
    pub(super) filters: BTreeMap<&'static str, String>,
    /// Whether rows have ticks, where the list has them at all.
    pub(super) ticked: bool,
    pub(super) remembered: Remembered,
    pub(super) says_limit: bool,
    pub(super) says_density: bool,
}

impl State {
    /// What a request's URL says; what it leaves open of page size and density is as its browser remembers.
    pub fn of(spec: &'static Spec, req: &HttpRequest, public: &PublicUrl) -> State {
        State::read(spec, req.query_string(), Remembered::of(req, public))
    }

    /// Reads a query string. What makes no sense is taken as not said, and of what is said twice the last counts.
    pub fn parse(spec: &'static Spec, query: &str) -> State {
        State::read(spec, query, Remembered::default())
    }

    fn read(spec: &'static Spec, query: &str, remembered: Remembered) -> State {
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
        let ordered = |code: &str| {
            let (descending, key) = code.strip_prefix('-').map_or((false, code), |key| (true, key));
            spec.column(key).map(|column| (column, descending))
        };
        let (sort, descending) = ordered(text("sort"))
            .filter(|(column, _)| column.sorts)
            .or_else(|| ordered(spec.sort))
            .unwrap_or((&spec.columns[0], false));
        let limit = text("limit").parse().ok().filter(|limit| LIMITS.contains(limit));
        let density = Density::from_code(text("density"));
        let (place, rank) = Place::parse(|name| said.get(name).map(String::as_str));
        let moved = said.get("move").and_then(|step| step.split_once('.'));
        State {
            spec,
            path: spec.path.to_owned(),
            q: text("q").trim().chars().take(LONGEST_QUERY).collect(),
            descending,
            sort,
            limit: limit.or(remembered.limit).unwrap_or(DEFAULT_LIMIT),
            density: density.or(remembered.density).unwrap_or_default(),
            place,
            rank,
            columns: arranged(spec, columns, moved),
            panel: if moved.is_some() { Some(PanelName::Columns) } else { PanelName::from_code(text("panel")) },
            filters: spec
                .filters
                .iter()
                .filter_map(|filter| Some((filter.key, filter.takes.canonical(said.get(filter.key)?)?)))
                .collect(),
            ticked: true,
            remembered,
            says_limit: limit.is_some(),
            says_density: density.is_some(),
        }
    }

    /// The same list at a path of its own: `/groups/7`.
    pub fn lying_at(mut self, path: impl Into<String>) -> State {
        self.path = path.into();
        self
    }

    /// The same list with ticks, or without them for a reader who could do nothing with them.
    pub fn with_ticks(mut self, ticked: bool) -> State {
        self.ticked = ticked;
        self
    }

    /// Where ticked rows are sent; None: the list has no ticks. An address without a slash in front is one below the list's own.
    pub fn ticks(&self) -> Option<String> {
        self.spec.ticks.filter(|_| self.ticked).map(|action| match action.starts_with('/') {
            true => action.to_owned(),
            false => format!("{}/{action}", self.path),
        })
    }

    pub fn filter(&self, key: &str) -> Option<&str> {
        self.filters.get(key).map(String::as_str)
    }

    /// How many filters are set.
    pub fn filters_set(&self) -> usize {
        self.filters.len()
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

    /// The order as the URL says it: "email", or "-email" the other way round.
    pub fn sort_code(&self) -> String {
        format!("{}{}", if self.descending { "-" } else { "" }, self.sort.key)
    }

    /// Every parameter but place and panel, as pairs, in one fixed order; only what the reader would not get without saying it, and what they said
    /// themselves unless it is the default.
    pub fn pairs(&self) -> Vec<(&'static str, String)> {
        let mut pairs = Vec::new();
        if !self.q.is_empty() {
            pairs.push(("q", self.q.clone()));
        }
        pairs.extend(
            self.spec
                .filters
                .iter()
                .filter_map(|filter| self.filters.get(filter.key).map(|value| (filter.key, value.clone()))),
        );
        if self.sort_code() != self.spec.sort {
            pairs.push(("sort", self.sort_code()));
        }
        let assumed = self.remembered.limit.unwrap_or(DEFAULT_LIMIT);
        if self.limit != assumed || self.says_limit && self.limit != DEFAULT_LIMIT {
            pairs.push(("limit", self.limit.to_string()));
        }
        let assumed = self.remembered.density.unwrap_or_default();
        if self.density != assumed || self.says_density && self.density != Density::default() {
            pairs.push(("density", self.density.code().to_owned()));
        }
        let usual = self.spec.usual_columns();
        if !self.columns.iter().map(|column| column.key).eq(usual.iter().map(|column| column.key)) {
            pairs.push(("columns", self.columns.iter().map(|column| column.key).collect::<Vec<_>>().join(",")));
        }
        pairs
    }
}

/// The columns that were chosen, each once, the title first; one of them moved a step.
fn arranged(spec: &'static Spec, chosen: Vec<&'static Column>, moved: Option<(&str, &str)>) -> Vec<&'static Column> {
    let mut columns: Vec<&'static Column> = Vec::with_capacity(chosen.len() + 1);
    let chosen = if chosen.is_empty() { spec.usual_columns() } else { chosen };
    for column in std::iter::once(&spec.columns[0]).chain(chosen) {
        if columns.iter().all(|other| other.key != column.key) {
            columns.push(column);
        }
    }
    if let Some((way, key)) = moved
        && let Some(from) = columns.iter().position(|column| column.key == key)
    {
        let to = if way == "earlier" { from.saturating_sub(1) } else { (from + 1).min(columns.len() - 1) };
        if from > 0 && to > 0 {
            columns.swap(from, to);
        }
    }
    columns
}
