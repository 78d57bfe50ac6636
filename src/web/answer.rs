//! Answers: a page, or "see there" with a message for the next page.

use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::cookies::Jar;
use super::shell::{Flash, FlashKind};
use crate::app::App;
use crate::refusal::Refusal;
use crate::web::errors::Problem;

pub type Answer = Result<HttpResponse, Problem>;

/// Draws a page with status 200.
pub fn page(template: &impl Template) -> Answer {
    page_with(StatusCode::OK, template)
}

/// Draws a page again with what was wrong with it.
pub fn refused(template: &impl Template) -> Answer {
    page_with(StatusCode::UNPROCESSABLE_ENTITY, template)
}

pub fn page_with(status: StatusCode, template: &impl Template) -> Answer {
    Ok(html(status, drawn(template).map_err(Problem)?))
}

/// A page as text. Where its rows were read on another thread it is drawn there too: pieces that one thread makes and another lets go cost both time.
///
/// # Errors
/// Broken, if a value cannot be drawn.
pub fn drawn(template: &impl Template) -> Result<Vec<u8>, Refusal> {
    // Larger than most lists. A text and not bytes, which askama would write by way of a `dyn Write`.
    let mut body = String::with_capacity(80 * 1024);
    template.render_into(&mut body).map_err(|error| Refusal::Broken(format!("template: {error}")))?;
    Ok(body.into_bytes())
}

/// The answer that a drawn page is.
pub fn html(status: StatusCode, body: Vec<u8>) -> HttpResponse {
    HttpResponse::build(status).content_type("text/html; charset=utf-8").body(body)
}

/// 303 to a page of ours.
pub fn see(path: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, path)).finish()
}

/// 303 to a page of ours, which then shows `text`.
pub fn see_saying(app: &web::Data<App>, path: &str, kind: FlashKind, text: impl Into<String>) -> HttpResponse {
    let mut response = see(path);
    say(app, &mut response, kind, text);
    response
}

/// 303 to a page of ours, which then says what an operation did and offers to undo it.
pub fn see_undoable(app: &web::Data<App>, path: &str, text: impl Into<String>, operation: i64) -> HttpResponse {
    let mut response = see(path);
    let flash = Flash { kind: FlashKind::Success, text: text.into(), undo: Some(operation) };
    carry(app, &mut response, &flash);
    response
}

/// Has the page that an answer leads to show `text`.
pub fn say(app: &web::Data<App>, response: &mut HttpResponse, kind: FlashKind, text: impl Into<String>) {
    carry(app, response, &Flash { kind, text: text.into(), undo: None });
}

fn carry(app: &web::Data<App>, response: &mut HttpResponse, flash: &Flash) {
    let value = flash.sealed(&app.keys);
    let _ = response.add_cookie(&Jar::Flash.cookie(&app.settings.public, value, Some(60)));
}

/// Whether the page's script asked for one block of the page alone (`X-Fragment`).
pub fn fragment(req: &HttpRequest) -> Option<&str> {
    req.headers().get("x-fragment").and_then(|value| value.to_str().ok())
}

/// `text` if it is the path of a page here: an open redirect must not leave the house.
pub fn local_path(text: &str) -> Option<&str> {
    let sane = text.starts_with('/')
        && !text.starts_with("//")
        && !text.contains('\\')
        && text.len() <= 2_000
        && text.chars().all(|c| !c.is_control());
    sane.then_some(text)
}
