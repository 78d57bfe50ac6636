//! The verdict on each row: what an import would do, before anything is written.

use super::rows::ParsedRow;
use crate::features::users::input::{FieldError, Ownership, Phone};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

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
    /// In "Deleted users": the row can bring them back.
    pub deleted: bool,
}

/// One field that would hold another value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    pub field: &'static str,
    pub from: String,
    pub to: String,
}

/// What would become of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// A user that does not exist yet.
    New,
    /// A user that exists, and what changes about them.
    WillChange(Vec<Change>),
    /// A user that exists and stays as they are.
    Unchanged,
    /// The address of a deleted user, who can be restored, and what changes about them then.
    Restore(Vec<Change>),
    /// Not imported, for all these reasons.
    Refused(Vec<FieldError>),
    /// The same address stands again in row `by`, which counts.
    Repeated { by: u64 },
}

/// The verdict on a good row that counts.
pub fn verdict(row: &ParsedRow, current: Option<&Current>, choice: Existing) -> Verdict {
    let Some(current) = current else {
        return Verdict::New;
    };
    let mut changes = differences(row, current);
    match choice {
        Existing::Keep => changes.clear(),
        Existing::Fill => changes.retain(|change| change.from.is_empty()),
        Existing::Replace => {}
    }
    if current.deleted {
        Verdict::Restore(changes)
    } else if changes.is_empty() {
        Verdict::Unchanged
    } else {
        Verdict::WillChange(changes)
    }
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

/// Which row counts for each address: the last good one that is ticked.
#[derive(Debug, Default)]
pub struct Counting {
    last: HashMap<String, u64>,
}

impl Counting {
    /// Notes a good, ticked row. Rows may come in any order.
    pub fn note(&mut self, row: &ParsedRow) {
        let last = self.last.entry(row.email.key().to_owned()).or_default();
        *last = row.row.max(*last);
    }

    /// The row that counts in place of this one, if another does.
    pub fn instead_of(&self, row: &ParsedRow) -> Option<u64> {
        self.last.get(row.email.key()).copied().filter(|by| *by != row.row)
    }

    /// How many people the noted rows are.
    pub fn people(&self) -> usize {
        self.last.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::users::input::{Email, Name};

    fn row(number: u64, name: &str, email: &str, phone: Option<&str>) -> ParsedRow {
        ParsedRow {
            row: number,
            name: Name::parse(name).unwrap(),
            email: Email::parse(email).unwrap(),
            phone: phone.map(|phone| Phone::parse(phone).unwrap()),
            ownership: None,
            device: None,
        }
    }

    fn current(name: &str, phone: &str) -> Current {
        Current { name: name.into(), phone: phone.into(), ownership: None, deleted: false }
    }

    fn change(field: &'static str, from: &str, to: &str) -> Change {
        Change { field, from: from.into(), to: to.into() }
    }

    #[test]
    fn someone_unknown_is_new() {
        assert_eq!(verdict(&row(2, "Ann", "a@example.org", None), None, Existing::Keep), Verdict::New);
    }

    #[test]
    fn someone_known_is_kept_replaced_or_filled() {
        let ann = row(2, "Ann", "a@example.org", Some("112 113"));
        let old = current("Anne", "");
        assert_eq!(verdict(&ann, Some(&old), Existing::Keep), Verdict::Unchanged);
        assert_eq!(
            verdict(&ann, Some(&old), Existing::Fill),
            Verdict::WillChange(vec![change("phone", "", "112 113")])
        );
        assert_eq!(
            verdict(&ann, Some(&old), Existing::Replace),
            Verdict::WillChange(vec![change("name", "Anne", "Ann"), change("phone", "", "112 113")])
        );
    }

    #[test]
    fn the_same_details_change_nothing() {
        let ann = row(2, "Ann", "a@example.org", Some("112-113"));
        assert_eq!(verdict(&ann, Some(&current("Ann", "112 113")), Existing::Replace), Verdict::Unchanged);
        let silent = row(2, "Ann", "a@example.org", None);
        assert_eq!(verdict(&silent, Some(&current("Ann", "112 113")), Existing::Replace), Verdict::Unchanged);
        let emptied = row(2, "Ann", "a@example.org", Some(""));
        assert_eq!(
            verdict(&emptied, Some(&current("Ann", "112 113")), Existing::Replace),
            Verdict::WillChange(vec![change("phone", "112 113", "")])
        );
    }

    #[test]
    fn ownership_is_set_but_never_taken_away() {
        let corporate = ParsedRow { ownership: Some(Ownership::Corporate), ..row(2, "Ann", "a@example.org", None) };
        let set = Current { ownership: Some(Ownership::Corporate), ..current("Ann", "") };
        assert_eq!(
            verdict(&corporate, Some(&current("Ann", "")), Existing::Fill),
            Verdict::WillChange(vec![change("ownership", "", "Corporate")])
        );
        assert_eq!(verdict(&corporate, Some(&set), Existing::Replace), Verdict::Unchanged);
        let silent = row(2, "Ann", "a@example.org", None);
        assert_eq!(verdict(&silent, Some(&set), Existing::Replace), Verdict::Unchanged);
    }

    #[test]
    fn a_deleted_person_can_be_restored() {
        let deleted = Current { deleted: true, ..current("Ann", "") };
        assert_eq!(
            verdict(&row(2, "Ann", "a@example.org", None), Some(&deleted), Existing::Keep),
            Verdict::Restore(vec![])
        );
    }

    #[test]
    fn the_last_good_ticked_row_counts_whatever_the_case_of_its_address() {
        let rows = [
            row(2, "Ann", "a@example.org", None),
            row(3, "Bob", "b@example.org", None),
            row(4, "Anna", "A@Example.org", None),
        ];
        let mut counting = Counting::default();
        rows.iter().for_each(|row| counting.note(row));
        assert_eq!(counting.instead_of(&rows[0]), Some(4));
        assert_eq!(counting.instead_of(&rows[1]), None);
        assert_eq!(counting.instead_of(&rows[2]), None);
        assert_eq!(counting.people(), 2);
    }

    #[test]
    fn every_choice_reads_back() {
        for choice in Existing::ALL {
            assert_eq!(Existing::from_code(choice.code()), Some(choice));
        }
    }
}
