//! Imports as they are stored: the file, what was found out about it, what was decided, how far it has got; and its staged rows.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::dialect::{Dialect, Overrides};
use super::mapping::Field;
use super::plan::{Change, Existing};
use super::reason::Reason;
use super::rows::{ExpectedDevice, ParsedRow};
use crate::clock::DAY;
use crate::db::schema::{import_rows, imports};
use crate::features::users::input::{Email, FieldError, Identifier, Name, Ownership, Phone, Platform};

/// What is staged is kept for so long after the last change.
pub const KEPT: i64 = 7 * DAY;

/// How far an import has got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// The file is on its way.
    Uploading,
    /// A job reads it and stages its rows.
    Reading,
    /// A person has to say what the columns hold.
    Mapping,
    /// A job judges the rows again.
    Judging,
    /// Everything is known and nothing written.
    Preview,
    /// A job writes.
    Applying,
    Done,
    /// Given up before anything was written, or stopped while it was.
    Cancelled,
    /// It cannot go on; `problem` says why.
    Failed,
}

impl State {
    const ALL: [State; 9] = [
        State::Uploading,
        State::Reading,
        State::Mapping,
        State::Judging,
        State::Preview,
        State::Applying,
        State::Done,
        State::Cancelled,
        State::Failed,
    ];

    pub fn number(self) -> i16 {
        match self {
            State::Uploading => 1,
            State::Reading => 2,
            State::Mapping => 3,
            State::Judging => 4,
            State::Preview => 5,
            State::Applying => 6,
            State::Done => 7,
            State::Cancelled => 8,
            State::Failed => 9,
        }
    }

    fn from_number(number: i16) -> Option<State> {
        State::ALL.into_iter().find(|state| state.number() == number)
    }

    /// Whether a job is at it.
    pub fn is_under_way(self) -> bool {
        matches!(self, State::Uploading | State::Reading | State::Judging | State::Applying)
    }

    pub fn has_ended(self) -> bool {
        matches!(self, State::Done | State::Cancelled | State::Failed)
    }

    /// The word in the list of imports.
    pub fn label(self) -> &'static str {
        match self {
            State::Uploading => "Uploading",
            State::Reading => "Reading",
            State::Mapping => "Columns to choose",
            State::Judging => "Checking",
            State::Preview => "Ready to add",
            State::Applying => "Adding",
            State::Done => "Done",
            State::Cancelled => "Cancelled",
            State::Failed => "Failed",
        }
    }
}

/// One row of `imports`.
#[derive(Debug, Clone, Queryable)]
pub struct Import {
    pub id: i64,
    pub operation_id: Option<i64>,
    pub job_id: i64,
    /// None: the command line.
    pub owner_id: Option<i64>,
    pub state: i16,
    pub file_name: String,
    pub bytes: i64,
    pub dialect: String,
    pub mapping: String,
    pub options: String,
    pub counts: String,
    pub problem: String,
    pub created_at: i64,
    pub changed_at: i64,
    pub expires_at: i64,
}

impl Import {
    pub fn state(&self) -> State {
        State::from_number(self.state).unwrap_or(State::Failed)
    }

    /// What was found out about the file; None before it was looked at.
    pub fn found(&self) -> Option<Found> {
        serde_json::from_str(&self.dialect).ok()
    }

    /// One field a column; None before it is decided.
    pub fn columns(&self) -> Option<Vec<Field>> {
        serde_json::from_str(&self.mapping).ok()
    }

    pub fn options(&self) -> Options {
        serde_json::from_str(&self.options).unwrap_or_default()
    }

    pub fn counts(&self) -> Counts {
        serde_json::from_str(&self.counts).unwrap_or_default()
    }
}

/// What was found out about a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    pub dialect: Dialect,
    pub titles: Vec<String>,
    /// The first values of each column, at most three, not empty.
    pub samples: Vec<Vec<String>>,
    pub fingerprint: String,
    /// The columns (from 0) that nobody knows.
    pub unknown: Vec<usize>,
}

