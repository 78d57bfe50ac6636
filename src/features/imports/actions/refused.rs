//! The refused rows of an import as a CSV file: the columns and cells of the file that was sent, as they were corrected since, and why each row is
//! refused. Made as it is taken away, a stretch at a time, so that memory stays flat and nothing is kept.

use std::io::BufReader;
use std::sync::{Arc, Mutex, PoisonError};

use crate::access::Permit;
use crate::access::permit::ImportUsers;
use crate::app::App;
use crate::db::fold::bare;
use crate::db::{Conn, Db};
use crate::features::audit::actions::record;
use crate::features::audit::model::{Change, Entry};
use crate::features::imports::cells::unguard;
use crate::features::imports::decode::Decode;
use crate::features::imports::dialect::{Delimiter, Dialect};
use crate::features::imports::file::ChunkFile;
use crate::features::imports::mapping::Field;
use crate::features::imports::model::{Import, StagedRow, Verdict};
use crate::features::imports::queries::staging;
use crate::features::imports::records::{Record, Records};
use crate::features::reports::file::{CsvFile, Store};
use crate::features::reports::model::Separator;
use crate::refusal::Refusal;

/// The title of the last column.
pub const REASON: &str = "Reason";
/// Rows that are looked at in one go.
const STRETCH: i64 = 500;

/// Whether a column is the last one of such a file, which is brought in again.
pub fn is_reason(title: &str) -> bool {
    bare(title) == bare(REASON)
}

/// Notes that the file was taken away.
pub fn record_download(
    conn: &mut Conn,
    permit: &Permit<ImportUsers>,
    import: &Import,
    file_name: &str,
) -> Result<(), Refusal> {
    let change = Change::new("file", "", file_name);
    record(conn, permit.origin(), &Entry::new("import.download", "import", import.id).changes(vec![change])).map(drop)
}

/// The file, as far as it is made.
pub struct RefusedFile {
    staging: Db,
    import_id: i64,
    columns: Vec<Field>,
    /// Of the columns that were sent.
    width: usize,
    /// Whether the file that was sent was such a one, with its own reasons behind them.
    is_second: bool,
    dialect: Option<Dialect>,
    bytes: i64,
    /// The file that was sent, read along; opened at the first row of which it is needed.
    source: Option<Source>,
    /// None: it is written to its end.
    csv: Option<CsvFile<Pieces>>,
    pieces: Pieces,
    after: i64,
}

impl RefusedFile {
    /// Begins with the titles.
    ///
    /// # Errors
    /// Not found: nothing was found out about the file yet.
    pub fn begin(app: &App, import: &Import) -> Result<RefusedFile, Refusal> {
        let found = import.found().ok_or(Refusal::NotFound)?;
        let mut columns = import.columns().ok_or(Refusal::NotFound)?;
        let mut titles = match found.dialect.header {
            true => found.titles,
            false => columns.iter().enumerate().map(of_field).collect(),
        };
        // Refused a second time: the reasons of the first are not the file's own.
        let is_second = titles.last().is_some_and(|title| is_reason(title)) && columns.last() == Some(&Field::Ignore);
        if is_second {
            titles.pop();
            columns.pop();
        }
        let width = titles.len();
        titles.push(REASON.to_owned());
        let separator = match found.dialect.delimiter {
            Delimiter::Semicolon => Separator::Semicolon,
            _ => Separator::Comma,
        };
        let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
        let pieces = Pieces::default();
        Ok(RefusedFile {
            staging: app.staging.clone(),
            import_id: import.id,
            columns,
            width,
            is_second,
            dialect: Some(found.dialect),
            bytes: import.bytes,
            source: None,
            csv: Some(CsvFile::begin(pieces.clone(), separator, &titles)?),
            pieces,
            after: 0,
        })
    }

