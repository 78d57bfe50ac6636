//! Staged rows as a page shows them: filtered by verdict, paged by row number.

use super::cells::{self, Entries};
use crate::app::App;
use crate::features::imports::faults::Faults;
use crate::features::imports::mapping::Field;
use crate::features::imports::model::{Counts, Import, RowChoice, StagedChange, StagedRow, Verdict};
use crate::features::imports::plan::Existing;
use crate::features::imports::queries::staging;
use crate::refusal::Refusal;
use crate::web::forms::Choice;
use crate::web::list::{Pager, grouped};

/// Rows on a page.
const ON_A_PAGE: i64 = 100;
/// Most characters of a cell of a refused row that are shown.
const LONGEST_CELL: usize = 80;

/// Which rows, from where.
#[derive(Debug, Clone, Default)]
pub struct View {
    pub verdict: Option<Verdict>,
    after: Option<i64>,
    before: Option<i64>,
    /// These rows and no others.
    numbers: Option<Vec<i64>>,
}

impl View {
    /// Some rows of the page, as many as one holds.
    pub fn of_rows(self, mut numbers: Vec<i64>) -> View {
        numbers.truncate(usize::try_from(ON_A_PAGE).unwrap_or(0));
        View { numbers: Some(numbers), ..self }
    }

    /// Reads a query string; what makes no sense is taken as not said.
    pub fn parse(query: &str) -> View {
        let mut view = View::default();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            match &*name {
                "show" => view.verdict = Verdict::from_code(&value),
                "after" => view.after = value.parse().ok(),
                "before" => view.before = value.parse().ok(),
                _ => {}
            }
        }
        view
    }

    pub fn query(&self) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(self.verdict.map(|verdict| ("show", verdict.code())));
        query.extend_pairs(self.after.map(|row| ("after", row.to_string())));
        query.extend_pairs(self.before.map(|row| ("before", row.to_string())));
        query.finish()
    }

    fn href(&self, address: &str, after: Option<i64>, before: Option<i64>) -> String {
        with_query(address, &View { verdict: self.verdict, after, before, numbers: None }.query())
    }
}

pub fn with_query(address: &str, query: &str) -> String {
    if query.is_empty() { address.to_owned() } else { format!("{address}?{query}") }
}

/// A count; with an address it is also a way to its rows.
pub struct Stat {
    pub href: String,
    pub count: String,
    pub label: &'static str,
    pub is_current: bool,
}

/// The counts by verdict: the usual ones always, the others when there are any.
pub fn stats(address: &str, counts: &Counts, view: &View) -> Vec<Stat> {
    use Verdict::{Change, New, Refused, Unchanged};
    let shown = |verdict: &Verdict| matches!(verdict, New | Change | Unchanged | Refused) || counts.of(*verdict) > 0;
    let stat = |verdict: Verdict| Stat {
        href: format!("{address}?show={}", verdict.code()),
        count: grouped(counts.of(verdict)),
        label: verdict.label(),
        is_current: view.verdict == Some(verdict),
    };
    let all = Stat {
        href: address.to_owned(),
        count: grouped(counts.rows),
        label: "All rows",
        is_current: view.verdict.is_none(),
    };
    std::iter::once(all).chain(Verdict::ALL.into_iter().filter(shown).map(stat)).collect()
}

/// One row as it is drawn.
pub struct Line {
    pub row: i64,
    pub verdict: &'static str,
    pub tone: &'static str,
    pub name: String,
    pub email: String,
    /// 0: nobody yet, or nobody whose page the reader may open.
    pub user_id: i64,
    pub changes: Vec<StagedChange>,
    pub notes: Vec<String>,
    /// Reasons that stand with no cell.
    pub reasons: Vec<String>,
    /// The cells that can be corrected.
    pub entries: Entries,
    /// Whether there is anything to tick.
    pub can_tick: bool,
    pub ticked: bool,
    pub choices: Vec<Choice>,
}

impl Line {
    pub fn tick_label(&self) -> String {
        format!("Select row {}, {}", self.row, self.title())
    }

