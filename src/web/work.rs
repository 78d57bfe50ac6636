//! What of the reader's own runs in the background: which jobs their browser watches is in a cookie, so that pages of people who wait for nothing ask
//! the database nothing. A form that began something adds to it, a page that told of an end takes away.

use actix_web::body::BoxBody;
use actix_web::cookie::Cookie;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpMessage, HttpRequest, web};

use super::answer::fragment;
use super::cookies::Jar;
use crate::access::Visitor;
use crate::app::App;
use crate::jobs::watch::{self, Work};
use crate::refusal::Refusal;

/// Where the script asks for the entries alone.
pub const PATH: &str = "/operations/work";
/// What that is called in the header of the request.
const PART: &str = "work";
/// Most jobs that are watched.
const MOST: usize = 10;

/// The jobs that a request's browser watches, as they stand.
pub struct Watched(Vec<Work>);

/// Those of them that a page shows: not what it is about itself.
pub fn shown(req: &HttpRequest) -> Vec<Work> {
    let asked = (req.path() == PATH).then(|| {
        let query = url::form_urlencoded::parse(req.query_string().as_bytes());
        query.filter(|(name, _)| name == "page").map(|(_, value)| value.into_owned()).last().unwrap_or_default()
    });
    let here = asked.as_deref().unwrap_or(req.path());
    match req.extensions().get::<Watched>() {
        Some(Watched(all)) => all.iter().filter(|work| work.href != here).cloned().collect(),
        None => Vec::new(),
    }
}

fn watched(req: &HttpRequest, app: &App) -> Vec<i64> {
    let Some(cookie) = req.cookie(Jar::Work.name(&app.settings.public)) else { return Vec::new() };
    cookie.value().split('.').filter_map(|id| id.parse().ok()).take(MOST).collect()
}

/// Looks at what is watched before a page is drawn.
///
/// # Errors
/// The database cannot be read.
pub async fn look(app: &web::Data<App>, req: &ServiceRequest, actor_id: i64) -> Result<(), Refusal> {
    let is_page = *req.method() == Method::GET && fragment(req.request()).is_none_or(|part| part == PART);
    let ids = if is_page { watched(req.request(), app) } else { Vec::new() };
    if !ids.is_empty() {
        let now = app.clock.now();
        let found = app.db.glance(move |conn| watch::look(conn, actor_id, &ids, now)).await?;
        req.extensions_mut().insert(Watched(found));
    }
    Ok(())
}

/// What the browser is to watch from now on, if that has changed.
pub async fn cookie(app: &web::Data<App>, response: &ServiceResponse<BoxBody>) -> Option<Cookie<'static>> {
    let req = response.request();
    let before = watched(req, app);
    let after = match (req.method(), response.status()) {
        (&Method::POST, StatusCode::SEE_OTHER) if req.path() != "/logout" => {
            let actor = req.extensions().get::<Visitor>()?.session.as_ref()?.actor.id;
            // Whatever was asked for is under way without this; it only is not shown.
            let open = app.db.glance(move |conn| watch::under_way(conn, actor)).await.unwrap_or_default();
            let mut all = before.clone();
            all.extend(open.into_iter().filter(|id| !before.contains(id)));
            let first = all.len().saturating_sub(MOST);
            all.split_off(first)
        }
        (&Method::GET, StatusCode::OK) => {
            let extensions = req.extensions();
            let Watched(all) = extensions.get::<Watched>()?;
            all.iter().filter(|work| !work.has_ended).map(|work| work.job).collect()
        }
        _ => return None,
    };
    if after == before {
        return None;
    }
    let public = &app.settings.public;
    Some(match after.is_empty() {
        true => Jar::Work.removal(public),
        false => {
            let value: Vec<String> = after.iter().map(ToString::to_string).collect();
            Jar::Work.cookie(public, value.join("."), None)
        }
    })
}
