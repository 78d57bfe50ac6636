//! Why a row is refused: in plain words, and which of its fields is at fault.

use serde::{Deserialize, Serialize};

use crate::features::users::input::FieldError;

/// One reason to refuse a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Stored")]
pub struct Reason {
    /// As in [`FieldError::field`]; empty: the row as a whole.
    pub field: String,
    pub message: String,
}

impl Reason {
    pub fn new(field: &str, message: impl Into<String>) -> Reason {
        Reason { field: field.to_owned(), message: message.into() }
    }
}

impl From<FieldError> for Reason {
    fn from(error: FieldError) -> Reason {
        Reason::new(error.field, error.message)
    }
}

/// What stands in `import_rows.reasons`; rows that were staged by an older version say no field.
#[derive(Deserialize)]
#[serde(untagged)]
enum Stored {
    Told { field: String, message: String },
    Bare(String),
}

impl From<Stored> for Reason {
    fn from(stored: Stored) -> Reason {
        match stored {
            Stored::Told { field, message } => Reason { field, message },
            Stored::Bare(message) => Reason { field: String::new(), message },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_come_back_also_from_an_older_version() {
        let reasons = vec![Reason::new("email", "Enter an e-mail address")];
        let json = serde_json::to_string(&reasons).unwrap();
        assert_eq!(serde_json::from_str::<Vec<Reason>>(&json).unwrap(), reasons);
        let old: Vec<Reason> = serde_json::from_str(r#"["Enter a name"]"#).unwrap();
        assert_eq!(old, [Reason::new("", "Enter a name")]);
    }
}
