//! The files of `tests/fixtures`, as administrators have them, through every step at once.

use super::decode::Decode;
use super::detect::{Detected, detect};
use super::dialect::{Delimiter, Dialect, Encoding, Overrides};
use super::mapping::{Field, Mapping};
use super::proposal::propose;
use super::records::{Record, Records};
use super::rows::{Layout, ParsedRow, RefusedRow, parse};
use std::io::Cursor;

struct Outcome {
    dialect: Dialect,
    good: Vec<ParsedRow>,
    refused: Vec<RefusedRow>,
    people: usize,
}

impl Outcome {
    fn reasons(&self, row: u64) -> Vec<&str> {
        let refused = self.refused.iter().find(|refused| refused.row == row).unwrap();
        refused.reasons.iter().map(|reason| reason.message.as_str()).collect()
    }

    fn name(&self, email: &str) -> &str {
        self.good.iter().find(|row| row.email.as_str() == email).unwrap().name.as_str()
    }
}

fn open(name: &str) -> (Cursor<Vec<u8>>, Detected) {
    let path = format!("{}/tests/fixtures/{name}.csv", env!("CARGO_MANIFEST_DIR"));
    let mut file = Cursor::new(std::fs::read(path).unwrap());
    let detected = detect(&mut file, Overrides::default()).unwrap().unwrap();
    (file, detected)
}

fn import(name: &str) -> Outcome {
    let (file, detected) = open(name);
    let proposal = propose(&detected);
    assert!(!proposal.needs_mapping(), "{name}: {proposal:?}");
    import_as(file, &detected, Mapping::new(proposal.columns).unwrap())
}

fn import_as(file: Cursor<Vec<u8>>, detected: &Detected, mapping: Mapping) -> Outcome {
    let dialect = detected.dialect;
    let layout = Layout::new(mapping, false);
    let mut records = Records::new(Decode::new(file, dialect.encoding), dialect.delimiter.byte());
    let mut record = Record::default();
    if dialect.header {
        records.read(&mut record).unwrap();
    }
    let mut outcome = Outcome { dialect, good: Vec::new(), refused: Vec::new(), people: 0 };
    let mut people = std::collections::HashSet::new();
    while records.read(&mut record).unwrap() {
        match parse(&record, &layout) {
            Ok(row) => {
                people.insert(row.email.key().to_owned());
                outcome.good.push(row);
            }
            Err(refused) => outcome.refused.push(refused),
        }
    }
    outcome.people = people.len();
    outcome
}

fn dialect(encoding: Encoding, delimiter: Delimiter, header: bool) -> Dialect {
    Dialect { encoding, delimiter, header }
}

#[test]
fn with_headers() {
    let outcome = import("users-with-headers");
    assert_eq!(outcome.dialect, dialect(Encoding::Utf8, Delimiter::Comma, true));
    assert_eq!((outcome.people, outcome.refused.len()), (300, 0));
    assert_eq!(outcome.name("alejandro.alvarez5@example.org"), "Alejandro Álvarez");
    assert!(outcome.good.iter().all(|row| row.device.is_some() && row.ownership.is_some()));
}

#[test]
fn bare() {
    let outcome = import("users-bare");
    assert_eq!(outcome.dialect, dialect(Encoding::Utf8, Delimiter::Comma, false));
    assert_eq!((outcome.people, outcome.refused.len()), (200, 0));
    assert_eq!(outcome.good[0].row, 1);
}

#[test]
fn bare_names_semicolon_windows1252() {
    let outcome = import("users-bare-names-semicolon-windows1252");
    assert_eq!(outcome.dialect, dialect(Encoding::Windows1252, Delimiter::Semicolon, false));
    assert_eq!((outcome.people, outcome.refused.len()), (150, 0));
    assert_eq!(outcome.name("oscar.khan302@example.org"), "Óscar Khan");
    assert_eq!(outcome.name("andrzej.bjornsdottir311@example.org"), "Andrzej Björnsdóttir");
}

#[test]
fn semicolon_bom() {
    let outcome = import("users-semicolon-bom");
    assert_eq!(outcome.dialect, dialect(Encoding::Utf8, Delimiter::Semicolon, true));
    assert_eq!((outcome.people, outcome.refused.len()), (150, 0));
}

#[test]
fn tab_utf16() {
    let outcome = import("users-tab-utf16");
    assert_eq!(outcome.dialect, dialect(Encoding::Utf16Le, Delimiter::Tab, true));
    assert_eq!((outcome.people, outcome.refused.len()), (120, 0));
    assert_eq!(outcome.name("fionnuala.horvath501@example.org"), "Fionnuala Horváth");
}

#[test]
fn other_headers_ask_for_a_mapping() {
    let (file, detected) = open("users-other-headers");
    let proposal = propose(&detected);
    assert!(proposal.needs_mapping());
    assert_eq!(proposal.missing.len(), 1);
    assert_eq!(proposal.unknown, [0, 2, 3, 4, 5]);
    let mapping = Mapping::new(vec![
        Field::Ignore,
        Field::Email,
        Field::FirstName,
        Field::LastName,
        Field::Mobile,
        Field::Ignore,
    ])
    .unwrap();
    assert_eq!(mapping.ignored(&detected.titles), ["User principal", "Abteilung"]);
    let outcome = import_as(file, &detected, mapping);
    assert_eq!((outcome.people, outcome.refused.len()), (100, 0));
    assert_eq!(outcome.name("TARIQ.DAHL602@EXAMPLE.ORG"), "Tariq Dahl");
}

#[test]
fn overlapping_repeated_and_bad() {
    let outcome = import("users-overlapping-repeated-and-bad");
    assert_eq!(outcome.good.len() + outcome.refused.len(), 400);
    assert_eq!((outcome.people, outcome.refused.len()), (305, 41));
    assert_eq!(outcome.reasons(16), ["Enter one of these as ownership: Personal, Corporate, Allow User to Select"]);
    assert_eq!(outcome.reasons(27), ["Enter an e-mail address such as name@example.org"]);
}

#[test]
fn hostile() {
    let outcome = import("users-hostile");
    assert_eq!(outcome.name("script@example.org"), "<script>alert(1)</script>");
    assert_eq!(outcome.name("formula@example.org"), r#"=HYPERLINK("http://x.example","click")"#);
    assert_eq!(outcome.name("rtl@example.org"), "مريم حداد");
    assert_eq!(outcome.name("decomposed@example.org"), "Zo\u{eb}");
    assert_eq!(outcome.good.len(), 4);
    assert_eq!(outcome.reasons(4), ["Write the name on one line, without line breaks"]);
    assert_eq!(outcome.reasons(5), ["Enter a phone number with at least three digits, or leave it empty"]);
    assert_eq!(outcome.reasons(8), ["Shorten the name to 255 characters; it has 5000"]);
    assert_eq!(outcome.reasons(9), ["Take the invisible character U+0000 out of the name"]);
    assert_eq!(outcome.refused.len(), 4);
}
