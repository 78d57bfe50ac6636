//! Making a backup, examining one, putting one in place.

mod backup;
mod examine;
mod restore;

pub use backup::back_up;
pub use examine::{Examined, examine};
pub use restore::{Ended, Restored, after_pg_restore, restore};
