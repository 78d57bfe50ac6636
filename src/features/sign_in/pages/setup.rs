//! `/setup`: the first administrator, by the one-time link that the server printed.

use actix_web::{HttpRequest, web};
use askama::Template;

use super::link::secret;
use super::{go_on, gone};
use crate::access::Anyone;
use crate::access::links::Kind;
use crate::app::App;
use crate::features::sign_in::actions::{self, Chooser, Demand};
use crate::features::sign_in::input::SetUp;
use crate::features::sign_in::model::{Asker, Tested};
use crate::features::sign_in::pieces::{NewPassword, held, new_password, put};
use crate::features::users::input::{EMAIL, NAME};
use crate::refusal::{FieldError, Refusal};
use crate::web::answer::{Answer, page, refused};
use crate::web::cookies::Jar;
use crate::web::forms::{Field, Form, summary};
use crate::web::shell::Shell;

#[derive(Template)]
#[template(path = "sign_in/setup.html")]
struct SetUpPage {
    shell: Shell,
    errors: Vec<(String, String)>,
    name: Field,
    email: Field,
    password: NewPassword,
}

fn draw(shell: Shell, name: &str, email: &str, demand: &Demand, errors: &[FieldError]) -> SetUpPage {
    SetUpPage {
        shell,
        errors: summary(errors),
        name: Field::new("name", "Username", name)
            .required()
            .autocomplete("name")
            .max(NAME.max)
            .hint("What you are called in lists.")
            .errors(errors),
        email: Field::new("email", "Email", email)
            .kind("email")
            .required()
            .autocomplete("username")
            .max(EMAIL.max)
            .hint("You sign in with it.")
            .errors(errors),
        password: NewPassword { words_from: "name email", ..new_password("Password", demand, errors) },
    }
}

pub async fn show(anyone: Anyone, app: web::Data<App>, req: HttpRequest) -> Answer {
    let Some(secret) = secret(&app, &req) else { return gone(&app, &req) };
    let (state, now) = (app.clone(), anyone.origin.at);
    let found = app.db.read(move |conn| actions::look_up(conn, &state, &secret, now)).await?;
    let demand = Demand::of(&app, Chooser::First(String::new(), String::new())).await?;
    match found {
        Some((link, _)) if link.kind == Kind::SetUp => {
            page(&draw(Shell::without_nav(&app, &req), "", "", &demand, &[]))
        }
        _ => gone(&app, &req),
    }
}

pub async fn submit(anyone: Anyone, form: Form<SetUp>, app: web::Data<App>, req: HttpRequest) -> Answer {
    let Form(input) = form;
    let Some(secret) = secret(&app, &req) else { return gone(&app, &req) };
    let shell = Shell::without_nav(&app, &req);
    let demand = Demand::of(&app, Chooser::First(String::new(), String::new())).await?;
    let asker = Asker::of(&app, &req, anyone.origin);
    let (now, name, email) = (asker.origin.at, input.name.clone(), input.email.clone());
    match actions::set_up(&app, asker, secret, input).await {
        Ok(Tested::Right(entered)) => {
            let mut response = go_on(&app, &req, &entered, None).await?;
            put(&mut response, Jar::Link.removal(&app.settings.public));
            Ok(response)
        }
        Ok(Tested::Wrong) => gone(&app, &req),
        Ok(Tested::Held(verdict)) => {
            held(verdict, now, |error| refused(&draw(shell, &name, &email, &demand, &[error])), "password")
        }
        Err(Refusal::Fields(errors)) => refused(&draw(shell, &name, &email, &demand, &errors)),
        Err(refusal) => Err(refusal.into()),
    }
}
