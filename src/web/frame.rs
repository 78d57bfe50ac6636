//! What surrounds every request: its id and log line, who is asking, the check of where a form comes from, the headers, and errors drawn.

use std::time::Instant;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpRequest, HttpResponse, web};
use data_encoding::HEXLOWER;

use super::answer::local_path;
use super::cookies::Jar;
use super::{client, errors, kept, work};
use crate::access::session::{self, Found, TOUCH_EVERY};
use crate::access::{Origin, Visitor};
use crate::app::App;
use crate::refusal::Refusal;
use crate::web::errors::Problem;

pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// On every answer.
const HEADERS: [(&str, &str); 8] = [
    ("content-security-policy", CSP),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    (
        "permissions-policy",
        "accelerometer=(), camera=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), payment=(), usb=()",
    ),
    ("x-permitted-cross-domain-policies", "none"),
];

/// The outermost middleware.
pub async fn frame(
    req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let started = Instant::now();
    let app = req.app_data::<web::Data<App>>().cloned();
    let Some(app) = app else { return next.call(req).await.map(ServiceResponse::map_into_boxed_body) };
    let mut id = [0_u8; 8];
    app.random.fill(&mut id);
    let origin = Origin {
        actor_id: None,
        actor_name: String::new(),
        address: client::address(req.request(), &app.settings.trusted_proxies),
        request_id: HEXLOWER.encode(&id),
        at: app.clock.now(),
    };
    let request_id = origin.request_id.clone();
    let (response, seed) = match admit(&app, &req, origin).await {
        Ok(seed) => (next.call(req).await?.map_into_boxed_body(), seed),
        Err(refusal) => (req.into_response(actix_web::ResponseError::error_response(&Problem(refusal))), None),
    };
    // The way back to a form that was kept, at the door or because its handler asks for a fresh code.
    let at_door = response.request().extensions_mut().remove::<actix_web::cookie::Cookie<'static>>();
    let refusal = response.response().extensions().get::<Refusal>().cloned();
    let kept = match at_door {
        None => kept::keep_sent(response.request(), refusal.as_ref()).await,
        some => some,
    };
    let mut response = errors::draw(response);
    let watched = work::cookie(&app, &response).await;
    for cookie in seed.into_iter().chain(kept).chain(watched) {
        let _ = response.response_mut().add_cookie(&cookie);
    }
    // A message for the next page has been shown by this one.
    let flash = Jar::Flash.name(&app.settings.public);
    let shown = response.response().status() == StatusCode::OK && response.request().cookie(flash).is_some();
    if shown && !is_asset(response.request().path()) {
        let _ = response.response_mut().add_cookie(&Jar::Flash.removal(&app.settings.public));
    }
    seal(&app, &mut response, &request_id);
    log(&response, started, &request_id);
    Ok(response)
}

/// Learns who is asking and refuses what no handler should see. Gives the seed cookie for a visitor who has none.
async fn admit(
    app: &web::Data<App>,
    req: &ServiceRequest,
    mut origin: Origin,
) -> Result<Option<actix_web::cookie::Cookie<'static>>, Refusal> {
    if is_asset(req.path()) || req.path() == "/healthz" {
        // Nobody in particular: these ask no database and set no cookie.
        req.extensions_mut().insert(Visitor { session: None, origin, csrf_seed: String::new(), late_user: None });
        return Ok(None);
    }
    // Settings that another instance may have changed.
    if !app.db.is_sqlite() && app.installation.is_due(origin.at) {
        let state = app.clone();
        app.db.read(move |conn| state.installation.refresh(conn)).await?;
    }
    let public = &app.settings.public;
    let cookie = |jar: Jar| {
        req.cookie(jar.name(public))
            .map(|cookie| cookie.value().to_owned())
            .filter(|value| !value.is_empty() && value.len() <= 128)
    };
    let found = match cookie(Jar::Session) {
        Some(value) => {
            let now = origin.at;
            let (asked, keys) = (value.clone(), app.keys.clone());
            let lasts = app.installation.get().sessions.lasts();
            (app.db.glance(move |conn| session::find(conn, &keys, &asked, lasts, now)).await?, Some(value))
        }
        None => (Found::Nothing, None),
    };
    let (session, late_user) = match found.0 {
        Found::Live(session) => (Some(session), None),
        Found::Ended { user_id } => (None, Some(user_id)),
        Found::Nothing => (None, None),
    };
    if let Some(session) = &session {
        origin.actor_id = Some(session.actor.id);
        origin.actor_name = session.actor.name.clone();
        let (id, now) = (session.id, origin.at);
        if now - session.seen_at >= TOUCH_EVERY && !is_guess(req.request()) {
            // A database that cannot be written to must not keep pages from being read.
            let _ = app.db.write(move |conn| session::touch(conn, id, now)).await;
        }
        work::look(app, req, session.actor.id).await?;
    }
    let kept = if session.is_some() || late_user.is_some() { found.1 } else { None };
    let mut fresh = None;
    let csrf_seed = kept.or_else(|| cookie(Jar::Seed)).unwrap_or_else(|| {
        let mut seed = [0_u8; 16];
        app.random.fill(&mut seed);
        let value = data_encoding::BASE64URL_NOPAD.encode(&seed);
        fresh = Some(Jar::Seed.cookie(public, value.clone(), None));
        value
    });
    let unsafe_method = !matches!(*req.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    req.extensions_mut().insert(Visitor { session, origin, csrf_seed, late_user });
    if unsafe_method && !same_origin(req.request(), app) {
        return Err(Refusal::Forbidden(
            "This form was sent from another site, so nothing was done. Open the page here and send it again.".into(),
        ));
    }
    Ok(fresh)
}

