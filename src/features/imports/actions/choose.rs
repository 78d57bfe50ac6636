//! What a person decides about an import: columns, options, ticks, and to go ahead or not.

use super::batch::destination;
use super::start::hand_over;
use super::{advance, moved_on, own};
use crate::access::permit::ImportUsers;
use crate::access::{Origin, Permit};
use crate::app::App;
use crate::db::Conn;
use crate::features::imports::mapping::{Field, Mapping};
use crate::features::imports::model::{Applied, Counts, Import, Options, RowWish, StagedRow, State, Verdict};
use crate::features::imports::queries::{self, staging};
use crate::features::operations;
use crate::features::operations::model::Kind as OperationKind;
use crate::jobs::{Kind, queue};
use crate::refusal::Refusal;

/// Rows with one address that are judged again while somebody waits; the job that writes judges by what is stored in any case.
const MOST_JUDGED: i64 = 5_000;

/// Decides what the columns hold, remembers it for the next file with this header, and goes on reading.
///
/// # Errors
/// Reasons, if the fields make no mapping; a conflict.
pub fn choose_columns(
    conn: &mut Conn,
    permit: &Permit<ImportUsers>,
    id: i64,
    columns: &[Field],
) -> Result<(), Refusal> {
    let import = own(conn, permit, id)?;
    let found = import.found().filter(|found| found.titles.len() == columns.len());
    let found = found.ok_or(Refusal::Malformed("The form does not fit the columns of the file."))?;
    Mapping::new(columns.to_vec()).map_err(|error| Refusal::Unfit(error.to_string()))?;
    queries::set_columns(conn, id, columns)?;
    if !found.fingerprint.is_empty() {
        queries::remember(conn, &found.fingerprint, columns, permit.now())?;
    }
    hand_over(conn, permit.origin(), id, Kind::ImportRead, State::Mapping, State::Reading).map(drop)
}

/// Writes the options. Says whether the rows have to be judged again, which a job then does.
///
/// # Errors
/// A customer or role that is not the reader's to choose; a conflict.
pub fn choose_options(
    conn: &mut Conn,
    permit: &Permit<ImportUsers>,
    id: i64,
    options: &Options,
) -> Result<bool, Refusal> {
    let import = own(conn, permit, id)?;
    destination(conn, permit, options.customer_id, options.role_id)?;
    let old = import.options();
    let anew = old.existing != options.existing || old.restore != options.restore;
    let options = Options { overrides: old.overrides, columns: old.columns, ..options.clone() };
    queries::set_options(conn, id, &options)?;
    queries::set_problem(conn, id, "")?;
    if anew {
        hand_over(conn, permit.origin(), id, Kind::ImportJudge, State::Preview, State::Judging)?;
    } else if import.state() != State::Preview {
        return Err(moved_on());
    }
    Ok(anew)
}

/// Writes ticks and choices of a page's rows and judges again what depends on them. Blocks: run it on a thread that may.
///
/// # Errors
/// Not in preview any more.
pub fn choose_rows(
    app: &App,
    permit: &Permit<ImportUsers>,
    import: &Import,
    wishes: Vec<RowWish>,
) -> Result<(), Refusal> {
    if import.state() != State::Preview {
        return Err(moved_on());
    }
    let id = import.id;
    let numbers: Vec<i64> = wishes.iter().map(|wish| wish.row).collect();
    let rows = app.staging.read_now(|conn| staging::numbered(conn, id, &numbers))?;
    // A refused row has no box, which says nothing about its tick.
    let stored =
        |wish: &&RowWish| rows.iter().find(|row| row.row == wish.row && row.verdict() != Some(Verdict::Refused));
    let differs =
        |wish: &&RowWish| stored(wish).is_some_and(|row| row.ticked != wish.ticked || row.choice() != wish.choice);
    let changed: Vec<RowWish> = wishes.iter().filter(differs).copied().collect();
    if changed.is_empty() {
        return Ok(());
    }
    let keys: Vec<String> = changed
        .iter()
        .filter_map(|wish| stored(&wish))
        .map(|row| row.email_key.clone())
        .filter(|key| !key.is_empty())
        .collect();
    let touched: Vec<i64> = changed.iter().map(|wish| wish.row).collect();
    let before = affected(app, id, &keys, &touched)?;
    app.staging.write_now(move |conn| {
        for wish in &changed {
            staging::choose(conn, id, wish.row, wish.ticked, wish.choice.number())?;
        }
        Ok(())
    })?;
    let related = affected(app, id, &keys, &[])?;
    super::judge::some(app, permit.origin(), id, &import.options(), related)?;
    recount(app, permit.origin(), id, before, |_| Ok(()))
}

