//! The job `import.read`: looks at an uploaded file, settles what its columns hold, stages its rows and judges them.

use std::io::BufReader;

use super::{advance, correct, is_reason, judge, step};
use crate::db::Conn;
use crate::features::imports::decode::Decode;
use crate::features::imports::detect::{Detected, detect};
use crate::features::imports::file::{ChunkFile, unreadable};
use crate::features::imports::mapping::{Field, Mapping};
use crate::features::imports::model::{Fields, Found, Import, Options, StagedRow, State, Verdict};
use crate::features::imports::proposal::{header_fingerprint, propose};
use crate::features::imports::queries::{self, staging};
use crate::features::imports::reason::Reason;
use crate::features::imports::records::{Record, Records};
use crate::features::imports::rows::{Layout, parse};
use crate::jobs::{End, Running};
use crate::refusal::Refusal;

/// Rows staged in one transaction.
const BATCH: usize = 1_000;
/// Rows of one file; beyond it the file is refused whole.
const MOST_ROWS: i64 = 2_000_000;
/// Sample values shown for each column, and the most characters of each.
const SAMPLES: usize = 3;
const SAMPLE_LENGTH: usize = 60;

pub fn run(running: &Running) -> Result<End, Refusal> {
    step(running, State::Reading, |import| read(running, import))
}

fn read(running: &Running, import: &Import) -> Result<End, Refusal> {
    let app = &running.app;
    let file = || ChunkFile::new(app.staging.clone(), import.id, import.bytes);
    let (found, columns) = match (import.found(), import.columns()) {
        (Some(found), Some(columns)) => (found, columns),
        _ => {
            let detected = detect(&mut file(), import.options().overrides).map_err(unreadable)?;
            let detected = detected.ok_or_else(|| Refusal::Unfit("There is no row in this file.".into()))?;
            match settle(running, import, &detected)? {
                Some(settled) => settled,
                None => return Ok(End::Done),
            }
        }
    };
    let mapping = Mapping::new(columns).map_err(|error| Refusal::Unfit(error.to_string()))?;
    let layout = Layout::new(mapping, false);
    if running.job.done == 0 {
        // What was staged as an earlier choice of columns had it; here, since nobody else stages rows beside this job.
        correct::keep(app, import.id, &layout)?;
    }
    let text = BufReader::new(Decode::new(file(), found.dialect.encoding));
    let mut records = Records::new(text, found.dialect.delimiter.byte());
    let mut record = Record::default();
    if found.dialect.header {
        records.read(&mut record).map_err(unreadable)?;
    }
    let (id, (last, mut count)) = (import.id, app.staging.read_now(|conn| staging::extent(conn, import.id))?);
    loop {
        let mut batch = Vec::with_capacity(BATCH);
        while batch.len() < BATCH && records.read(&mut record).map_err(unreadable)? {
            // What an interrupted run has staged is skipped.
            if i64::try_from(record.row()).unwrap_or(i64::MAX) > last {
                batch.push(staged(id, &record, &layout));
            }
        }
        if batch.is_empty() {
            break;
        }
        count += i64::try_from(batch.len()).unwrap_or(0);
        if count > MOST_ROWS {
            return Err(Refusal::Unfit(format!("This file has more than {MOST_ROWS} rows. Split it.")));
        }
        app.staging.write_stage_now(move |conn| staging::add(conn, &batch))?;
        running.note(count, 0)?;
        if let Some(end) = running.interrupted() {
            return Ok(end);
        }
    }
    if count == 0 {
        return Err(Refusal::Unfit("There is no row below the header in this file.".into()));
    }
    judge::all(running, import, State::Reading)
}

/// Notes what was found out, and decides what the columns hold: as said on the command line, as remembered, or as is well known. None if a
/// person has to say.
fn settle(running: &Running, import: &Import, detected: &Detected) -> Result<Option<(Found, Vec<Field>)>, Refusal> {
    let app = &running.app;
    let proposal = propose(detected);
    let fingerprint = if detected.dialect.header { header_fingerprint(&detected.titles) } else { String::new() };
    let remembered = if fingerprint.is_empty() {
        None
    } else {
        app.db.read_now(|conn| as_remembered(conn, &fingerprint, &detected.titles))?
    };
    let said = said(&import.options(), detected, &proposal.columns)?;
    let from_shell = import.owner_id.is_none();
    let certain = said.is_some() || remembered.is_some() || !proposal.needs_mapping() || from_shell;
    let columns = said.or(remembered).unwrap_or(proposal.columns);
    let complete = certain && Mapping::new(columns.clone()).is_ok();
    let found = Found {
        dialect: detected.dialect,
        titles: detected.titles.clone(),
        samples: (0..detected.titles.len()).map(|column| samples(detected, column)).collect(),
        fingerprint,
        unknown: proposal.unknown,
    };
    let (id, now) = (import.id, app.clock.now());
    let kept = (found.clone(), columns.clone());
    app.db.write_now(move |conn| {
        queries::set_found(conn, id, &kept.0)?;
        queries::set_columns(conn, id, &kept.1)?;
        if complete { Ok(()) } else { advance(conn, id, State::Reading, State::Mapping, now) }
    })?;
    Ok(complete.then_some((found, columns)))
}

