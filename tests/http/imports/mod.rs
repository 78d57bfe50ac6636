//! Bringing people in from a CSV file.

mod after_the_preview;
mod choices;
mod corrections;
mod crash;
mod files;
mod groups;
mod mapping;
mod plain_words;
mod refused_rows;
mod rights;
mod roles_given;
mod shell;
mod undo;
mod uploads;
