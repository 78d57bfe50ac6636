//! An e-mail address: who someone is, and where mail to them goes.

use super::{EMAIL, FieldError, text};
use std::fmt;

/// An e-mail address. Mail goes to the address as typed; people are told apart by its [`key`](Email::key).
#[derive(Debug, Clone)]
pub struct Email {
    typed: String,
    key: String,
}

impl Email {
    /// Checks that mail could be sent there: one @, a local part of at most 64 octets without spaces or quoting
    /// (RFC 5321, 4.5.3.1.1), a domain of two or more valid labels, at most 254 octets in all.
    ///
    /// # Errors
    /// The address breaks one of these rules.
    pub fn parse(raw: &str) -> Result<Self, FieldError> {
        let refuse = |message: &str| Err(FieldError::new(EMAIL.field, message));
        if raw.trim().is_empty() {
            return refuse(EXAMPLE);
        }
        let typed = text::line(raw, &EMAIL)?;
        let Some((local, domain)) = typed.split_once('@') else {
            return refuse(EXAMPLE);
        };
        if domain.contains('@') {
            return refuse("Enter an e-mail address with one @ only, such as name@example.org");
        }
        let Some(domain) = is_local_part(local).then(|| ascii_domain(domain)).flatten() else {
            return refuse(EXAMPLE);
        };
        let key = format!("{}@{domain}", text::compose(&lower(local)));
        if typed.len() > EMAIL.max || key.len() > EMAIL.max {
            return refuse("Enter an e-mail address of at most 254 bytes; letters beyond a to z take up several");
        }
        Ok(Email { typed, key })
    }

    /// As typed: trimmed, NFC.
    pub fn as_str(&self) -> &str {
        &self.typed
    }

    /// What identifies the person: NFC, all of it in lower case, the domain as IDNA A-labels. Never folded by
    /// accent, since zoë@ and zoe@ may be two people.
    pub fn key(&self) -> &str {
        &self.key
    }

    pub fn into_string(self) -> String {
        self.typed
    }
}

/// Two addresses are equal if they are the same person's.
impl PartialEq for Email {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for Email {}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.typed)
    }
}

const EXAMPLE: &str = "Enter an e-mail address such as name@example.org";

/// A dot-atom of RFC 5321, with the letters of RFC 6531. Quoted local parts are refused: nobody has one, and
/// they smuggle spaces and commas into lists of addresses.
fn is_local_part(local: &str) -> bool {
    !local.is_empty()
        && local.len() <= 64
        && local.split('.').all(|atom| !atom.is_empty())
        && !local.chars().any(|c| c.is_whitespace() || r#"()<>[]:;,\""#.contains(c))
}

/// The domain in lower-case A-labels, or `None` if it is not a host name of two or more labels.
fn ascii_domain(domain: &str) -> Option<String> {
    let ascii = if domain.is_ascii() && !domain.to_ascii_lowercase().contains("xn--") {
        domain.to_ascii_lowercase()
    } else {
        idna::domain_to_ascii_strict(domain).ok()?
    };
    let labels: Vec<&str> = ascii.split('.').collect();
    let numeric = labels.last().is_some_and(|label| label.bytes().all(|b| b.is_ascii_digit()));
    (labels.len() >= 2 && !numeric && ascii.len() <= 253 && labels.iter().all(|label| is_label(label))).then_some(ascii)
}

/// A host name label: letters, digits and inner hyphens, at most 63 (RFC 1123, 2.1).
fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// Lower case letter by letter, so that the key of an address does not depend on where a sigma stands.
fn lower(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key(raw: &str) -> String {
        Email::parse(raw).unwrap().key().to_owned()
    }

    #[test]
    fn kept_as_typed_compared_by_key() {
        let email = Email::parse(" TARIQ.Dahl602@EXAMPLE.ORG ").unwrap();
        assert_eq!(email.as_str(), "TARIQ.Dahl602@EXAMPLE.ORG");
        assert_eq!(email.key(), "tariq.dahl602@example.org");
        assert_eq!(key("jörg@BÜCHER.example"), "jörg@xn--bcher-kva.example");
        assert_eq!(key("jo\u{308}rg@xn--bcher-KVA.example"), "jörg@xn--bcher-kva.example");
        assert_ne!(key("zoë@example.org"), key("zoe@example.org"));
        assert_eq!(Email::parse("A@example.org").unwrap(), Email::parse("a@EXAMPLE.org").unwrap());
    }

    #[test]
    fn usual_and_unusual_addresses_pass() {
        for good in ["o'brien+tag@mail.example.co.uk", "a@b.cd", "用户@例子.公司", "x_y=z!#$%&*/?^`{|}~-@1.example"]
        {
            assert!(Email::parse(good).is_ok(), "{good}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let long_local = format!("{}@example.org", "a".repeat(65));
        let long = format!("a@{}.example", ["b".repeat(63), "c".repeat(63), "d".repeat(63), "e".repeat(60)].join("."));
        for bad in [
            "",
            " ",
            "no-at-sign.example.org",
            "two@@example.org",
            "a@b@c.org",
            "@example.org",
            "a@",
            "a@localhost",
            "a b@example.org",
            "a@exa mple.org",
            "a@.org",
            "a@example..org",
            "a@example.org.",
            "a@-x.org",
            "a@x-.org",
            "a@[127.0.0.1]",
            "a@127.0.0.1",
            "a.@example.org",
            ".a@example.org",
            "a..b@example.org",
            "<a@example.org>",
            "\"a b\"@example.org",
            "a@example.org,b@example.org",
            "a@exa_mple.org",
            "a\0@example.org",
            "a\n@example.org",
            "a@xn--a.example",
            &long_local,
            &long,
        ] {
            assert!(Email::parse(bad).is_err(), "{bad}");
        }
        assert_eq!(Email::parse("x").unwrap_err().message, EXAMPLE);
    }

    proptest! {
        #[test]
        fn the_key_is_its_own_key(local in "[a-zA-Z0-9äÖßΣİ]{1,9}", domain in "[a-zA-Z0-9äÖéΣ]{1,9}") {
            if let Ok(email) = Email::parse(&format!("{local}@{domain}.org")) {
                prop_assert_eq!(key(email.key()), email.key());
            }
        }

        #[test]
        fn nothing_makes_it_panic(raw in any::<String>()) {
            let _ = Email::parse(&raw);
            let _ = Email::parse(&format!("a@{raw}"));
        }
    }
}
