//! `GET /branding/{version}/{file}`: the accent's style sheet and the logo, for every page, those of signing in too. The address changes with the
//! settings, so that browsers may keep what lies there.

use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpResponse, web};

use crate::access::Anyone;
use crate::app::App;
use crate::refusal::Refusal;
use crate::web::answer::Answer;

pub async fn show(_: Anyone, path: web::Path<(i64, String)>, app: web::Data<App>) -> Answer {
    let (version, file) = path.into_inner();
    let current = app.installation.get();
    let (kind, body) = match (file.as_str(), &current.style, &current.logo) {
        ("accent.css", Some(style), _) => ("text/css; charset=utf-8", web::Bytes::from(style.clone())),
        ("logo.png", _, Some(logo)) => ("image/png", web::Bytes::from(logo.png.clone())),
        _ => return Err(Refusal::NotFound.into()),
    };
    let mut response = HttpResponse::Ok();
    response.insert_header((header::CONTENT_TYPE, kind));
    // A page of before asks under its own number: it gets what there is, but must not keep it under that.
    if version == current.version {
        let for_ever = HeaderValue::from_static("public, max-age=31536000, immutable");
        response.insert_header((header::CACHE_CONTROL, for_ever));
    }
    Ok(response.body(body))
}
