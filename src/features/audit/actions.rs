//! Writing the audit, sealing and verifying it, and letting go of what is past its time.

pub mod record;
pub mod retention;
pub mod seal;
pub mod tally;
pub mod tell;
pub mod verify;

pub use super::queries::refusals_since;
pub use record::record;
