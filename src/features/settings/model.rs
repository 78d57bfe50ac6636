//! The settings as they are kept, each a row of `settings` with a JSON value. What a row leaves out, or what cannot be read, is as it is by default.

use data_encoding::BASE64;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::accent::Accent;
use crate::access::keyring::Context;
use crate::access::session::{ABSOLUTE, IDLE, Lasts};
use crate::clock::{HOUR, MINUTE};
use crate::mail::Security;

/// One row.
pub trait Setting: Serialize + DeserializeOwned + Default {
    /// Its key.
    const KEY: &'static str;
}

/// What new passwords have to be, beyond what always holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PasswordSettings {
    /// The shortest, in characters, of somebody of whom 2FA is required.
    pub with_second_factor: usize,
    /// The shortest of everybody else.
    pub alone: usize,
    /// Words of the organisation that none may be made of.
    pub words: Vec<String>,
}

impl Setting for PasswordSettings {
    const KEY: &'static str = "passwords";
}

impl Default for PasswordSettings {
    fn default() -> Self {
        PasswordSettings { with_second_factor: 12, alone: 15, words: Vec::new() }
    }
}

/// How long sessions last; never longer than what always holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SessionSettings {
    /// Minutes without anything being done.
    pub idle_minutes: i64,
    /// Hours from signing in.
    pub hours: i64,
}

impl SessionSettings {
    /// What there is to choose from, the longest last.
    pub const IDLE_MINUTES: [i64; 4] = [5, 10, 15, 30];
    pub const HOURS: [i64; 5] = [1, 2, 4, 8, 12];

    pub fn lasts(&self) -> Lasts {
        Lasts {
            idle: (self.idle_minutes * MINUTE).clamp(MINUTE, IDLE),
            absolute: (self.hours * HOUR).clamp(HOUR, ABSOLUTE),
        }
    }
}

impl Setting for SessionSettings {
    const KEY: &'static str = "sessions";
}

impl Default for SessionSettings {
    fn default() -> Self {
        SessionSettings { idle_minutes: 30, hours: 12 }
    }
}

/// The server that mails are handed to where no variable names one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MailSettings {
    /// Empty: there is none, and mails become files.
    pub host: String,
    pub port: u16,
    pub encryption: Encryption,
    /// Whom we sign in as; empty: nobody.
    pub login: String,
    /// The password, sealed; empty: none.
    #[serde(serialize_with = "to_base64", deserialize_with = "of_base64")]
    pub password: Vec<u8>,
    /// The address that mails come from; empty: the one that follows from where this installation is.
    pub sender: String,
}

impl MailSettings {
    /// Where the password is sealed for.
    pub const PASSWORD: Context = Context { table: "settings", column: "mail password", row: 0 };

    /// Whether the password would go to the same place as before.
    pub fn is_same_server(&self, other: &MailSettings) -> bool {
        let place = |it: &MailSettings| (it.host.clone(), it.port, it.encryption, it.login.clone());
        place(self) == place(other)
    }
}

impl Setting for MailSettings {
    const KEY: &'static str = "mail";
}

/// How a connection to a mail server is kept from others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Encryption {
    #[default]
    StartTls,
    Tls,
    None,
}

impl Encryption {
    pub const ALL: [Encryption; 3] = [Encryption::StartTls, Encryption::Tls, Encryption::None];

    /// The word in forms.
    pub fn code(self) -> &'static str {
        match self {
            Encryption::StartTls => "starttls",
            Encryption::Tls => "tls",
            Encryption::None => "none",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Encryption::StartTls => "STARTTLS, certificate verified",
            Encryption::Tls => "TLS from the start, certificate verified",
            Encryption::None => "None: the server is this machine",
        }
    }

    /// The port that servers listen on for it.
    pub fn port(self) -> u16 {
        match self {
            Encryption::StartTls => 587,
            Encryption::Tls => 465,
            Encryption::None => 25,
        }
    }

    pub fn security(self) -> Security {
        match self {
            Encryption::StartTls => Security::StartTls,
            Encryption::Tls => Security::Implicit,
            Encryption::None => Security::None,
        }
    }
}

/// The name and the colour of an installation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Branding {
    pub name: String,
    pub accent: Option<Accent>,
}

impl Setting for Branding {
    const KEY: &'static str = "branding";
}

impl Default for Branding {
    fn default() -> Self {
        Branding { name: "Muster".into(), accent: None }
    }
}

/// A logo, as we wrote it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Logo {
    #[serde(serialize_with = "to_base64", deserialize_with = "of_base64")]
    pub png: Vec<u8>,
    /// Points.
    pub width: u32,
    pub height: u32,
}

impl Logo {
    /// How wide and high it is drawn, in points of a page.
    pub fn shown(&self) -> (u32, u32) {
        (self.width.div_ceil(2), self.height.div_ceil(2))
    }
}

impl Setting for Option<Logo> {
    const KEY: &'static str = "logo";
}

fn to_base64<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&BASE64.encode(bytes))
}

fn of_base64<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
    let text = String::deserialize(from)?;
    BASE64.decode(text.as_bytes()).map_err(serde::de::Error::custom)
}
