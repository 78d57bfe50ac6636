//! Pieces of pages that signing in and one's own account have in common.

use actix_web::cookie::Cookie;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use zeroize::Zeroizing;

use super::actions::{self, Activated, Demand};
use super::input::LONGEST_CODE;
use super::model::{Entered, wait};
use crate::access::known_browsers;
use crate::access::password::{Fault, Rule};
use crate::access::qr::QrMatrix;
use crate::access::session::Session;
use crate::access::throttle::Verdict;
use crate::app::App;
use crate::refusal::{FieldError, Refusal};
use crate::web::answer::{Answer, page};
use crate::web::cookies::Jar;
use crate::web::forms::Field;
use crate::web::shell::Shell;

/// Puts a cookie into an answer.
pub fn put(response: &mut HttpResponse, cookie: Cookie<'static>) {
    let _ = response.add_cookie(&cookie);
}

/// Gives somebody who has got a step further their cookies.
pub fn hand_over(app: &App, response: &mut HttpResponse, entered: &Entered) {
    let public = &app.settings.public;
    put(response, Jar::Session.cookie(public, entered.session.to_text().to_string(), None));
    if let Some(browser) = &entered.browser {
        put(response, Jar::Browser.cookie(public, browser.to_text().to_string(), Some(known_browsers::LASTS_S)));
    }
}

/// A page drawn again because of too many tries.
pub fn held(verdict: Verdict, now: i64, draw: impl FnOnce(FieldError) -> Answer, field: &'static str) -> Answer {
    let (message, seconds) = wait(verdict, now);
    let mut response = draw(FieldError::new(field, message))?;
    *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
    if let Some(seconds) = seconds {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    Ok(response)
}

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

/// The recovery codes, the only time they are shown.
#[derive(Template)]
#[template(path = "sign_in/recovery_codes.html")]
struct CodesPage {
    shell: Shell,
    codes: Vec<Zeroizing<String>>,
    next: String,
    /// Whether there were others before, which are dead now.
    renewed: bool,
}

impl CodesPage {
    /// The codes as a text file, within the page: nothing that holds them is asked of the server again.
    fn file(&self) -> String {
        let codes: Vec<&str> = self.codes.iter().map(|code| code.as_str()).collect();
        let name = &self.shell.installation;
        let text = format!("Recovery codes for {name}, each good once:\n\n{}\n", codes.join("\n"));
        format!("data:text/plain;charset=utf-8;base64,{}", data_encoding::BASE64.encode(text.as_bytes()))
    }
}

/// The field for a code of the new secret.
pub fn code_field(errors: &[FieldError]) -> Field {
    Field::new("code", "Code", "")
        .required()
        .max(LONGEST_CODE)
        .hint("The six digits that the app shows for Muster.")
        .errors(errors)
}

/// The field for a new password with the rules that it is held against, wherever one is chosen.
pub struct NewPassword {
    pub field: Field,
    pub rules: Vec<RuleLine>,
    pub shortest: usize,
    /// The person's own words, one to a line.
    pub words: String,
    /// The names of fields of the same form that hold some, with a space between.
    pub words_from: &'static str,
}

/// One rule, as it is listed.
pub struct RuleLine {
    pub text: String,
    /// Whether what is typed meets it; None: nothing is typed.
    pub met: Option<bool>,
}

/// The rules of a demand; `faults`: what is wrong with what is typed, None if nothing is.
pub fn rule_lines(shortest: usize, faults: Option<&[Fault]>) -> Vec<RuleLine> {
    let line = |rule: Rule| RuleLine {
        text: match rule {
            Rule::Length => format!("At least {shortest} characters, any of them, spaces too"),
            Rule::Guess => "No common password, row of keys or repetition".into(),
            Rule::OwnWords => "Not made of the person's name or email address, or the name of this product".into(),
        },
        met: faults.map(|faults| !faults.iter().any(|fault| fault.rule == rule)),
    };
    Rule::ALL.into_iter().map(line).collect()
}

pub fn new_password(label: &'static str, demand: &Demand, errors: &[FieldError]) -> NewPassword {
    NewPassword {
        field: Field::new("password", label, "")
            .kind("password")
            .required()
            .autocomplete("new-password")
            .hint("Several unrelated words make a good one.")
            .errors(errors),
        rules: rule_lines(demand.shortest(), None),
        shortest: demand.shortest(),
        words: demand.own().join("\n"),
        words_from: "",
    }
}

/// What to say of a code that is not one of the new secret.
pub fn wrong() -> FieldError {
    FieldError::new(
        "code",
        "This is not the code that the app should show now. Is the clock of your phone right? Type the code that is shown at this moment.",
    )
}

/// The page with the codes, and the cookies of the session that begins with it.
pub fn recovery_codes(
    app: &web::Data<App>,
    req: &HttpRequest,
    activated: Activated,
    next: String,
    renewed: bool,
) -> Result<HttpResponse, crate::web::errors::Problem> {
    let Activated { entered, recovery_codes: codes } = activated;
    let mut response = page(&CodesPage { shell: Shell::without_nav(app, req), codes, next, renewed })?;
    hand_over(app, &mut response, &entered);
    Ok(response)
}

/// The page with new codes for a session that stays.
pub fn only_codes(app: &web::Data<App>, req: &HttpRequest, codes: Vec<Zeroizing<String>>, next: &str) -> Answer {
    page(&CodesPage { shell: Shell::without_nav(app, req), codes, next: next.to_owned(), renewed: true })
}
