//! What is known of a list wherever it is spoken of: where its ticks are kept, or its views.

use super::{Names, Spec, State};
use crate::access::{Action, Scope};
use crate::db::Conn;
use crate::refusal::Refusal;

/// A list of a room.
pub trait Listed: 'static {
    /// What its reader must be permitted.
    type Action: Action;

    const SPEC: &'static Spec;
    /// The heading of its page.
    const TITLE: &'static str;

    /// What the objects are called that a URL of it filters to, as far as they exist within the scope.
    ///
    /// # Errors
    /// Only the database's.
    fn names(conn: &mut Conn, scope: &Scope, state: &State) -> Result<Names, Refusal>;
}
