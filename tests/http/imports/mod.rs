//! Bringing people in from a CSV file.

mod after_the_preview;
mod choices;
mod crash;
mod files;
mod mapping;
mod plain_words;
mod rights;
mod roles_given;
mod shell;
mod uploads;
