//! The pages of signing in.

pub mod activation;
pub mod check;
pub mod code;
pub mod confirm;
pub mod forgot;
pub mod link;
pub mod login;
pub mod logout;
pub mod password;
pub mod setup;
pub mod unfinished;

use actix_web::cookie::Cookie;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;

use super::again::{Again, UNFINISHED};
use super::model::Entered;
use super::pieces::{hand_over, put};
use crate::access::session::{Level, Session};
use crate::app::App;
use crate::refusal::Refusal;
use crate::web::answer::{Answer, local_path, page_with, see, see_saying};
use crate::web::cookies::Jar;
use crate::web::errors::Problem;
use crate::web::kept;
use crate::web::shell::FlashKind;

/// How long the way on, and the secret of a link, wait in their cookies, in seconds.
const COOKIE_LASTS_S: i64 = 30 * 60;

/// The value of one of our cookies.
fn cookie(app: &App, req: &HttpRequest, jar: Jar) -> Option<String> {
    req.cookie(jar.name(&app.settings.public)).map(|cookie| cookie.value().to_owned())
}

/// Where somebody goes on who has just got a step further: the next step; or back to the form that was kept, to where they wanted, or home. With it,
/// what the page should say about the form.
async fn way_on(
    app: &App,
    req: &HttpRequest,
    entered: &Entered,
    next: Option<&str>,
    how: &str,
) -> Result<(String, String), Refusal> {
    if let Some(step) = entered.level.next_step() {
        return Ok((step.to_owned(), String::new()));
    }
    if let Some(form) = kept::waiting(app, req, entered.user_id).await? {
        let again = Again::of(&form);
        let to = if matches!(again, Again::Press { .. }) { UNFINISHED.to_owned() } else { form.page };
        return Ok((to, again.says(how)));
    }
    let wanted = next.and_then(local_path).filter(|path| worth_going(path));
    Ok((wanted.unwrap_or(entered.home).to_owned(), String::new()))
}

fn worth_going(path: &str) -> bool {
    path != "/" && !["/login", "/logout", "/links", "/setup"].iter().any(|prefix| path.starts_with(prefix))
}

/// 303 to where somebody goes on who signs in, with their cookies.
async fn go_on(app: &web::Data<App>, req: &HttpRequest, entered: &Entered, next: Option<&str>) -> Answer {
    go_on_saying(app, req, entered, next, "Signed in again.").await
}

/// The same; `how` says why a form that was kept is there again.
async fn go_on_saying(
    app: &web::Data<App>,
    req: &HttpRequest,
    entered: &Entered,
    next: Option<&str>,
    how: &str,
) -> Answer {
    let (to, says) = way_on(app, req, entered, next, how).await?;
    let mut response = if says.is_empty() { see(&to) } else { see_saying(app, &to, FlashKind::Notice, says) };
    hand_over(app, &mut response, entered);
    if entered.level == Level::Full {
        put(&mut response, Jar::Next.removal(&app.settings.public));
    }
    Ok(response)
}

/// Where somebody wanted to go before they were asked to sign in.
fn wanted(app: &App, req: &HttpRequest) -> Option<String> {
    let value = cookie(app, req, Jar::Next)?;
    let bytes = data_encoding::BASE64URL_NOPAD.decode(value.as_bytes()).ok()?;
    String::from_utf8(bytes).ok()
}

/// The cookie that remembers it.
fn remember(app: &App, next: &str) -> Cookie<'static> {
    let value = data_encoding::BASE64URL_NOPAD.encode(next.as_bytes());
    Jar::Next.cookie(&app.settings.public, value, Some(COOKIE_LASTS_S))
}

/// Somebody of another step than this page's goes to theirs.
fn at(session: &Session, level: Level) -> Result<(), Problem> {
    if session.level == level {
        return Ok(());
    }
    Err(Problem(Refusal::NextStep(session.level.next_step().unwrap_or("/users"))))
}

/// A link that is good no longer, or never was.
fn gone(app: &web::Data<App>, req: &HttpRequest) -> Answer {
    #[derive(Template)]
    #[template(path = "sign_in/gone.html")]
    struct GonePage {
        shell: crate::web::shell::Shell,
    }
    let shell = crate::web::shell::Shell::without_nav(app, req);
    let mut response = page_with(StatusCode::NOT_FOUND, &GonePage { shell })?;
    if req.cookie(Jar::Link.name(&app.settings.public)).is_some() {
        put(&mut response, Jar::Link.removal(&app.settings.public));
    }
    Ok(response)
}
