//! Secrets that are handed out once and kept only as a hash: session cookies, activation and recovery
//! links, recovery codes.
//!
//! They are random and long (256 and 120 bits), so a plain SHA-256 is enough: there is nothing to guess
//! that a slow hash would protect. What a stolen database holds signs nobody in. That a hash copied
//! from one row to another opens nothing is the work of the row's owner: a recovery code's hash has the
//! user id in it; a session's or link's row carries a binding (`KeyRing::bind`) beside the hash.

use std::fmt;

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::random::Random;

/// A random secret of 256 bits. It has no `Debug` and wipes itself when dropped.
pub struct Secret([u8; 32]);

impl Secret {
    /// Makes a new one.
    pub fn new(random: &dyn Random) -> Self {
        let mut bytes = [0; 32];
        random.fill(&mut bytes);
        Self(bytes)
    }

    /// The form for cookies and links: base64url without padding (RFC 4648, section 5), 43 characters.
    pub fn to_text(&self) -> Zeroizing<String> {
        Zeroizing::new(BASE64URL_NOPAD.encode(&self.0))
    }

    /// Reads the text form; `None` for anything that `to_text` would not have written.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = Zeroizing::new(BASE64URL_NOPAD.decode(text.as_bytes()).ok()?);
        bytes.as_slice().try_into().ok().map(Self)
    }

    /// What is stored in its place.
    pub fn hash(&self) -> SecretHash {
        SecretHash(Sha256::digest(self.0).into())
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl ZeroizeOnDrop for Secret {}

/// SHA-256 of a secret: what is stored and looked up. Comparing takes the same time whatever differs.
#[derive(Clone, Copy, Eq)]
pub struct SecretHash([u8; 32]);

impl SecretHash {
    /// From the stored bytes; `None` if there are not 32 of them.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// From the stored text; `None` if it is not 64 lower-case hex digits.
    pub fn from_hex(text: &str) -> Option<Self> {
        Self::from_bytes(&HEXLOWER.decode(text.as_bytes()).ok()?)
    }

    /// The 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// 64 lower-case hex digits.
    pub fn to_hex(&self) -> String {
        HEXLOWER.encode(&self.0)
    }
}

impl PartialEq for SecretHash {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretHash(..)")
    }
}

/// Digits and capitals without I, L, O and U: nothing in it is mistaken for something else on paper
/// (the alphabet of Crockford's base 32).
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const CODE_LENGTH: usize = 24;
const GROUP: usize = 6;

/// A recovery code: 24 characters of five bits, 120 bits in all. It has no `Debug`.
pub struct RecoveryCode([u8; CODE_LENGTH]);

impl RecoveryCode {
    /// How many a person is given at once.
    pub const SET: usize = 10;

    /// A full set of new codes.
    pub fn set(random: &dyn Random) -> Vec<Self> {
        (0..Self::SET).map(|_| Self::new(random)).collect()
    }

    fn new(random: &dyn Random) -> Self {
        let mut code = [0; CODE_LENGTH];
        random.fill(&mut code);
        for symbol in &mut code {
            // 32 divides 256, so every symbol is equally likely.
            *symbol = ALPHABET[usize::from(*symbol % 32)];
        }
        Self(code)
    }

    /// The form people see and write down: `XXXXXX-XXXXXX-XXXXXX-XXXXXX`.
    pub fn to_text(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(CODE_LENGTH + CODE_LENGTH / GROUP));
        for (position, symbol) in self.0.iter().enumerate() {
            if position > 0 && position % GROUP == 0 {
                text.push('-');
            }
            text.push(char::from(*symbol));
        }
        text
    }

    /// Reads what a person typed: any case, with or without spaces and dashes, O for 0, I or L for 1.
    /// `None` if that leaves anything but 24 characters of the alphabet.
    pub fn parse(typed: &str) -> Option<Self> {
        let mut code = Self([0; CODE_LENGTH]);
        let mut length = 0;
        for c in typed.chars() {
            // U+2010 to U+2015 are what word processors make of a hyphen.
            if c.is_whitespace() || c == '-' || ('\u{2010}'..='\u{2015}').contains(&c) {
                continue;
            }
            let symbol = match c.to_ascii_uppercase() {
                'O' => b'0',
                'I' | 'L' => b'1',
                other => u8::try_from(other).ok()?,
            };
            if !ALPHABET.contains(&symbol) {
                return None;
            }
            *code.0.get_mut(length)? = symbol;
            length += 1;
        }
        (length == CODE_LENGTH).then_some(code)
    }

    /// What is stored in its place. The user is part of it: copied to another user's row it fits no code.
    pub fn hash(&self, user_id: i64) -> SecretHash {
        let mut digest = Sha256::new();
        digest.update(b"muster recovery code 1\0");
        digest.update(user_id.to_be_bytes());
        digest.update(self.0);
        SecretHash(digest.finalize().into())
    }
}

