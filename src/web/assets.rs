//! Style sheets, scripts and pictures: embedded, compressed once at start, under one directory whose name is their fingerprint, so that they can be
//! cached for ever and modules can import each other by relative path.

use std::collections::BTreeMap;
use std::io::Write;

use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};
use data_encoding::HEXLOWER;
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};

use crate::access::Anyone;
use crate::app::App;
use crate::refusal::Refusal;
use crate::web::answer::Answer;

#[derive(RustEmbed)]
#[folder = "static/"]
struct Embedded;

struct Asset {
    kind: String,
    plain: web::Bytes,
    brotli: web::Bytes,
}

/// All assets, ready to be sent.
pub struct Assets {
    hash: String,
    files: BTreeMap<String, Asset>,
}

impl Assets {
    pub fn load() -> Self {
        let mut all = Sha256::new();
        let mut files = BTreeMap::new();
        for path in Embedded::iter() {
            let Some(file) = Embedded::get(&path) else { continue };
            all.update(path.as_bytes());
            all.update(file.metadata.sha256_hash());
            let kind = mime_guess::from_path(path.as_ref()).first_or_octet_stream();
            let kind = if kind.type_() == "text" { format!("{kind}; charset=utf-8") } else { kind.to_string() };
            let plain = web::Bytes::from(file.data.into_owned());
            files.insert(path.into_owned(), Asset { kind, brotli: compressed(&plain), plain });
        }
        let hash = HEXLOWER.encode(&all.finalize()[..8]);
        Assets { hash, files }
    }

    /// Where the assets lie, without a slash at the end.
    pub fn base(&self) -> String {
        format!("/static/{}", self.hash)
    }
}

fn compressed(plain: &[u8]) -> web::Bytes {
    let mut body = Vec::with_capacity(plain.len() / 3);
    let mut writer = brotli::CompressorWriter::new(&mut body, 16 * 1024, 5, 20);
    let done = writer.write_all(plain).and_then(|()| writer.flush());
    drop(writer);
    if done.is_ok() { body.into() } else { web::Bytes::new() }
}

/// `GET /static/{hash}/{path}`
pub async fn show(_: Anyone, app: web::Data<App>, path: web::Path<(String, String)>, req: HttpRequest) -> Answer {
    let (hash, name) = path.into_inner();
    let asset = app.assets.files.get(&name).ok_or(Refusal::NotFound)?;
    let takes_brotli = req
        .headers()
        .get(header::ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.split(',').any(|part| part.trim().starts_with("br")));
    let mut response = HttpResponse::Ok();
    response.insert_header((header::CONTENT_TYPE, asset.kind.as_str()));
    response.insert_header((header::VARY, HeaderValue::from_static("accept-encoding")));
    // A page of an older version asks under its own fingerprint: it gets what there is, but must not keep it under that name.
    if hash == app.assets.hash {
        let for_ever = HeaderValue::from_static("public, max-age=31536000, immutable");
        response.insert_header((header::CACHE_CONTROL, for_ever));
    }
    if takes_brotli && !asset.brotli.is_empty() && asset.brotli.len() < asset.plain.len() {
        response.insert_header((header::CONTENT_ENCODING, HeaderValue::from_static("br")));
        return Ok(response.body(asset.brotli.clone()));
    }
    Ok(response.body(asset.plain.clone()))
}
