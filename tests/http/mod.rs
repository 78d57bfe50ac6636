//! What the server answers.

mod requests;
