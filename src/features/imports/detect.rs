//! Finding out how a CSV file is written, by looking at it.

use super::decode::Decode;
use super::dialect::{Delimiter, Dialect, Encoding, Overrides};
use super::records::{Record, Records};
use std::io::{self, Read, Seek, SeekFrom};

/// Bytes of the file that the delimiter and the header are guessed from.
const SAMPLE_BYTES: u64 = 128 * 1024;
/// Rows of the sample that are looked at.
const SAMPLE_ROWS: usize = 100;

/// What was found out about a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detected {
    pub dialect: Dialect,
    /// The names of the columns: from the header, else "Column 1", "Column 2", …
    pub titles: Vec<String>,
    /// The first rows below the header, at most 100, for the mapping page and for guessing.
    pub sample: Vec<Vec<String>>,
}

/// Looks at a file; leaves it at its start.
///
/// The encoding is judged by the whole file, which is read once: a file of a million plain letters and one "ë" in
/// Windows-1252 must not lose it. `None` if there is no row at all.
///
/// # Errors
/// The file cannot be read.
pub fn detect<F: Read + Seek>(file: &mut F, overrides: Overrides) -> io::Result<Option<Detected>> {
    file.seek(SeekFrom::Start(0))?;
    let encoding = match overrides.encoding {
        Some(encoding) => encoding,
        None => detect_encoding(file)?,
    };
    file.seek(SeekFrom::Start(0))?;
    let (text, whole) = sample(file, encoding)?;
    file.seek(SeekFrom::Start(0))?;
    let delimiter = overrides.delimiter.unwrap_or_else(|| detect_delimiter(&text, whole));
    let mut rows = rows(&text, whole, delimiter);
    if rows.is_empty() {
        return Ok(None);
    }
    let header = overrides.header.unwrap_or_else(|| !rows[0].iter().any(|cell| looks_like_address(cell)));
    let titles = if header {
        rows.remove(0).into_iter().map(|title| title.trim().to_owned()).collect()
    } else {
        (1..=usual_width(&rows)).map(|column| format!("Column {column}")).collect()
    };
    Ok(Some(Detected { dialect: Dialect { encoding, delimiter, header }, titles, sample: rows }))
}

/// A loose test, on purpose: a first row with a mistyped address is still a person and no header.
pub fn looks_like_address(cell: &str) -> bool {
    let cell = cell.trim();
    cell.find('@').is_some_and(|at| at > 0 && at + 1 < cell.len())
}

/// Byte-order mark, else the pattern of NULs that UTF-16 makes of ASCII, else UTF-8 if all of it is, else Windows-1252.
fn detect_encoding<R: Read>(input: &mut R) -> io::Result<Encoding> {
    let mut chunk = vec![0; 64 * 1024];
    let mut length = read_full(input, &mut chunk)?;
    match &chunk[..length] {
        [0xef, 0xbb, 0xbf, ..] => return Ok(Encoding::Utf8),
        [0xff, 0xfe, ..] => return Ok(Encoding::Utf16Le),
        [0xfe, 0xff, ..] => return Ok(Encoding::Utf16Be),
        _ => {}
    }
    if let Some(utf16) = utf16_without_mark(&chunk[..length]) {
        return Ok(utf16);
    }
    let mut held = 0;
    while length > 0 {
        let end = held + length;
        match std::str::from_utf8(&chunk[..end]) {
            Ok(_) => held = 0,
            // A character cut in two by the end of the chunk is held over to the next.
            Err(error) if error.error_len().is_none() => {
                chunk.copy_within(error.valid_up_to()..end, 0);
                held = end - error.valid_up_to();
            }
            Err(_) => return Ok(Encoding::Windows1252),
        }
        length = read_full(input, &mut chunk[held..])?;
    }
    Ok(if held == 0 { Encoding::Utf8 } else { Encoding::Windows1252 })
}

/// The ASCII in a UTF-16 file (delimiters, addresses) has NULs on one side only. One stray NUL proves nothing.
fn utf16_without_mark(bytes: &[u8]) -> Option<Encoding> {
    let units = bytes.len() / 2;
    let first = bytes.chunks_exact(2).filter(|unit| unit[0] == 0).count();
    let second = bytes.chunks_exact(2).filter(|unit| unit[1] == 0).count();
    if units == 0 || (first + second) * 10 < units {
        None
    } else if second > first * 4 {
        Some(Encoding::Utf16Le)
    } else if first > second * 4 {
        Some(Encoding::Utf16Be)
    } else {
        None
    }
}

/// The start of the file as text, and whether that is all of it.
fn sample<R: Read>(file: &mut R, encoding: Encoding) -> io::Result<(Vec<u8>, bool)> {
    let mut text = Vec::new();
    let mut decode = Decode::new(file, encoding);
    decode.by_ref().take(SAMPLE_BYTES).read_to_end(&mut text)?;
    let whole = decode.read(&mut [0; 4])? == 0;
    Ok((text, whole))
}

/// The delimiter under which the most rows hold an address as a cell of its own and have equally many columns;
/// among equals the one that makes more columns. An Excel line `sep=;` decides at once.
fn detect_delimiter(text: &[u8], whole: bool) -> Delimiter {
    if let Some([b's' | b'S', b'e' | b'E', b'p' | b'P', b'=', delimiter]) = text.get(..5)
        && let Some(said) = Delimiter::ALL.into_iter().find(|one| one.byte() == *delimiter)
    {
        return said;
    }
    let mut best = (Delimiter::Comma, (0, 0));
    for delimiter in Delimiter::ALL {
        let rows = rows(text, whole, delimiter);
        let width = usual_width(&rows);
        if width < 2 {
            continue;
        }
        let addresses = rows.iter().filter(|row| row.iter().any(|cell| is_bare_address(cell))).count();
        let even = rows.iter().filter(|row| row.len() == width).count();
        let score = ((2 * addresses + even) * 100 / rows.len(), width);
        if score > best.1 {
            best = (delimiter, score);
        }
    }
    best.0
}

