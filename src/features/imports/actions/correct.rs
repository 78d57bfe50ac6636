//! Correcting cells of refused rows in the preview: what was typed is read and judged as if it had stood in the file.

use std::collections::BTreeMap;

use super::choose::{affected, recount};
use super::read::staged;
use super::{judge, moved_on, own};
use crate::access::permit::ImportUsers;
use crate::access::{Permit, Scope};
use crate::app::App;
use crate::features::audit::actions::record;
use crate::features::audit::model::{Change, Entry};
use crate::features::imports::faults::{Correction, Faults, LONGEST, on_one_line};
use crate::features::imports::mapping::{Field, Mapping};
use crate::features::imports::model::{Fields, Import, StagedRow, State};
use crate::features::imports::queries::staging;
use crate::features::imports::records::Record;
use crate::features::imports::rows::Layout;
use crate::features::users::actions::may_probe;
use crate::refusal::Refusal;

/// Writes corrections of cells at fault; judges their rows anew, and those that depend on them. Gives the numbers of the corrected rows; what is as it
/// was is no correction. Blocks: run it on a thread that may.
///
/// # Errors
/// Not in preview any more; a cell that is not at fault; too long; too many addresses that are taken elsewhere.
pub fn correct(
    app: &App,
    permit: &Permit<ImportUsers>,
    import: &Import,
    corrections: Vec<Correction>,
) -> Result<Vec<i64>, Refusal> {
    let id = import.id;
    let mut typed: BTreeMap<i64, Vec<Correction>> = BTreeMap::new();
    for one in corrections {
        typed.entry(one.row).or_default().push(one);
    }
    let numbers: Vec<i64> = typed.keys().copied().collect();
    let columns = import.columns().unwrap_or_default();
    let mapping = Mapping::new(columns.clone()).map_err(|error| Refusal::Unfit(error.to_string()))?;
    let layout = Layout::new(mapping, false);
    let mut keys = Vec::new();
    let mut corrected = Vec::new();
    for row in app.staging.read_now(|conn| staging::numbered(conn, id, &numbers))? {
        if let Some(fresh) = anew(&row, typed.remove(&row.row).unwrap_or_default(), &columns, &layout)? {
            keys.extend([row.email_key, fresh.email_key.clone()].into_iter().filter(|key| !key.is_empty()));
            corrected.push(fresh);
        }
    }
    if corrected.is_empty() {
        return Ok(Vec::new());
    }
    let is_limited = *permit.scope() != Scope::All;
    // As the last thing before it is written: nothing may change under a job that writes.
    app.db.read_now(|conn| match own(conn, permit, id)?.state() {
        State::Preview if is_limited && !may_probe(conn, permit.origin())? => {
            Err(Refusal::TooOften { retry_after: 3_600 })
        }
        State::Preview => Ok(()),
        _ => Err(moved_on()),
    })?;
    let numbers: Vec<i64> = corrected.iter().map(|row| row.row).collect();
    let entry = Entry::new("import.correct", "import", id).changes(in_words(import, &corrected));
    let before = affected(app, id, &keys, &numbers)?;
    app.staging.write_now(move |conn| staging::correct(conn, &corrected))?;
    let related = affected(app, id, &keys, &[])?;
    let outside = judge::some(app, permit.origin(), id, &import.options(), related)?;
    let origin = permit.origin().clone();
    recount(app, &origin.clone(), id, before, move |conn| {
        record(conn, &origin, &entry)?;
        if outside > 0 {
            let change = Change::new("addresses", "", outside.to_string());
            record(conn, &origin, &Entry::new("import.address-taken", "import", id).refused().changes(vec![change]))?;
        }
        Ok(())
    })?;
    Ok(numbers)
}

/// Makes room for the rows as other columns read them: what was read is thrown away, what was corrected is kept as it was typed.
pub(super) fn keep(app: &App, id: i64, layout: &Layout) -> Result<(), Refusal> {
    while app.staging.write_now(move |conn| staging::delete_read(conn, id))? {}
    let anew = |row: StagedRow| {
        let Fields { cells, mended, .. } = row.fields();
        let record = Record::of(u64::try_from(row.row).unwrap_or_default(), &cells);
        let fresh = staged(id, &record, layout);
        let fields = serde_json::to_string(&Fields { cells, mended, ..fresh.fields() }).unwrap_or_default();
        StagedRow { fields, ticked: row.ticked, choice: row.choice, ..fresh }
    };
    let corrected = app.staging.read_now(|conn| staging::corrected(conn, id))?;
    let corrected: Vec<StagedRow> = corrected.into_iter().map(anew).collect();
    app.staging.write_now(move |conn| staging::correct(conn, &corrected))
}

/// A row with its corrections, as if it came out of the file; None if nothing was corrected.
fn anew(
    row: &StagedRow,
    typed: Vec<Correction>,
    columns: &[Field],
    layout: &Layout,
) -> Result<Option<StagedRow>, Refusal> {
    let offered = Faults::of(row, columns).cells;
    let fields = row.fields();
    let (mut cells, mut mended) = (fields.as_cells(columns), fields.mended);
    let mut is_other = false;
    for one in typed {
        let now = cells.get(one.column).map_or("", String::as_str);
        if one.text == now || one.text == on_one_line(now) {
            continue;
        }
        if !offered.iter().any(|cell| cell.column == one.column) {
            return Err(Refusal::Conflict(format!("Row {} has changed meanwhile. Look at it again.", row.row)));
        }
        if one.text.chars().count() > LONGEST {
            return Err(Refusal::Unfit(format!("Shorten what you typed in row {} to {LONGEST} characters.", row.row)));
        }
        if cells.len() <= one.column {
            cells.resize(one.column + 1, String::new());
        }
        cells[one.column] = one.text;
        if !mended.contains(&one.column) {
            mended.push(one.column);
        }
        is_other = true;
    }
    if !is_other {
        return Ok(None);
    }
    let record = Record::of(u64::try_from(row.row).unwrap_or_default(), &cells);
    let mut fresh = staged(row.import_id, &record, layout);
    (fresh.ticked, fresh.choice) = (row.ticked, row.choice);
    fresh.fields = serde_json::to_string(&Fields { cells, mended, ..fresh.fields() }).unwrap_or_default();
    Ok(Some(fresh))
}

/// Which cells were corrected. What they say is recorded with whoever it makes a user, and nowhere for those who never become one.
fn in_words(import: &Import, corrected: &[StagedRow]) -> Vec<Change> {
    let titles = import.found().map(|found| found.titles).unwrap_or_default();
    let title = |column: &usize| match titles.get(*column) {
        Some(title) if !title.is_empty() => title.clone(),
        _ => format!("Column {}", column + 1),
    };
    let of_row = |row: &StagedRow| {
        let mended = row.fields().mended;
        format!("{} ({})", row.row, mended.iter().map(title).collect::<Vec<_>>().join(", "))
    };
    let rows: Vec<String> = corrected.iter().map(of_row).collect();
    vec![Change::new("file", "", &import.file_name), Change::new("rows", "", rows.join(", "))]
}
