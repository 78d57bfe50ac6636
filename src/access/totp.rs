//! Codes from an authenticator app: TOTP (RFC 6238) with SHA-1, six digits, steps of 30 seconds, which is what every
//! app understands.
//!
//! A code is accepted for the current step and the one before, so nobody who types slowly fails; never for a later
//! one. `matching_step` says which step a code was for, and spending that step once is the caller's work:
//! `UPDATE ... SET last_step = :step WHERE user_id = :user AND last_step < :step`, right only if one row was changed.

use data_encoding::BASE32_NOPAD;
use totp_rs::{Builder, Secret};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::random::Random;

/// Seconds in a step.
pub const STEP_S: u64 = 30;
const DIGITS: usize = 6;
const SECRET: usize = 20;

/// The secret shared with a person's app: 160 bits (RFC 4226, section 4). It has no `Debug` and wipes itself when dropped.
pub struct TotpSecret([u8; SECRET]);

impl TotpSecret {
    /// Makes a new one.
    pub fn new(random: &dyn Random) -> Self {
        let mut bytes = [0; SECRET];
        random.fill(&mut bytes);
        Self(bytes)
    }

    /// From the bytes that were kept sealed; `None` if there are not 20.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The bytes to seal.
    pub fn as_bytes(&self) -> &[u8; SECRET] {
        &self.0
    }

    /// The step (unix time / 30) that `typed` is the code of, if it is the one of `now_s` (unix seconds) or the one before.
    /// Spaces are ignored; anything but six ASCII digits is no code.
    pub fn matching_step(&self, typed: &str, now_s: u64) -> Option<u64> {
        // Bounded before anything is copied; nobody puts more spaces than this into six digits.
        if typed.len() > 64 {
            return None;
        }
        let code: Zeroizing<String> = Zeroizing::new(typed.chars().filter(|c| !c.is_whitespace()).collect());
        if code.len() != DIGITS || !code.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let totp = self.builder().build_noncompliant();
        let (current, before) = (totp.check(&code, now_s), totp.check(&code, now_s.saturating_sub(STEP_S)));
        current.or(before)
    }

    /// The key for typing into an app: base32 in groups of four.
    pub fn key_text(&self) -> Zeroizing<String> {
        let key = Zeroizing::new(BASE32_NOPAD.encode(&self.0));
        let mut text = Zeroizing::new(String::with_capacity(key.len() * 5 / 4));
        for (position, c) in key.chars().enumerate() {
            if position > 0 && position % 4 == 0 {
                text.push(' ');
            }
            text.push(c);
        }
        text
    }

    /// The `otpauth://` URL for the QR code. A colon separates issuer and account in it, so one within either becomes a
    /// space. `None` if the account is empty.
    pub fn url(&self, issuer: &str, account: &str) -> Option<Zeroizing<String>> {
        let issuer = issuer.replace(':', " ");
        let named = self.builder().with_issuer(Some(issuer)).with_account_name(account.replace(':', " "));
        named.build().ok()?.to_url().ok().map(Zeroizing::new)
    }

    fn builder(&self) -> Builder {
        Builder::new().with_skew(0).with_step_duration(STEP_S).with_secret(Secret::new_stack(self.0))
    }
}

impl Drop for TotpSecret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl ZeroizeOnDrop for TotpSecret {}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::access::random::SystemRandom;

    /// The secret of the RFC's test vectors.
    fn rfc() -> TotpSecret {
        TotpSecret(*b"12345678901234567890")
    }

    fn code(secret: &TotpSecret, at_s: u64) -> String {
        secret.builder().build_noncompliant().generate(at_s).to_string()
    }

    #[test]
    fn agrees_with_rfc_6238() {
        // Appendix B, the last six of its eight digits.
        for (at_s, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(rfc().matching_step(code, at_s), Some(at_s / 30), "{at_s}");
        }
    }

    #[test]
    fn this_step_and_the_one_before_and_no_other() {
        let secret = rfc();
        let now_s: u64 = 1_800_000_015;
        let step = now_s / 30;
        for (offset, expected) in
            [(-90, None), (-60, None), (-30, Some(step - 1)), (0, Some(step)), (30, None), (60, None)]
        {
            let code = code(&secret, now_s.checked_add_signed(offset).unwrap());
            assert_eq!(secret.matching_step(&code, now_s), expected, "{offset}");
        }
        // Also at the first and last second of a step, and at the beginning of time.
        let code = code(&secret, 1_800_000_000);
        assert_eq!(secret.matching_step(&code, 1_799_999_999), None);
        assert_eq!(secret.matching_step(&code, 1_800_000_059), Some(60_000_000));
        assert_eq!(secret.matching_step(&code, 1_800_000_060), None);
        assert_eq!(rfc().matching_step("755224", 0), Some(0));
    }

    #[test]
    fn what_is_typed_may_have_spaces_and_nothing_else() {
        for right in ["287082", "287 082", " 2 8 7 0 8 2 ", "287\u{a0}082\n"] {
            assert_eq!(rfc().matching_step(right, 59), Some(1), "{right:?}");
        }
        for wrong in [
            "",
            " ",
            "28708",
            "2870820",
            "+87082",
            "-87082",
            "287-082",
            "28708\u{662}",
            "２８７０８２",
            "abcdef",
            "287082\0",
        ] {
            assert_eq!(rfc().matching_step(wrong, 59), None, "{wrong:?}");
        }
        assert_eq!(rfc().matching_step(&" ".repeat(100_000), 59), None);
        assert_eq!(rfc().matching_step("287082", u64::MAX), None);
    }

    #[test]
    fn secrets_survive_their_bytes_and_differ() {
        let secret = TotpSecret::new(&SystemRandom);
        let same = TotpSecret::from_bytes(secret.as_bytes()).unwrap();
        assert_eq!(code(&secret, 59), code(&same, 59));
        assert_ne!(secret.as_bytes(), TotpSecret::new(&SystemRandom).as_bytes());
        assert!(TotpSecret::from_bytes(&[0; 19]).is_none());
    }

    #[test]
    fn the_key_and_the_url() {
        assert_eq!(*rfc().key_text(), "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
        assert_eq!(
            *rfc().url("Muster: Acme & Co", "jane+it@example.com").unwrap(),
            "otpauth://totp/Muster%20%20Acme%20%26%20Co:jane%2Bit%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Muster%20%20Acme%20%26%20Co"
        );
        assert!(rfc().url("Muster", "").is_none());
        assert!(rfc().url("Muster", "\"a:b\"@example.com").is_some());
    }
}
