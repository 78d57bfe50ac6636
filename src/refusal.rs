//! The one error table: every reason why something was not done, whoever asked for it.
//!
//! Actions, queries and extractors all return a [`Refusal`]; `web/errors.rs` draws it as a page or as JSON, the command line prints it. A cause
//! that only its maintainer should see ([`Refusal::Broken`]) goes to the log and never to the reader.

use std::fmt;

use diesel::result::{DatabaseErrorKind, Error as DieselError};

/// One value that was refused, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct FieldError {
    /// The name of the form field, JSON member or CSV field.
    pub field: &'static str,
    pub message: String,
}

impl FieldError {
    pub fn new(field: &'static str, message: impl Into<String>) -> Self {
        FieldError { field, message: message.into() }
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// Why something was not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// Not signed in: a page goes to `/login`, the API answers 401.
    SignIn,
    /// Signed in half: the next step is at this path.
    NextStep(&'static str),
    /// Needs a fresh code first.
    StepUp,
    /// In scope, but not permitted; the reason is for the reader.
    Forbidden(String),
    /// Does not exist, or not for this reader: both look the same.
    NotFound,
    /// Somebody else was first, or the plan no longer holds.
    Conflict(String),
    /// Values were refused.
    Fields(Vec<FieldError>),
    /// Nothing was ticked, or the like: a 422 that concerns no single field.
    Unfit(String),
    Malformed(&'static str),
    WrongMethod,
    TooSlow,
    TooLarge(String),
    WrongType(&'static str),
    /// Try again after so many seconds.
    TooOften {
        retry_after: u64,
    },
    /// Cannot be done now; the server says when to come back.
    Unavailable(String),
    /// A defect of ours. The text is for the log only.
    Broken(String),
}

impl Refusal {
    /// The HTTP status of the answer (SECURITY.md, "Answers").
    pub fn status(&self) -> u16 {
        match self {
            Refusal::SignIn | Refusal::NextStep(_) | Refusal::StepUp => 303,
            Refusal::Malformed(_) => 400,
            Refusal::Forbidden(_) => 403,
            Refusal::NotFound => 404,
            Refusal::WrongMethod => 405,
            Refusal::TooSlow => 408,
            Refusal::Conflict(_) => 409,
            Refusal::TooLarge(_) => 413,
            Refusal::WrongType(_) => 415,
            Refusal::Fields(_) | Refusal::Unfit(_) => 422,
            Refusal::TooOften { .. } => 429,
            Refusal::Broken(_) => 500,
            Refusal::Unavailable(_) => 503,
        }
    }

    /// Seconds for the `Retry-After` header, where there is one.
    pub fn retry_after(&self) -> Option<u64> {
        match self {
            Refusal::TooOften { retry_after } => Some(*retry_after),
            Refusal::Unavailable(_) => Some(2),
            _ => None,
        }
    }

    /// A refusal of one field.
    pub fn field(field: &'static str, message: impl Into<String>) -> Self {
        Refusal::Fields(vec![FieldError::new(field, message)])
    }
}

/// What the reader may see.
impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::SignIn | Refusal::NextStep(_) => f.write_str("Sign in first."),
            Refusal::StepUp => f.write_str("Confirm that it is you first."),
            Refusal::Forbidden(why)
            | Refusal::Conflict(why)
            | Refusal::Unfit(why)
            | Refusal::TooLarge(why)
            | Refusal::Unavailable(why) => f.write_str(why),
            Refusal::NotFound => f.write_str("There is nothing at this address."),
            Refusal::Fields(errors) => {
                let all: Vec<&str> = errors.iter().map(|e| e.message.as_str()).collect();
                f.write_str(&all.join(" "))
            }
            Refusal::Malformed(why) | Refusal::WrongType(why) => f.write_str(why),
            Refusal::WrongMethod => f.write_str("This address does not take that kind of request."),
            Refusal::TooSlow => f.write_str("The request took too long to arrive."),
            Refusal::TooOften { retry_after } => write!(f, "Too many tries. Try again in {}.", in_words(*retry_after)),
            Refusal::Broken(_) => f.write_str("Something went wrong on our side. It has been written to the log."),
        }
    }
}

impl std::error::Error for Refusal {}

fn in_words(seconds: u64) -> String {
    match seconds {
        0..=1 => "a second".into(),
        2..=90 => format!("{seconds} seconds"),
        91..=5400 => format!("{} minutes", seconds.div_ceil(60)),
        _ => format!("{} hours", seconds.div_ceil(3600)),
    }
}

impl From<DieselError> for Refusal {
    fn from(error: DieselError) -> Self {
        match &error {
            DieselError::NotFound => Refusal::NotFound,
            DieselError::DatabaseError(DatabaseErrorKind::ClosedConnection, _) => {
                Refusal::Unavailable(CANNOT_REACH.into())
            }
            DieselError::DatabaseError(DatabaseErrorKind::ReadOnlyTransaction, _) => {
                Refusal::Unavailable(CANNOT_WRITE.into())
            }
            DieselError::DatabaseError(_, info) => match crate::db::passing_fault(info.message()) {
                true => Refusal::Unavailable(CANNOT_WRITE.into()),
                false => Refusal::Broken(format!("database: {error}")),
            },
            DieselError::BrokenTransactionManager => Refusal::Unavailable(CANNOT_REACH.into()),
            _ => Refusal::Broken(format!("database: {error}")),
        }
    }
}

pub const CANNOT_WRITE: &str =
    "The database cannot be written to right now. Nothing was changed; try again in a moment.";
pub const CANNOT_REACH: &str = "The database cannot be reached right now. Nothing was changed; try again in a moment.";
/// For a commit that was sent and not answered.
pub const UNCERTAIN: &str =
    "The database does not answer right now. It is not certain whether this was done: look before you try again.";
