//! Cross-site request forgery: each session has a token that its forms carry, made from the cookie by a key of ours, so that nothing is stored.

use subtle::ConstantTimeEq;

use super::keyring::KeyRing;

/// The token for the forms of whoever holds `cookie` (a session's, or before sign-in the seed's).
pub fn token(keys: &KeyRing, cookie: &str) -> String {
    data_encoding::BASE64URL_NOPAD.encode(&keys.mac("csrf", &[cookie.as_bytes()]))
}

pub fn holds(keys: &KeyRing, cookie: &str, sent: &str) -> bool {
    token(keys, cookie).as_bytes().ct_eq(sent.as_bytes()).into()
}
