//! What an audit row says.

use serde::{Deserialize, Serialize};

/// The action that says that somebody deleted long ago is gone for good, with the values of the rows about them.
pub const PURGE: &str = "user.purge";

/// The action that says that the database was copied, and the one that says that such a copy took its place.
pub const BACKUP: &str = "installation.backup";
pub const RESTORE: &str = "installation.restore";

/// How an act ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Done,
    Refused,
}

impl Outcome {
    pub const ALL: [Outcome; 2] = [Outcome::Done, Outcome::Refused];

    /// The word in URLs and files.
    pub fn code(self) -> &'static str {
        match self {
            Outcome::Done => "done",
            Outcome::Refused => "refused",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Outcome::Done => "Done",
            Outcome::Refused => "Refused",
        }
    }

    pub fn of_number(number: i16) -> Outcome {
        if number == Outcome::Refused.number() { Outcome::Refused } else { Outcome::Done }
    }

    pub fn number(self) -> i16 {
        match self {
            Outcome::Done => 1,
            Outcome::Refused => 2,
        }
    }
}

/// One field, before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    pub field: &'static str,
    pub from: String,
    pub to: String,
}

impl Change {
    pub fn new(field: &'static str, from: impl Into<String>, to: impl Into<String>) -> Self {
        Change { field, from: from.into(), to: to.into() }
    }
}

/// What was done to which object. Secrets are named here, never shown.
#[derive(Debug, Clone)]
pub struct Entry {
    /// A noun and a verb: `user.create`.
    pub action: &'static str,
    pub object_kind: &'static str,
    pub object_id: i64,
    /// The customer whose administrators may read it; 0: of the whole installation.
    pub customer_id: i64,
    /// The operation that it is the head of; 0: none.
    pub operation_id: i64,
    pub outcome: Outcome,
    pub changes: Vec<Change>,
    /// The digest of the operation's rows, if it was made beforehand.
    pub rows: Option<Vec<u8>>,
}

impl Entry {
    pub fn new(action: &'static str, object_kind: &'static str, object_id: i64) -> Self {
        Entry {
            action,
            object_kind,
            object_id,
            customer_id: 0,
            operation_id: 0,
            outcome: Outcome::Done,
            changes: Vec::new(),
            rows: None,
        }
    }

    pub fn of_customer(mut self, customer_id: i64) -> Self {
        self.customer_id = customer_id;
        self
    }

    pub fn of_operation(mut self, operation_id: i64) -> Self {
        self.operation_id = operation_id;
        self
    }

    /// Takes a digest of the operation's rows that was made outside of the transaction, since there are many of them.
    pub fn with_rows(mut self, digest: Option<Vec<u8>>) -> Self {
        self.rows = digest;
        self
    }

    pub fn refused(mut self) -> Self {
        self.outcome = Outcome::Refused;
        self
    }

    pub fn changes(mut self, changes: Vec<Change>) -> Self {
        self.changes = changes;
        self
    }
}

/// What was written beside a row; nothing of it once it was emptied.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Values {
    pub actor: String,
    pub changes: Vec<Changed>,
}

/// One field as it was recorded.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Changed {
    pub field: String,
    pub from: String,
    pub to: String,
}

impl Changed {
    /// "name: Oxford → Cambridge"
    pub fn in_words(&self) -> String {
        match (self.from.as_str(), self.to.as_str()) {
            ("", to) => format!("{}: {to}", self.field),
            (from, "") => format!("{}: {from} → (empty)", self.field),
            (from, to) => format!("{}: {from} → {to}", self.field),
        }
    }
}

/// Every action that is recorded, and what it is called.
pub const ACTIONS: &[(&str, &str)] = &[
    ("sign-in", "Signed in"),
    ("sign-in.refused", "Sign-in refused"),
    ("sign-in.confirm", "Confirmed who they are"),
    ("sign-out", "Signed out"),
    ("session.end", "Session ended"),
    ("user.create", "User created"),
    ("user.edit", "User edited"),
    ("user.status", "Status changed"),
    ("user.roles", "Roles changed"),
    ("customer.create", "Customer created"),
    ("customer.edit", "Customer renamed"),
    ("customer.archive", "Customer archived"),
    ("customer.restore", "Customer restored"),
    ("role.create", "Role created"),
    ("role.edit", "Role changed"),
    ("role.delete", "Role deleted"),
    ("user.password", "Password changed"),
    ("user.activation-link", "Activation link made"),
    ("user.recovery-link", "Recovery link made"),
    ("user.2fa-set-up", "2FA set up"),
    ("user.2fa-reset", "2FA reset"),
    ("user.recovery-codes", "Recovery codes renewed"),
    ("user.recovery-code-used", "Recovery code used"),
    ("user.unlock", "User unlocked"),
    ("user.address-taken", "Address taken elsewhere"),
    (PURGE, "User purged"),
    ("users.2fa-reset", "2FA of users reset"),
    ("users.delete", "Users deleted"),
    ("users.restore", "Users restored"),
    ("users.import", "Users imported"),
    ("users.export", "Users exported"),
    ("report.download", "Report downloaded"),
    ("report.delete", "Report deleted"),
    ("users.mail-links", "Mails with links sent"),
    ("mail.resend", "Mail sent again"),
    ("mail.revoke", "Mail revoked"),
    ("mail.test", "Test mail sent"),
    ("users.edit", "Users edited"),
    ("users.undo", "Operation undone"),
    ("import.download", "Refused rows downloaded"),
    ("import.correct", "Rows of an import corrected"),
    ("import.address-taken", "Addresses taken elsewhere"),
    ("installation.set-up-link", "Set-up link made"),
    ("installation.settings", "Settings changed"),
    (BACKUP, "Backup made"),
    (RESTORE, "Backup restored"),
    ("user.preference", "Preference changed"),
    ("user.groups", "Groups of a user changed"),
    ("group.create", "Group created"),
    ("group.rename", "Group renamed"),
    ("groups.delete", "Groups deleted"),
    ("users.groups", "Groups of users changed"),
    ("view.create", "View saved"),
    ("view.edit", "View changed"),
    ("view.delete", "View deleted"),
    ("demo.fill", "Made-up people added"),
    ("audit.export", "Audit exported"),
    ("audit.purge", "Audit past its time removed"),
];

/// What an action is called; one of a newer version has no other name.
pub fn action_label(action: &str) -> &str {
    ACTIONS.iter().find(|(code, _)| *code == action).map_or(action, |(_, label)| label)
}
