//! The forms of an import, as they are sent.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::dialect::{Delimiter, Encoding, Overrides};
use super::faults::Correction;
use super::mapping::Field;
use super::model::{Options, RowChoice, RowWish};
use super::plan::Existing;
use crate::refusal::Refusal;

/// What is said about a file when it is sent; what makes no sense is left to detection.
pub fn overrides(fields: &BTreeMap<String, String>) -> Overrides {
    let said = |name: &str| fields.get(name).map_or("", String::as_str);
    Overrides {
        encoding: Encoding::from_code(said("encoding")),
        delimiter: Delimiter::from_code(said("delimiter")),
        header: match said("header") {
            "yes" => Some(true),
            "no" => Some(false),
            _ => None,
        },
    }
}

/// One field for each column, in the order of the file.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct ColumnsInput {
    pub column: Vec<String>,
}

impl ColumnsInput {
    /// The fields; a word that is none is a column left out.
    pub fn fields(&self) -> Vec<Field> {
        self.column.iter().map(|code| Field::from_code(code).unwrap_or(Field::Ignore)).collect()
    }
}

/// The preview: its options, and the rows of the page that was looked at.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct PreviewInput {
    pub customer: i64,
    pub role: i64,
    /// `keep`, `replace` or `fill`.
    pub existing: String,
    pub restore: Option<String>,
    /// `good` or `all`.
    pub refused: String,
    /// The rows that were on the page.
    pub shown: Vec<i64>,
    /// Those of them that were ticked.
    pub tick: Vec<i64>,
    /// Row and choice: `12:keep`.
    pub choice: Vec<String>,
    /// The cells that could be corrected: row and column, `12:3`; and what stands in each.
    pub at: Vec<String>,
    pub cell: Vec<String>,
    /// The query string of the page.
    pub back: String,
}

impl PreviewInput {
    pub fn options(&self) -> Options {
        Options {
            customer_id: self.customer,
            role_id: self.role,
            existing: Existing::from_code(&self.existing).unwrap_or_default(),
            restore: self.restore.is_some(),
            all_or_nothing: self.refused == "all",
            ..Options::default()
        }
    }

    /// What stands in the cells that could be corrected.
    ///
    /// # Errors
    /// There are not as many cells as places.
    pub fn corrections(&self) -> Result<Vec<Correction>, Refusal> {
        const GARBLED: Refusal = Refusal::Malformed("The form does not fit the rows of the file.");
        if self.at.len() != self.cell.len() {
            return Err(GARBLED);
        }
        let correction = |(at, text): (&String, &String)| {
            let (row, column) = at.split_once(':')?;
            Some(Correction { row: row.parse().ok()?, column: column.parse().ok()?, text: text.clone() })
        };
        self.at.iter().zip(&self.cell).map(correction).collect::<Option<_>>().ok_or(GARBLED)
    }

    /// Tick and choice of every row of the page.
    pub fn wishes(&self) -> Vec<RowWish> {
        let choices: BTreeMap<i64, RowChoice> = self
            .choice
            .iter()
            .filter_map(|said| {
                let (row, code) = said.split_once(':')?;
                Some((row.parse().ok()?, RowChoice::from_code(code)?))
            })
            .collect();
        let wish = |row: &i64| RowWish {
            row: *row,
            ticked: self.tick.contains(row),
            choice: choices.get(row).copied().unwrap_or_default(),
        };
        self.shown.iter().map(wish).collect()
    }
}
