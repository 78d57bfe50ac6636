//! Reports as they are stored.

use diesel::prelude::*;

use crate::access::Scope;
use crate::clock::DAY;
use crate::db::schema::reports;

/// How long a file is kept, in milliseconds.
pub const KEPT: i64 = 7 * DAY;

/// What separates the columns of a file that we write.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Separator {
    #[default]
    Comma,
    /// What spreadsheets expect where the comma is in the numbers.
    Semicolon,
}

impl Separator {
    pub const ALL: [Separator; 2] = [Separator::Comma, Separator::Semicolon];

    pub fn label(self) -> &'static str {
        match self {
            Separator::Comma => "Comma",
            Separator::Semicolon => "Semicolon",
        }
    }

    /// The word in forms, on the command line and in the database.
    pub fn code(self) -> &'static str {
        match self {
            Separator::Comma => "comma",
            Separator::Semicolon => "semicolon",
        }
    }

    pub fn from_code(code: &str) -> Option<Separator> {
        Separator::ALL.into_iter().find(|one| one.code() == code)
    }

    pub fn byte(self) -> u8 {
        match self {
            Separator::Comma => b',',
            Separator::Semicolon => b';',
        }
    }
}

/// One row of `reports`.
#[derive(Debug, Clone, Queryable)]
pub struct Report {
    pub id: i64,
    pub job_id: i64,
    pub owner_id: i64,
    /// The list's name: users.
    pub list: String,
    /// What the list's URL said.
    pub query: String,
    /// The same for people.
    pub words: String,
    pub delimiter: String,
    pub file_name: String,
    scope: String,
    /// The attempt whose pieces are the file; 0: there is none yet.
    pub run: i64,
    pub rows: i64,
    pub bytes: i64,
    /// Unix milliseconds; it tells of how things were meant at this time ("not for 30 days").
    pub created_at: i64,
    /// Unix milliseconds.
    pub expires_at: i64,
}

impl Report {
    pub fn separator(&self) -> Separator {
        Separator::from_code(&self.delimiter).unwrap_or_default()
    }

    pub fn is_ready(&self) -> bool {
        self.run != 0
    }

    /// The customers of whom it tells.
    pub fn scope(&self) -> Scope {
        scope_of(&self.scope)
    }
}

/// A scope as it is stored.
pub(super) fn stored(scope: &Scope) -> String {
    scope.ids().map(|ids| serde_json::to_string(&ids).unwrap_or_default()).unwrap_or_default()
}

fn scope_of(stored: &str) -> Scope {
    match stored {
        "" => Scope::All,
        // What cannot be read tells of everybody: then only who sees everybody may have it.
        ids => serde_json::from_str(ids).map_or(Scope::All, |ids: Vec<i64>| Scope::of(ids)),
    }
}

/// A report that was just asked for.
#[derive(Debug, Insertable)]
#[diesel(table_name = reports, treat_none_as_default_value = false)]
pub(super) struct NewReport<'a> {
    pub job_id: i64,
    pub owner_id: i64,
    pub list: &'a str,
    pub query: &'a str,
    pub words: &'a str,
    pub delimiter: &'a str,
    pub file_name: &'a str,
    pub scope: &'a str,
    pub run: i64,
    pub rows: i64,
    pub bytes: i64,
    pub created_at: i64,
    pub expires_at: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_comes_back() {
        for scope in [Scope::All, Scope::of([3, 9]), Scope::of([])] {
            assert_eq!(scope_of(&stored(&scope)), scope);
        }
        assert_eq!(scope_of("?"), Scope::All);
    }
}
