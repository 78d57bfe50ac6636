//! The steps of signing in, each one transaction once its secrets are tested.

mod activation;
mod choose;
mod demand;
mod enter;
mod forgotten;
mod links;
pub mod notices;
mod prove;
mod set_up;
mod step;

pub use activation::{Activated, activate, pending_secret};
pub use choose::{change_due_password, choose_by_link, hash, same_password, sets_up_next};
pub use demand::{Chooser, Demand};
pub use enter::{enter, next_level};
pub use forgotten::{answer_requests, ask_for_link, purge_requests};
pub use links::{
    activation_link, is_first_password, look_up, mail_link, open, recover, recovery_link, set_up_link,
    take_second_factors, why_no_password,
};
pub use prove::{Whom, code, password};
pub use set_up::{create_administrator, set_up};
pub use step::{Shows, confirm, pass_code, sign_in};
