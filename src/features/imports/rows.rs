//! One record of a file as a person and perhaps a device, or all the reasons why not.

use super::cells::unguard;
use super::mapping::{Field, Mapping};
use super::records::{Fault, MAX_COLUMNS, Record};
use crate::features::groups::input::{NAME, of_a_cell};
use crate::features::users::input::{
    Email, FieldError, IDENTIFIER, Identifier, Name, NewUser, Ownership, Phone, Platform, keep, line,
};

/// How the rows of one file are read.
#[derive(Debug, Clone)]
pub struct Layout {
    mapping: Mapping,
    ownership_required: bool,
}

impl Layout {
    /// `ownership_required`: enrolment requests go out with the import, and those need it.
    pub fn new(mapping: Mapping, ownership_required: bool) -> Self {
        Layout { mapping, ownership_required }
    }
}

/// A good row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParsedRow {
    /// Its number as a spreadsheet shows it.
    pub row: u64,
    pub name: Name,
    pub email: Email,
    /// `None` if the file has no such column, so that it says nothing about phones.
    pub phone: Option<Phone>,
    pub ownership: Option<Ownership>,
    /// The device that the row names, if it names one.
    pub device: Option<ExpectedDevice>,
    /// Groups that the user is to be in; empty: the row says nothing of any.
    pub groups: Vec<String>,
}

impl ParsedRow {
    /// The person as they are created if they do not exist yet.
    pub fn new_user(&self) -> NewUser {
        NewUser { name: self.name.clone(), email: self.email.clone(), phone: self.phone.clone().unwrap_or_default() }
    }
}

/// A device that is expected to enrol for a user. It has a serial number, a name, or both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedDevice {
    pub name: Option<Identifier>,
    pub serial: Option<Identifier>,
    pub platform: Option<Platform>,
}

impl ExpectedDevice {
    /// What tells the devices of one user apart: the serial number, else device name and platform.
    pub fn key(&self) -> String {
        let name = || self.name.as_ref().map(Identifier::key).unwrap_or_default();
        match (&self.serial, self.platform) {
            (Some(serial), _) => format!("serial\n{}", serial.key()),
            (None, Some(platform)) => format!("name\n{}\n{}", name(), platform.code()),
            (None, None) => format!("name\n{}\n", name()),
        }
    }
}

/// A row that cannot be imported, with all its reasons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedRow {
    pub row: u64,
    pub reasons: Vec<FieldError>,
}

/// Reads one record.
///
/// Cells missing at the end of a row count as empty, since spreadsheets leave empty ones out; values beyond the last
/// column are a fault, since everything before them may have shifted.
///
/// # Errors
/// All reasons to refuse the row.
pub fn parse(record: &Record, layout: &Layout) -> Result<ParsedRow, RefusedRow> {
    let mut reasons = Vec::new();
    if let Some(fault) = record.fault() {
        reasons.push(FieldError::new("row", explain(fault)));
        return Err(RefusedRow { row: record.row(), reasons });
    }
    let width = layout.mapping.columns().len();
    if (width..record.len()).any(|column| !record.cell(column).trim().is_empty()) {
        reasons.push(FieldError::new(
            "width",
            format!(
                "This row has {} values for {width} columns: put values that contain the delimiter in quotation marks",
                record.len()
            ),
        ));
    }
    if record.cells().any(|cell| cell.contains('\u{fffd}')) {
        reasons.push(FieldError::new(
            "letters",
            "Some letters cannot be read (\u{fffd}): choose the encoding that the file was saved in",
        ));
    }
    let cells = Cells { record, layout };
    let name = keep(Name::parse(&cells.name()), &mut reasons);
    let email = keep(Email::parse(cells.get(Field::Email)), &mut reasons);
    let phone = keep(cells.given(Field::Mobile).map(Phone::parse).transpose(), &mut reasons);
    let ownership = keep(cells.ownership(), &mut reasons);
    let device = cells.device(&mut reasons);
    let groups = cells.groups(&mut reasons);
    match (name, email, phone, ownership) {
        (Some(name), Some(email), Some(phone), Some(ownership)) if reasons.is_empty() => {
            Ok(ParsedRow { row: record.row(), name, email, phone, ownership, device, groups })
        }
        _ => Err(RefusedRow { row: record.row(), reasons }),
    }
}

