//! A form that came too late (its session had ended, or a fresh code was due) is kept, encrypted, for 15 minutes: once the same person has signed in
//! or confirmed, they come back to its page and find what they typed; where the page draws no such form, to one that asks to press its button again
//! (`sign_in/pages/unfinished.rs`). It is never carried out by itself. Secrets are dropped before it is kept.

use std::future::Future;
use std::pin::Pin;

use actix_web::cookie::Cookie;
use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};
use diesel::prelude::*;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::answer::local_path;
use super::cookies::Jar;
use super::errors::Problem;
use super::forms;
use crate::access::Visitor;
use crate::access::keyring::Context;
use crate::access::one_time::Secret;
use crate::app::App;
use crate::clock::MINUTE;
use crate::db::schema::kept_forms;
use crate::refusal::Refusal;

/// How long a form is kept, in milliseconds.
const LASTS: i64 = 15 * MINUTE;
/// How many forms of one person are kept at a time.
const MOST: i64 = 10;

type Pairs = Vec<(String, String)>;

/// What is kept: where the form was sent to, and what was typed.
#[derive(Serialize, Deserialize)]
struct Body {
    to: String,
    typed: Pairs,
}

/// A form that waits to be sent again by whoever sent it too late.
pub struct Waiting {
    /// The page that it was sent from.
    pub page: String,
    /// Where it was sent to.
    pub to: String,
    pub typed: Pairs,
}

fn place(user_id: i64) -> Context {
    Context { table: "kept_forms", column: "body", row: user_id }
}

fn is_secret(name: &str) -> bool {
    name.starts_with("password") || matches!(name, "code" | "csrf" | "page")
}

/// Tells the body's extractor that the door is shut and has taken the body: its own complaint would hide the door's.
pub struct DoorShut;

/// Whether a request that is refused at the door carries a form that can be kept, and whose it is.
pub fn keeper(req: &HttpRequest) -> Option<i64> {
    let urlencoded = req.content_type().eq_ignore_ascii_case("application/x-www-form-urlencoded");
    if *req.method() != Method::POST || !urlencoded {
        return None;
    }
    let extensions = req.extensions();
    let visitor = extensions.get::<Visitor>()?;
    visitor.session.as_ref().map(|session| session.actor.id).or(visitor.late_user)
}

/// The body of a form that reached its handler, until the answer is known.
pub struct Sent(pub Vec<u8>);

/// Reads the form of a request that is refused at the door and keeps it, if its token is right. Gives the cookie that leads to it.
///
/// # Errors
/// What is wrong with the body or its token.
pub async fn keep(req: &HttpRequest, payload: Payload, user_id: i64) -> Result<Option<Cookie<'static>>, Refusal> {
    let body = forms::read(req, payload).await?;
    let token =
        url::form_urlencoded::parse(&body).find(|(name, _)| name == "csrf").map(|(_, value)| value.into_owned());
    forms::check(req, &token.unwrap_or_default())?;
    store(req, &body, user_id).await
}

/// Keeps the form of a request whose handler found that a fresh code is due. Gives the cookie that leads to it.
pub async fn keep_sent(req: &HttpRequest, refusal: Option<&Refusal>) -> Option<Cookie<'static>> {
    let sent = req.extensions_mut().remove::<Sent>()?;
    let user_id = matches!(refusal, Some(Refusal::StepUp)).then(|| keeper(req)).flatten()?;
    // The confirmation goes on without the form if it cannot be kept.
    store(req, &sent.0, user_id).await.ok().flatten()
}

async fn store(req: &HttpRequest, body: &[u8], user_id: i64) -> Result<Option<Cookie<'static>>, Refusal> {
    let pairs: Pairs = url::form_urlencoded::parse(body).into_owned().collect();
    let page = pairs.iter().find(|(key, _)| key == "page").map(|(_, value)| value.clone()).unwrap_or_default();
    let Some(app) = req.app_data::<web::Data<App>>().cloned() else { return Ok(None) };
    let Some(page) = local_path(&page).map(ToOwned::to_owned) else { return Ok(None) };
    let typed: Pairs = pairs.into_iter().filter(|(name, _)| !is_secret(name)).collect();
    let secret = Secret::new(app.random.as_ref());
    let (now, hash) = (app.clock.now(), secret.hash());
    let body = Body { to: req.path().to_owned(), typed };
    let plain = serde_json::to_vec(&body).map_err(|error| Refusal::Broken(error.to_string()))?;
    let sealed = app
        .keys
        .seal(app.random.as_ref(), &place(user_id), &plain)
        .map_err(|error| Refusal::Broken(error.to_string()))?;
    app.db
        .write(move |conn| {
            diesel::delete(kept_forms::table.filter(kept_forms::expires_at.le(now))).execute(conn)?;
            let theirs = kept_forms::table.filter(kept_forms::user_id.eq(user_id));
            let old: Vec<i64> =
                theirs.order(kept_forms::id.desc()).offset(MOST - 1).limit(100).select(kept_forms::id).load(conn)?;
            if !old.is_empty() {
                diesel::delete(kept_forms::table.filter(kept_forms::id.eq_any(old))).execute(conn)?;
            }
            diesel::insert_into(kept_forms::table)
                .values((
                    kept_forms::token_hash.eq(hash.as_bytes().as_slice()),
                    kept_forms::user_id.eq(user_id),
                    kept_forms::page.eq(page),
                    kept_forms::body.eq(sealed),
                    kept_forms::expires_at.eq(now + LASTS),
                ))
                .execute(conn)?;
            Ok(())
        })
        .await?;
    Ok(Some(Jar::Kept.cookie(&app.settings.public, secret.to_text().to_string(), Some(LASTS / 1_000))))
}

