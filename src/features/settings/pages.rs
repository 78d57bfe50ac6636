//! Pages of settings, one for each subject.

pub mod branding;
pub mod index;
pub mod look;
pub mod mail;
pub mod passwords;
pub mod security;
pub mod sessions;

use actix_web::web;

use super::queries;
use crate::app::App;
use crate::db::Conn;
use crate::refusal::Refusal;
use crate::web::shell::{Crumb, Tab};

/// What there is, each with its address, and what it is about.
pub const SUBJECTS: [(&str, &str, &str); 5] = [
    ("Account Security", "/settings/account-security", "Whether two-factor authentication is required, and of whom."),
    ("Session Times", "/settings/sessions", "How long people stay signed in."),
    ("Password Rules", "/settings/passwords", "How long new passwords are, and what they are not made of."),
    ("Mail", "/settings/mail", "Which server takes mails, and whom they come from."),
    ("Branding", "/settings/branding", "The name, the colour and the logo of this installation."),
];

/// The way to a page, and all pages, by its name.
fn head(here: &'static str) -> (Vec<Crumb>, Vec<Tab>) {
    let tab =
        |(label, href, _): (&'static str, &str, &str)| Tab { label, href: href.to_owned(), current: label == here };
    (vec![Crumb::new("Portal Management", "/settings"), Crumb::here(here)], SUBJECTS.into_iter().map(tab).collect())
}

/// Changes a setting, and what is kept of it at hand.
async fn change(
    app: &web::Data<App>,
    work: impl FnOnce(&mut Conn) -> Result<(), Refusal> + Send + 'static,
) -> Result<(), Refusal> {
    app.db.write(work).await?;
    let state = app.clone();
    app.db.read(move |conn| state.installation.refresh(conn)).await
}

/// A setting as it is stored.
async fn stored<S: super::model::Setting + Send + 'static>(app: &web::Data<App>) -> Result<S, Refusal> {
    app.db.read(queries::read).await
}
