//! What an import would do to a user who exists already: every difference, and whether it is written.

use super::rows::ParsedRow;
use crate::features::users::input::{Ownership, Phone};
use serde::{Deserialize, Serialize};

/// What happens to a user who exists already.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Existing {
    /// Nothing of the user's details changes.
    #[default]
    Keep,
    /// The file wins, field by field; a phone cell left empty empties the field.
    Replace,
    /// Only fields that are empty so far are filled.
    Fill,
}

impl Existing {
    pub const ALL: [Existing; 3] = [Existing::Keep, Existing::Replace, Existing::Fill];

    /// The name shown to people.
    pub fn label(self) -> &'static str {
        match self {
            Existing::Keep => "Keep",
            Existing::Replace => "Replace",
            Existing::Fill => "Fill empty fields",
        }
    }

    /// The name in forms, on the command line and in the database.
    pub fn code(self) -> &'static str {
        match self {
            Existing::Keep => "keep",
            Existing::Replace => "replace",
            Existing::Fill => "fill",
        }
    }

    /// The choice of that code, if there is one.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|choice| choice.code() == code)
    }
}

/// The details of a user who exists already, as far as a file may change them. The e-mail is not among them: it is
/// what file and user are matched by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Current {
    pub name: String,
    pub phone: String,
    pub ownership: Option<Ownership>,
}

/// One field that would hold another value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    pub field: &'static str,
    pub from: String,
    pub to: String,
}

/// Every field in which file and user differ, and whether that choice writes it.
pub fn decide(row: &ParsedRow, current: &Current, choice: Existing) -> Vec<(Change, bool)> {
    let written = |change: &Change| match choice {
        Existing::Keep => false,
        Existing::Fill => change.from.is_empty(),
        Existing::Replace => true,
    };
    differences(row, current)
        .into_iter()
        .map(|change| {
            let write = written(&change);
            (change, write)
        })
        .collect()
}

/// Every field in which file and user differ, whatever is done about it. Phones that differ in punctuation only are
/// the same.
pub fn differences(row: &ParsedRow, current: &Current) -> Vec<Change> {
    let mut changes = Vec::new();
    if row.name.as_str() != current.name {
        changes.push(Change { field: "name", from: current.name.clone(), to: row.name.as_str().to_owned() });
    }
    if let Some(phone) = &row.phone
        && !is_same_number(phone, &current.phone)
    {
        changes.push(Change { field: "phone", from: current.phone.clone(), to: phone.as_str().to_owned() });
    }
    // An empty cell says nothing here: ownership is asked for when a device enrols, it is not taken away by a file.
    if let Some(ownership) = row.ownership
        && current.ownership != row.ownership
    {
        changes.push(Change {
            field: "ownership",
            from: current.ownership.map(Ownership::as_str).unwrap_or_default().to_owned(),
            to: ownership.as_str().to_owned(),
        });
    }
    changes
}

fn is_same_number(phone: &Phone, current: &str) -> bool {
    phone.digits() == crate::db::fold::digits(current)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::users::input::{Email, Name};

    fn row(name: &str, email: &str, phone: Option<&str>) -> ParsedRow {
        ParsedRow {
            row: 2,
            name: Name::parse(name).unwrap(),
            email: Email::parse(email).unwrap(),
            phone: phone.map(|phone| Phone::parse(phone).unwrap()),
            ownership: None,
            device: None,
            groups: Vec::new(),
        }
    }

    fn current(name: &str, phone: &str) -> Current {
        Current { name: name.into(), phone: phone.into(), ownership: None }
    }

    fn written(row: &ParsedRow, current: &Current, choice: Existing) -> Vec<(&'static str, String, String)> {
        decide(row, current, choice)
            .into_iter()
            .filter(|(_, write)| *write)
            .map(|(change, _)| (change.field, change.from, change.to))
            .collect()
    }

    #[test]
    fn someone_known_is_kept_replaced_or_filled() {
        let ann = row("Ann", "a@example.org", Some("112 113"));
        let old = current("Anne", "");
        assert_eq!(decide(&ann, &old, Existing::Keep).len(), 2, "what differs is shown even if it is kept");
        assert!(written(&ann, &old, Existing::Keep).is_empty());
        assert_eq!(written(&ann, &old, Existing::Fill), [("phone", String::new(), "112 113".into())]);
        assert_eq!(written(&ann, &old, Existing::Replace).len(), 2);
    }

    #[test]
    fn the_same_details_change_nothing() {
        let ann = row("Ann", "a@example.org", Some("112-113"));
        assert!(decide(&ann, &current("Ann", "112 113"), Existing::Replace).is_empty());
        let silent = row("Ann", "a@example.org", None);
        assert!(decide(&silent, &current("Ann", "112 113"), Existing::Replace).is_empty());
        let emptied = row("Ann", "a@example.org", Some(""));
        assert_eq!(
            written(&emptied, &current("Ann", "112 113"), Existing::Replace),
            [("phone", "112 113".into(), String::new())]
        );
    }

    #[test]
    fn ownership_is_set_but_never_taken_away() {
        let corporate = ParsedRow { ownership: Some(Ownership::Corporate), ..row("Ann", "a@example.org", None) };
        let set = Current { ownership: Some(Ownership::Corporate), ..current("Ann", "") };
        assert_eq!(
            written(&corporate, &current("Ann", ""), Existing::Fill),
            [("ownership", String::new(), "Corporate".into())]
        );
        assert!(decide(&corporate, &set, Existing::Replace).is_empty());
        assert!(decide(&row("Ann", "a@example.org", None), &set, Existing::Replace).is_empty());
    }

    #[test]
    fn every_choice_reads_back() {
        for choice in Existing::ALL {
            assert_eq!(Existing::from_code(choice.code()), Some(choice));
        }
    }
}
