//! Cross-site request forgery: each session has a token that its forms carry, made from the cookie by a key of ours, so that nothing is stored.

use super::keyring::KeyRing;

/// The token for the forms of whoever holds `cookie` (a session's, or before sign-in the seed's).
pub fn token(keys: &KeyRing, cookie: &str) -> String {
    data_encoding::BASE64URL_NOPAD.encode(&keys.mac("csrf", &[cookie.as_bytes()]))
}

/// Whether `sent` is that token, under any key of the ring.
pub fn holds(keys: &KeyRing, cookie: &str, sent: &str) -> bool {
    data_encoding::BASE64URL_NOPAD
        .decode(sent.as_bytes())
        .is_ok_and(|tag| keys.verify_mac("csrf", &[cookie.as_bytes()], &tag))
}
