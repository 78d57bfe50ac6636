//! Where in a list a page begins.

use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};

/// A sort value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    Number(i64),
    Text(String),
}

impl From<String> for Value {
    fn from(text: String) -> Value {
        Value::Text(text)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Value {
        Value::Number(number)
    }
}

impl From<i16> for Value {
    fn from(number: i16) -> Value {
        Value::Number(number.into())
    }
}

/// A row's place in an order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Cursor(pub Value, pub i64);

impl Cursor {
    pub fn sealed(&self) -> String {
        BASE64URL_NOPAD.encode(&serde_json::to_vec(self).unwrap_or_default())
    }

    pub(super) fn opened(text: &str) -> Option<Cursor> {
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

/// `before=end`: the last page.
const END: &str = "end";

impl Place {
    /// Reads the parameters of a place, of which the first that is there counts.
    pub(super) fn parse<'a>(said: impl Fn(&str) -> Option<&'a str>) -> Place {
        if let Some(after) = said("after") {
            return Cursor::opened(after).map_or(Place::First, Place::After);
        }
        match (said("before"), said("from").map(str::trim)) {
            (Some(END), _) => Place::Last,
            (Some(before), _) => Cursor::opened(before).map_or(Place::First, Place::Before),
            (None, None | Some("")) => Place::First,
            (None, Some(from)) => Place::From(from.chars().take(super::state::LONGEST_QUERY).collect()),
        }
    }

    pub(super) fn pair(&self) -> Option<(&'static str, String)> {
        match self {
            Place::First => None,
            Place::Last => Some(("before", END.to_owned())),
            Place::After(cursor) => Some(("after", cursor.sealed())),
            Place::Before(cursor) => Some(("before", cursor.sealed())),
            Place::From(value) => Some(("from", value.clone())),
        }
    }
}