fn hash_of(app: &App, req: &HttpRequest) -> Option<Vec<u8>> {
    let cookie = req.cookie(Jar::Kept.name(&app.settings.public))?;
    Secret::parse(cookie.value()).map(|secret| secret.hash().as_bytes().to_vec())
}

/// The kept form of this browser and person, left where it is.
pub async fn waiting(app: &App, req: &HttpRequest, user_id: i64) -> Result<Option<Waiting>, Refusal> {
    let Some(hash) = hash_of(app, req) else { return Ok(None) };
    let now = app.clock.now();
    let found: Option<(String, Vec<u8>)> = app
        .db
        .read(move |conn| {
            let row = kept_forms::table
                .filter(kept_forms::token_hash.eq(hash))
                .filter(kept_forms::user_id.eq(user_id))
                .filter(kept_forms::expires_at.gt(now));
            Ok(row.select((kept_forms::page, kept_forms::body)).first(conn).optional()?)
        })
        .await?;
    Ok(found.and_then(|(page, sealed)| {
        let Body { to, typed } = opened(app, user_id, &sealed)?;
        Some(Waiting { page, to, typed })
    }))
}

/// Forgets the kept form of this browser and person: it was shown.
pub async fn done_with(app: &App, req: &HttpRequest, user_id: i64) -> Result<(), Refusal> {
    let Some(hash) = hash_of(app, req) else { return Ok(()) };
    app.db
        .write(move |conn| {
            let row = kept_forms::table.filter(kept_forms::token_hash.eq(hash)).filter(kept_forms::user_id.eq(user_id));
            diesel::delete(row).execute(conn)?;
            Ok(())
        })
        .await
}

fn opened(app: &App, user_id: i64, sealed: &[u8]) -> Option<Body> {
    let plain = app.keys.open(&place(user_id), sealed).ok()?;
    serde_json::from_slice(&plain).ok()
}

/// What was typed into this page's form before its sender had to sign in again; an extractor for GET handlers. Good once.
pub struct Kept(Option<Pairs>);

impl Kept {
    /// The form's input, if one was kept and fits.
    pub fn take<T: DeserializeOwned>(self) -> Option<T> {
        let text = serde_html_form::to_string(self.0?).ok()?;
        serde_html_form::from_str(&text).ok()
    }
}

impl FromRequest for Kept {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let req = req.clone();
        Box::pin(async move { Ok(Kept(fetch(&req).await?)) })
    }
}

async fn fetch(req: &HttpRequest) -> Result<Option<Pairs>, Refusal> {
    let Some(app) = req.app_data::<web::Data<App>>() else { return Ok(None) };
    let user_id =
        req.extensions().get::<Visitor>().and_then(|visitor| visitor.session.as_ref().map(|session| session.actor.id));
    let (Some(hash), Some(user_id), true) = (hash_of(app, req), user_id, *req.method() == Method::GET) else {
        return Ok(None);
    };
    let (now, here) = (app.clock.now(), req.path().to_owned());
    let sealed: Option<Vec<u8>> = app
        .db
        .write(move |conn| {
            let row = kept_forms::table
                .filter(kept_forms::token_hash.eq(hash))
                .filter(kept_forms::user_id.eq(user_id))
                .filter(kept_forms::expires_at.gt(now));
            let found: Option<(i64, String, Vec<u8>)> =
                row.select((kept_forms::id, kept_forms::page, kept_forms::body)).first(conn).optional()?;
            let Some((id, page, body)) = found else { return Ok(None) };
            if page.split('?').next() != Some(here.as_str()) {
                return Ok(None);
            }
            let taken = diesel::delete(kept_forms::table.find(id)).execute(conn)?;
            Ok((taken == 1).then_some(body))
        })
        .await?;
    Ok(sealed.and_then(|sealed| opened(app, user_id, &sealed)).map(|body| body.typed))
}
