//! The pages of one's own account.

pub mod keyboard;
pub mod password;
pub mod sessions;
pub mod show;
pub mod two_factor;
