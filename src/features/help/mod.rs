//! What the console can do, in the reader's words: the page behind "?".

pub mod pages;
