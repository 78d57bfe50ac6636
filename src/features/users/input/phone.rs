//! A phone number.

use super::{FieldError, PHONE, text};
use crate::db::fold;
use std::fmt;

/// A phone number as typed, or nothing. See [`PHONE`] for its limits.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Phone(String);

impl Phone {
    /// # Errors
    /// Characters other than those of [`PHONE`], fewer than three digits, or too long. Empty is fine.
    pub fn parse(raw: &str) -> Result<Self, FieldError> {
        let text = text::line(raw, &PHONE)?;
        if let Some(c) = text.chars().find(|c| !is_allowed(*c)) {
            return Err(FieldError::new(
                PHONE.field,
                format!("Enter a phone number of digits, spaces and + ( ) . / - x only, without \"{c}\""),
            ));
        }
        if !text.is_empty() && fold::digits(&text).len() < 3 {
            return Err(FieldError::new(
                PHONE.field,
                "Enter a phone number with at least three digits, or leave it empty",
            ));
        }
        Ok(Phone(text))
    }

    /// As typed, trimmed; empty if there is none.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What it is compared by: "+1 555 100" and "+1-555-100" are the same number.
    pub fn digits(&self) -> String {
        fold::digits(&self.0)
    }

    pub fn into_string(self) -> String {
        self.0
    }
}

fn is_allowed(c: char) -> bool {
    c.is_ascii_digit() || matches!(c, '+' | '(' | ')' | '.' | '/' | '-' | 'x' | ' ')
}

impl fmt::Display for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_kept_as_typed() {
        for good in ["", "112", "+44 (20) 5139-4236", "030/123.45 x12", &"1".repeat(32)] {
            assert_eq!(Phone::parse(good).unwrap().as_str(), good);
        }
        assert_eq!(Phone::parse("+1 555 100").unwrap().digits(), Phone::parse("+1-555-100").unwrap().digits());
    }

    #[test]
    fn what_is_no_number_is_refused() {
        assert!(Phone::parse("call me").unwrap_err().message.ends_with("without \"c\""));
        assert!(Phone::parse("-1").unwrap_err().message.contains("three digits"));
        assert!(Phone::parse("+()./- x").is_err());
        assert!(Phone::parse(&"1".repeat(33)).is_err());
        assert!(Phone::parse("١٢٣٤").is_err());
    }
}
