//! Writing mails in the transaction of what they tell, and handing them over.

mod deliver;
mod enqueue;
mod ledger;

pub use deliver::Postman;
pub use enqueue::{enqueue, installation};
pub use ledger::{copy_link, everywhere, resend, revoke, send_test};

use zeroize::Zeroizing;

use crate::app::App;
use crate::features::mail::{model::KEPT, queries};
use crate::features::settings::model::MailSettings;
use crate::mail::Smtp;
use crate::refusal::Refusal;

/// The folder of mails that have no server to go to, in the data directory.
pub const FOLDER: &str = "mail";

/// Whether mails are handed to a server. Where none is set, links are shown to be copied.
pub fn has_server(app: &App) -> bool {
    app.settings.smtp.is_some() || !app.installation.get().mail.host.is_empty()
}

/// The address that mails come from.
pub fn sender(app: &App) -> String {
    let set = app.settings.mail_from.clone();
    set.or_else(|| Some(app.installation.get().mail.sender.clone()).filter(|sender| !sender.is_empty()))
        .unwrap_or_else(|| app.settings.public.mail_address())
}

/// The server that mails are handed to: the one that a variable names, or that of the settings page. None: they become files.
fn server(app: &App) -> Option<Smtp> {
    if app.settings.smtp.is_some() {
        return app.settings.smtp.clone();
    }
    let mail = &app.installation.get().mail;
    let password = || match app.keys.open(&MailSettings::PASSWORD, &mail.password) {
        Ok(bytes) => Zeroizing::new(String::from_utf8_lossy(&bytes).into_owned()),
        Err(error) => {
            // The server says no, and its answer stands with the mails that wait.
            tracing::error!(%error, "the password of the mail server cannot be read");
            Zeroizing::default()
        }
    };
    let password = || if mail.password.is_empty() { Zeroizing::default() } else { password() };
    (!mail.host.is_empty()).then(|| Smtp {
        host: mail.host.clone(),
        port: mail.port,
        security: mail.encryption.security(),
        login: (!mail.login.is_empty()).then(|| (mail.login.clone(), password())),
        authority: app.settings.smtp_ca.clone(),
        hello: app.settings.public.host(),
    })
}

/// Forgets old mails, and their files here.
///
/// # Errors
/// Only the database's.
pub fn purge(app: &App) -> Result<(), Refusal> {
    let before = app.clock.now() - KEPT;
    loop {
        let gone = app.db.write_now(move |conn| queries::purge(conn, before))?;
        for id in &gone {
            // Another instance may have written it, or nobody.
            let _ = std::fs::remove_file(app.settings.data_dir.join(FOLDER).join(format!("{id}.eml")));
        }
        if gone.is_empty() {
            return Ok(());
        }
    }
}
