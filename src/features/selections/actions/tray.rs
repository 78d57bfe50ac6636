//! What is selected, as it is told below the list and in forms about it.

use super::Selectable;
use crate::db::Conn;
use crate::refusal::Refusal;
use crate::web::list::{Kept, Spec, Total, grouped};

/// What is selected, below the list.
#[derive(Debug, Clone)]
pub struct Tray {
    spec: &'static Spec,
    kept: Kept,
    /// How many; where there are more than are counted, so many at least.
    pub count: i64,
    /// The same for people: "12", "10,000+".
    pub figure: String,
    /// Search and filters of what was selected whole.
    pub whole: Option<String>,
}

impl Tray {
    /// `selected`: what of the list is selected, and the search and filters of what was selected whole; None: nothing.
    ///
    /// # Errors
    /// Only the database's.
    pub fn of<L: Selectable>(
        conn: &mut Conn,
        selected: Option<(&L::Narrow, Option<&String>)>,
    ) -> Result<Tray, Refusal> {
        let mut tray = Tray { spec: L::SPEC, kept: L::KEPT, count: 0, figure: String::new(), whole: None };
        let Some((narrow, whole)) = selected else { return Ok(tray) };
        let total = L::total(conn, narrow)?;
        (tray.count, tray.figure) = match total {
            Total::Exactly(0) => return Ok(tray),
            Total::Exactly(count) => (count, grouped(count)),
            Total::MoreThan(count) => (count + 1, total.figure()),
        };
        tray.whole = whole.cloned();
        Ok(tray)
    }

    /// "12 users"
    pub fn number(&self) -> String {
        format!("{} {}", self.figure, self.spec.noun(self.count))
    }

    /// "12 users selected"; empty when there are none.
    pub fn text(&self) -> String {
        if self.count == 0 { String::new() } else { format!("{} selected", self.number()) }
    }

    /// Where changes are sent.
    pub fn path(&self) -> &'static str {
        self.kept.path
    }

    /// Asks for a file of what is selected; empty: there is none of this list.
    pub fn export(&self) -> String {
        match self.kept.exports {
            "" => String::new(),
            path => format!("{path}?{}=yes", self.kept.filter),
        }
    }

    /// The list narrowed to what is selected.
    pub fn review(&self) -> String {
        format!("{}?{}=yes", self.spec.path, self.kept.filter)
    }
}
