//! Which column of a file holds which field.

use serde::{Deserialize, Serialize};

/// What a column can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Field {
    DisplayName,
    FirstName,
    MiddleInitial,
    LastName,
    Email,
    Mobile,
    Ownership,
    DeviceName,
    SerialNumber,
    Platform,
    /// Groups that the user is added to.
    Groups,
    /// Nothing of interest: the column is left out.
    Ignore,
}

impl Field {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Field; 12] = [
        Field::DisplayName,
        Field::FirstName,
        Field::MiddleInitial,
        Field::LastName,
        Field::Email,
        Field::Mobile,
        Field::Ownership,
        Field::DeviceName,
        Field::SerialNumber,
        Field::Platform,
        Field::Groups,
        Field::Ignore,
    ];

    /// The name shown to people; also the header of the sample file.
    pub fn label(self) -> &'static str {
        match self {
            Field::DisplayName => "Display Name",
            Field::FirstName => "First name",
            Field::MiddleInitial => "Middle initial",
            Field::LastName => "Last name",
            Field::Email => "Email",
            Field::Mobile => "Mobile",
            Field::Ownership => "Ownership",
            Field::DeviceName => "Device Name",
            Field::SerialNumber => "Serial Number",
            Field::Platform => "Platform",
            Field::Groups => "Groups",
            Field::Ignore => "Ignore this column",
        }
    }

    /// The name in forms, on the command line and in the database.
    pub fn code(self) -> &'static str {
        match self {
            Field::DisplayName => "display-name",
            Field::FirstName => "first-name",
            Field::MiddleInitial => "middle-initial",
            Field::LastName => "last-name",
            Field::Email => "email",
            Field::Mobile => "mobile",
            Field::Ownership => "ownership",
            Field::DeviceName => "device-name",
            Field::SerialNumber => "serial-number",
            Field::Platform => "platform",
            Field::Groups => "groups",
            Field::Ignore => "ignore",
        }
    }

    /// The field of that code, if there is one.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.code() == code)
    }

    /// First, middle and last name make a display name together.
    pub(super) fn is_name_part(self) -> bool {
        matches!(self, Field::FirstName | Field::MiddleInitial | Field::LastName)
    }
}

/// A complete mapping: one field for each column, each field at most once, a name and an e-mail among them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Field>", into = "Vec<Field>")]
pub struct Mapping(Vec<Field>);

/// Why fields make no mapping: all reasons, in plain words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.join(". "))]
pub struct MappingError(pub Vec<String>);

impl Mapping {
    /// Checks one field per column.
    ///
    /// # Errors
    /// A required field is missing, or a field was given to two columns.
    pub fn new(columns: Vec<Field>) -> Result<Self, MappingError> {
        let mut reasons = missing(&columns);
        for field in Field::ALL {
            if field != Field::Ignore && columns.iter().filter(|one| **one == field).count() > 1 {
                reasons.push(format!("Choose {} for one column only", field.label()));
            }
        }
        if columns.contains(&Field::DisplayName) && columns.iter().any(|field| field.is_name_part()) {
            reasons.push("Choose either Display Name or the parts of the name, not both".to_owned());
        }
        if reasons.is_empty() { Ok(Mapping(columns)) } else { Err(MappingError(reasons)) }
    }

    /// The column (from 0) of a field, if the file has one.
    pub fn column(&self, field: Field) -> Option<usize> {
        self.0.iter().position(|one| *one == field)
    }

    /// One field for each column.
    pub fn columns(&self) -> &[Field] {
        &self.0
    }

    /// The titles of the columns that are left out.
    pub fn ignored<'a>(&self, titles: &'a [String]) -> Vec<&'a str> {
        let columns = self.0.iter().zip(titles);
        columns.filter(|(field, _)| **field == Field::Ignore).map(|(_, title)| title.as_str()).collect()
    }
}

impl TryFrom<Vec<Field>> for Mapping {
    type Error = MappingError;

    fn try_from(columns: Vec<Field>) -> Result<Self, MappingError> {
        Mapping::new(columns)
    }
}

impl From<Mapping> for Vec<Field> {
    fn from(mapping: Mapping) -> Self {
        mapping.0
    }
}

/// The required fields that no column holds, each as what to do about it.
pub(super) fn missing(columns: &[Field]) -> Vec<String> {
    let mut missing = Vec::new();
    if !columns.iter().any(|field| *field == Field::DisplayName || matches!(field, Field::FirstName | Field::LastName))
    {
        missing.push("Choose the column that holds the Display Name, or First name and Last name".to_owned());
    }
    if !columns.contains(&Field::Email) {
        missing.push("Choose the column that holds the Email".to_owned());
    }
    missing
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mapping_is_complete_and_unambiguous() {
        use Field::*;
        assert_eq!(Mapping::new(vec![Ignore, Mobile]).unwrap_err().0.len(), 2);
        assert!(Mapping::new(vec![Email, Email, DisplayName]).is_err());
        assert!(Mapping::new(vec![Email, FirstName, DisplayName]).is_err());
        let mapping = Mapping::new(vec![Email, LastName, Ignore]).unwrap();
        let json = serde_json::to_string(&mapping).unwrap();
        assert_eq!(json, r#"["email","last-name","ignore"]"#);
        assert_eq!(serde_json::from_str::<Mapping>(&json).unwrap(), mapping);
        assert!(serde_json::from_str::<Mapping>(r#"["email"]"#).is_err());
    }

    #[test]
    fn every_code_reads_back() {
        for field in Field::ALL {
            assert_eq!(Field::from_code(field.code()), Some(field));
            assert_eq!(serde_json::to_string(&field).unwrap(), format!("\"{}\"", field.code()));
        }
    }
}
