//! Handing mails over, one after the other. Each step is written down before the next: that a worker has the mail, that its text leaves, and what came
//! of it. So whoever comes after a kill knows which mails were not handed over yet, and which may have been.

use askama::Template;

use super::enqueue::{Body, installation};
use super::{FOLDER, sender, server};
use crate::app::App;
use crate::clock::SECOND;
use crate::features::mail::model::{Mail, State, TRIED_FOR, pause, place};
use crate::features::mail::queries;
use crate::mail::message::{Message, Parts};
use crate::mail::{Outcome, Transport};
use crate::refusal::Refusal;

/// The longest that mails wait before the server is tried again which could not be reached.
const LONGEST_REST: i64 = 60 * SECOND;

#[derive(Template)]
#[template(path = "mail/letter.txt")]
struct Text<'a> {
    installation: &'a str,
    origin: &'a str,
    body: &'a Body,
}

#[derive(Template)]
#[template(path = "mail/letter.html")]
struct Html<'a> {
    installation: &'a str,
    origin: &'a str,
    subject: &'a str,
    body: &'a Body,
}

/// Who carries the mails of one process.
pub struct Postman {
    holder: String,
    transport: Transport,
    /// The state of the settings that it follows.
    version: i64,
    /// How often in a row the server could not be reached, and until when it is left alone.
    failures: i64,
    rests_until: i64,
}

impl Postman {
    /// `holder`: a name that nobody else has.
    pub fn new(app: &App, holder: &str) -> Postman {
        let version = app.installation.get().version;
        Postman { holder: format!("post-{holder}"), transport: transport(app), version, failures: 0, rests_until: 0 }
    }

    /// Goes over to another server, if the settings name one by now.
    fn follow(&mut self, app: &App) {
        let version = app.installation.get().version;
        if version != self.version {
            self.transport.rest();
            *self = Postman {
                transport: transport(app),
                version,
                failures: 0,
                rests_until: 0,
                holder: self.holder.clone(),
            };
        }
    }

    /// Hands over the next mail that is due. False: there is none, or the server is left alone for a while.
    ///
    /// # Errors
    /// The database's.
    pub fn deliver(&mut self, app: &App) -> Result<bool, Refusal> {
        let now = app.clock.now();
        // Another instance may have been told of another server.
        if !app.db.is_sqlite() && app.installation.is_due(now) {
            app.db.read_now(|conn| app.installation.refresh(conn))?;
        }
        self.follow(app);
        if self.rests_until > now {
            return Ok(false);
        }
        self.look_after_orphans(app, now)?;
        let Some(id) = app.db.read_now(|conn| queries::due(conn, now))? else {
            self.transport.rest();
            return Ok(false);
        };
        let holder = self.holder.clone();
        let claimed = app.db.write_now(move |conn| queries::claim(conn, id, &holder, now))?;
        if let Some(mail) = claimed {
            self.carry(app, &mail)?;
        }
        Ok(true)
    }

    fn look_after_orphans(&self, app: &App, now: i64) -> Result<(), Refusal> {
        for id in app.db.read_now(|conn| queries::orphans(conn, now))? {
            tracing::warn!(mail = id, "a mail was left by whoever had it");
            app.db.write_now(move |conn| queries::release(conn, id, now))?;
        }
        Ok(())
    }

    fn carry(&mut self, app: &App, mail: &Mail) -> Result<(), Refusal> {
        let (id, now) = (mail.id, app.clock.now());
        if mail.link_id != 0 && !app.db.read_now(|conn| queries::link_is_open(conn, mail.link_id, now))? {
            return self.settle(app, id, State::Revoked, "The link in it is not good any more.");
        }
        let message = match written(app, mail) {
            Ok(message) => message,
            Err(why) => return self.settle(app, id, State::Failed, &why),
        };
        let holder = self.holder.clone();
        let begin = || {
            let (holder, now) = (holder.clone(), app.clock.now());
            app.db.write_now(move |conn| queries::begin(conn, id, &holder, now)).unwrap_or(false)
        };
        let outcome = self.transport.send(&message, begin);
        if !matches!(outcome, Outcome::Unreachable(_)) {
            self.failures = 0;
        }
        match outcome {
            Outcome::Sent(answer) => self.settle(app, id, State::Sent, &answer),
            Outcome::Refused(answer) => self.settle(app, id, State::Failed, &answer),
            Outcome::Uncertain(why) => {
                tracing::warn!(mail = id, why, "nobody knows whether a mail arrived");
                self.settle(app, id, State::Uncertain, &why)
            }
            Outcome::Deferred(answer) => self.again(app, mail, pause(mail.attempts), &answer),
            Outcome::Unreachable(why) => {
                self.failures += 1;
                let rest =
                    (SECOND * 2_i64.pow(u32::try_from(self.failures.clamp(1, 7)).unwrap_or(1))).min(LONGEST_REST);
                tracing::warn!(why, "mails cannot be handed over");
                self.rests_until = app.clock.now() + rest;
                self.again(app, mail, rest, &why)
            }
            Outcome::NotOurs => Ok(()),
        }
    }

    fn settle(&self, app: &App, id: i64, state: State, answer: &str) -> Result<(), Refusal> {
        let (holder, answer, now) = (self.holder.clone(), answer.to_owned(), app.clock.now());
        app.db.write_now(move |conn| queries::settle(conn, id, &holder, state, &answer, now)).map(drop)
    }

    /// Tries a mail again after a while, to which chance adds up to a quarter; not for ever.
    fn again(&self, app: &App, mail: &Mail, wait: i64, answer: &str) -> Result<(), Refusal> {
        let now = app.clock.now();
        if now - mail.created_at >= TRIED_FOR {
            return self.settle(app, mail.id, State::Failed, answer);
        }
        let mut byte = [0_u8];
        app.random.fill(&mut byte);
        let due_at = now + wait + wait * i64::from(byte[0]) / 1_024;
        let (id, holder, answer) = (mail.id, self.holder.clone(), answer.to_owned());
        app.db.write_now(move |conn| queries::put_back(conn, id, &holder, due_at, &answer))
    }
}

/// Where mails go.
fn transport(app: &App) -> Transport {
    match server(app) {
        Some(smtp) => Transport::smtp(smtp),
        None => Transport::Folder(app.settings.data_dir.join(FOLDER)),
    }
}

/// A mail as it travels; else why it cannot.
fn written(app: &App, mail: &Mail) -> Result<Message, String> {
    let sealed =
        app.keys.open(&place(mail.id), &mail.body).map_err(|error| format!("the mail cannot be read: {error}"))?;
    let body: Body = serde_json::from_slice(&sealed).map_err(|error| format!("the mail cannot be read: {error}"))?;
    let installation = app.db.read_now(installation).map_err(|refusal| refusal.to_string())?;
    let (installation, origin) = (installation.as_str(), app.settings.public.origin());
    let origin = origin.as_str();
    let drawn = |error: askama::Error| format!("the mail cannot be drawn: {error}");
    let text = Text { installation, origin, body: &body }.render().map_err(drawn)?;
    let html = Html { installation, origin, subject: &mail.subject, body: &body }.render().map_err(drawn)?;
    Message::new(
        mail.id.to_string(),
        Parts {
            message_id: &mail.message_id,
            from: (installation, &sender(app)),
            to: (&body.name, &mail.recipient),
            subject: &format!("{installation}: {}", mail.subject),
            text,
            html,
            date: mail.created_at,
        },
    )
}