/// The cells of a record by field.
struct Cells<'a> {
    record: &'a Record,
    layout: &'a Layout,
}

impl<'a> Cells<'a> {
    /// The value of a field that the file has a column for.
    fn given(&self, field: Field) -> Option<&'a str> {
        let column = self.layout.mapping.column(field)?;
        Some(unguard(self.record.cell(column).trim()))
    }

    fn get(&self, field: Field) -> &'a str {
        self.given(field).unwrap_or_default()
    }

    /// A value that was filled in.
    fn filled(&self, field: Field) -> Option<&'a str> {
        self.given(field).map(str::trim).filter(|value| !value.is_empty())
    }

    fn name(&self) -> String {
        match self.given(Field::DisplayName) {
            Some(name) => name.to_owned(),
            None => {
                let parts = [Field::FirstName, Field::MiddleInitial, Field::LastName];
                let parts: Vec<&str> = parts.into_iter().filter_map(|part| self.filled(part)).collect();
                parts.join(" ")
            }
        }
    }

    fn ownership(&self) -> Result<Option<Ownership>, FieldError> {
        match self.filled(Field::Ownership) {
            Some(word) => Ownership::parse(word).map(Some),
            None if self.layout.ownership_required => Err(FieldError::new(
                "ownership",
                "Enter the ownership, which enrollment requests need: Personal, Corporate or Allow User to Select",
            )),
            None => Ok(None),
        }
    }

    /// The names in the column of groups, each checked as the name of a group is.
    fn groups(&self, reasons: &mut Vec<FieldError>) -> Vec<String> {
        let parse = |name: &String| {
            line(name, &NAME)
                .map_err(|error| FieldError::new("groups", error.message.replace(NAME.noun, "name of the group")))
        };
        let named = of_a_cell(self.filled(Field::Groups).unwrap_or_default());
        named.iter().filter_map(|name| keep(parse(name), reasons)).collect()
    }

    /// A platform alone names no device; it is checked all the same.
    fn device(&self, reasons: &mut Vec<FieldError>) -> Option<ExpectedDevice> {
        let mut identifier = |field: Field, name: &'static str, noun: &str| {
            let value = self.filled(field)?;
            let parsed = Identifier::parse(value)
                .map_err(|error| FieldError::new(name, error.message.replace(IDENTIFIER.noun, noun)));
            keep(parsed, reasons)
        };
        let name = identifier(Field::DeviceName, "device_name", "device name");
        let serial = identifier(Field::SerialNumber, "serial_number", "serial number");
        let platform = self.filled(Field::Platform).and_then(|word| keep(Platform::parse(word), reasons));
        (name.is_some() || serial.is_some()).then_some(ExpectedDevice { name, serial, platform })
    }
}