impl Drop for RecoveryCode {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl ZeroizeOnDrop for RecoveryCode {}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::access::random::{CountingRandom, SystemRandom};

    #[test]
    fn a_secret_survives_its_text_form_and_no_other_text_is_read() {
        let secret = Secret::new(&SystemRandom);
        let text = secret.to_text();
        assert_eq!(text.len(), 43);
        assert!(text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
        assert_eq!(Secret::parse(&text).unwrap().hash(), secret.hash());

        for wrong in ["", "x", &text[1..], &format!("{}A", *text), &format!("{}=", *text), &format!(" {}", &text[1..])]
        {
            assert!(Secret::parse(wrong).is_none(), "{wrong:?}");
        }
        // The last character carries four bits; one with further bits set is another spelling of the same secret.
        assert!(Secret::parse(&format!("{}B", "A".repeat(42))).is_none());
    }

    #[test]
    fn secrets_differ() {
        let all: HashSet<String> = (0..1000).map(|_| Secret::new(&SystemRandom).to_text().to_string()).collect();
        assert_eq!(all.len(), 1000);
    }

    #[test]
    fn a_hash_survives_both_stored_forms_and_shows_nothing() {
        let hash = Secret::new(&CountingRandom::default()).hash();
        assert_eq!(SecretHash::from_hex(&hash.to_hex()), Some(hash));
        assert_eq!(SecretHash::from_bytes(hash.as_bytes()), Some(hash));
        assert_eq!(SecretHash::from_hex(&hash.to_hex().to_uppercase()), None);
        assert_eq!(SecretHash::from_bytes(&[0; 31]), None);
        assert_eq!(format!("{hash:?}"), "SecretHash(..)");
    }

    #[test]
    fn recovery_codes_have_their_form_and_differ() {
        let codes = RecoveryCode::set(&SystemRandom);
        let texts: HashSet<String> = codes.iter().map(|c| c.to_text().to_string()).collect();
        assert_eq!(texts.len(), 10);
        for text in texts {
            let groups: Vec<&str> = text.split('-').collect();
            assert_eq!(groups.len(), 4);
            assert!(groups.iter().all(|g| g.len() == 6 && g.bytes().all(|b| ALPHABET.contains(&b))), "{text}");
        }
        const { assert!(CODE_LENGTH * 5 >= 112) };
    }

    #[test]
    fn a_recovery_code_is_read_as_people_type_it() {
        let code = RecoveryCode(*b"01ABCDEFGHJKMNPQRSTVWXYZ");
        let hash = code.hash(7);
        for typed in [
            "01ABCD-EFGHJK-MNPQRS-TVWXYZ",
            "01abcd-efghjk-mnpqrs-tvwxyz",
            "  01abcd efghjk\tmnpqrs tvwxyz\n",
            "OlABCDEFGHJKMNPQRSTVWXYZ",
            "oIABCD\u{2013}EFGHJK\u{a0}MNPQRS\u{2010}TVWXYZ",
        ] {
            assert!(RecoveryCode::parse(typed).unwrap().hash(7) == hash, "{typed:?}");
        }
        for wrong in [
            "",
            "01ABCD-EFGHJK-MNPQRS-TVWXY",
            "01ABCD-EFGHJK-MNPQRS-TVWXYZ0",
            "U1ABCD-EFGHJK-MNPQRS-TVWXYZ",
            "01ABCD-EFGHJK-MNPQRS-TVWXY\u{ff3a}",
            "01ABCD_EFGHJK_MNPQRS_TVWXYZ",
        ] {
            assert!(RecoveryCode::parse(wrong).is_none(), "{wrong:?}");
        }
        assert!(RecoveryCode::parse(&"A".repeat(100_000)).is_none());
    }

    #[test]
    fn a_recovery_code_belongs_to_one_user() {
        let code = RecoveryCode::new(&SystemRandom);
        assert!(code.hash(1) != code.hash(2));
    }
}
