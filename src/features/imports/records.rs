//! UTF-8 text cut into CSV records (RFC 4180), each in bounded memory.
//!
//! Built on `csv_core`, the engine inside the `csv` crate, because that crate's reader grows with the record: one
//! quotation mark that is never closed would pull a whole file into memory.

use csv_core::ReadRecordResult;
use std::io::{self, Read};

/// Most bytes of one record.
pub const MAX_RECORD: usize = 64 * 1024;
/// Most columns of one record.
pub const MAX_COLUMNS: usize = 256;

const BUFFER: usize = 64 * 1024;

/// Why a record could not be taken apart. Its first cells may still be read, for showing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// More than [`MAX_RECORD`] bytes.
    TooLong,
    /// More than [`MAX_COLUMNS`] columns.
    TooManyColumns,
    /// A quotation mark was opened and never closed: the rest of the file fell into this record.
    OpenQuote,
}

/// One record; made once and filled again and again.
pub struct Record {
    row: u64,
    text: Box<[u8]>,
    ends: Box<[usize]>,
    columns: usize,
    fault: Option<Fault>,
}

impl Default for Record {
    fn default() -> Self {
        Record {
            row: 0,
            text: vec![0; MAX_RECORD].into_boxed_slice(),
            ends: vec![0; MAX_COLUMNS].into_boxed_slice(),
            columns: 0,
            fault: None,
        }
    }
}

impl Record {
    /// The cells of a row as a record, within the same bounds as one that is read.
    pub fn of(row: u64, cells: &[String]) -> Record {
        let mut record = Record { row, ..Record::default() };
        let mut end = 0;
        for cell in cells {
            if record.columns == MAX_COLUMNS {
                record.fault = Some(Fault::TooManyColumns);
                break;
            }
            let Some(place) = record.text.get_mut(end..end + cell.len()) else {
                record.fault = Some(Fault::TooLong);
                break;
            };
            place.copy_from_slice(cell.as_bytes());
            end += cell.len();
            record.ends[record.columns] = end;
            record.columns += 1;
        }
        record
    }

    /// The row's number as a spreadsheet shows it: from 1, header and blank lines counted.
    pub fn row(&self) -> u64 {
        self.row
    }

    /// Why this record must be refused, if it must.
    pub fn fault(&self) -> Option<Fault> {
        self.fault
    }

    /// How many columns it has.
    pub fn len(&self) -> usize {
        self.columns
    }

    pub fn is_empty(&self) -> bool {
        self.columns == 0
    }

    /// The cell in that column (from 0), as it stands in the file; empty beyond the last.
    pub fn cell(&self, column: usize) -> &str {
        if column >= self.columns {
            return "";
        }
        let start = if column == 0 { 0 } else { self.ends[column - 1] };
        self.text.get(start..self.ends[column]).and_then(|cell| std::str::from_utf8(cell).ok()).unwrap_or_default()
    }

    /// All cells.
    pub fn cells(&self) -> impl Iterator<Item = &str> {
        (0..self.columns).map(|column| self.cell(column))
    }

    /// A spreadsheet saves empty rows as a line of delimiters.
    fn is_blank(&self) -> bool {
        self.fault.is_none() && self.cells().all(|cell| cell.trim().is_empty())
    }

    /// The line `sep=;` that Excel writes first to tell itself the delimiter.
    fn is_delimiter_line(&self) -> bool {
        self.row == 1 && self.len() <= 2 && self.cell(1).is_empty() && {
            let cell = self.cell(0);
            cell.len() <= 5 && cell.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("sep="))
        }
    }
}

/// The records of a file, blank rows left out.
pub struct Records<R> {
    input: R,
    core: csv_core::Reader,
    buffer: Box<[u8]>,
    at: usize,
    end: usize,
    ended: bool,
    after_cr: bool,
    row: u64,
}

impl<R: Read> Records<R> {
    /// `input` must be UTF-8; see [`super::decode::Decode`].
    pub fn new(input: R, delimiter: u8) -> Self {
        Records {
            input,
            core: csv_core::ReaderBuilder::new().delimiter(delimiter).build(),
            buffer: vec![0; BUFFER].into_boxed_slice(),
            at: 0,
            end: 0,
            ended: false,
            after_cr: false,
            row: 0,
        }
    }

    /// Fills `record` with the next row that is not blank; `false` at the end of the file.
    ///
    /// # Errors
    /// The input cannot be read. A malformed record is no error: see [`Record::fault`].
    pub fn read(&mut self, record: &mut Record) -> io::Result<bool> {
        loop {
            self.skip_empty_lines()?;
            if self.at == self.end {
                return Ok(false);
            }
            self.read_one(record)?;
            if !record.is_blank() && !record.is_delimiter_line() {
                return Ok(true);
            }
        }
    }

