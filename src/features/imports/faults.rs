//! Which cells of a row are at fault, and so can be corrected in the preview; and what is typed into them.

use super::cells::guard;
use super::mapping::Field;
use super::model::{Fields, StagedRow, Verdict};
use crate::features::groups::input::in_a_cell;
use crate::features::users::input::{Ownership, Platform};

/// A longer value is corrected in the file.
pub const LONGEST: usize = 1_000; // characters

/// A cell that can be corrected in place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// From 0.
    pub column: usize,
    /// None: behind the last column.
    pub field: Option<Field>,
    /// As it stands in the file, or as it was corrected.
    pub text: String,
    /// Why it is refused; empty for one that is offered because another or the whole row is.
    pub reasons: Vec<String>,
    /// Whether it is itself at fault.
    pub is_at_fault: bool,
}

/// The cells of a row that can be corrected, and the reasons that belong to no single one of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Faults {
    pub cells: Vec<Cell>,
    pub of_row: Vec<String>,
}

/// What somebody typed into a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correction {
    pub row: i64,
    /// From 0.
    pub column: usize,
    pub text: String,
}

/// A value as a field of one line shows it, and sends it back untouched: without breaks, and with a mark for what cannot be seen.
pub fn on_one_line(text: &str) -> String {
    let plain = |c: char| match c {
        '\r' | '\n' | '\t' => ' ',
        c if c.is_control() => '\u{fffd}',
        c => c,
    };
    text.replace("\r\n", " ").chars().map(plain).collect()
}

impl Faults {
    pub fn of(row: &StagedRow, columns: &[Field]) -> Faults {
        let fields = row.fields();
        let refused = row.verdict() == Some(Verdict::Refused);
        if !refused && fields.mended.is_empty() {
            return Faults::default();
        }
        let reasons = if refused { row.reasons() } else { Vec::new() };
        let cells = fields.as_cells(columns);
        let is_said = |field: &str| reasons.iter().any(|reason| reason.field == field);
        let (shifted, unreadable) = (is_said("width"), is_said("letters"));
        let mut told = vec![false; reasons.len()];
        let mut faults = Faults::default();
        for column in 0..cells.len().max(columns.len()) {
            let text = cells.get(column).cloned().unwrap_or_default();
            let field = columns.get(column).copied();
            let mut own = Vec::new();
            for (reason, told) in reasons.iter().zip(&mut told) {
                if field.is_some_and(|field| is_about(field, &reason.field)) {
                    // A name in parts is said to be at fault once, at the first of them.
                    if !*told {
                        own.push(reason.message.clone());
                    }
                    *told = true;
                }
            }
            let is_named = field.is_some_and(|field| reasons.iter().any(|reason| is_about(field, &reason.field)));
            let is_beyond = field.is_none() && !text.trim().is_empty();
            let is_unreadable = unreadable && text.contains('\u{fffd}');
            let is_mapped = field.is_some_and(|field| field != Field::Ignore);
            let is_offered =
                is_named || is_unreadable || is_beyond || (shifted && is_mapped) || fields.mended.contains(&column);
            if is_offered && text.chars().count() <= LONGEST {
                let is_at_fault = is_named || is_unreadable || is_beyond;
                faults.cells.push(Cell { column, field, text, reasons: own, is_at_fault });
            } else {
                faults.of_row.append(&mut own);
            }
        }
        let rest = reasons.into_iter().zip(told).filter(|(_, told)| !told);
        faults.of_row.extend(rest.map(|(reason, _)| reason.message));
        faults
    }
}

/// Whether a column's field is the one that a reason names.
fn is_about(field: Field, said: &str) -> bool {
    match field {
        Field::DisplayName | Field::FirstName | Field::MiddleInitial | Field::LastName => said == "name",
        Field::Email => said == "email",
        Field::Mobile => said == "phone",
        Field::Ownership => said == "ownership",
        Field::DeviceName => said == "device_name",
        Field::SerialNumber => said == "serial_number",
        Field::Platform => said == "platform",
        Field::Groups => said == "groups",
        Field::Ignore => false,
    }
}

impl Fields {
    /// The row's cells: as they stand in the file where they are kept, else what the values come to, written in the same columns.
    pub fn as_cells(&self, columns: &[Field]) -> Vec<String> {
        if !self.cells.is_empty() {
            return self.cells.clone();
        }
        let has = |field: Field| columns.contains(&field);
        let device = self.device.clone().unwrap_or_default();
        let groups = in_a_cell(&self.groups);
        let value = |field: &Field| match field {
            Field::DisplayName | Field::FirstName => self.name.as_str(),
            Field::LastName if !has(Field::FirstName) => self.name.as_str(),
            Field::MiddleInitial | Field::LastName | Field::Ignore => "",
            Field::Email => self.email.as_str(),
            Field::Mobile => self.phone.as_deref().unwrap_or_default(),
            Field::Ownership => self.ownership.map(Ownership::as_str).unwrap_or_default(),
            Field::DeviceName => device.name.as_str(),
            Field::SerialNumber => device.serial.as_str(),
            Field::Platform => device.platform.map(Platform::as_str).unwrap_or_default(),
            Field::Groups => groups.as_str(),
        };
        columns.iter().map(|field| guard(value(field)).into_owned()).collect()
    }
}
