//! `/login/confirm`: showing once more that it is you, before something that matters.

use actix_web::{HttpRequest, web};
use askama::Template;

use super::go_on_saying;
use super::login::Way;
use crate::access::SignedIn;
use crate::access::credentials;
use crate::access::password::Password;
use crate::app::App;
use crate::features::sign_in::actions::{self, Shows};
use crate::features::sign_in::input::{Code, LONGEST_CODE};
use crate::features::sign_in::model::{Asker, Tested};
use crate::features::sign_in::pieces::held;
use crate::refusal::{FieldError, Refusal};
use crate::web::answer::{Answer, local_path, page, refused};
use crate::web::forms::{Field, Form, summary};
use crate::web::shell::Shell;

#[derive(Template)]
#[template(path = "sign_in/confirm.html")]
struct ConfirmPage {
    shell: Shell,
    errors: Vec<(String, String)>,
    email: String,
    /// Whether a code is asked for, or, without a factor, the password.
    by_code: bool,
    field: Field,
    next: String,
}

fn draw(shell: Shell, email: &str, by_code: bool, next: &str, errors: &[FieldError]) -> ConfirmPage {
    let field = match by_code {
        true => Field::new("code", "Code", "")
            .required()
            .max(LONGEST_CODE)
            .hint("The six digits that your authenticator app shows now, or a recovery code.")
            .errors(errors),
        false => Field::new("password", "Password", "")
            .kind("password")
            .required()
            .autocomplete("current-password")
            .errors(errors),
    };
    ConfirmPage {
        shell,
        errors: summary(errors),
        email: email.to_owned(),
        by_code,
        field,
        next: local_path(next).unwrap_or_default().to_owned(),
    }
}

async fn has_code(app: &App, user_id: i64) -> Result<bool, Refusal> {
    let credentials = app.db.read(move |conn| credentials::find(conn, user_id)).await?;
    Ok(credentials.is_some_and(|credentials| credentials.has_totp()))
}

pub async fn show(who: SignedIn, app: web::Data<App>, req: HttpRequest, way: web::Query<Way>) -> Answer {
    let by_code = has_code(&app, who.session.actor.id).await?;
    page(&draw(Shell::without_nav(&app, &req), &who.session.actor.email, by_code, &way.next, &[]))
}

pub async fn submit(who: SignedIn, form: Form<Code>, app: web::Data<App>, req: HttpRequest) -> Answer {
    let Form(input) = form;
    let shell = Shell::without_nav(&app, &req);
    let email = who.session.actor.email.clone();
    let by_code = has_code(&app, who.session.actor.id).await?;
    let (shown, name, missing, wrong) = match by_code {
        true => {
            (&input.code, "code", "Enter the code.", "This code is wrong or was used already. Wait for the next one.")
        }
        false => (&input.password, "password", "Enter your password.", "The password is wrong."),
    };
    if shown.trim().is_empty() {
        return refused(&draw(shell, &email, by_code, &input.next, &[FieldError::new(name, missing)]));
    }
    let asker = Asker::of(&app, &req, who.origin);
    let now = asker.origin.at;
    let shows =
        if by_code { Shows::Code(input.code.clone()) } else { Shows::Password(Password::new(input.password.clone())) };
    match actions::confirm(&app, asker, who.session, shows).await? {
        Tested::Right(entered) => go_on_saying(&app, &req, &entered, Some(&input.next), "Confirmed.").await,
        Tested::Wrong => refused(&draw(shell, &email, by_code, &input.next, &[FieldError::new(name, wrong)])),
        Tested::Held(verdict) => {
            held(verdict, now, |error| refused(&draw(shell, &email, by_code, &input.next, &[error])), name)
        }
    }
}
