//! What an audit row says.

use serde::Serialize;

/// The action that says that somebody deleted long ago is gone for good, with the values of the rows about them.
pub const PURGE: &str = "user.purge";

/// How an act ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Done,
    Refused,
}

impl Outcome {
    pub fn number(self) -> i16 {
        match self {
            Outcome::Done => 1,
            Outcome::Refused => 2,
        }
    }
}

/// One field, before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    pub field: &'static str,
    pub from: String,
    pub to: String,
}

impl Change {
    pub fn new(field: &'static str, from: impl Into<String>, to: impl Into<String>) -> Self {
        Change { field, from: from.into(), to: to.into() }
    }
}

/// What was done to which object. Secrets are named here, never shown.
#[derive(Debug, Clone)]
pub struct Entry {
    /// A noun and a verb: `user.create`.
    pub action: &'static str,
    pub object_kind: &'static str,
    pub object_id: i64,
    /// The customer whose administrators may read it; 0: of the whole installation.
    pub customer_id: i64,
    /// The operation that it is the head of; 0: none.
    pub operation_id: i64,
    pub outcome: Outcome,
    pub changes: Vec<Change>,
    /// The digest of the operation's rows, if it was made beforehand.
    pub rows: Option<Vec<u8>>,
}

impl Entry {
    pub fn new(action: &'static str, object_kind: &'static str, object_id: i64) -> Self {
        Entry {
            action,
            object_kind,
            object_id,
            customer_id: 0,
            operation_id: 0,
            outcome: Outcome::Done,
            changes: Vec::new(),
            rows: None,
        }
    }

    pub fn of_customer(mut self, customer_id: i64) -> Self {
        self.customer_id = customer_id;
        self
    }

    pub fn of_operation(mut self, operation_id: i64) -> Self {
        self.operation_id = operation_id;
        self
    }

    /// Takes a digest of the operation's rows that was made outside of the transaction, since there are many of them.
    pub fn with_rows(mut self, digest: Option<Vec<u8>>) -> Self {
        self.rows = digest;
        self
    }

    pub fn refused(mut self) -> Self {
        self.outcome = Outcome::Refused;
        self
    }

    pub fn changes(mut self, changes: Vec<Change>) -> Self {
        self.changes = changes;
        self
    }
}