/// What a person decided.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Options {
    pub overrides: Overrides,
    /// Of new users; 0: the first customer in scope.
    pub customer_id: i64,
    /// Of new users; 0: "Users".
    pub role_id: i64,
    pub existing: Existing,
    /// Whether deleted users whose address stands in the file are restored.
    pub restore: bool,
    pub all_or_nothing: bool,
    /// Titles and fields said on the command line.
    pub columns: Vec<(String, Field)>,
}

/// How many rows had which verdict, and what came of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Counts {
    pub rows: i64,
    pub new: i64,
    pub change: i64,
    pub kept: i64,
    pub unchanged: i64,
    pub restore: i64,
    pub deleted: i64,
    pub refused: i64,
    pub repeated: i64,
    /// Of those that would write, how many are not ticked.
    pub unticked: Unticked,
    /// Ticked rows that only name one more device of somebody.
    pub further_devices: i64,
    pub applied: Applied,
}

/// Rows that would write if they were ticked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Unticked {
    pub new: i64,
    pub change: i64,
    pub restore: i64,
}

impl Counts {
    pub fn of(&self, verdict: Verdict) -> i64 {
        match verdict {
            Verdict::New => self.new,
            Verdict::Change => self.change,
            Verdict::Kept => self.kept,
            Verdict::Unchanged => self.unchanged,
            Verdict::Restore => self.restore,
            Verdict::Deleted => self.deleted,
            Verdict::Refused => self.refused,
            Verdict::Repeated => self.repeated,
        }
    }

    pub fn set(&mut self, verdict: Verdict, count: i64) {
        *match verdict {
            Verdict::New => &mut self.new,
            Verdict::Change => &mut self.change,
            Verdict::Kept => &mut self.kept,
            Verdict::Unchanged => &mut self.unchanged,
            Verdict::Restore => &mut self.restore,
            Verdict::Deleted => &mut self.deleted,
            Verdict::Refused => &mut self.refused,
            Verdict::Repeated => &mut self.repeated,
        } = count;
    }

    /// Counts a row in (1) or out (-1).
    pub fn tally(&mut self, row: &StagedRow, by: i64) {
        self.rows += by;
        let Some(verdict) = row.verdict() else { return };
        self.set(verdict, self.of(verdict) + by);
        if !row.ticked {
            self.untick(verdict, by);
        } else if row.names_further_device() {
            self.further_devices += by;
        }
    }

    /// Counts rows among those that are not ticked, or out of them.
    pub fn untick(&mut self, verdict: Verdict, by: i64) {
        match verdict {
            Verdict::New => self.unticked.new += by,
            Verdict::Change => self.unticked.change += by,
            Verdict::Restore => self.unticked.restore += by,
            _ => {}
        }
    }

    /// How many people the good rows are.
    pub fn people(&self) -> i64 {
        self.new + self.change + self.kept + self.unchanged + self.restore + self.deleted
    }
}

/// What an import has written so far, and where it goes on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Applied {
    pub added: i64,
    pub changed: i64,
    pub restored: i64,
    pub devices: i64,
    pub skipped: i64,
    /// How many rows were to be written.
    pub planned: i64,
    /// The last row that was dealt with.
    pub row: i64,
    /// People are done, their further devices are next.
    pub at_devices: bool,
}

/// What would become of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// A user that does not exist yet.
    New,
    /// A user that exists, and something about them changes.
    Change,
    /// A user that exists, differs from the file, and is kept as they are.
    Kept,
    /// A user that exists just like this.
    Unchanged,
    /// A deleted user, who is restored.
    Restore,
    /// A deleted user, who stays deleted.
    Deleted,
    /// Not imported, for reasons.
    Refused,
    /// The same address stands again in a row that counts.
    Repeated,
}

impl Verdict {
    pub const ALL: [Verdict; 8] = [
        Verdict::New,
        Verdict::Change,
        Verdict::Restore,
        Verdict::Kept,
        Verdict::Unchanged,
        Verdict::Deleted,
        Verdict::Refused,
        Verdict::Repeated,
    ];