fn explain(fault: Fault) -> String {
    match fault {
        Fault::TooLong => "Shorten this row: it is longer than 64 KiB".to_owned(),
        Fault::TooManyColumns => format!("Shorten this row: it has more than {MAX_COLUMNS} columns"),
        Fault::OpenQuote => {
            "Close the quotation mark (\") that opens in this row: everything after it, to the end of the \
                             file, was read as one value"
                .to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::records::Records;
    use super::*;

    fn parse_with(columns: &[Field], text: &str, ownership_required: bool) -> Result<ParsedRow, Vec<String>> {
        let layout = Layout::new(Mapping::new(columns.to_vec()).unwrap(), ownership_required);
        let mut record = Record::default();
        Records::new(text.as_bytes(), b',').read(&mut record).unwrap();
        parse(&record, &layout).map_err(|refused| refused.reasons.into_iter().map(|one| one.message).collect())
    }

    const FULL: [Field; 7] = [
        Field::DisplayName,
        Field::Email,
        Field::Mobile,
        Field::Ownership,
        Field::DeviceName,
        Field::SerialNumber,
        Field::Platform,
    ];

    #[test]
    fn a_full_row_is_a_person_and_a_device() {
        let row = parse_with(&FULL, "Ann,Ann@example.org,112,corporate,Pixel 9,SN1,android", true).unwrap();
        assert_eq!(row.name.as_str(), "Ann");
        assert_eq!(row.ownership, Some(Ownership::Corporate));
        let device = row.device.unwrap();
        assert_eq!(device.platform, Some(Platform::Android));
        assert_eq!(device.key(), "serial\nsn1");
    }

    #[test]
    fn all_reasons_come_at_once() {
        let reasons = parse_with(&FULL, ",x,call me,Borrowed,,,BeOS,extra", false).unwrap_err();
        assert_eq!(reasons.len(), 6, "{reasons:?}");
        let long = format!("A,a@example.org,,,{},\"b\0\",", "D".repeat(65));
        assert_eq!(
            parse_with(&FULL, &long, false).unwrap_err(),
            [
                "Shorten the device name to 64 characters; it has 65",
                "Take the invisible character U+0000 out of the serial number"
            ]
        );
    }

    #[test]
    fn rows_may_be_short_but_not_shifted() {
        let row = parse_with(&FULL, "Ann,ann@example.org", false).unwrap();
        assert!(row.phone.unwrap().is_empty());
        assert_eq!(row.device, None);
        assert!(parse_with(&FULL, "Ann,ann@example.org,,,,,,, ", false).is_ok());
        let reasons = parse_with(&FULL[..2], "Ann,ann@example.org,112", false).unwrap_err();
        assert!(reasons[0].starts_with("This row has 3 values for 2 columns"), "{reasons:?}");
    }

    #[test]
    fn name_parts_make_the_name() {
        let columns = [Field::Email, Field::FirstName, Field::LastName, Field::MiddleInitial];
        let name = |text| parse_with(&columns, text, false).map(|row| row.name.into_string());
        assert_eq!(name("a@example.org,Ann,Lee, "), Ok("Ann Lee".into()));
        assert_eq!(name("a@example.org,Ann,Lee,B."), Ok("Ann B. Lee".into()));
        assert_eq!(name("a@example.org,,Lee,"), Ok("Lee".into()));
        assert_eq!(name("a@example.org,,,"), Err(vec!["Enter a name".into()]));
    }

    #[test]
    fn a_guarded_cell_loses_exactly_one_apostrophe() {
        let name = |cell: &str| {
            let text = format!("{cell},a@example.org");
            parse_with(&FULL[..2], &text, false).map(|row| row.name.into_string())
        };
        assert_eq!(name("'=1+1"), Ok("=1+1".into()));
        assert_eq!(name("''=1+1"), Ok("'=1+1".into()));
        assert_eq!(name("'t Hart"), Ok("'t Hart".into()));
        assert_eq!(name("=1+1"), Ok("=1+1".into()));
    }

    #[test]
    fn a_file_without_phones_says_nothing_about_them() {
        assert_eq!(parse_with(&FULL[..2], "Ann,ann@example.org", false).unwrap().phone, None);
    }

    #[test]
    fn ownership_is_required_with_enrolment_requests_only() {
        assert!(parse_with(&FULL, "Ann,ann@example.org", true).is_err());
        assert!(parse_with(&FULL, "Ann,ann@example.org", false).is_ok());
    }

    #[test]
    fn faults_and_unreadable_letters_are_explained() {
        let reason = |text: &str| parse_with(&FULL, text, false).unwrap_err().remove(0);
        assert!(reason(&"A".repeat(70_000)).starts_with("Shorten this row"));
        assert!(reason("Ann,\"ann@example.org\nBob,bob@example.org\n").starts_with("Close the quotation mark"));
        assert!(reason("Zo\u{fffd},a@example.org").starts_with("Some letters cannot be read"));
    }

    #[test]
    fn devices_of_one_user_are_told_apart_by_serial_or_name() {
        let key = |text| parse_with(&FULL, text, false).unwrap().device.map(|device| device.key());
        assert_eq!(key("A,a@example.org,,,One,SN1,iOS"), key("A,a@example.org,,,Two,sn1,"));
        assert_ne!(key("A,a@example.org,,,One,,iOS"), key("A,a@example.org,,,One,,tvOS"));
        assert_eq!(key("A,a@example.org,,,,,iOS"), None);
    }
}
