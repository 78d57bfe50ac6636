//! Muster: who are an organisation's users, which devices do they hold, and what may be done to them.
//!
//! Read in this order. [`settings`] is what the outside decides; [`app`] is everything a request needs, built once. [`routes`] is the site map:
//! every URL on one line, under its door, with the permission that its handler demands by type. [`access`] makes those permits: who is it, and
//! what may they. [`features`] is the product, one room per noun, the same role files in each: a page parses its [`features::users::input`], calls
//! one *action* (check, write, audit, in one transaction) or one *query*, and answers through [`web`], which knows HTTP and no product words.
//! [`db`] hides which database it is, [`data_dir`] is the folder around it; [`jobs`] works in the background, [`mail`] hands mails over; [`cli`] does the same things from a shell. Whatever is refused anywhere is
//! a [`refusal::Refusal`].

pub mod access;
pub mod app;
pub mod cli;
pub mod clock;
pub mod data_dir;
pub mod db;
pub mod features;
pub mod jobs;
pub mod mail;
pub mod refusal;
pub mod routes;
pub mod settings;
pub mod web;
