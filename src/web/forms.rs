//! Forms: what was sent, checked for its token before a handler sees it, and the fields of a page that is drawn again.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};
use futures_util::StreamExt;
use serde::de::DeserializeOwned;

use crate::access::{Visitor, csrf};
use crate::app::App;
use crate::refusal::{FieldError, Refusal};
use crate::web::errors::Problem;
use crate::web::kept::{DoorShut, Sent};

/// Largest form body, in bytes. A page of ticked rows fits many times over.
pub const LARGEST: usize = 256 * 1024;
/// How long a form may take to arrive.
pub const SLOWEST: Duration = Duration::from_secs(15);
const MOST_FIELDS: usize = 5_000;

/// An urlencoded form whose token was right. A handler that changes something cannot be routed without one (or an upload).
pub struct Form<T>(pub T);

/// A request body that has shown the token of its session.
pub trait Checked {}
impl<T> Checked for Form<T> {}

impl<T: DeserializeOwned + 'static> FromRequest for Form<T> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let req = req.clone();
        let payload = payload.take();
        Box::pin(async move {
            if req.extensions().contains::<DoorShut>() {
                // The door answers for both, once it has kept the form.
                std::future::pending::<()>().await;
            }
            let body = read(&req, payload).await?;
            check_token(&req, &body)?;
            let form = serde_html_form::from_bytes(&body)
                .map(Form)
                .map_err(|_| Problem(Refusal::Malformed("The form is malformed.")));
            req.extensions_mut().insert(Sent(body));
            form
        })
    }
}

/// Reads an urlencoded body within its limits.
pub async fn read(req: &HttpRequest, mut payload: Payload) -> Result<Vec<u8>, Refusal> {
    let kind = req.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded"))
    {
        return Err(Refusal::WrongType("A form is taken here (application/x-www-form-urlencoded)."));
    }
    if req.headers().contains_key(header::CONTENT_ENCODING) {
        return Err(Refusal::WrongType("A compressed form is not taken here."));
    }
    let collect = async {
        let mut body = Vec::new();
        while let Some(chunk) = payload.next().await {
            let chunk = chunk.map_err(|_| Refusal::Malformed("The form broke off."))?;
            if body.len() + chunk.len() > LARGEST {
                return Err(Refusal::TooLarge(format!("A form may be up to {} KiB large.", LARGEST / 1024)));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    };
    let body = actix_web::rt::time::timeout(SLOWEST, collect).await.map_err(|_| Refusal::TooSlow)??;
    if body.iter().filter(|byte| **byte == b'&').count() >= MOST_FIELDS {
        return Err(Refusal::TooLarge(format!("A form may have up to {MOST_FIELDS} fields.")));
    }
    Ok(body)
}

fn check_token(req: &HttpRequest, body: &[u8]) -> Result<(), Refusal> {
    let sent = url::form_urlencoded::parse(body)
        .find(|(name, _)| name == "csrf")
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default();
    check(req, &sent)
}

/// Checks a token that came in a form or an upload.
///
/// # Errors
/// 403 if it is not the one of this visitor's session.
pub fn check(req: &HttpRequest, sent: &str) -> Result<(), Refusal> {
    let extensions = req.extensions();
    let visitor = extensions.get::<Visitor>().ok_or_else(|| Refusal::Broken("a form outside the frame".into()))?;
    let app = req.app_data::<web::Data<App>>().ok_or_else(|| Refusal::Broken("a form outside the app".into()))?;
    match csrf::holds(&app.keys, &visitor.csrf_seed, sent) {
        true => Ok(()),
        false => Err(Refusal::Forbidden("This form is from an earlier sign-in or another browser, so nothing was done. Open the page again and send it from there.".into())),
    }
}

/// A form that says all by being sent.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Nothing {}

/// One field as it is drawn.
#[derive(Debug, Clone, Default)]
pub struct Field {
    pub name: &'static str,
    pub label: &'static str,
    pub value: String,
    pub errors: Vec<String>,
    pub hint: String,
    /// The type of the input: text, email, tel, password, search.
    pub kind: &'static str,
    pub required: bool,
    pub autocomplete: &'static str,
    /// Most characters; 0: no limit stated.
    pub max: usize,
}

impl Field {
    pub fn new(name: &'static str, label: &'static str, value: impl Into<String>) -> Self {
        Field { name, label, value: value.into(), kind: "text", autocomplete: "off", ..Field::default() }
    }

    pub fn kind(mut self, kind: &'static str) -> Self {
        self.kind = kind;
        self
    }

    pub fn required(mut self) -> Self {
        self.required = true;
        self
    }

    pub fn autocomplete(mut self, autocomplete: &'static str) -> Self {
        self.autocomplete = autocomplete;
        self
    }

    pub fn max(mut self, max: usize) -> Self {
        self.max = max;
        self
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    /// Takes its errors out of the list of all.
    pub fn errors(mut self, errors: &[FieldError]) -> Self {
        self.errors =
            errors.iter().filter(|error| error.field == self.name).map(|error| error.message.clone()).collect();
        self
    }
}

/// One thing to choose.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choice {
    pub value: String,
    pub label: String,
    pub chosen: bool,
    pub hint: String,
}

impl Choice {
    pub fn new(value: impl Into<String>, label: impl Into<String>, chosen: bool) -> Self {
        Choice { value: value.into(), label: label.into(), chosen, hint: String::new() }
    }
}

/// What the error summary on top of a form lists: the field's id and what is wrong.
pub fn summary(errors: &[FieldError]) -> Vec<(String, String)> {
    errors.iter().map(|error| (error.field.to_owned(), error.message.clone())).collect()
}
