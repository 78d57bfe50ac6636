//! Mails as they are stored.

use diesel::prelude::*;

use crate::access::keyring::Context;
use crate::clock::{DAY, HOUR, MINUTE, SECOND};

/// What a mail is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Activation,
    Recovery,
    PasswordChanged,
    TwoFactorReset,
    TwoFactorChanged,
    EmailChanged,
    RecoveryCodeUsed,
    NewBrowser,
    Test,
}

impl Kind {
    pub const ALL: [Kind; 9] = [
        Kind::Activation,
        Kind::Recovery,
        Kind::PasswordChanged,
        Kind::TwoFactorReset,
        Kind::TwoFactorChanged,
        Kind::EmailChanged,
        Kind::RecoveryCodeUsed,
        Kind::NewBrowser,
        Kind::Test,
    ];

    /// The word in `mails.kind` and in URLs.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Activation => "activation",
            Kind::Recovery => "recovery",
            Kind::PasswordChanged => "password-changed",
            Kind::TwoFactorReset => "2fa-reset",
            Kind::TwoFactorChanged => "2fa-changed",
            Kind::EmailChanged => "email-changed",
            Kind::RecoveryCodeUsed => "recovery-code-used",
            Kind::NewBrowser => "new-browser",
            Kind::Test => "test",
        }
    }

    /// What people call it.
    pub fn label(self) -> &'static str {
        match self {
            Kind::Activation => "Activation",
            Kind::Recovery => "Password recovery",
            Kind::PasswordChanged => "Password changed",
            Kind::TwoFactorReset => "2FA reset",
            Kind::TwoFactorChanged => "2FA changed",
            Kind::EmailChanged => "Email changed",
            Kind::RecoveryCodeUsed => "Recovery code used",
            Kind::NewBrowser => "Sign-in from a new browser",
            Kind::Test => "Test",
        }
    }

    /// None for what a newer version stored.
    pub fn from_word(word: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// How far a mail has got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It waits for its turn, or for the next try.
    Queued,
    /// A worker has it; nothing was handed over yet.
    Sending,
    /// Its text is on the way to the server.
    HandingOver,
    Sent,
    /// It will not be tried again.
    Failed,
    /// It was handed over and no answer was heard: it waits for a person.
    Uncertain,
    /// It was called off before it was sent.
    Revoked,
}

impl State {
    pub const ALL: [State; 7] = [
        State::Queued,
        State::Sending,
        State::HandingOver,
        State::Sent,
        State::Failed,
        State::Uncertain,
        State::Revoked,
    ];

    /// Those that a list can be narrowed to: being sent is one.
    pub const FILTERED: [State; 6] =
        [State::Queued, State::Sending, State::Sent, State::Failed, State::Uncertain, State::Revoked];

    pub fn number(self) -> i16 {
        match self {
            State::Queued => 1,
            State::Sending => 2,
            State::HandingOver => 3,
            State::Sent => 4,
            State::Failed => 5,
            State::Uncertain => 6,
            State::Revoked => 7,
        }
    }

    /// None for what a newer version stored.
    pub fn from_number(number: i16) -> Option<State> {
        State::ALL.into_iter().find(|state| state.number() == number)
    }

    /// The word in URLs.
    pub fn code(self) -> &'static str {
        match self {
            State::Queued => "queued",
            State::Sending => "sending",
            State::HandingOver => "handing-over",
            State::Sent => "sent",
            State::Failed => "failed",
            State::Uncertain => "uncertain",
            State::Revoked => "revoked",
        }
    }

    /// What people call it.
    pub fn label(self) -> &'static str {
        match self {
            State::Queued => "Queued",
            State::Sending | State::HandingOver => "Being sent",
            State::Sent => "Sent",
            State::Failed => "Failed",
            State::Uncertain => "Uncertain",
            State::Revoked => "Revoked",
        }
    }
}

/// How long a worker holds a mail without a sign of life: longer than a server may take to answer, since it gives none meanwhile.
pub const HELD: i64 = 5 * MINUTE;
/// A mail that could not be sent for so long has failed.
pub const TRIED_FOR: i64 = 2 * DAY;
/// Mails are kept for so long after they were written.
pub const KEPT: i64 = 90 * DAY;

/// How long to wait after a try that failed, without what chance adds.
pub fn pause(attempts: i64) -> i64 {
    let doublings = u32::try_from(attempts.clamp(1, 8) - 1).unwrap_or(0);
    (30 * SECOND * 2_i64.pow(doublings)).min(HOUR)
}

/// One row of `mails`.
#[derive(Debug, Clone, Queryable)]
pub struct Mail {
    pub id: i64,
    pub kind: String,
    pub user_id: Option<i64>,
    pub recipient: String,
    pub recipient_key: String,
    pub subject: String,
    /// With < and > around it.
    pub message_id: String,
    /// Sealed; empty once the mail has gone.
    pub body: Vec<u8>,
    pub state: i16,
    pub attempts: i64,
    pub created_at: i64,
    /// When it is tried next.
    pub due_at: i64,
    /// When its state was last decided; 0: not yet.
    pub ended_at: i64,
    pub held_by: String,
    pub held_until: i64,
    /// What the server said, or why nothing came of it.
    pub answer: String,
    /// 0: there is no link in it.
    pub link_id: i64,
    pub link_expires_at: i64,
    /// 0: not used.
    pub link_used_at: i64,
}

impl Mail {
    pub fn state(&self) -> State {
        State::from_number(self.state).unwrap_or(State::Failed)
    }

    /// What it is about, as people call it; a kind of a newer version has no other name.
    pub fn about(&self) -> &str {
        match Kind::from_word(&self.kind) {
            Some(kind) => kind.label(),
            None => &self.kind,
        }
    }
}

/// Where a body is sealed for.
pub fn place(id: i64) -> Context {
    Context { table: "mails", column: "body", row: id }
}

/// How the link in a mail stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkState {
    /// There is none.
    None,
    Open,
    Used,
    Expired,
    /// A newer one or another password took its place, or somebody revoked it.
    Void,
}

impl LinkState {
    /// What people call it; empty: there is none.
    pub fn label(self) -> &'static str {
        match self {
            LinkState::None => "",
            LinkState::Open => "Not used yet",
            LinkState::Used => "Used",
            LinkState::Expired => "Expired",
            LinkState::Void => "Void",
        }
    }
}

impl Mail {
    /// How its link stands; `void`: it was made so.
    pub fn link(&self, void: bool, now: i64) -> LinkState {
        match self.link_id {
            0 => LinkState::None,
            _ if self.link_used_at != 0 => LinkState::Used,
            _ if void => LinkState::Void,
            _ if self.link_expires_at <= now => LinkState::Expired,
            _ => LinkState::Open,
        }
    }
}
