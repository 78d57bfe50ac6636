//! `/login/code`: the code of the app, or a recovery code.

use actix_web::{HttpRequest, web};
use askama::Template;
use serde::Deserialize;

use super::{at, go_on, wanted};
use crate::access::HalfSignedIn;
use crate::access::credentials;
use crate::access::session::Level;
use crate::app::App;
use crate::features::sign_in::actions;
use crate::features::sign_in::input::{Code, LONGEST_CODE};
use crate::features::sign_in::model::{Asker, Tested};
use crate::features::sign_in::pieces::held;
use crate::refusal::FieldError;
use crate::web::answer::{Answer, page, refused, say};
use crate::web::forms::{Field, Form, summary};
use crate::web::shell::{FlashKind, Shell};

#[derive(Template)]
#[template(path = "sign_in/code.html")]
struct CodePage {
    shell: Shell,
    errors: Vec<(String, String)>,
    code: Field,
    email: String,
    /// The keyboard of a phone is for letters too then.
    recovery: bool,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct How {
    /// Present: with a recovery code.
    pub recovery: Option<String>,
}

fn draw(shell: Shell, email: &str, recovery: bool, errors: &[FieldError]) -> CodePage {
    let hint = if recovery {
        "One of the ten codes you were given when you set up two-factor authentication. Each is good once."
    } else {
        "The six digits that your authenticator app shows now."
    };
    CodePage {
        shell,
        errors: summary(errors),
        code: Field::new("code", "Code", "").required().max(LONGEST_CODE).hint(hint).errors(errors),
        email: email.to_owned(),
        recovery,
    }
}

pub async fn show(half: HalfSignedIn, app: web::Data<App>, req: HttpRequest, how: web::Query<How>) -> Answer {
    at(&half.session, Level::CodeDue)?;
    page(&draw(Shell::without_nav(&app, &req), &half.session.actor.email, how.recovery.is_some(), &[]))
}

pub async fn submit(half: HalfSignedIn, form: Form<Code>, app: web::Data<App>, req: HttpRequest) -> Answer {
    at(&half.session, Level::CodeDue)?;
    let shell = Shell::without_nav(&app, &req);
    let Form(input) = form;
    let email = half.session.actor.email.clone();
    // What is longer than six digits was meant to be a recovery code.
    let recovery = input.code.trim().len() > 8;
    if input.code.trim().is_empty() {
        return refused(&draw(shell, &email, recovery, &[FieldError::new("code", "Enter the code.")]));
    }
    let asker = Asker::of(&app, &req, half.origin);
    let now = asker.origin.at;
    match actions::pass_code(&app, asker, half.session, input.code).await? {
        Tested::Right(entered) if recovery && entered.level == Level::Full => {
            let id = entered.user_id;
            let left = app.db.read(move |conn| credentials::recovery_codes_left(conn, id)).await?;
            let mut response = go_on(&app, &req, &entered, wanted(&app, &req).as_deref()).await?;
            let text = format!(
                "You used a recovery code, and {left} of 10 are left. Under “Your account” you can make new ones."
            );
            say(&app, &mut response, FlashKind::Notice, text);
            Ok(response)
        }
        Tested::Right(entered) => go_on(&app, &req, &entered, wanted(&app, &req).as_deref()).await,
        Tested::Wrong => {
            let wrong = if recovery {
                "This recovery code is wrong or was used already."
            } else {
                "This code is wrong or was used already. Wait for the next one."
            };
            refused(&draw(shell, &email, recovery, &[FieldError::new("code", wrong)]))
        }
        Tested::Held(verdict) => held(verdict, now, |error| refused(&draw(shell, &email, recovery, &[error])), "code"),
    }
}