/// The columns as they were chosen for the last file with these titles; of refused rows that come back, for the file they were in.
fn as_remembered(conn: &mut Conn, fingerprint: &str, titles: &[String]) -> Result<Option<Vec<Field>>, Refusal> {
    let fits = |columns: &Vec<Field>, titles: &[String]| columns.len() == titles.len();
    if let Some(columns) = queries::remembered(conn, fingerprint)?.filter(|columns| fits(columns, titles)) {
        return Ok(Some(columns));
    }
    let Some((_, rest)) = titles.split_last().filter(|(last, _)| is_reason(last)) else { return Ok(None) };
    let columns = queries::remembered(conn, &header_fingerprint(rest))?.filter(|columns| fits(columns, rest));
    Ok(columns.map(|columns| [columns, vec![Field::Ignore]].concat()))
}

/// The columns as said on the command line, by title; those not named there as they are known.
fn said(options: &Options, detected: &Detected, proposed: &[Field]) -> Result<Option<Vec<Field>>, Refusal> {
    if options.columns.is_empty() {
        return Ok(None);
    }
    let mut columns = proposed.to_vec();
    for field in &mut columns {
        if options.columns.iter().any(|(_, said)| said == field) {
            *field = Field::Ignore;
        }
    }
    for (title, field) in &options.columns {
        let place = detected.titles.iter().position(|one| one.eq_ignore_ascii_case(title) || one == title);
        match place.and_then(|place| columns.get_mut(place)) {
            Some(column) => *column = *field,
            None => {
                return Err(Refusal::Unfit(format!(
                    "There is no column “{title}”; the columns are {}.",
                    detected.titles.join(", ")
                )));
            }
        }
    }
    // A name in parts takes the place of a whole one that was only guessed, and the other way round.
    let whole_said = options.columns.iter().any(|(_, field)| *field == Field::DisplayName);
    let part = |field: &Field| matches!(field, Field::FirstName | Field::LastName | Field::MiddleInitial);
    if whole_said || options.columns.iter().any(|(_, field)| part(field)) {
        for (column, title) in columns.iter_mut().zip(&detected.titles) {
            let guessed = !options.columns.iter().any(|(said, _)| said.eq_ignore_ascii_case(title));
            if guessed && (if whole_said { part(column) } else { *column == Field::DisplayName }) {
                *column = Field::Ignore;
            }
        }
    }
    Mapping::new(columns.clone()).map_err(|error| Refusal::Unfit(error.to_string()))?;
    Ok(Some(columns))
}

fn samples(detected: &Detected, column: usize) -> Vec<String> {
    let values = detected
        .sample
        .iter()
        .filter_map(|row| row.get(column))
        .map(|value| value.trim())
        .filter(|value| !value.is_empty());
    values.take(SAMPLES).map(|value| value.chars().filter(|c| !c.is_control()).take(SAMPLE_LENGTH).collect()).collect()
}

/// A record as it is staged: good and not judged yet, or refused for all its reasons, with its cells as they stand in the file.
pub(super) fn staged(import_id: i64, record: &Record, layout: &Layout) -> StagedRow {
    let mut row = StagedRow {
        import_id,
        row: i64::try_from(record.row()).unwrap_or(i64::MAX),
        verdict: 0,
        ticked: true,
        choice: 0,
        email_key: String::new(),
        user_id: 0,
        counts_row: 0,
        device: String::new(),
        fields: String::new(),
        changes: "[]".into(),
        reasons: "[]".into(),
    };
    let fields = match parse(record, layout) {
        Ok(parsed) => {
            row.email_key = parsed.email.key().to_owned();
            row.device = parsed.device.as_ref().map(|device| device.key()).unwrap_or_default();
            Fields::from(&parsed)
        }
        Err(refused) => {
            let reasons: Vec<Reason> = refused.reasons.into_iter().map(Reason::from).collect();
            row.verdict = Verdict::Refused.number();
            row.reasons = serde_json::to_string(&reasons).unwrap_or_default();
            Fields { cells: record.cells().map(str::to_owned).collect(), ..Fields::default() }
        }
    };
    row.fields = serde_json::to_string(&fields).unwrap_or_default();
    row
}
