//! A display name.

use super::{FieldError, NAME, text};
use std::fmt;

/// A person's display name: not unique, any script. See [`NAME`] for its limits.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Name(String);

impl Name {
    /// # Errors
    /// Empty, longer than [`NAME`] allows, or with control characters.
    pub fn parse(raw: &str) -> Result<Self, FieldError> {
        text::line(raw, &NAME).map(Name)
    }

    /// As stored: trimmed, NFC.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn into_string(self) -> String {
        self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