    /// The next bytes; None behind the last. Blocks.
    ///
    /// # Errors
    /// The database cannot be used.
    pub fn piece(&mut self) -> Result<Option<Vec<u8>>, Refusal> {
        while let Some(mut csv) = self.csv.take() {
            let (id, after) = (self.import_id, self.after);
            let refused = Some(Verdict::Refused);
            let rows = self.staging.read_now(|conn| staging::page_after(conn, id, refused, after, STRETCH))?;
            match rows.last() {
                None => drop(csv.end()?),
                Some(last) => {
                    self.after = last.row;
                    for row in &rows {
                        csv.line(self.line(row))?;
                    }
                    self.csv = Some(csv);
                }
            }
            let bytes = self.pieces.taken();
            if !bytes.is_empty() {
                return Ok(Some(bytes));
            }
        }
        Ok(None)
    }

    /// What was sent (values beyond the last column come behind the reasons, where they are still too many), and the reasons.
    fn line(&mut self, row: &StagedRow) -> Vec<String> {
        let mut cells = self.cells(row);
        let mut beyond = if cells.len() > self.width { cells.split_off(self.width) } else { Vec::new() };
        if self.is_second && !beyond.is_empty() {
            beyond.remove(0);
        }
        while beyond.last().is_some_and(|cell| cell.trim().is_empty()) {
            beyond.pop();
        }
        cells.resize(self.width, String::new());
        let reasons: Vec<String> = row.reasons().into_iter().map(|reason| reason.message).collect();
        let said = cells.iter().chain(&beyond).map(|cell| unguard(cell).to_owned()).collect::<Vec<_>>();
        let (sent, beyond) = said.split_at(self.width);
        [sent, &[reasons.join(". ")], beyond].concat()
    }

    fn cells(&mut self, row: &StagedRow) -> Vec<String> {
        let fields = row.fields();
        // What a good row says in columns that are left out stands in the file alone.
        let is_whole = !fields.cells.is_empty() && (fields.mended.is_empty() || !self.columns.contains(&Field::Ignore));
        let staged = fields.as_cells(&self.columns);
        if is_whole {
            return staged;
        }
        let Some(mut cells) = self.sent(row.row) else { return staged };
        for column in fields.mended {
            if cells.len() <= column {
                cells.resize(column + 1, String::new());
            }
            cells[column] = staged.get(column).cloned().unwrap_or_default();
        }
        cells
    }

    /// A row as it was sent; None where the file is not there any more.
    fn sent(&mut self, row: i64) -> Option<Vec<String>> {
        if let Some(dialect) = self.dialect.take() {
            let file = ChunkFile::new(self.staging.clone(), self.import_id, self.bytes);
            self.source = Some(Source::new(file, dialect));
        }
        let found = self.source.as_mut()?.row(u64::try_from(row).unwrap_or_default());
        if found.is_none() {
            self.source = None;
        }
        found
    }
}

/// A column of a file without titles, as one with this title is understood.
fn of_field((place, field): (usize, &Field)) -> String {
    match field {
        Field::Ignore => format!("Column {}", place + 1),
        field => field.label().to_owned(),
    }
}

/// A file that is read from its beginning to its end, once.
struct Source {
    records: Records<BufReader<Decode<ChunkFile>>>,
    record: Record,
}

impl Source {
    fn new(file: ChunkFile, dialect: Dialect) -> Source {
        let text = BufReader::new(Decode::new(file, dialect.encoding));
        Source { records: Records::new(text, dialect.delimiter.byte()), record: Record::default() }
    }

    /// A row behind those that were asked for before.
    fn row(&mut self, number: u64) -> Option<Vec<String>> {
        while self.record.row() < number {
            if !self.records.read(&mut self.record).ok()? {
                return None;
            }
        }
        (self.record.row() == number).then(|| self.record.cells().map(str::to_owned).collect())
    }
}

/// What is written and not yet taken away.
#[derive(Clone, Default)]
struct Pieces(Arc<Mutex<Vec<u8>>>);

impl Pieces {
    fn taken(&self) -> Vec<u8> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Store for Pieces {
    fn keep(&mut self, _seq: i64, piece: &[u8]) -> Result<(), Refusal> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(piece);
        Ok(())
    }
}