    pub fn choice_label(&self) -> String {
        format!("What to do about row {}, {}", self.row, self.title())
    }

    fn title(&self) -> &str {
        if self.name.is_empty() { &self.email } else { &self.name }
    }
}

/// One page of rows, with its pager.
pub struct Lines {
    pub lines: Vec<Line>,
    pub pager: Pager,
}

/// Reads one page. `editable`: cells at fault can be corrected.
pub async fn read(app: &App, import: &Import, view: &View, address: &str, editable: bool) -> Result<Lines, Refusal> {
    let (id, wanted) = (import.id, view.clone());
    let counts = import.counts();
    let none = view.verdict.is_some_and(|verdict| counts.of(verdict) == 0);
    let (rows, (first, last)) = app
        .staging
        .read(move |conn| {
            let rows = match (wanted.after, wanted.before) {
                _ if wanted.numbers.is_some() => {
                    staging::numbered(conn, id, wanted.numbers.as_deref().unwrap_or_default())?
                }
                // None of that kind, which the counts know.
                _ if none => Vec::new(),
                (_, Some(before)) => staging::page_before(conn, id, wanted.verdict, before, ON_A_PAGE)?,
                (after, None) => staging::page_after(conn, id, wanted.verdict, after.unwrap_or(0), ON_A_PAGE)?,
            };
            Ok((rows, if none { (0, 0) } else { staging::ends(conn, id, wanted.verdict)? }))
        })
        .await?;
    let (columns, existing) = (import.columns().unwrap_or_default(), import.options().existing);
    let mut room = cells::room();
    let drawn = |row: &StagedRow| {
        let entries = match editable {
            true => Entries::of(row.row, Faults::of(row, &columns), &mut room),
            false => Entries {
                of_row: row.reasons().into_iter().map(|reason| reason.message).collect(),
                ..Entries::default()
            },
        };
        line(row, &columns, existing, entries)
    };
    let lines: Vec<Line> = rows.iter().map(drawn).collect();
    let (from, to) = (rows.first().map_or(0, |row| row.row), rows.last().map_or(0, |row| row.row));
    let total = view.verdict.map_or(counts.rows, |verdict| counts.of(verdict));
    let (before, after) = (from > first, to < last);
    let noun = if total == 1 { "row" } else { "rows" };
    let pager = Pager {
        first: before.then(|| view.href(address, None, None)),
        previous: before.then(|| view.href(address, None, Some(from))),
        next: after.then(|| view.href(address, Some(to), None)),
        last: after.then(|| view.href(address, None, Some(last + 1))),
        summary: format!("{} of {} {noun}", lines.len(), grouped(total)),
        ..Pager::default()
    };
    Ok(Lines { lines, pager })
}

fn line(row: &StagedRow, columns: &[Field], existing: Existing, mut entries: Entries) -> Line {
    let fields = row.fields();
    let verdict = row.verdict();
    let changes = row.changes();
    let mut notes = Vec::new();
    match verdict {
        Some(Verdict::Repeated) => {
            notes.push(format!("Row {} counts. None of the values of this one is taken.", row.counts_row))
        }
        Some(Verdict::New) => {
            let phone = fields.phone.clone().filter(|phone| !phone.is_empty());
            notes.extend(phone.map(|phone| format!("{}: {phone}", Field::Mobile.label())));
            notes.extend(fields.ownership.map(|one| format!("{}: {}", Field::Ownership.label(), one.as_str())));
        }
        Some(Verdict::Refused) => notes.extend(other_cells(&fields.cells, columns, &entries)),
        Some(Verdict::Deleted) => notes.push("Stays deleted unless restored.".to_owned()),
        _ => {}
    }
    let is_deleted = matches!(verdict, Some(Verdict::Deleted | Verdict::Restore));
    let (name, email) = match row.email_key.as_str() {
        "" => of_cells(&fields.cells, columns),
        _ => (fields.name, fields.email),
    };
    Line {
        row: row.row,
        verdict: verdict.map_or("Not checked", Verdict::label),
        tone: tone(verdict),
        name,
        email,
        user_id: if is_deleted { 0 } else { row.user_id },
        choices: offered(verdict, &changes).iter().map(|choice| offer(row, *choice, existing)).collect(),
        changes,
        notes,
        reasons: std::mem::take(&mut entries.of_row),
        entries,
        can_tick: verdict != Some(Verdict::Refused),
        ticked: row.ticked,
    }
}

