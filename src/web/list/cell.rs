//! What a row is drawn from.

use std::borrow::Cow;

use super::{Column, Kind};
use crate::db::marks::Piece;

/// One row as it is drawn.
#[derive(Debug, Clone)]
pub struct Line {
    pub id: i64,
    /// What the row is called.
    pub title: String,
    /// Where its title leads; empty: nowhere.
    pub href: String,
    /// Whether it is selected, where that is kept on the server.
    pub ticked: Option<bool>,
    pub cells: Vec<Cell>,
}

impl Line {
    pub fn tick_label(&self) -> String {
        format!("Select {}", self.title)
    }
}

/// One cell.
#[derive(Debug, Clone)]
pub struct Cell {
    pub column: &'static Column,
    pub text: Cow<'static, str>,
    /// The text in pieces, where some of it matched the search.
    pub pieces: Vec<Piece>,
    /// Tooltip.
    pub title: Cow<'static, str>,
    /// Tone of a badge; empty: plain text.
    pub tone: &'static str,
    /// Unix milliseconds of a time; 0: none.
    pub at: i64,
    /// Says that there is nothing.
    pub absent: bool,
}

impl Cell {
    pub fn text(column: &'static Column, text: impl Into<Cow<'static, str>>) -> Cell {
        Cell { column, text: text.into(), pieces: Vec::new(), title: Cow::Borrowed(""), tone: "", at: 0, absent: false }
    }

    /// With what matched the search marked.
    pub fn marked(mut self, pieces: Vec<Piece>) -> Cell {
        self.pieces = pieces;
        self
    }

    /// No value, said in words.
    pub fn absent(column: &'static Column, text: impl Into<Cow<'static, str>>) -> Cell {
        Cell { absent: true, ..Cell::text(column, text) }
    }

    /// A time in unix milliseconds, and how it is shown.
    pub fn time(column: &'static Column, at: i64, shown: impl Into<Cow<'static, str>>) -> Cell {
        Cell { at, ..Cell::text(column, shown) }
    }

    /// A word on a ground of its own; `tone`: good, warn, bad, neutral.
    pub fn badge(
        column: &'static Column,
        text: impl Into<Cow<'static, str>>,
        tone: &'static str,
        title: impl Into<Cow<'static, str>>,
    ) -> Cell {
        Cell { tone, title: title.into(), ..Cell::text(column, text) }
    }

    pub fn is_title(&self) -> bool {
        self.column.kind == Kind::Title
    }
}
