//! What the server answers.

mod deletion;
mod editing;
mod hostile;
mod imports;
mod last_administrator;
mod rank;
mod requests;
mod search;
mod user_list;
