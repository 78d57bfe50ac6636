//! What is typed while signing in. A field that was not sent counts as empty.

use serde::Deserialize;

use crate::access::password::Password;
use crate::features::users::input::{Email, Name, NewUser, Phone};
use crate::refusal::FieldError;

/// Longest typed code: six digits, or a recovery code with spaces and dashes.
pub const LONGEST_CODE: usize = 64;

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Login {
    pub email: String,
    pub password: String,
    pub next: String,
}

impl Login {
    /// What is missing.
    pub fn missing(&self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        if self.email.trim().is_empty() {
            errors.push(FieldError::new("email", "Enter your e-mail address."));
        }
        if self.password.is_empty() {
            errors.push(FieldError::new("password", "Enter your password."));
        }
        errors
    }
}

/// A code and, on the page that confirms, the way on.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Code {
    pub code: String,
    pub password: String,
    pub next: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Chosen {
    pub password: String,
}

impl Chosen {
    pub fn into_password(self) -> Password {
        Password::new(self.password)
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct SetUp {
    pub name: String,
    pub email: String,
    pub password: String,
}

impl SetUp {
    /// The new administrator's details, checked.
    ///
    /// # Errors
    /// All fields at fault, in the order of the form; the password is judged apart.
    pub fn user(&self) -> Result<NewUser, Vec<FieldError>> {
        match (Name::parse(&self.name), Email::parse(&self.email), Phone::parse("")) {
            (Ok(name), Ok(email), Ok(phone)) => Ok(NewUser { name, email, phone }),
            (name, email, phone) => Err([name.err(), email.err(), phone.err()].into_iter().flatten().collect()),
        }
    }
}
