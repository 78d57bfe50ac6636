//! What the server answers.

mod answers;
mod deletion;
mod editing;
mod first_run;
mod guesses;
mod hostile;
mod imports;
mod instances;
mod keys;
mod last_administrator;
mod links;
mod list_columns;
mod list_panels;
mod logs;
mod passwords;
mod paste;
mod rank;
mod requests;
mod search;
mod selections;
mod sessions;
mod sign_in;
mod step_up;
mod stopping;
mod unknown_people;
mod user_list;
