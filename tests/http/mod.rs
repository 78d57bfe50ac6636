//! What the server answers.

mod deletion;
mod editing;
mod first_run;
mod guesses;
mod hostile;
mod imports;
mod last_administrator;
mod links;
mod rank;
mod requests;
mod search;
mod selections;
mod sessions;
mod sign_in;
mod step_up;
mod user_list;
