//! Operations and their rows.

use data_encoding::HEXLOWER;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::clock::DAY;
use crate::db::schema::{operation_rows, operations};
use crate::web::list::grouped;

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    DeleteUsers,
    RestoreUsers,
    ImportUsers,
    EditUsers,
    AddToGroups,
    RemoveFromGroups,
    DeleteGroups,
    ResetTwoFactor,
    /// Mails links to choose a password.
    MailLinks,
    /// Takes another operation back.
    Undo,
}

impl Kind {
    pub const ALL: [Kind; 10] = [
        Kind::DeleteUsers,
        Kind::RestoreUsers,
        Kind::ImportUsers,
        Kind::EditUsers,
        Kind::AddToGroups,
        Kind::RemoveFromGroups,
        Kind::DeleteGroups,
        Kind::ResetTwoFactor,
        Kind::MailLinks,
        Kind::Undo,
    ];

    pub fn word(self) -> &'static str {
        match self {
            Kind::DeleteUsers => "users.delete",
            Kind::RestoreUsers => "users.restore",
            Kind::ImportUsers => "users.import",
            Kind::EditUsers => "users.edit",
            Kind::AddToGroups => "users.add-to-groups",
            Kind::RemoveFromGroups => "users.remove-from-groups",
            Kind::DeleteGroups => "groups.delete",
            Kind::ResetTwoFactor => "users.reset-2fa",
            Kind::MailLinks => "users.mail-links",
            Kind::Undo => "users.undo",
        }
    }

    /// What people call it.
    pub fn label(self) -> &'static str {
        match self {
            Kind::DeleteUsers => "Delete users",
            Kind::RestoreUsers => "Restore users",
            Kind::ImportUsers => "Import users",
            Kind::EditUsers => "Edit users",
            Kind::AddToGroups => "Add to group",
            Kind::RemoveFromGroups => "Remove from group",
            Kind::DeleteGroups => "Delete groups",
            Kind::ResetTwoFactor => "Reset 2FA Token",
            Kind::MailLinks => "Send Password Recovery Email",
            Kind::Undo => "Undo",
        }
    }

    /// None for what a newer version stored.
    pub fn from_word(word: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// How far an operation has got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Planned,
    Running,
    Done,
    Cancelled,
    Failed,
    /// Its rows are still being written.
    Planning,
}

impl State {
    pub fn number(self) -> i16 {
        match self {
            State::Planned => 1,
            State::Running => 2,
            State::Done => 3,
            State::Cancelled => 4,
            State::Failed => 5,
            State::Planning => 6,
        }
    }

    /// None for what a newer version stored.
    pub fn from_number(number: i16) -> Option<State> {
        State::ALL.into_iter().find(|state| state.number() == number)
    }

    pub fn has_ended(self) -> bool {
        matches!(self, State::Done | State::Cancelled | State::Failed)
    }

    pub const ALL: [State; 6] =
        [State::Planned, State::Planning, State::Running, State::Done, State::Cancelled, State::Failed];

    /// The word in URLs.
    pub fn code(self) -> &'static str {
        match self {
            State::Planned => "planned",
            State::Running => "running",
            State::Done => "done",
            State::Cancelled => "stopped",
            State::Failed => "failed",
            State::Planning => "planning",
        }
    }

    /// What people call it.
    pub fn label(self) -> &'static str {
        match self {
            State::Planned => "Planned",
            State::Running => "Under way",
            State::Done => "Done",
            State::Cancelled => "Stopped",
            State::Failed => "Failed",
            State::Planning => "Being planned",
        }
    }
}

/// What becomes of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Change,
    Unchanged,
    Skipped,
}

impl Verdict {
    pub fn number(self) -> i16 {
        match self {
            Verdict::Change => 1,
            Verdict::Unchanged => 2,
            Verdict::Skipped => 3,
        }
    }
}

/// A plan may be carried out for a day.
pub const PLAN_LASTS: i64 = DAY;
/// What was done is kept, and can be undone, for 30 days.
pub const KEPT: i64 = 30 * DAY;
/// Up to so many rows run in one transaction.
pub const MOST_AT_ONCE: usize = 1_000;

/// One row of `operations`.
#[derive(Debug, Clone, Queryable)]
pub struct Operation {
    pub id: i64,
    pub kind: String,
    pub state: i16,
    pub actor_id: Option<i64>,
    pub actor_name: String,
    pub address: String,
    pub request_id: String,
    pub created_at: i64,
    pub started_at: i64,
    pub finished_at: i64,
    pub expires_at: i64,
    pub planned: i64,
    pub done: i64,
    pub skipped: i64,
    pub details: String,
    pub salt: Vec<u8>,
    /// The operation that this one takes back.
    pub undoes: Option<i64>,
    /// How many were as wanted already.
    pub unchanged: i64,
}

