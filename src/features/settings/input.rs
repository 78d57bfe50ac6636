//! What is typed about settings. A box that is not ticked is not sent.

use serde::Deserialize;

use super::accent::Accent;
use super::model::{Branding, Encryption, MailSettings, PasswordSettings, SessionSettings};
use crate::access::password::{MAX_LENGTH, PasswordRules};
use crate::features::roles::model::Forced;
use crate::mail::{is_address, is_near};
use crate::refusal::FieldError;

/// Of whom 2FA is demanded.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub struct Security {
    /// "all", "roles" or "off".
    pub force: String,
    /// Roles, for "roles".
    pub role: Vec<String>,
    /// The setting that the form saw.
    pub seen: String,
    /// The effect that it was drawn with.
    pub shown: String,
}

impl Security {
    /// `roles`: those that may sign in.
    ///
    /// # Errors
    /// Nothing chosen, or what is not there.
    pub fn parse(&self, roles: &[i64]) -> Result<Forced, FieldError> {
        match self.force.as_str() {
            "all" => Ok(Forced::Everybody),
            "off" => Ok(Forced::Nobody),
            "roles" => {
                let chosen: Option<_> =
                    self.role.iter().map(|id| id.parse().ok().filter(|id| roles.contains(id))).collect();
                match chosen {
                    Some(ids) if !self.role.is_empty() => Ok(Forced::Roles(ids)),
                    _ => Err(FieldError::new("force", "Tick at least one role that may sign in.")),
                }
            }
            _ => Err(FieldError::new("force", "Choose one of these.")),
        }
    }
}

/// Session times.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub struct Sessions {
    pub idle_minutes: String,
    pub hours: String,
    pub seen: String,
}

impl Sessions {
    /// # Errors
    /// What is none of those offered.
    pub fn parse(&self) -> Result<SessionSettings, Vec<FieldError>> {
        let among = |field: &'static str, typed: &str, offered: &[i64]| {
            typed
                .parse()
                .ok()
                .filter(|number| offered.contains(number))
                .ok_or(FieldError::new(field, "Choose one of these."))
        };
        let idle = among("idle_minutes", &self.idle_minutes, &SessionSettings::IDLE_MINUTES);
        let hours = among("hours", &self.hours, &SessionSettings::HOURS);
        match (idle, hours) {
            (Ok(idle_minutes), Ok(hours)) => Ok(SessionSettings { idle_minutes, hours }),
            (idle, hours) => Err([idle.err(), hours.err()].into_iter().flatten().collect()),
        }
    }
}

/// Rules of passwords.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub struct Passwords {
    pub with_second_factor: String,
    pub alone: String,
    /// One to a line.
    pub words: String,
    pub seen: String,
}

/// Most words of the organisation.
const MOST_WORDS: usize = 20;
const SHORTEST_WORD: usize = 3;
const LONGEST_WORD: usize = 40;
/// The longest that may be demanded: beyond, people write them down.
pub const LONGEST_DEMAND: usize = 64;

impl Passwords {
    /// # Errors
    /// All fields at fault.
    pub fn parse(&self) -> Result<PasswordSettings, Vec<FieldError>> {
        let mut errors = Vec::new();
        let mut length = |field: &'static str, typed: &str, least: usize| {
            let number = typed.trim().parse().ok().filter(|number| (least..=LONGEST_DEMAND).contains(number));
            if number.is_none() {
                errors.push(FieldError::new(field, format!("Enter a number from {least} to {LONGEST_DEMAND}.")));
            }
            number.unwrap_or(least)
        };
        let with_second_factor =
            length("with_second_factor", &self.with_second_factor, PasswordRules::WITH_SECOND_FACTOR.min_length());
        let alone = length("alone", &self.alone, PasswordRules::ALONE.min_length());
        let mut words: Vec<String> =
            self.words.lines().map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect();
        words.dedup();
        if words.len() > MOST_WORDS {
            errors.push(FieldError::new("words", format!("Enter up to {MOST_WORDS} words.")));
        }
        let fits = |word: &String| {
            (SHORTEST_WORD..=LONGEST_WORD).contains(&word.chars().count()) && !word.chars().any(char::is_control)
        };
        if let Some(word) = words.iter().find(|word| !fits(word)) {
            let shown: String = word.chars().take(LONGEST_WORD).collect();
            errors.push(FieldError::new(
                "words",
                format!("A word has {SHORTEST_WORD} to {LONGEST_WORD} characters; this has not: {shown}"),
            ));
        }
        const { assert!(LONGEST_DEMAND <= MAX_LENGTH) };
        if errors.is_empty() { Ok(PasswordSettings { with_second_factor, alone, words }) } else { Err(errors) }
    }
}

