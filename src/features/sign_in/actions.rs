//! The steps of signing in, each one transaction once its secrets are tested.

mod activation;
mod choose;
mod enter;
mod links;
mod prove;
mod set_up;
mod step;

pub use activation::{Activated, activate, pending_secret};
pub use choose::{change_due_password, choose_by_link, hash, problems, same_password, sets_up_next, shortest_password};
pub use enter::{enter, next_level};
pub use links::{activation_link, look_up, open, recover, recovery_link, set_up_link};
pub use prove::{Whom, code, password};
pub use set_up::{create_administrator, set_up};
pub use step::{Shows, confirm, pass_code, sign_in};
