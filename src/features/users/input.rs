//! What a person may be called and reached by: the one place where these rules are written.
//!
//! Forms, the API, CSV files and the documents all go through [`LIMITS`] and the types below. Their fields are
//! private, so a value that exists has been checked; below this file nothing about a user is a raw string.
//! Text is stored trimmed and in NFC, otherwise as typed.

mod email;
mod identifier;
pub mod listing;
mod name;
pub mod pasted;
mod phone;
mod text;
mod words;

pub use email::Email;
pub use identifier::Identifier;
pub use name::Name;
pub use phone::Phone;
pub use text::line;
pub use words::{Access, Ownership, Platform, Source, Status, TfaStatus};

pub use crate::refusal::FieldError;
use serde::Deserialize;

/// How long a value may be and how that is said to people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// Name of the field in forms, JSON and errors.
    pub field: &'static str,
    /// What it is called within a sentence.
    pub noun: &'static str,
    /// Fewest characters after trimming; 0 means that the field may be left empty.
    pub min: usize,
    /// Most characters (Unicode scalar values) after trimming and NFC.
    pub max: usize,
    /// The rule in one sentence, for hints and documents.
    pub rule: &'static str,
}

pub const NAME: Limit =
    Limit { field: "name", noun: "name", min: 1, max: 255, rule: "1 to 255 characters, on one line" };
pub const EMAIL: Limit = Limit {
    field: "email",
    noun: "e-mail address",
    min: 3,
    max: 254,
    rule: "An address such as name@example.org, up to 254 characters",
};
pub const PHONE: Limit = Limit {
    field: "phone",
    noun: "phone number",
    min: 0,
    max: 32,
    rule: "Up to 32 of digits, spaces and + ( ) . / - x, with at least three digits",
};
pub const IDENTIFIER: Limit =
    Limit { field: "identifier", noun: "identifier", min: 1, max: 64, rule: "1 to 64 characters, on one line" };

/// The one table that drives forms, API, CSV and documents.
pub const LIMITS: [Limit; 4] = [NAME, EMAIL, PHONE, IDENTIFIER];

/// What someone typed or sent about a user, unchecked. A field that was not sent counts as empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct UserInput {
    pub name: String,
    pub email: String,
    pub phone: String,
}

/// A user's own details, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewUser {
    pub name: Name,
    pub email: Email,
    pub phone: Phone,
}

impl UserInput {
    /// Checks every field.
    ///
    /// # Errors
    /// All fields at fault, in the order of the form.
    pub fn parse(&self) -> Result<NewUser, Vec<FieldError>> {
        let mut errors = Vec::new();
        let name = keep(Name::parse(&self.name), &mut errors);
        let email = keep(Email::parse(&self.email), &mut errors);
        let phone = keep(Phone::parse(&self.phone), &mut errors);
        match (name, email, phone) {
            (Some(name), Some(email), Some(phone)) => Ok(NewUser { name, email, phone }),
            _ => Err(errors),
        }
    }
}

/// Moves an error to the list of all errors.
pub(crate) fn keep<T>(parsed: Result<T, FieldError>, errors: &mut Vec<FieldError>) -> Option<T> {
    parsed.map_err(|error| errors.push(error)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_errors_come_at_once() {
        let input = UserInput { name: " ".into(), email: "two@@example.org".into(), phone: "-1".into() };
        let errors = input.parse().unwrap_err();
        let fields: Vec<_> = errors.iter().map(|e| e.field).collect();
        assert_eq!(fields, ["name", "email", "phone"]);
    }

    #[test]
    fn a_good_user_is_trimmed_and_in_nfc() {
        let input = UserInput { name: "  Zoe\u{308} ".into(), email: " Zoe@Example.org ".into(), phone: String::new() };
        let user = input.parse().unwrap();
        assert_eq!(user.name.as_str(), "Zoë");
        assert_eq!(user.email.as_str(), "Zoe@Example.org");
        assert!(user.phone.is_empty());
    }

    #[test]
    fn a_field_that_was_not_sent_is_an_empty_one() {
        let input: UserInput = serde_json::from_str(r#"{"email":"a@example.org"}"#).unwrap();
        assert_eq!(input.parse().unwrap_err()[0].field, "name");
    }
}