/// The rows whose verdict depends on these addresses, and some by number.
pub(super) fn affected(app: &App, id: i64, keys: &[String], numbers: &[i64]) -> Result<Vec<StagedRow>, Refusal> {
    app.staging.read_now(|conn| {
        let mut rows = staging::good_with(conn, id, keys, MOST_JUDGED)?;
        let others: Vec<i64> = numbers.iter().copied().filter(|row| !rows.iter().any(|one| one.row == *row)).collect();
        rows.extend(staging::numbered(conn, id, &others)?);
        Ok(rows)
    })
}

/// Brings the counts of a preview in step with rows that were `before`, and does what else belongs to it. A million rows are not counted anew for one.
///
/// # Errors
/// A conflict: the import is not in preview any more.
pub(super) fn recount(
    app: &App,
    origin: &Origin,
    id: i64,
    before: Vec<StagedRow>,
    also: impl FnOnce(&mut Conn) -> Result<(), Refusal> + Send + 'static,
) -> Result<(), Refusal> {
    let numbers: Vec<i64> = before.iter().map(|row| row.row).collect();
    let after = app.staging.read_now(|conn| staging::numbered(conn, id, &numbers))?;
    let now = origin.at;
    app.db.write_now(move |conn| {
        // First, since it also holds the import's row until this commits.
        advance(conn, id, State::Preview, State::Preview, now)?;
        let mut counts: Counts = queries::find(conn, id)?.counts();
        before.iter().for_each(|row| counts.tally(row, -1));
        after.iter().for_each(|row| counts.tally(row, 1));
        queries::set_counts(conn, id, &counts)?;
        also(conn)
    })
}

/// What "Add" would write now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Planned {
    pub new: i64,
    pub change: i64,
    pub restore: i64,
    /// Rows that only name one more device of somebody.
    pub devices: bool,
}

impl Planned {
    pub fn people(&self) -> i64 {
        self.new + self.change + self.restore
    }

    pub fn is_nothing(&self) -> bool {
        self.people() == 0 && !self.devices
    }

    /// Reads it off the counts of a preview.
    pub fn of(counts: &Counts) -> Planned {
        let people = Planned {
            new: counts.new - counts.unticked.new,
            change: counts.change - counts.unticked.change,
            restore: counts.restore - counts.unticked.restore,
            devices: false,
        };
        Planned { devices: people.people() == 0 && counts.further_devices > 0, ..people }
    }
}

/// Begins to write: an operation and the job that carries it out. `counts` are those of the rows as they are staged now. Ring the bell once this has committed.
///
/// # Errors
/// Nothing to write; all or nothing was chosen and rows are refused; a conflict.
pub fn start_applying(
    conn: &mut Conn,
    permit: &Permit<ImportUsers>,
    id: i64,
    mut counts: Counts,
) -> Result<(), Refusal> {
    let import = own(conn, permit, id)?;
    let planned = Planned::of(&counts);
    let options = import.options();
    destination(conn, permit, options.customer_id, options.role_id)?;
    if options.all_or_nothing && counts.refused > 0 {
        return Err(Refusal::Unfit(format!(
            "{} rows are refused, and you chose all or nothing. Mend the file, or choose to take only the good rows.",
            counts.refused
        )));
    }
    if planned.is_nothing() {
        return Err(Refusal::Unfit("Nothing to add: no ticked row is new or will change.".into()));
    }
    let operation = operations::actions::start(conn, permit.origin(), OperationKind::ImportUsers, planned.people())?;
    queries::set_operation(conn, id, operation)?;
    queries::set_problem(conn, id, "")?;
    counts.applied = Applied { planned: planned.people(), ..Applied::default() };
    queries::set_counts(conn, id, &counts)?;
    hand_over(conn, permit.origin(), id, Kind::ImportApply, State::Preview, State::Applying).map(drop)
}

/// Gives an import up; one that is being written stops after the batch it is at, and what is written stays.
///
/// # Errors
/// It has ended already.
pub fn cancel(conn: &mut Conn, permit: &Permit<ImportUsers>, id: i64) -> Result<State, Refusal> {
    let import = own(conn, permit, id)?;
    let state = import.state();
    if state.has_ended() {
        return Err(Refusal::Conflict("This import has ended already.".into()));
    }
    queue::cancel(conn, import.job_id)?;
    if state != State::Applying {
        advance(conn, id, state, State::Cancelled, permit.now())?;
    }
    Ok(state)
}

/// Goes back to choosing columns; of what was staged, rows that were corrected are kept.
///
/// # Errors
/// A conflict.
pub fn reopen_columns(conn: &mut Conn, permit: &Permit<ImportUsers>, id: i64) -> Result<(), Refusal> {
    own(conn, permit, id)?;
    advance(conn, id, State::Preview, State::Mapping, permit.now())
}
