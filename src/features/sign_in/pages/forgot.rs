//! `/login/forgot`: asking for a link to choose a new password. The answer is the same for every address.

use actix_web::{HttpRequest, web};
use askama::Template;
use serde::Deserialize;

use crate::access::Anyone;
use crate::app::App;
use crate::features::sign_in::actions;
use crate::features::users::input::{EMAIL, Email};
use crate::refusal::FieldError;
use crate::web::answer::{Answer, page, refused};
use crate::web::forms::{Field, Form, summary};
use crate::web::shell::Shell;

#[derive(Template)]
#[template(path = "sign_in/forgot.html")]
struct ForgotPage {
    shell: Shell,
    errors: Vec<(String, String)>,
    email: Field,
    /// Whether it was asked for.
    asked: bool,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Forgotten {
    email: String,
}

fn draw(shell: Shell, email: &str, asked: bool, errors: &[FieldError]) -> ForgotPage {
    ForgotPage {
        shell,
        errors: summary(errors),
        email: Field::new("email", "Email", email)
            .kind("email")
            .required()
            .autocomplete("username")
            .max(EMAIL.max)
            .errors(errors),
        asked,
    }
}

pub async fn show(_anyone: Anyone, app: web::Data<App>, req: HttpRequest) -> Answer {
    page(&draw(Shell::without_nav(&app, &req), "", false, &[]))
}

pub async fn submit(anyone: Anyone, form: Form<Forgotten>, app: web::Data<App>, req: HttpRequest) -> Answer {
    let (Form(input), shell) = (form, Shell::without_nav(&app, &req));
    let email = match Email::parse(&input.email) {
        Ok(email) => email,
        Err(error) => return refused(&draw(shell, &input.email, false, &[error])),
    };
    app.db.write(move |conn| actions::ask_for_link(conn, &anyone.origin, &email)).await?;
    app.bell.ring();
    page(&draw(shell, &input.email, true, &[]))
}