/// Where mails go.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub struct MailServer {
    /// Empty: no server.
    pub host: String,
    /// Empty: the usual one.
    pub port: String,
    pub encryption: String,
    pub login: String,
    /// Empty: as it was.
    pub password: String,
    /// Empty: our own.
    pub sender: String,
    pub seen: String,
}

/// Longest name and password of a mail server, in characters.
pub const LONGEST_LOGIN: usize = 254;

impl MailServer {
    /// Everything but the password.
    ///
    /// # Errors
    /// All fields at fault.
    pub fn parse(&self) -> Result<MailSettings, Vec<FieldError>> {
        let mut errors = Vec::new();
        let host = self.host.trim().to_ascii_lowercase();
        let bare = host.trim_matches(['[', ']']);
        let is_ip = bare.parse::<std::net::IpAddr>().is_ok();
        let is_name = host.len() <= 253 && host.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '.');
        if !host.is_empty() && !is_ip && !is_name {
            errors.push(FieldError::new("host", "Enter the server's name or address, as in mail.example.org."));
        }
        let encryption = Encryption::ALL.into_iter().find(|one| one.code() == self.encryption);
        if encryption.is_none() {
            errors.push(FieldError::new("encryption", "Choose one of these."));
        }
        let encryption = encryption.unwrap_or_default();
        if encryption == Encryption::None && !host.is_empty() && !is_near(bare) {
            errors.push(FieldError::new(
                "encryption",
                "Only a server on this machine goes without: passwords and links would travel in the clear.",
            ));
        }
        let port = match self.port.trim() {
            "" => encryption.port(),
            typed => typed.parse().ok().filter(|port| *port != 0).unwrap_or_else(|| {
                errors.push(FieldError::new("port", "Enter a number from 1 to 65535, or nothing for the usual one."));
                0
            }),
        };
        let login = self.login.trim();
        for (field, text) in [("login", login), ("password", self.password.as_str())] {
            if text.chars().count() > LONGEST_LOGIN || text.chars().any(char::is_control) {
                errors.push(FieldError::new(field, format!("Enter up to {LONGEST_LOGIN} characters in one line.")));
            }
        }
        if login.is_empty() && !self.password.is_empty() {
            errors.push(FieldError::new("login", "Enter whom the password is of."));
        }
        let sender = self.sender.trim();
        if !sender.is_empty() && !is_address(sender) {
            errors.push(FieldError::new("sender", "Enter an address such as muster@example.org."));
        }
        let (host, login, sender) = (bare.to_owned(), login.to_owned(), sender.to_owned());
        match errors.is_empty() {
            true if host.is_empty() => Ok(MailSettings { sender, ..MailSettings::default() }),
            true => Ok(MailSettings { host, port, encryption, login, password: Vec::new(), sender }),
            false => Err(errors),
        }
    }
}

/// Name and colour.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub struct Look {
    pub name: String,
    /// Empty: our own.
    pub accent: String,
    pub seen: String,
}

/// Longest name of an installation, in characters.
pub const LONGEST_NAME: usize = 60;

impl Look {
    /// # Errors
    /// All fields at fault.
    pub fn parse(&self) -> Result<Branding, Vec<FieldError>> {
        let mut errors = Vec::new();
        let name = self.name.trim();
        if name.is_empty() || name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
            errors.push(FieldError::new("name", format!("Enter a name of 1 to {LONGEST_NAME} characters.")));
        }
        let accent = match self.accent.trim() {
            "" => None,
            typed => Accent::parse(typed).map_err(|error| errors.push(error)).ok(),
        };
        if errors.is_empty() { Ok(Branding { name: name.to_owned(), accent }) } else { Err(errors) }
    }
}