/// What a refused row says about whom it means, as it stands in the file.
fn of_cells(cells: &[String], columns: &[Field]) -> (String, String) {
    let cell = |wanted: &[Field]| {
        let parts = columns.iter().zip(cells).filter(|(field, _)| wanted.contains(field)).map(|(_, cell)| cell.trim());
        shortened(&parts.filter(|cell| !cell.is_empty()).collect::<Vec<_>>().join(" "))
    };
    (cell(&[Field::DisplayName, Field::FirstName, Field::MiddleInitial, Field::LastName]), cell(&[Field::Email]))
}

/// What else a refused row says, field by field where there is no entry for it, so that its reasons can be compared with it.
fn other_cells(cells: &[String], columns: &[Field], entries: &Entries) -> Vec<String> {
    const OTHERS: [Field; 6] =
        [Field::Mobile, Field::Ownership, Field::DeviceName, Field::SerialNumber, Field::Platform, Field::Groups];
    columns
        .iter()
        .zip(cells)
        .filter(|(field, cell)| OTHERS.contains(field) && !cell.trim().is_empty())
        .filter(|(field, _)| !entries.others.iter().any(|entry| entry.label == field.label()))
        .map(|(field, cell)| format!("{}: {}", field.label(), shortened(cell.trim())))
        .collect()
}

/// A value that was refused, as it can be shown: on one line, not longer than a line.
fn shortened(text: &str) -> String {
    let plain = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    let mut shown: String = text.chars().take(LONGEST_CELL).map(plain).collect();
    if text.chars().count() > LONGEST_CELL {
        shown.push('…');
    }
    shown
}

fn tone(verdict: Option<Verdict>) -> &'static str {
    match verdict {
        Some(Verdict::New) => "accent",
        Some(Verdict::Change | Verdict::Restore) => "warn",
        Some(Verdict::Refused) => "bad",
        _ => "neutral",
    }
}

/// What can be chosen for a row: nothing for one that concerns nobody who exists.
fn offered(verdict: Option<Verdict>, changes: &[StagedChange]) -> &'static [RowChoice] {
    const DELETED: &[RowChoice] = &[RowChoice::AsAll, RowChoice::LeaveDeleted, RowChoice::Restore];
    const EXISTING: &[RowChoice] = &[
        RowChoice::AsAll,
        RowChoice::Existing(Existing::Keep),
        RowChoice::Existing(Existing::Replace),
        RowChoice::Existing(Existing::Fill),
    ];
    match verdict {
        Some(Verdict::Deleted | Verdict::Restore) => DELETED,
        Some(Verdict::Change | Verdict::Kept) if changes.iter().any(|change| change.field != "device") => EXISTING,
        _ => &[],
    }
}

fn offer(row: &StagedRow, choice: RowChoice, existing: Existing) -> Choice {
    let label = match choice {
        RowChoice::AsAll if matches!(row.verdict(), Some(Verdict::Deleted | Verdict::Restore)) => {
            "As for all".to_owned()
        }
        RowChoice::AsAll => format!("As for all ({})", existing.label().to_lowercase()),
        RowChoice::Existing(one) => one.label().to_owned(),
        RowChoice::Restore => "Restore".to_owned(),
        RowChoice::LeaveDeleted => "Leave deleted".to_owned(),
    };
    Choice::new(format!("{}:{}", row.row, choice.code()), label, row.choice() == choice)
}

/// How the file is written, in words.
pub fn dialect(import: &Import) -> String {
    import.found().map_or_else(String::new, |found| {
        let header = if found.dialect.header { "with a header row" } else { "without a header row" };
        let (encoding, delimiter) = (found.dialect.encoding.label(), found.dialect.delimiter.label().to_lowercase());
        format!("{encoding}, {delimiter}, {header}")
    })
}
