//! Uploads: a multipart body read as a stream, so that a file of any size takes the same little memory. The token comes first and is checked
//! before anything else is looked at; then small text fields; the file last.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use actix_multipart::{Field, Multipart};
use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest};
use futures_util::StreamExt;

use super::forms::{self, Checked};
use crate::refusal::Refusal;
use crate::web::errors::Problem;

/// Largest body, in bytes.
pub const LARGEST: u64 = 1024 * 1024 * 1024;
/// Largest text field, in bytes, and how many there may be.
const LARGEST_TEXT: usize = 4 * 1024;
const MOST_TEXTS: usize = 32;
/// The longest pause of whoever sends, and how long all of it may take.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
const SLOWEST: Duration = Duration::from_secs(60 * 60);

/// A multipart body whose token was right, read up to its file.
pub struct Upload {
    /// The text fields before the file.
    pub fields: BTreeMap<String, String>,
    file_name: String,
    /// The file, until its end; a part must not be asked again behind that.
    file: Option<Field>,
    /// The parts share one stream, which ends when this is dropped.
    parts: Multipart,
    /// What was received beyond the last chunk that was asked for.
    beyond: Vec<u8>,
    received: u64,
    until: tokio::time::Instant,
}

impl Checked for Upload {}

impl FromRequest for Upload {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let req = req.clone();
        let payload = payload.take();
        Box::pin(async move { open(&req, payload).await.map_err(Problem) })
    }
}

async fn open(req: &HttpRequest, payload: Payload) -> Result<Upload, Refusal> {
    let text =
        |name: header::HeaderName| req.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = text(header::CONTENT_TYPE);
    if !kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("multipart/form-data")) {
        return Err(Refusal::WrongType("A form with a file is taken here (multipart/form-data)."));
    }
    if req.headers().contains_key(header::CONTENT_ENCODING) {
        return Err(Refusal::WrongType("A compressed form is not taken here."));
    }
    if text(header::CONTENT_LENGTH).parse::<u64>().is_ok_and(|length| length > LARGEST) {
        return Err(too_large());
    }
    let parts = Multipart::new(req.headers(), payload);
    let until = tokio::time::Instant::now() + SLOWEST;
    let mut upload = Upload {
        fields: BTreeMap::new(),
        file_name: String::new(),
        file: None,
        parts,
        beyond: Vec::new(),
        received: 0,
        until,
    };
    let token = match upload.part().await? {
        Some(mut first) if first.name() == Some("csrf") => small(&mut first).await?,
        _ => String::new(),
    };
    forms::check(req, &token)?;
    while let Some(mut part) = upload.part().await? {
        let name = part.name().unwrap_or_default().to_owned();
        if let Some(file) = part.content_disposition().and_then(|said| said.get_filename()).map(str::to_owned) {
            (upload.file_name, upload.file) = (file, Some(part));
            break;
        }
        if upload.fields.len() >= MOST_TEXTS {
            return Err(Refusal::TooLarge(format!("A form may have up to {MOST_TEXTS} fields.")));
        }
        let value = small(&mut part).await?;
        upload.fields.insert(name, value);
    }
    Ok(upload)
}

impl Upload {
    /// A text field; empty if it was not sent.
    pub fn text(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", String::as_str)
    }

    /// What the file is called at the sender's; None if none was chosen.
    pub fn file_name(&self) -> Option<&str> {
        Some(self.file_name.as_str()).filter(|name| !name.is_empty())
    }

    /// The next `size` bytes of the file, fewer at its end, none behind it.
    ///
    /// # Errors
    /// Too large, too slow, broken off.
    pub async fn next_chunk(&mut self, size: usize) -> Result<Vec<u8>, Refusal> {
        let mut chunk = Vec::with_capacity(size);
        std::mem::swap(&mut chunk, &mut self.beyond);
        while chunk.len() < size {
            let Some(file) = &mut self.file else { break };
            let waited =
                tokio::time::timeout_at(self.until.min(tokio::time::Instant::now() + LONGEST_PAUSE), file.next());
            let Some(bytes) = waited.await.map_err(|_| Refusal::TooSlow)? else {
                self.file = None;
                break;
            };
            let bytes = bytes.map_err(|_| BROKEN_OFF)?;
            self.received += bytes.len() as u64;
            if self.received > LARGEST {
                return Err(too_large());
            }
            chunk.extend_from_slice(&bytes);
        }
        if chunk.len() > size {
            self.beyond = chunk.split_off(size);
        }
        Ok(chunk)
    }

    async fn part(&mut self) -> Result<Option<Field>, Refusal> {
        let part = tokio::time::timeout(LONGEST_PAUSE, self.parts.next()).await.map_err(|_| Refusal::TooSlow)?;
        part.transpose().map_err(|_| BROKEN_OFF)
    }
}

const BROKEN_OFF: Refusal = Refusal::Malformed("The upload broke off or is malformed.");

fn too_large() -> Refusal {
    Refusal::TooLarge(format!("A file may be up to {} MiB large.", LARGEST / 1024 / 1024))
}

async fn small(part: &mut Field) -> Result<String, Refusal> {
    let read = tokio::time::timeout(LONGEST_PAUSE, part.bytes(LARGEST_TEXT)).await.map_err(|_| Refusal::TooSlow)?;
    let bytes =
        read.map_err(|_| Refusal::TooLarge("A field of the form is too long.".into()))?.map_err(|_| BROKEN_OFF)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