    /// What stands in `import_rows.verdict`; 0 is a row that was not judged yet.
    pub fn number(self) -> i16 {
        match self {
            Verdict::New => 1,
            Verdict::Change => 2,
            Verdict::Unchanged => 3,
            Verdict::Restore => 4,
            Verdict::Refused => 5,
            Verdict::Repeated => 6,
            Verdict::Kept => 7,
            Verdict::Deleted => 8,
        }
    }

    pub fn from_number(number: i16) -> Option<Verdict> {
        Verdict::ALL.into_iter().find(|verdict| verdict.number() == number)
    }

    /// The word in URLs.
    pub fn code(self) -> &'static str {
        match self {
            Verdict::New => "new",
            Verdict::Change => "change",
            Verdict::Kept => "kept",
            Verdict::Unchanged => "unchanged",
            Verdict::Restore => "restore",
            Verdict::Deleted => "deleted",
            Verdict::Refused => "refused",
            Verdict::Repeated => "repeated",
        }
    }

    pub fn from_code(code: &str) -> Option<Verdict> {
        Verdict::ALL.into_iter().find(|verdict| verdict.code() == code)
    }

    /// The word shown to people.
    pub fn label(self) -> &'static str {
        match self {
            Verdict::New => "New",
            Verdict::Change => "Will change",
            Verdict::Kept => "Kept as is",
            Verdict::Unchanged => "Unchanged",
            Verdict::Restore => "Will be restored",
            Verdict::Deleted => "Deleted",
            Verdict::Refused => "Refused",
            Verdict::Repeated => "Repeated",
        }
    }
}

/// What a reader chose for one row; `AsAll` is what was chosen for all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum RowChoice {
    #[default]
    AsAll,
    Existing(Existing),
    /// Bring a deleted user back.
    Restore,
    /// Leave a deleted user deleted.
    LeaveDeleted,
}

impl RowChoice {
    const ALL: [RowChoice; 6] = [
        RowChoice::AsAll,
        RowChoice::Existing(Existing::Keep),
        RowChoice::Existing(Existing::Replace),
        RowChoice::Existing(Existing::Fill),
        RowChoice::Restore,
        RowChoice::LeaveDeleted,
    ];

    pub fn number(self) -> i16 {
        let place = RowChoice::ALL.iter().position(|choice| *choice == self).unwrap_or_default();
        i16::try_from(place).unwrap_or_default()
    }

    pub fn from_number(number: i16) -> RowChoice {
        usize::try_from(number).ok().and_then(|place| RowChoice::ALL.get(place).copied()).unwrap_or_default()
    }

    /// The word in forms.
    pub fn code(self) -> &'static str {
        match self {
            RowChoice::AsAll => "as-all",
            RowChoice::Existing(existing) => existing.code(),
            RowChoice::Restore => "restore",
            RowChoice::LeaveDeleted => "leave",
        }
    }

    pub fn from_code(code: &str) -> Option<RowChoice> {
        RowChoice::ALL.into_iter().find(|choice| choice.code() == code)
    }
}

/// Tick and choice of one row, as a form says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowWish {
    pub row: i64,
    pub ticked: bool,
    pub choice: RowChoice,
}

/// One row of `import_rows`.
#[derive(Debug, Clone, Queryable, Insertable)]
#[diesel(table_name = import_rows, treat_none_as_default_value = false)]
pub struct StagedRow {
    pub import_id: i64,
    /// Its number as a spreadsheet shows it.
    pub row: i64,
    pub verdict: i16,
    pub ticked: bool,
    pub choice: i16,
    /// Empty if the row itself is bad.
    pub email_key: String,
    /// Who has that address; 0: nobody.
    pub user_id: i64,
    /// The row that counts in place of this one; 0: this one does.
    pub counts_row: i64,
    /// What tells the device that it names apart from the user's others; empty if it names none.
    pub device: String,
    pub fields: String,
    pub changes: String,
    pub reasons: String,
}

impl StagedRow {
    pub fn verdict(&self) -> Option<Verdict> {
        Verdict::from_number(self.verdict)
    }

    pub fn choice(&self) -> RowChoice {
        RowChoice::from_number(self.choice)
    }