impl Operation {
    /// None for what a newer version stored.
    pub fn kind(&self) -> Option<Kind> {
        Kind::from_word(&self.kind)
    }

    /// What a list calls it.
    pub fn title(&self) -> String {
        match (self.kind(), self.undoes) {
            (Some(Kind::Undo), Some(undone)) => format!("Undo of operation {undone}"),
            (Some(kind), _) => kind.label().to_owned(),
            (None, _) => self.kind.clone(),
        }
    }

    /// What has come of it, in a sentence; empty: nothing yet.
    pub fn outcome(&self) -> String {
        let what = match self.kind() {
            Some(Kind::DeleteUsers) => "deleted",
            Some(Kind::RestoreUsers) => "restored",
            Some(Kind::ImportUsers) => "imported",
            Some(Kind::EditUsers) => "edited",
            Some(Kind::AddToGroups) => "added to the group",
            Some(Kind::RemoveFromGroups | Kind::DeleteGroups) => "removed from the group",
            Some(Kind::ResetTwoFactor) => "asked to set up 2FA anew",
            Some(Kind::MailLinks) => "sent a mail",
            Some(Kind::Undo) | None => "set back",
        };
        let groups = i64::try_from(self.groups().len()).unwrap_or(0).min(self.done);
        let mut users = match self.done - groups {
            1 => format!("1 user was {what}"),
            number => format!("{} users were {what}", grouped(number)),
        };
        if groups > 0 {
            let back = if self.kind() == Some(Kind::Undo) { "set back" } else { "deleted" };
            let number = if groups == 1 { "1 group was".into() } else { format!("{} groups were", grouped(groups)) };
            users = format!("{number} {back}. {users}");
        }
        match self.state() {
            State::Planned | State::Planning | State::Running => String::new(),
            State::Done => format!("{users}."),
            State::Cancelled => format!("Stopped. {users} before that."),
            State::Failed => format!("This could not be finished. {users}."),
        }
    }

    /// Whether one who cannot be changed keeps all from being: a small edit is like the single form.
    pub fn refuses_whole(&self) -> bool {
        match self.kind() {
            // A group that somebody may not be removed from cannot go.
            Some(Kind::DeleteGroups) => self.skipped > 0,
            Some(Kind::EditUsers) => self.background().is_none() && self.skipped > 0,
            _ => false,
        }
    }

    /// Why it cannot be taken back at a time (unix milliseconds), if so.
    pub fn not_undoable(&self, now: i64) -> Option<&'static str> {
        match self.state() {
            State::Planned | State::Planning => Some("Nothing was done yet that could be undone."),
            State::Running => Some("This is still under way. Stop it first, or wait for its end."),
            _ if self.kind() == Some(Kind::MailLinks) => {
                Some("Mails that were sent do not come back. The page of mails revokes the links in them.")
            }
            _ if self.kind() == Some(Kind::ResetTwoFactor) => {
                Some("2FA that was reset does not come back: it is set up anew.")
            }
            _ if self.done == 0 => Some("Nothing was done that could be undone."),
            _ if self.expires_at < now => Some("This was done more than 30 days ago and cannot be undone any more."),
            _ => None,
        }
    }

    pub fn state(&self) -> State {
        State::from_number(self.state).unwrap_or(State::Failed)
    }

    /// The groups that it deletes or, taking that back, restores.
    pub fn groups(&self) -> Vec<i64> {
        let details: serde_json::Value = serde_json::from_str(&self.details).unwrap_or_default();
        let listed = details.get(GROUPS).or_else(|| details.get("wanted")?.get(GROUPS));
        listed.and_then(|ids| serde_json::from_value(ids.clone()).ok()).unwrap_or_default()
    }

    /// How many users a plan changes: its rows but for those of groups.
    pub fn planned_users(&self) -> i64 {
        (self.planned - i64::try_from(self.groups().len()).unwrap_or(0)).max(0)
    }

    /// How far it has got in the background; None for one that runs in one go.
    pub fn background(&self) -> Option<Background> {
        serde_json::from_str(&self.details).ok()
    }
}

/// The member of an operation's details that names groups.
const GROUPS: &str = "groups";

/// Groups, as the details of an operation name them.
pub fn about_groups(ids: &[i64]) -> serde_json::Value {
    if ids.is_empty() { serde_json::Value::Null } else { serde_json::json!({ GROUPS: ids }) }
}