/// An address with nothing around it that belongs to another column.
fn is_bare_address(cell: &str) -> bool {
    looks_like_address(cell) && !cell.contains([',', ';', '\t', '|', '"'])
}

/// How many columns most rows have; of two equally usual widths the greater.
fn usual_width(rows: &[Vec<String>]) -> usize {
    let mut widths: Vec<usize> = rows.iter().map(Vec::len).collect();
    widths.sort_unstable();
    widths.chunk_by(|a, b| a == b).max_by_key(|same| same.len()).and_then(|same| same.first().copied()).unwrap_or(0)
}

fn rows(text: &[u8], whole: bool, delimiter: Delimiter) -> Vec<Vec<String>> {
    let mut records = Records::new(text, delimiter.byte());
    let mut record = Record::default();
    let mut rows = Vec::new();
    while rows.len() <= SAMPLE_ROWS && matches!(records.read(&mut record), Ok(true)) {
        rows.push(record.cells().map(str::to_owned).collect());
    }
    // The sample may have cut its last row in two.
    if !whole && rows.len() <= SAMPLE_ROWS && rows.len() > 1 {
        rows.pop();
    }
    rows.truncate(SAMPLE_ROWS + 1);
    rows
}

fn read_full<R: Read>(input: &mut R, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match input.read(&mut buffer[filled..])? {
            0 => break,
            count => filled += count,
        }
    }
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    fn look(bytes: impl Into<Vec<u8>>) -> Detected {
        detect(&mut Cursor::new(bytes.into()), Overrides::default()).unwrap().unwrap()
    }

    #[test]
    fn delimiters_are_told_apart_even_inside_quotes() {
        for (text, delimiter) in [
            ("Name,Email\nA,a@example.org\n", Delimiter::Comma),
            ("\"Doe, Jane\";jane@example.org\n\"Roe, Joe\";joe@example.org\n", Delimiter::Semicolon),
            ("Doe, Jane;jane@example.org\nRoe, Joe;joe@example.org\n", Delimiter::Semicolon),
            ("Name\tEmail\nA, B\ta@example.org\nC; D\tc@example.org", Delimiter::Tab),
            ("A|a@example.org|\nB|b@example.org|1;2;3", Delimiter::Pipe),
            ("sep=;\nName;Email\n", Delimiter::Semicolon),
            ("a@example.org\nb@example.org\n", Delimiter::Comma),
        ] {
            assert_eq!(look(text).dialect.delimiter, delimiter, "{text}");
        }
    }

    #[test]
    fn the_first_row_is_a_header_unless_it_holds_an_address() {
        let found = look(" Name ,Email\nA,a@example.org\n");
        assert!(found.dialect.header);
        assert_eq!(found.titles, ["Name", "Email"]);
        assert_eq!(found.sample, [["A", "a@example.org"]]);
        let found = look("A,a@@example.org\nB,b@example.org\n");
        assert!(!found.dialect.header);
        assert_eq!(found.titles, ["Column 1", "Column 2"]);
        assert_eq!(found.sample.len(), 2);
    }

    #[test]
    fn one_letter_far_into_the_file_decides_the_encoding() {
        let plain = "Ann,ann@example.org\n".repeat(20_000).into_bytes();
        let utf8 = [plain.clone(), "Zoë,z@example.org".into()].concat();
        let latin = [plain.clone(), b"Zo\xeb,z@example.org".to_vec()].concat();
        let cut = [plain.clone(), b"Zo\xc3".to_vec()].concat();
        assert_eq!(look(plain).dialect.encoding, Encoding::Utf8);
        assert_eq!(look(utf8).dialect.encoding, Encoding::Utf8);
        assert_eq!(look(latin).dialect.encoding, Encoding::Windows1252);
        assert_eq!(look(cut).dialect.encoding, Encoding::Windows1252);
        // A character across the border of two chunks.
        let across = [vec![b'a'; 64 * 1024 - 1], "ë,z@example.org".into()].concat();
        assert_eq!(detect_encoding(&mut Cursor::new(across)).unwrap(), Encoding::Utf8);
    }

    #[test]
    fn utf16_is_known_with_and_without_its_mark() {
        let text = "Name;Email\nИван Петров;ivan@example.org\n";
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(look(little.clone()).dialect.encoding, Encoding::Utf16Le);
        assert_eq!(look(big.clone()).dialect.encoding, Encoding::Utf16Be);
        assert_eq!(look([vec![0xff, 0xfe], little].concat()).sample[0][0], "Иван Петров");
        assert_eq!(look([vec![0xfe, 0xff], big].concat()).sample[0][0], "Иван Петров");
        assert_eq!(look("Nul\0byte,nul@example.org\n").dialect.encoding, Encoding::Utf8);
    }

    #[test]
    fn every_guess_can_be_overridden() {
        let overrides =
            Overrides { encoding: Some(Encoding::Windows1252), delimiter: Some(Delimiter::Pipe), header: Some(false) };
        let found = detect(&mut Cursor::new("Zoë,a\n"), overrides).unwrap().unwrap();
        assert_eq!(found.titles, ["Column 1"]);
        assert_eq!(found.sample, [["ZoÃ«,a"]]);
    }

    #[test]
    fn an_empty_file_has_nothing_to_detect() {
        for empty in ["", "\n\n", " ,, \n", "\u{feff}"] {
            assert_eq!(detect(&mut Cursor::new(empty), Overrides::default()).unwrap(), None, "{empty:?}");
        }
    }
}