    fn read_one(&mut self, record: &mut Record) -> io::Result<()> {
        self.row += 1;
        record.row = self.row;
        record.fault = None;
        record.columns = 0;
        let mut written = 0;
        let mut broken_off = false;
        // Once the record has burst its bounds, the rest of it is read into these and forgotten.
        let mut spilled_text = [0; 1024];
        let mut spilled_ends = [0; 64];
        loop {
            self.fill()?;
            // The last line may lack its break. One more does no harm, unless it falls inside a quoted value: that
            // value was never closed, and the end of the file closes it.
            let at_end = self.at == self.end;
            let input = match (at_end, broken_off) {
                (false, _) => &self.buffer[self.at..self.end],
                (true, false) => b"\n".as_slice(),
                (true, true) => b"".as_slice(),
            };
            let (result, taken, text, ends) = if record.fault.is_some() {
                self.core.read_record(input, &mut spilled_text, &mut spilled_ends)
            } else {
                self.core.read_record(input, &mut record.text[written..], &mut record.ends[record.columns..])
            };
            if !at_end {
                self.at += taken;
            }
            if record.fault.is_none() {
                written += text;
                record.columns += ends;
            }
            match result {
                ReadRecordResult::Record => {
                    self.after_cr = self.at > 0 && self.buffer[self.at - 1] == b'\r';
                    if broken_off {
                        record.fault = Some(Fault::OpenQuote);
                    }
                    return Ok(());
                }
                ReadRecordResult::End => return Ok(()),
                ReadRecordResult::OutputFull => record.fault = record.fault.or(Some(Fault::TooLong)),
                ReadRecordResult::OutputEndsFull => record.fault = record.fault.or(Some(Fault::TooManyColumns)),
                ReadRecordResult::InputEmpty => broken_off = at_end,
            }
        }
    }

    /// Counts the empty lines before the next record, which the engine would swallow unseen.
    fn skip_empty_lines(&mut self) -> io::Result<()> {
        loop {
            self.fill()?;
            if self.at == self.end {
                return Ok(());
            }
            match self.buffer[self.at] {
                b'\n' if self.after_cr => self.after_cr = false,
                b'\n' => self.row += 1,
                b'\r' => {
                    self.row += 1;
                    self.after_cr = true;
                }
                _ => {
                    self.after_cr = false;
                    return Ok(());
                }
            }
            self.at += 1;
        }
    }

    fn fill(&mut self) -> io::Result<()> {
        if self.at == self.end && !self.ended {
            self.at = 0;
            self.end = self.input.read(&mut self.buffer)?;
            self.ended = self.end == 0;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Vec<(u64, Vec<String>, Option<Fault>)> {
        let mut records = Records::new(text.as_bytes(), b',');
        let mut record = Record::default();
        let mut all = Vec::new();
        while records.read(&mut record).unwrap() {
            all.push((record.row(), record.cells().map(str::to_owned).collect(), record.fault()));
        }
        all
    }

    fn cells(text: &str) -> Vec<Vec<String>> {
        read(text).into_iter().map(|(_, cells, _)| cells).collect()
    }

    #[test]
    fn rows_are_numbered_as_a_spreadsheet_does() {
        for newline in ["\n", "\r\n", "\r"] {
            let text = ["a,b", "", "\"c\nc\",d", ",,", "e,f", "", ""].join(newline);
            let rows: Vec<_> = read(&text).iter().map(|(row, cells, _)| (*row, cells[0].clone())).collect();
            assert_eq!(rows, [(1, "a".into()), (3, "c\nc".into()), (5, "e".into())], "{newline:?}");
        }
        assert!(read("").is_empty());
        assert!(read("\n\n , \n").is_empty());
    }

    #[test]
    fn quotes_may_hold_delimiters_breaks_and_quotes() {
        assert_eq!(cells("\"a,\"\"b\"\"\r\n\",c\n"), [["a,\"b\"\r\n", "c"]]);
        assert_eq!(cells("sep=;\na,b"), [["a", "b"]]);
    }

    #[test]
    fn cells_make_a_record_within_the_same_bounds() {
        let cells = ["a".to_owned(), String::new(), "ë,\"".to_owned()];
        let record = Record::of(7, &cells);
        assert_eq!((record.row(), record.fault()), (7, None));
        assert_eq!(record.cells().collect::<Vec<_>>(), cells);
        assert_eq!(Record::of(1, &vec![String::new(); MAX_COLUMNS + 1]).fault(), Some(Fault::TooManyColumns));
        assert_eq!(Record::of(1, &["x".repeat(MAX_RECORD + 1)]).fault(), Some(Fault::TooLong));
    }

    #[test]
    fn a_record_out_of_bounds_is_marked_and_the_next_one_is_fine() {
        let long = format!("x,\"{}\",y\nnext,row\n", "A".repeat(200_000));
        let all = read(&long);
        assert_eq!(all[0].2, Some(Fault::TooLong));
        assert_eq!(all[0].1, ["x"]);
        assert_eq!((all[1].0, all[1].1[0].as_str(), all[1].2), (2, "next", None));

        let wide = format!("{}\nnext,row\n", ",a".repeat(1000));
        let all = read(&wide);
        assert_eq!(all[0].2, Some(Fault::TooManyColumns));
        assert_eq!(all[1].1, ["next", "row"]);
    }

    #[test]
    fn a_quotation_mark_never_closed_is_noticed() {
        let all = read("a,b\nc,\"d\ne,f\n");
        assert_eq!(all.len(), 2);
        assert_eq!(all[1].2, Some(Fault::OpenQuote));
        assert_eq!(read("a,\"b\"")[0].2, None);
        assert_eq!(read("a,\"b\"\"")[0].2, Some(Fault::OpenQuote));
        let swallowed = format!("a,\"{}", "line\n".repeat(100_000));
        assert_eq!(read(&swallowed)[0].2, Some(Fault::OpenQuote));
    }

    proptest! {
        #[test]
        fn what_the_csv_crate_writes_is_read_back(rows in prop::collection::vec(prop::collection::vec("[a-z,;\"\n\r\t' ë田]{0,8}x", 1..5), 0..20)) {
            let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
            for row in &rows {
                writer.write_record(row).unwrap();
            }
            let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
            prop_assert_eq!(cells(&text), rows);
        }

        #[test]
        fn nothing_makes_it_panic_or_hang(text in any::<String>()) {
            read(&text);
        }
    }
}