/// Where an operation stands that is planned and carried out in batches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Background {
    /// The job that is at it, or was last.
    pub job: i64,
    /// Objects up to this id are done with.
    pub after: i64,
    /// How many were left alone since the plan was made.
    #[serde(default)]
    pub left: i64,
    /// Why it failed, for people.
    #[serde(default)]
    pub problem: String,
    /// What is wanted of everybody.
    #[serde(default)]
    pub wanted: serde_json::Value,
}

impl Default for Background {
    /// At the beginning: objects that are no users have numbers below 0.
    fn default() -> Self {
        let wanted = serde_json::Value::Null;
        Background { job: 0, after: i64::MIN, left: 0, problem: String::new(), wanted }
    }
}

/// One object of an operation. `before` and `after` are JSON objects of the fields that it writes.
#[derive(Debug, Clone, Queryable, Insertable, PartialEq, Eq)]
#[diesel(table_name = operation_rows, treat_none_as_default_value = false)]
pub struct Row {
    pub operation_id: i64,
    pub object_id: i64,
    pub label: String,
    pub verdict: i16,
    pub before: String,
    pub after: String,
    pub reason: String,
}

impl Row {
    pub fn is_change(&self) -> bool {
        self.verdict == Verdict::Change.number()
    }

    /// What stands for this row in the digest of its operation; of a row that was forgotten, what stood for it before.
    pub fn hash(&self, salt: &[u8]) -> Vec<u8> {
        if let Some(hash) = self.reason.strip_prefix(FORGOTTEN).and_then(|hex| HEXLOWER.decode(hex.as_bytes()).ok()) {
            return hash;
        }
        let mut hash = Sha256::new().chain_update(b"muster operation row 1").chain_update(salt);
        for number in [self.operation_id, self.object_id, i64::from(self.verdict)] {
            hash.update(number.to_be_bytes());
        }
        for text in [&self.label, &self.before, &self.after, &self.reason] {
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text);
        }
        hash.finalize().to_vec()
    }

    /// The row without anything personal, for when its object is purged; its hash stays.
    pub fn forgotten(&self, salt: &[u8]) -> Row {
        Row {
            label: String::new(),
            before: "{}".into(),
            after: "{}".into(),
            reason: format!("{FORGOTTEN}{}", HEXLOWER.encode(&self.hash(salt))),
            ..self.clone()
        }
    }
}

/// How the reason of a row begins whose object was purged; its hash follows.
const FORGOTTEN: &str = "Purged. ";

/// A row on its way into a plan.
#[derive(Debug, Clone)]
pub struct PlannedRow {
    pub object_id: i64,
    pub label: String,
    pub verdict: Verdict,
    pub before: serde_json::Value,
    pub after: serde_json::Value,
    /// Why it is skipped, for people.
    pub reason: String,
}

impl PlannedRow {
    pub fn change(
        object_id: i64,
        label: impl Into<String>,
        before: serde_json::Value,
        after: serde_json::Value,
    ) -> Self {
        PlannedRow { object_id, label: label.into(), verdict: Verdict::Change, before, after, reason: String::new() }
    }

    pub fn unchanged(object_id: i64, label: impl Into<String>) -> Self {
        PlannedRow { verdict: Verdict::Unchanged, ..PlannedRow::skipped(object_id, label, "") }
    }

    pub fn skipped(object_id: i64, label: impl Into<String>, reason: impl Into<String>) -> Self {
        PlannedRow {
            object_id,
            label: label.into(),
            verdict: Verdict::Skipped,
            before: serde_json::json!({}),
            after: serde_json::json!({}),
            reason: reason.into(),
        }
    }
}

/// How many rows of each verdict.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counted {
    pub change: i64,
    pub unchanged: i64,
    pub skipped: i64,
}

impl Counted {
    pub fn of(rows: &[PlannedRow]) -> Counted {
        let count = |verdict: Verdict| {
            i64::try_from(rows.iter().filter(|row| row.verdict == verdict).count()).unwrap_or(i64::MAX)
        };
        Counted {
            change: count(Verdict::Change),
            unchanged: count(Verdict::Unchanged),
            skipped: count(Verdict::Skipped),
        }
    }
}

#[derive(Insertable)]
#[diesel(table_name = operations)]
pub(super) struct NewOperation<'a> {
    pub kind: &'a str,
    pub state: i16,
    pub actor_id: Option<i64>,
    pub actor_name: &'a str,
    pub address: &'a str,
    pub request_id: &'a str,
    pub created_at: i64,
    pub started_at: i64,
    pub finished_at: i64,
    pub expires_at: i64,
    pub planned: i64,
    pub done: i64,
    pub skipped: i64,
    pub details: &'a str,
    pub salt: &'a [u8],
    pub undoes: Option<i64>,
    pub unchanged: i64,
}
