//! `/login`: e-mail address and password.

use actix_web::http::StatusCode;
use actix_web::{HttpMessage, HttpRequest, web};
use askama::Template;
use serde::Deserialize;

use super::{go_on, remember};
use crate::access::password::Password;
use crate::access::session::Level;
use crate::access::{Anyone, Visitor};
use crate::app::App;
use crate::features::sign_in::actions;
use crate::features::sign_in::input::Login;
use crate::features::sign_in::model::{Asker, Tested};
use crate::features::sign_in::pieces::{held, put};
use crate::features::users::input::EMAIL;
use crate::refusal::{FieldError, Refusal};
use crate::web::answer::{Answer, local_path, page, page_with, refused, see};
use crate::web::cookies::Jar;
use crate::web::forms::{Field, Form, summary};
use crate::web::shell::{Flash, FlashKind, Shell};

#[derive(Template)]
#[template(path = "sign_in/login.html")]
struct LoginPage {
    shell: Shell,
    errors: Vec<(String, String)>,
    email: Field,
    password: Field,
    next: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Way {
    pub next: String,
}

fn draw(shell: Shell, email: &str, next: &str, errors: &[FieldError]) -> LoginPage {
    LoginPage {
        shell,
        email: Field::new("email", "Email", email)
            .kind("email")
            .required()
            .autocomplete("username")
            .max(EMAIL.max)
            .errors(errors),
        password: Field::new("password", "Password", "")
            .kind("password")
            .required()
            .autocomplete("current-password")
            .errors(errors),
        next: local_path(next).unwrap_or_default().to_owned(),
        errors: summary(errors),
    }
}

pub async fn show(anyone: Anyone, app: web::Data<App>, req: HttpRequest, way: web::Query<Way>) -> Answer {
    if anyone.session.is_some_and(|session| session.level == Level::Full) {
        return Ok(see(local_path(&way.next).unwrap_or("/users")));
    }
    let mut shell = Shell::without_nav(&app, &req);
    let has_ended = req.extensions().get::<Visitor>().is_some_and(|visitor| visitor.late_user.is_some());
    if has_ended && shell.flash.is_none() {
        shell.flash =
            Some(Flash { kind: FlashKind::Notice, text: "Your session has ended. Sign in again.".into(), undo: None });
    }
    page(&draw(shell, "", &way.next, &[]))
}

pub async fn submit(anyone: Anyone, form: Form<Login>, app: web::Data<App>, req: HttpRequest) -> Answer {
    let Form(input) = form;
    let shell = Shell::without_nav(&app, &req);
    let missing = input.missing();
    if !missing.is_empty() {
        return refused(&draw(shell, &input.email, &input.next, &missing));
    }
    let asker = Asker::of(&app, &req, anyone.origin);
    let now = asker.origin.at;
    let tested =
        actions::sign_in(&app, asker, input.email.clone(), Password::new(input.password), anyone.session).await;
    let tested = match tested {
        // The time to set 2FA up again has passed.
        Err(Refusal::Forbidden(why)) => {
            let errors = [FieldError::new("email", why)];
            return page_with(StatusCode::FORBIDDEN, &draw(shell, &input.email, &input.next, &errors));
        }
        tested => tested?,
    };
    match tested {
        Tested::Right(entered) => {
            let next = local_path(&input.next);
            let mut response = go_on(&app, &req, &entered, next).await?;
            match next {
                Some(next) if entered.level != Level::Full => put(&mut response, remember(&app, next)),
                _ => put(&mut response, Jar::Next.removal(&app.settings.public)),
            }
            Ok(response)
        }
        Tested::Wrong => {
            let wrong = FieldError::new("password", "The e-mail address or the password is wrong.");
            refused(&draw(shell, &input.email, &input.next, &[wrong]))
        }
        Tested::Held(verdict) => {
            held(verdict, now, |error| refused(&draw(shell, &input.email, &input.next, &[error])), "password")
        }
    }
}
