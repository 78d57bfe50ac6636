//! Making, changing and deleting roles; giving and taking them; the guard of the last administrator. All under the rank rule.

mod administrators;
mod assign;
mod edit;
mod impact;
mod rank;
mod two_factor;

pub use administrators::keeping_an_administrator;
pub use assign::{Changed, set, write};
pub use edit::{create, delete, update};
pub use impact::{Impact, Person, Through, of_deletion, of_edit, through};
pub use rank::{changeable, grantable, outranks};
pub use two_factor::{FORCE_2FA, forced, tfa_required, tfa_required_of};
