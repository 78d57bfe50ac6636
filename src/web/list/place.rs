//! Where in a list a page begins.

use std::fmt;

use data_encoding::BASE64URL_NOPAD;
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::Page;

/// A sort value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(untagged)]
pub enum Value {
    Number(i64),
    Text(String),
}

/// By what it is, not by trying one after the other: what does not fit is told in words each time, a hundredth of a page's time.
impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Value, D::Error> {
        struct Either;

        impl Visitor<'_> for Either {
            type Value = Value;

            fn expecting(&self, to: &mut fmt::Formatter) -> fmt::Result {
                to.write_str("a number or a text")
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Value, E> {
                Ok(Value::Number(number))
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Value, E> {
                i64::try_from(number).map(Value::Number).map_err(E::custom)
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Value, E> {
                Ok(Value::Text(text.to_owned()))
            }
        }

        from.deserialize_any(Either)
    }
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

impl Value {
    pub fn into_text(self) -> String {
        match self {
            Value::Text(text) => text,
            Value::Number(number) => number.to_string(),
        }
    }

    /// 0 for a text that is none, which only a cursor that was made up holds.
    pub fn into_number(self) -> i64 {
        match self {
            Value::Number(number) => number,
            Value::Text(text) => text.parse().unwrap_or(0),
        }
    }
}

/// A row's place in an order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Cursor(pub Value, pub i64);

/// A cursor as an address carries it: value, id, and the how-manieth row of the list it was when the page was drawn, where that was known. So the next
/// page knows where it stands without anybody counting up to it.
#[derive(Debug, Serialize, Deserialize)]
struct Sealed(Value, i64, #[serde(default, skip_serializing_if = "Option::is_none")] Option<i64>);

impl Cursor {
    /// As an address carries it; `rank`: the how-manieth row of the list it is, where that is known.
    pub fn sealed(&self, rank: Option<i64>) -> String {
        let sealed = Sealed(self.0.clone(), self.1, rank);
        BASE64URL_NOPAD.encode(&serde_json::to_vec(&sealed).unwrap_or_default())
    }

    /// The cursor, and its rank if it is told.
    fn opened(text: &str) -> Option<(Cursor, Option<i64>)> {
        let Sealed(value, id, rank) = serde_json::from_slice(&BASE64URL_NOPAD.decode(text.as_bytes()).ok()?).ok()?;
        let (cursor, rank) = (Cursor(value, id), rank.filter(|rank| (1..=MOST_ROWS).contains(rank)));
        let sane = !matches!(&cursor.0, Value::Text(text) if text.contains(char::is_control));
        sane.then_some((cursor, rank))
    }
}

/// A rank above this was made up.
const MOST_ROWS: i64 = 1_000_000_000_000;

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

/// How a page is read: from a place on in the order, or backwards from it, which is forwards in the opposite order, turned round at the end.
#[derive(Debug, Clone)]
pub struct Course {
    /// None: from the end that it begins at.
    pub from: Option<Cursor>,
    pub backwards: bool,
}

impl Course {
    /// Whether rows are read from high to low, of a list that is shown that way round or not.
    pub fn descends(&self, descending: bool) -> bool {
        descending != self.backwards
    }

    /// The page that was read: up to one row more than `limit`, which says that there is more.
    pub fn page<R>(&self, mut rows: Vec<R>, limit: i64) -> Page<R> {
        let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
        let (behind, further) = (self.from.is_some(), rows.len() > wanted);
        rows.truncate(wanted);
        if self.backwards {
            rows.reverse();
            return Page { rows, more_before: further, more_after: behind };
        }
        Page { rows, more_before: behind, more_after: further }
    }
}

impl Place {
    /// How its page is read; `jump` is the place just before a value, of a list that one can jump in.
    pub fn course(&self, jump: impl FnOnce(&str) -> Option<Cursor>) -> Course {
        let (from, backwards) = match self {
            Place::First => (None, false),
            Place::Last => (None, true),
            Place::After(cursor) => (Some(cursor.clone()), false),
            Place::Before(cursor) => (Some(cursor.clone()), true),
            Place::From(text) => (jump(text), false),
        };
        Course { from, backwards }
    }

    /// Reads the parameters of a place, of which the first that is there counts; gives the rank of the cursor as well, if it is told.
    pub(super) fn parse<'a>(said: impl Fn(&str) -> Option<&'a str>) -> (Place, Option<i64>) {
        let at = |text: &str, place: fn(Cursor) -> Place| {
            Cursor::opened(text).map_or((Place::First, None), |(cursor, rank)| (place(cursor), rank))
        };
        if let Some(after) = said("after") {
            return at(after, Place::After);
        }
        match (said("before"), said("from").map(str::trim)) {
            (Some(END), _) => (Place::Last, None),
            (Some(before), _) => at(before, Place::Before),
            (None, None | Some("")) => (Place::First, None),
            (None, Some(from)) => (Place::From(from.chars().take(super::state::LONGEST_QUERY).collect()), None),
        }
    }

    pub(super) fn pair(&self, rank: Option<i64>) -> Option<(&'static str, String)> {
        match self {
            Place::First => None,
            Place::Last => Some(("before", END.to_owned())),
            Place::After(cursor) => Some(("after", cursor.sealed(rank))),
            Place::Before(cursor) => Some(("before", cursor.sealed(rank))),
            Place::From(value) => Some(("from", value.clone())),
        }
    }
}
