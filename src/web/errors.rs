//! The error table, drawn: a page for people, `application/problem+json` for programs. The cause of a 500 goes to the log only.

use std::fmt;

use actix_web::body::BoxBody;
use actix_web::dev::ServiceResponse;
use actix_web::http::header::{self, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpMessage, HttpResponse, ResponseError, web};
use askama::Template;

use super::answer::local_path;
use super::frame::Step;
use super::shell::Shell;
use crate::app::App;
use crate::refusal::Refusal;

/// A [`Refusal`] on its way out. Handlers return it with `?`; [`draw`] turns it into an answer when the request is at hand again.
#[derive(Debug, Clone)]
pub struct Problem(pub Refusal);

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Problem(refusal)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.0.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse<BoxBody> {
        let mut response = HttpResponse::new(self.status_code());
        response.extensions_mut().insert(self.0.clone());
        response
    }
}

#[derive(Template)]
#[template(path = "errors/error.html")]
struct ErrorPage {
    shell: Shell,
    status: u16,
    title: &'static str,
    message: String,
    request_id: String,
    /// The page that a refused form was sent from; empty: unknown.
    back: String,
}

/// Gives a body to an answer that has none yet because it was refused, by us or by actix (unknown path, wrong method, malformed head).
pub fn draw(mut response: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
    let status = response.status();
    if status.as_u16() < 303 || status.is_redirection() && response.response().extensions().get::<Refusal>().is_none() {
        return response;
    }
    if response.headers().contains_key(header::CONTENT_TYPE)
        && response.response().extensions().get::<Refusal>().is_none()
        && !from_actix(&response)
    {
        return response;
    }
    let refusal = response.response_mut().extensions_mut().remove::<Refusal>().unwrap_or_else(|| guess(status));
    if let Refusal::Broken(cause) = &refusal {
        tracing::error!(%cause, "a request failed");
    }
    let req = response.request().clone();
    let mut drawn = match req.path().starts_with("/api/") {
        true => json(&refusal),
        false => page(&req, &refusal),
    };
    if let Some(allow) = response.headers().get(header::ALLOW) {
        drawn.headers_mut().insert(header::ALLOW, allow.clone());
    }
    if let Some(seconds) = refusal.retry_after() {
        drawn.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response.into_response(drawn)
}

/// actix draws its own refusals as short plain text.
fn from_actix(response: &ServiceResponse<BoxBody>) -> bool {
    response.status().is_client_error()
        && response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/plain"))
}

fn guess(status: StatusCode) -> Refusal {
    match status.as_u16() {
        400 => Refusal::Malformed("The request is malformed."),
        403 => Refusal::Forbidden("This is not permitted.".into()),
        404 => Refusal::NotFound,
        405 => Refusal::WrongMethod,
        408 => Refusal::TooSlow,
        413 => Refusal::TooLarge("This is larger than what is taken here.".into()),
        415 => Refusal::WrongType("This kind of content is not taken here."),
        other => Refusal::Broken(format!("an answer with status {other} and no reason")),
    }
}

fn json(refusal: &Refusal) -> HttpResponse {
    let status = if refusal.status() == 303 { 401 } else { refusal.status() };
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let errors: Vec<_> = match refusal {
        Refusal::Fields(errors) => errors.clone(),
        _ => Vec::new(),
    };
    HttpResponse::build(status)
        .content_type("application/problem+json")
        .json(serde_json::json!({ "type": "about:blank", "title": status.canonical_reason(), "status": status.as_u16(), "detail": refusal.to_string(), "errors": errors }))
}

/// The page of ours that a form was sent from, as far as the browser says.
fn sent_from(req: &actix_web::HttpRequest) -> String {
    let referer = req.headers().get(header::REFERER).filter(|_| *req.method() == Method::POST);
    referer
        .and_then(|value| url::Url::parse(value.to_str().ok()?).ok())
        .map(|url| url[url::Position::BeforePath..].to_owned())
        .filter(|path| local_path(path).is_some())
        .unwrap_or_default()
}

fn page(req: &actix_web::HttpRequest, refusal: &Refusal) -> HttpResponse {
    let app = req.app_data::<web::Data<App>>();
    match refusal {
        Refusal::SignIn | Refusal::NextStep(_) | Refusal::StepUp => return Step::of(req, refusal).answer(),
        _ => {}
    }
    let status = StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let Some(app) = app else { return HttpResponse::new(status) };
    let title = match refusal.status() {
        400 => "That request was malformed",
        403 => "Not permitted",
        404 => "Not found",
        405 => "Not that way",
        408 => "Too slow",
        409 => "Somebody else was first",
        413 => "Too large",
        415 => "Not this kind of content",
        422 => "That cannot be done",
        429 => "Too often",
        503 => "Not right now",
        _ => "Something went wrong",
    };
    let request_id = if matches!(refusal, Refusal::Broken(_)) {
        req.extensions().get::<crate::access::Visitor>().map(|v| v.origin.request_id.clone()).unwrap_or_default()
    } else {
        String::new()
    };
    let page = ErrorPage {
        shell: Shell::without_nav(app, req),
        status: status.as_u16(),
        title,
        message: refusal.to_string(),
        request_id,
        back: sent_from(req),
    };
    match page.render() {
        Ok(body) => HttpResponse::build(status).content_type("text/html; charset=utf-8").body(body),
        Err(error) => {
            tracing::error!(%error, "the error page failed");
            HttpResponse::new(status)
        }
    }
}
