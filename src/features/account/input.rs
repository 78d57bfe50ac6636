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

/// Which shortcuts one wants.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Keyboard {
    single_keys: String,
}

impl Keyboard {
    /// A box that is not ticked is not sent.
    pub fn single_keys(&self) -> bool {
        self.single_keys == "yes"
    }
}