    pub fn fields(&self) -> Fields {
        serde_json::from_str(&self.fields).unwrap_or_default()
    }

    /// Whether another row counts for this one, which has one more device to add.
    pub fn names_further_device(&self) -> bool {
        // The judge notes no change where the device is known: such a file, sent again, has nothing to add.
        self.verdict() == Some(Verdict::Repeated) && !self.device.is_empty() && self.changes != "[]"
    }

    pub fn changes(&self) -> Vec<StagedChange> {
        serde_json::from_str(&self.changes).unwrap_or_default()
    }

    pub fn reasons(&self) -> Vec<Reason> {
        serde_json::from_str(&self.reasons).unwrap_or_default()
    }
}

/// The values of a staged row; of a bad one the cells as they stand in the file, of a corrected one both.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Fields {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub email: String,
    /// None if the file has no such column.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ownership: Option<Ownership>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceFields>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cells: Vec<String>,
    /// The columns (from 0) of those cells that were corrected in the preview.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mended: Vec<usize>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DeviceFields {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub serial: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform: Option<Platform>,
}

impl DeviceFields {
    /// What a person calls it.
    pub fn title(&self) -> String {
        let platform = self.platform.map(Platform::as_str).unwrap_or_default();
        [self.name.as_str(), self.serial.as_str(), platform]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(", ")
    }
}

impl From<&ParsedRow> for Fields {
    fn from(row: &ParsedRow) -> Fields {
        let text =
            |value: &Option<Identifier>| value.as_ref().map(|value| value.as_str().to_owned()).unwrap_or_default();
        Fields {
            name: row.name.as_str().to_owned(),
            email: row.email.as_str().to_owned(),
            phone: row.phone.as_ref().map(|phone| phone.as_str().to_owned()),
            ownership: row.ownership,
            device: row.device.as_ref().map(|device| DeviceFields {
                name: text(&device.name),
                serial: text(&device.serial),
                platform: device.platform,
            }),
            groups: row.groups.clone(),
            ..Fields::default()
        }
    }
}

impl Fields {
    /// The row again, checked as it was when it was staged.
    ///
    /// # Errors
    /// A rule has become stricter since.
    pub fn parsed(&self, row: i64) -> Result<ParsedRow, FieldError> {
        let identifier = |text: &str| (!text.is_empty()).then(|| Identifier::parse(text)).transpose();
        let device = match &self.device {
            None => None,
            Some(device) => Some(ExpectedDevice {
                name: identifier(&device.name)?,
                serial: identifier(&device.serial)?,
                platform: device.platform,
            }),
        };
        Ok(ParsedRow {
            row: u64::try_from(row).unwrap_or_default(),
            name: Name::parse(&self.name)?,
            email: Email::parse(&self.email)?,
            phone: self.phone.as_deref().map(Phone::parse).transpose()?,
            ownership: self.ownership,
            device,
            groups: self.groups.clone(),
        })
    }
}

/// One field in which file and user differ, and whether it is to be written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StagedChange {
    pub field: String,
    pub from: String,
    pub to: String,
    pub write: bool,
}

impl StagedChange {
    pub fn of(change: Change, write: bool) -> StagedChange {
        StagedChange { field: change.field.to_owned(), from: change.from, to: change.to, write }
    }

    /// The field's name for people.
    pub fn label(&self) -> &'static str {
        match self.field.as_str() {
            "name" => "Name",
            "phone" => "Phone number",
            "ownership" => "Ownership",
            "device" => "Device",
            "groups" => "Groups",
            _ => "Field",
        }
    }
}

#[derive(Insertable)]
#[diesel(table_name = imports)]
pub(super) struct NewImport<'a> {
    pub job_id: i64,
    pub owner_id: Option<i64>,
    pub state: i16,
    pub file_name: &'a str,
    pub bytes: i64,
    pub dialect: &'a str,
    pub mapping: &'a str,
    pub options: &'a str,
    pub counts: &'a str,
    pub problem: &'a str,
    pub created_at: i64,
    pub changed_at: i64,
    pub expires_at: i64,
}
