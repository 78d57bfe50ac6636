//! The cells of a refused row as fields in the preview.

use crate::features::imports::faults::{Cell, Faults, on_one_line};
use crate::features::imports::mapping::Field;

/// Bytes of all values of one page that can be corrected at once: with room for everything else they fit into one form, whatever is encoded.
const MOST: usize = 48 * 1024;

/// A field for one cell.
pub struct Entry {
    /// The id of the control.
    pub id: String,
    /// Row and column, from 1 and from 0.
    pub at: String,
    pub label: String,
    pub value: String,
    pub errors: Vec<String>,
    pub is_at_fault: bool,
}

/// The fields of one row, by the column of the page they stand in.
#[derive(Default)]
pub struct Entries {
    pub name: Vec<Entry>,
    pub email: Vec<Entry>,
    pub others: Vec<Entry>,
    /// Reasons that belong to none of them.
    pub of_row: Vec<String>,
}

impl Entries {
    /// `room`: the bytes that are left of a page's.
    pub fn of(row: i64, faults: Faults, room: &mut usize) -> Entries {
        let mut entries = Entries { of_row: faults.of_row, ..Entries::default() };
        for cell in faults.cells {
            let Some(left) = room.checked_sub(cell.text.len()) else {
                entries.of_row.extend(cell.reasons);
                continue;
            };
            *room = left;
            let place = match cell.field {
                Some(Field::DisplayName | Field::FirstName | Field::MiddleInitial | Field::LastName) => {
                    &mut entries.name
                }
                Some(Field::Email) => &mut entries.email,
                _ => &mut entries.others,
            };
            place.push(entry(row, cell));
        }
        entries
    }

    pub fn is_empty(&self) -> bool {
        self.all().next().is_none()
    }

    pub fn all(&self) -> impl Iterator<Item = &Entry> {
        self.name.iter().chain(&self.email).chain(&self.others)
    }
}

/// The bytes of a page that is not begun yet.
pub fn room() -> usize {
    MOST
}

fn entry(row: i64, cell: Cell) -> Entry {
    let label = match cell.field {
        Some(Field::Ignore) | None => format!("Column {}", cell.column + 1),
        Some(field) => field.label().to_owned(),
    };
    Entry {
        id: format!("row-{row}-{}", cell.column + 1),
        at: format!("{row}:{}", cell.column),
        label,
        value: on_one_line(&cell.text),
        errors: cell.reasons,
        is_at_fault: cell.is_at_fault,
    }
}
