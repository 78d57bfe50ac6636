//! What is typed about one's own account.

use serde::Deserialize;

/// Another password, and the one so far.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct ChangePassword {
    pub password_current: String,
    pub password: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Code {
    pub code: String,
}

/// A form with nothing in it but its token.
#[derive(Default, Deserialize)]
pub struct Nothing {}
