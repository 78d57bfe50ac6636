//! Writing a mail into the outbox.

use data_encoding::BASE32_NOPAD;
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::db::Conn;
use crate::features::mail::model::place;
use crate::features::mail::{Letter, LetterLink, queries};
use crate::features::settings::model::Branding;
use crate::features::settings::queries::read;
use crate::refusal::Refusal;

/// What is sealed: everything that is not in the ledger.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Body {
    pub name: String,
    pub paragraphs: Vec<String>,
    pub link: Option<LetterLink>,
}

/// Puts a mail into the outbox, in the transaction of what it tells: it is sent if and only if that commits. Gives its number. Ring the bell of the
/// app once it has committed, or it leaves a second later.
///
/// # Errors
/// Only the database's.
pub fn enqueue(conn: &mut Conn, app: &App, letter: &Letter, now: i64) -> Result<i64, Refusal> {
    let mut bytes = [0_u8; 15];
    app.random.fill(&mut bytes);
    let message_id = format!(
        "<{}@{}>",
        BASE32_NOPAD.encode(&bytes).to_lowercase(),
        app.settings.public.host().trim_matches(['[', ']'])
    );
    let id = queries::insert(conn, letter, &message_id, now)?;
    let body = Body { name: letter.name.clone(), paragraphs: letter.paragraphs.clone(), link: letter.link.clone() };
    let text = serde_json::to_vec(&body).map_err(|error| Refusal::Broken(format!("a mail cannot be kept: {error}")))?;
    let sealed = app
        .keys
        .seal(app.random.as_ref(), &place(id), &text)
        .map_err(|error| Refusal::Broken(format!("a mail cannot be sealed: {error}")))?;
    queries::set_body(conn, id, &sealed)?;
    Ok(id)
}

/// What the installation calls itself: on mails, and where people have to know who speaks.
pub fn installation(conn: &mut Conn) -> Result<String, Refusal> {
    Ok(read::<Branding>(conn)?.name)
}
