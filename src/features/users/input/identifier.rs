//! A name that a device is known by: serial number, IMEI, UDID, device name.

use super::{FieldError, IDENTIFIER, text};
use std::fmt;

/// An identifier of a device, as typed. See [`IDENTIFIER`] for its limits.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Identifier(String);

impl Identifier {
    /// # Errors
    /// Empty, longer than [`IDENTIFIER`] allows, or with control characters.
    pub fn parse(raw: &str) -> Result<Self, FieldError> {
        text::line(raw, &IDENTIFIER).map(Identifier)
    }

    /// As stored: trimmed, NFC.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What it is compared by: serial numbers are printed in capitals and typed in any case.
    pub fn key(&self) -> String {
        self.0.to_lowercase()
    }
}

impl fmt::Display for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn up_to_sixty_four_characters() {
        assert!(Identifier::parse(&"S".repeat(64)).is_ok());
        assert!(Identifier::parse(&"S".repeat(65)).is_err());
        assert_eq!(Identifier::parse(" SN1 ").unwrap().as_str(), "SN1");
        assert_eq!(Identifier::parse("SN1").unwrap().key(), Identifier::parse("sn1").unwrap().key());
    }
}
