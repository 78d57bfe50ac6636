//! Roles of the installation's own: made, changed, deleted; what they permit is enforced at once.

mod deletion;
pub(super) mod editing;
mod giving;
mod reading;
