//! A report's file: written piece by piece as its rows come, read the same way. One piece is held at a time, however large the file is.

use std::io::{self, Write};

use super::model::{Report, Separator};
use super::queries;
use crate::app::App;
use crate::db::Db;
use crate::features::imports::cells::guard;
use crate::refusal::Refusal;

/// Bytes of every piece but the last.
const PIECE: usize = 1024 * 1024;

/// Where the pieces of a file go.
pub trait Store {
    /// # Errors
    /// It cannot be kept.
    fn keep(&mut self, seq: i64, piece: &[u8]) -> Result<(), Refusal>;
}

/// The staging database.
pub struct Staged {
    staging: Db,
    id: i64,
    run: i64,
}

impl Staged {
    pub fn new(app: &App, id: i64, run: i64) -> Staged {
        Staged { staging: app.staging.clone(), id, run }
    }
}

impl Store for Staged {
    fn keep(&mut self, seq: i64, piece: &[u8]) -> Result<(), Refusal> {
        let (id, run, piece) = (self.id, self.run, piece.to_vec());
        self.staging.write_now(move |conn| queries::add_chunk(conn, id, run, seq, &piece))
    }
}

/// A stream, such as standard output.
pub struct Stream<W: Write>(pub W);

impl<W: Write> Store for Stream<W> {
    fn keep(&mut self, _seq: i64, piece: &[u8]) -> Result<(), Refusal> {
        self.0.write_all(piece).map_err(|error| Refusal::Broken(format!("cannot write the file: {error}")))
    }
}

/// A CSV file on its way to its store.
pub struct CsvFile<S: Store> {
    csv: csv::Writer<Pieces<S>>,
    /// Rows written, without the header.
    pub rows: i64,
}

/// What a finished file comes to.
#[derive(Debug, Clone, Copy)]
pub struct Written {
    pub rows: i64,
    pub bytes: i64,
    pub pieces: i64,
}

impl<S: Store> CsvFile<S> {
    /// Begins with a byte order mark, by which spreadsheets know the encoding, and the titles of the columns.
    ///
    /// # Errors
    /// It cannot be kept.
    pub fn begin(store: S, separator: Separator, titles: &[&str]) -> Result<CsvFile<S>, Refusal> {
        let mut pieces = Pieces { store, held: Vec::with_capacity(PIECE + PIECE / 8), seq: 0, bytes: 0, fault: None };
        pieces.held.extend_from_slice("\u{feff}".as_bytes());
        let csv = csv::WriterBuilder::new()
            .delimiter(separator.byte())
            .terminator(csv::Terminator::CRLF)
            .flexible(true)
            .from_writer(pieces);
        let mut file = CsvFile { csv, rows: 0 };
        file.line(titles)?;
        file.rows = 0;
        Ok(file)
    }

    /// Writes one row; a value that a spreadsheet would take for a formula is written so that it does not.
    ///
    /// # Errors
    /// It cannot be kept.
    pub fn line(&mut self, values: impl IntoIterator<Item = impl AsRef<str>>) -> Result<(), Refusal> {
        for value in values {
            let kept = self.csv.write_field(guard(value.as_ref()).as_bytes());
            self.told(kept)?;
        }
        let kept = self.csv.write_record(None::<&[u8]>);
        self.told(kept)?;
        self.rows += 1;
        Ok(())
    }

    /// Keeps the last piece.
    ///
    /// # Errors
    /// It cannot be kept.
    pub fn end(self) -> Result<Written, Refusal> {
        let rows = self.rows;
        let mut pieces = self.csv.into_inner().map_err(|error| Refusal::Broken(format!("csv: {error}")))?;
        if !pieces.held.is_empty() {
            pieces.pass_on()?;
        }
        Ok(Written { rows, bytes: pieces.bytes, pieces: pieces.seq })
    }

    /// What the store said stands behind an error of the CSV writer.
    fn told(&mut self, outcome: Result<(), csv::Error>) -> Result<(), Refusal> {
        outcome.map_err(|error| match self.csv.get_ref().fault.clone() {
            Some(refusal) => refusal,
            None => Refusal::Broken(format!("csv: {error}")),
        })
    }
}

struct Pieces<S: Store> {
    store: S,
    held: Vec<u8>,
    seq: i64,
    bytes: i64,
    fault: Option<Refusal>,
}

impl<S: Store> Pieces<S> {
    fn pass_on(&mut self) -> Result<(), Refusal> {
        self.store.keep(self.seq, &self.held)?;
        self.seq += 1;
        self.bytes += i64::try_from(self.held.len()).unwrap_or(0);
        self.held.clear();
        Ok(())
    }
}

impl<S: Store> Write for Pieces<S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.held.extend_from_slice(bytes);
        if self.held.len() >= PIECE
            && let Err(refusal) = self.pass_on()
        {
            self.fault = Some(refusal.clone());
            return Err(io::Error::other(refusal));
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// One piece of a ready file; None behind the last.
///
/// # Errors
/// The database cannot be used.
pub async fn piece(app: &App, report: &Report, seq: i64) -> Result<Option<Vec<u8>>, Refusal> {
    let (id, run) = (report.id, report.run);
    app.staging.read(move |conn| queries::chunk(conn, id, run, seq)).await
}
