//! `/login/activation`: setting up the second factor, then the recovery codes, once.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use zeroize::Zeroizing;

use super::{at, hand_over, put, wanted, way_on};
use crate::access::HalfSignedIn;
use crate::access::qr::QrMatrix;
use crate::access::session::{Level, Session};
use crate::app::App;
use crate::features::sign_in::actions::{self, Activated};
use crate::features::sign_in::input::{Code, LONGEST_CODE};
use crate::features::sign_in::model::Asker;
use crate::refusal::{FieldError, Refusal};
use crate::web::answer::{Answer, page, refused};
use crate::web::cookies::Jar;
use crate::web::forms::{Field, Form, summary};
use crate::web::shell::Shell;

/// What an app is given: a picture to scan, or a key to type.
pub struct Offer {
    pub key: Zeroizing<String>,
    pub side: usize,
    pub path: String,
}

impl Offer {
    pub fn of(app: &App, installation: &str, session: &Session) -> Result<Self, Refusal> {
        let broken = || Refusal::Broken("no QR code for this account".into());
        let secret = actions::pending_secret(&app.keys, session).ok_or_else(broken)?;
        let url = secret.url(installation, &session.actor.email).ok_or_else(broken)?;
        let qr = QrMatrix::new(&url).ok_or_else(broken)?;
        Ok(Offer { key: secret.key_text(), side: qr.side(), path: qr.path() })
    }
}

#[derive(Template)]
#[template(path = "sign_in/activation.html")]
struct ActivationPage {
    shell: Shell,
    errors: Vec<(String, String)>,
    code: Field,
    offer: Offer,
}

/// The recovery codes, the only time they are shown.
#[derive(Template)]
#[template(path = "sign_in/recovery_codes.html")]
struct CodesPage {
    shell: Shell,
    codes: Vec<Zeroizing<String>>,
    next: String,
    /// Whether the page belongs to the account, not to a sign-in.
    account: bool,
}

pub fn code_field(errors: &[FieldError]) -> Field {
    Field::new("code", "Code", "")
        .required()
        .max(LONGEST_CODE)
        .hint("The six digits that the app shows for Muster.")
        .errors(errors)
}

fn draw(
    app: &web::Data<App>,
    req: &HttpRequest,
    session: &Session,
    errors: &[FieldError],
) -> Result<ActivationPage, Refusal> {
    let shell = Shell::without_nav(app, req);
    let offer = Offer::of(app, &shell.installation, session)?;
    Ok(ActivationPage { shell, errors: summary(errors), code: code_field(errors), offer })
}

/// What to say of a code that is not one of the new secret.
pub fn wrong() -> FieldError {
    FieldError::new(
        "code",
        "This is not the code that the app should show now. Is the clock of your phone right? Type the code that is shown at this moment.",
    )
}

pub async fn show(half: HalfSignedIn, app: web::Data<App>, req: HttpRequest) -> Answer {
    at(&half.session, Level::ActivationDue)?;
    page(&draw(&app, &req, &half.session, &[])?)
}

pub async fn submit(half: HalfSignedIn, form: Form<Code>, app: web::Data<App>, req: HttpRequest) -> Answer {
    at(&half.session, Level::ActivationDue)?;
    let asker = Asker::of(&app, &req, half.origin);
    match actions::activate(&app, asker, half.session.clone(), form.0.code).await? {
        Some(activated) => {
            let next = way_on(&app, &req, &activated.entered, wanted(&app, &req).as_deref()).await?;
            let mut response = recovery_codes(&app, &req, activated, next, false)?;
            put(&mut response, Jar::Next.removal(&app.settings.public));
            Ok(response)
        }
        None => refused(&draw(&app, &req, &half.session, &[wrong()])?),
    }
}

/// The page with the codes, and the cookies of the session that begins with it.
pub fn recovery_codes(
    app: &web::Data<App>,
    req: &HttpRequest,
    activated: Activated,
    next: String,
    account: bool,
) -> Result<HttpResponse, crate::web::errors::Problem> {
    let Activated { entered, recovery_codes: codes } = activated;
    let mut response = page(&CodesPage { shell: Shell::without_nav(app, req), codes, next, account })?;
    hand_over(app, &mut response, &entered);
    Ok(response)
}

/// The page with new codes for a session that stays.
pub fn only_codes(app: &web::Data<App>, req: &HttpRequest, codes: Vec<Zeroizing<String>>, next: &str) -> Answer {
    page(&CodesPage { shell: Shell::without_nav(app, req), codes, next: next.to_owned(), account: true })
}
