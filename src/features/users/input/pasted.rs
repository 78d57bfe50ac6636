//! A list of people as it is pasted: addresses, names and phone numbers in any mixture.

use std::collections::BTreeSet;

use super::{Email, FieldError, Phone};
use crate::db::fold::{digits, fold};

/// Most people that are looked for at once.
pub const MOST_ENTRIES: usize = 1_000;
/// Longest entry that is looked for, in characters: no address, name or number is longer.
const LONGEST: usize = 320;

/// One person of a pasted list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// As it was typed.
    pub typed: String,
    pub by: By,
}

/// What somebody is looked for by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum By {
    /// The key of an address.
    Email(String),
    /// A folded name; where it could be a phone number, its digits too.
    Name { key: String, digits: Option<String> },
    /// Nobody can be called that.
    Nothing,
}

/// Reads a pasted list. Entries end at a line's end, a comma, a semicolon or a tab, but not inside double quotes; repeated ones count once.
///
/// # Errors
/// None at all, or more than [`MOST_ENTRIES`].
pub fn entries(text: &str) -> Result<Vec<Entry>, FieldError> {
    let refuse = |message: String| Err(FieldError::new("people", message));
    let mut seen = BTreeSet::new();
    let mut entries = Vec::new();
    for typed in pieces(text) {
        let entry = Entry::of(typed);
        // Those that can be nobody are told apart by what was typed.
        let same = if entry.by == By::Nothing {
            (entry.by.clone(), entry.typed.clone())
        } else {
            (entry.by.clone(), String::new())
        };
        if seen.insert(same) {
            entries.push(entry);
        }
    }
    match entries.len() {
        0 => refuse("Paste or type at least one e-mail address, name or phone number".into()),
        1..=MOST_ENTRIES => Ok(entries),
        more => refuse(format!("Paste up to 1,000 people at a time; these are {more}")),
    }
}

fn pieces(text: &str) -> Vec<String> {
    let mut pieces = Vec::new();
    let (mut piece, mut quoted) = (String::new(), false);
    for c in text.chars() {
        match c {
            '"' => {
                quoted = !quoted;
                piece.push(c);
            }
            // A quote that is never closed ends with its line.
            '\n' | '\r' => {
                quoted = false;
                pieces.push(std::mem::take(&mut piece));
            }
            ',' | ';' | '\t' if !quoted => pieces.push(std::mem::take(&mut piece)),
            c if c.is_control() => piece.push(' '),
            c => piece.push(c),
        }
    }
    pieces.push(piece);
    pieces
        .into_iter()
        .map(|piece| piece.trim().to_owned())
        .filter(|piece| !piece.trim_matches('"').trim().is_empty())
        .collect()
}

impl Entry {
    fn of(typed: String) -> Entry {
        let by = if typed.chars().count() > LONGEST { By::Nothing } else { By::of(&typed) };
        Entry { typed, by }
    }
}

impl By {
    fn of(typed: &str) -> By {
        let address = match (typed.rfind('<'), typed.ends_with('>')) {
            (Some(start), true) if typed[start..].contains('@') => &typed[start + 1..typed.len() - 1],
            _ => typed,
        };
        let bare = address.trim().trim_matches('"').trim();
        if bare.contains('@') {
            return Email::parse(bare.trim_start_matches("mailto:"))
                .map_or(By::Nothing, |email| By::Email(email.key().to_owned()));
        }
        match fold(bare) {
            none if none.is_empty() => By::Nothing,
            key => By::Name {
                key,
                digits: Phone::parse(bare).ok().filter(|phone| !phone.is_empty()).map(|_| digits(bare)),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by(text: &str) -> Vec<By> {
        entries(text).unwrap().into_iter().map(|entry| entry.by).collect()
    }

    fn email(key: &str) -> By {
        By::Email(key.into())
    }

    fn name(key: &str) -> By {
        By::Name { key: key.into(), digits: None }
    }

    #[test]
    fn any_mixture_of_separators() {
        let expected = vec![email("a@example.org"), email("b@example.org"), name("zoe sliwa"), email("c@example.org")];
        for text in [
            "a@example.org\nB@example.org\r\nZoë Śliwa\nc@example.org",
            "a@example.org, B@example.org; Zoë Śliwa\tc@example.org;",
            "\n\n a@example.org ,,; <b@EXAMPLE.org>\n\"Zoë Śliwa\"\nCee Dee <c@example.org>\na@example.org",
            "mailto:a@example.org;\"Bee, Dr. B\" <b@example.org>;zoe  sliwa;c@example.org",
        ] {
            assert_eq!(by(text), expected, "{text}");
        }
    }

    #[test]
    fn numbers_are_names_too() {
        let expected = By::Name { key: "+44 20 5139".into(), digits: Some("44205139".into()) };
        assert_eq!(by("+44 20 5139"), [expected]);
        assert_eq!(by("12"), [name("12")]);
    }

    #[test]
    fn what_nobody_is_called_stays_in_the_list() {
        assert_eq!(by("not@an@address\n@\n\u{200b}"), [By::Nothing, By::Nothing, By::Nothing]);
        assert_eq!(by(&"x".repeat(400)), [By::Nothing]);
        assert_eq!(by("\"never closed\nsecond"), [name("never closed"), name("second")]);
        assert_eq!(by("a\u{0}b"), [name("a b")]);
    }

    #[test]
    fn one_to_a_thousand() {
        assert!(entries(" ,;\n\t \"\"").is_err());
        let many = |n: usize| (0..n).map(|n| format!("p{n}@example.org")).collect::<Vec<_>>().join("\n");
        assert_eq!(entries(&many(1_000)).unwrap().len(), 1_000);
        assert!(entries(&many(1_001)).is_err());
    }
}
