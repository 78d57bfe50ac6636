//! The closed lists of words that describe users and their devices.
//!
//! Each has a word shown to people (`as_str`), a short code for URLs, JSON and the database (`code`), the list of
//! all (`ALL`), and a tolerant `parse` that takes either in any case, spacing and punctuation.

use super::FieldError;
use crate::db::fold::bare;
use std::fmt;

macro_rules! words {
    ($(#[$about:meta])* $name:ident, $field:literal, $noun:literal: $($(#[$what:meta])* $variant:ident $word:literal $code:literal $(or $other:literal)*),+ $(,)?) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name { $($(#[$what])* #[serde(rename = $code)] $variant),+ }

        impl $name {
            /// All of them, in the order in which they are offered.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            /// The word shown to people.
            pub fn as_str(self) -> &'static str {
                match self { $($name::$variant => $word),+ }
            }

            /// The word in URLs, JSON and the database.
            pub fn code(self) -> &'static str {
                match self { $($name::$variant => $code),+ }
            }

            /// Reads the word or the code, whatever its case, spaces and punctuation.
            ///
            /// # Errors
            /// Anything else; the message lists what can be chosen.
            pub fn parse(raw: &str) -> Result<Self, FieldError> {
                if let Some(exact) = Self::ALL.iter().find(|word| word.as_str() == raw) {
                    return Ok(*exact);
                }
                match bare(raw).as_str() {
                    $(key if key == bare($word) || key == bare($code) $(|| key == $other)* => Ok($name::$variant),)+
                    _ => Err(FieldError::new($field, concat!("Enter ", $noun, ": ").to_owned() + &[$($word),+].join(", "))),
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

words! {
    /// Whose property a device is.
    Ownership, "ownership", "one of these as ownership":
    Personal "Personal" "personal",
    Corporate "Corporate" "corporate",
    UserChoice "Allow User to Select" "user-choice",
}

words! {
    /// The operating system of a device.
    Platform, "platform", "one of these as platform":
    Ios "iOS" "ios" or "ipados",
    Macos "macOS" "macos" or "osx" or "macosx",
    Android "Android" "android",
    Windows "Windows" "windows",
    Tvos "tvOS" "tvos",
    Linux "Linux" "linux",
}

words! {
    /// Whether a person may use their account.
    Status, "status", "one of these as status":
    Active "Active" "active",
    /// May not sign in, tokens refuse, sessions are ended; still listed, still holds devices.
    Disabled "Disabled" "disabled",
}

words! {
    /// Where a person's details are kept and changed.
    Source, "source", "one of these as source":
    Local "Local" "local",
    Directory "Directory" "directory",
    IdentityProvider "Identity provider" "identity-provider",
}

words! {
    /// How far someone's second factor is set up (PRODUCT.md, U2).
    TfaStatus, "tfa", "one of these as 2FA status":
    /// Set up.
    Active "Active" "active",
    /// Not set up yet.
    NotActive "Not active" "not-active",
    /// Reset by an administrator; set-up is due at the next sign-in.
    NotConfigured "Not configured" "not-configured",
    /// The person comes from a directory or identity provider, which owns the second factor.
    NotAvailable "Not available" "not-available",
}

words! {
    /// How somebody stands with signing in: what the User List can be narrowed to.
    Access, "access", "one of these about signing in":
    /// Holds a role that may sign in.
    May "May sign in" "may",
    /// May sign in once they have chosen a password, for which they need a link.
    Pending "Activation pending" "pending",
    /// Kept from trying their secrets at this moment.
    HeldBack "Held back after wrong passwords" "held",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_tolerantly_and_shown_exactly() {
        for raw in ["Allow User to Select", "allow user to select", " ALLOW_USER-TO SELECT ", "user-choice"] {
            assert_eq!(Ownership::parse(raw).unwrap().as_str(), "Allow User to Select");
        }
        for raw in ["IOS", "ios", "iPadOS"] {
            assert_eq!(Platform::parse(raw).unwrap().as_str(), "iOS");
        }
        assert_eq!(Platform::parse("Mac OS").unwrap(), Platform::Macos);
        assert_eq!(TfaStatus::parse("not-configured").unwrap(), TfaStatus::NotConfigured);
    }

    #[test]
    fn every_word_and_code_reads_back() {
        for word in Platform::ALL {
            assert_eq!(Platform::parse(word.as_str()).unwrap(), *word);
            assert_eq!(Platform::parse(word.code()).unwrap(), *word);
        }
        for word in TfaStatus::ALL {
            assert_eq!(TfaStatus::parse(word.as_str()).unwrap(), *word);
            assert_eq!(TfaStatus::parse(word.code()).unwrap(), *word);
        }
    }

    #[test]
    fn a_wrong_word_is_told_the_right_ones() {
        let error = Ownership::parse("Borrowed").unwrap_err();
        assert_eq!(error.field, "ownership");
        assert_eq!(error.message, "Enter one of these as ownership: Personal, Corporate, Allow User to Select");
        assert!(Platform::parse("BeOS").unwrap_err().message.contains("iOS, macOS, Android"));
    }
}