/// Style sheets, scripts and pictures: the same for everybody.
fn is_asset(path: &str) -> bool {
    path.starts_with("/static/") || path.starts_with("/branding/")
}

/// Whether a browser asks for a page that nobody has asked for yet: that keeps no idle session alive.
fn is_guess(req: &HttpRequest) -> bool {
    ["sec-purpose", "purpose", "x-moz"].iter().any(|name| {
        req.headers().get(*name).is_some_and(|value| value.as_bytes().to_ascii_lowercase().starts_with(b"prefetch"))
    })
}

/// What the browser itself says about where a form comes from. Old browsers say nothing; then the token alone decides.
fn same_origin(req: &HttpRequest, app: &App) -> bool {
    let text = |name: &str| req.headers().get(name).map(|value| value.to_str().unwrap_or("?"));
    let site = text("sec-fetch-site").is_none_or(|site| matches!(site, "same-origin" | "none"));
    let origin =
        text("origin").is_none_or(|origin| origin == app.settings.public.origin() || loopback_twin(origin, req, app));
    site && origin
}

/// On plain loopback, `localhost` and `127.0.0.1` are the same place; the page's own address is as good as the public one.
fn loopback_twin(origin: &str, req: &HttpRequest, app: &App) -> bool {
    if app.settings.public.is_https() {
        return false;
    }
    let Some(rest) = origin.strip_prefix("http://") else { return false };
    let host = req.headers().get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let name = rest.rsplit_once(':').map_or(rest, |(name, _)| name);
    rest == host && matches!(name, "localhost" | "127.0.0.1" | "[::1]")
}

fn seal(app: &App, response: &mut ServiceResponse<BoxBody>, request_id: &str) {
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    if app.settings.public.is_https() {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    if let Ok(value) = HeaderValue::from_str(request_id) {
        headers.insert(REQUEST_ID, value);
    }
}

/// One line a request; the route's pattern instead of its path, since a path may hold a one-time secret.
fn log(response: &ServiceResponse<BoxBody>, started: Instant, request_id: &str) {
    let req = response.request();
    let route = req.match_pattern().unwrap_or_else(|| "-".into());
    if is_asset(&route) {
        return;
    }
    let user = req.extensions().get::<Visitor>().and_then(|visitor| visitor.origin.actor_id);
    tracing::info!(
        method = %req.method(), route, status = response.status().as_u16(), micros = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX), user, request_id,
        "request"
    );
}

/// Where a visitor who may not go on yet is sent.
pub struct Step {
    to: String,
}

impl Step {
    pub fn of(req: &HttpRequest, refusal: &Refusal) -> Step {
        let here = match *req.method() {
            Method::GET | Method::HEAD => req.uri().path_and_query().map(ToString::to_string).unwrap_or_default(),
            // What was sent cannot be repeated by going there; the page it was sent from can be opened again.
            _ => req
                .headers()
                .get(header::REFERER)
                .and_then(|value| value.to_str().ok())
                .and_then(|value| url::Url::parse(value).ok())
                .map(|url| url[url::Position::BeforePath..].to_owned())
                .unwrap_or_default(),
        };
        let next = local_path(&here).filter(|path| *path != "/" && !path.starts_with("/login"));
        let door = match refusal {
            Refusal::NextStep(path) => path,
            Refusal::StepUp => "/login/confirm",
            _ => "/login",
        };
        let to = match next {
            Some(path) if !matches!(refusal, Refusal::NextStep(_)) => {
                format!("{door}?next={}", url::form_urlencoded::byte_serialize(path.as_bytes()).collect::<String>())
            }
            _ => door.to_owned(),
        };
        Step { to }
    }

    pub fn answer(&self) -> HttpResponse {
        HttpResponse::build(StatusCode::SEE_OTHER).insert_header((header::LOCATION, self.to.as_str())).finish()
    }
}
