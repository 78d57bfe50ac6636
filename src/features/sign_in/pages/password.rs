//! `/login/password`: the new password that is due.

use actix_web::{HttpRequest, web};
use askama::Template;

use super::{at, go_on, wanted};
use crate::access::HalfSignedIn;
use crate::access::session::Level;
use crate::app::App;
use crate::features::sign_in::actions::{self, Chooser, Demand};
use crate::features::sign_in::input::Chosen;
use crate::features::sign_in::model::Asker;
use crate::features::sign_in::pieces::{NewPassword, new_password};
use crate::refusal::{FieldError, Refusal};
use crate::web::answer::{Answer, page, refused};
use crate::web::forms::{Form, summary};
use crate::web::shell::Shell;

#[derive(Template)]
#[template(path = "sign_in/password.html")]
struct PasswordPage {
    shell: Shell,
    errors: Vec<(String, String)>,
    email: String,
    password: NewPassword,
}

fn draw(shell: Shell, email: &str, demand: &Demand, errors: &[FieldError]) -> PasswordPage {
    PasswordPage {
        shell,
        errors: summary(errors),
        email: email.to_owned(),
        password: new_password("New password", demand, errors),
    }
}

fn chooser(half: &HalfSignedIn) -> Chooser {
    let actor = &half.session.actor;
    Chooser::User(actor.id, actor.name.clone(), actor.email.clone())
}

pub async fn show(half: HalfSignedIn, app: web::Data<App>, req: HttpRequest) -> Answer {
    at(&half.session, Level::NewPasswordDue)?;
    let demand = Demand::of(&app, chooser(&half)).await?;
    page(&draw(Shell::without_nav(&app, &req), &half.session.actor.email, &demand, &[]))
}

pub async fn submit(half: HalfSignedIn, form: Form<Chosen>, app: web::Data<App>, req: HttpRequest) -> Answer {
    at(&half.session, Level::NewPasswordDue)?;
    let shell = Shell::without_nav(&app, &req);
    let email = half.session.actor.email.clone();
    let demand = Demand::of(&app, chooser(&half)).await?;
    let asker = Asker::of(&app, &req, half.origin);
    match actions::change_due_password(&app, asker, half.session, form.0.into_password()).await {
        Ok(entered) => go_on(&app, &req, &entered, wanted(&app, &req).as_deref()).await,
        Err(Refusal::Fields(errors)) => refused(&draw(shell, &email, &demand, &errors)),
        Err(refusal) => Err(refusal.into()),
    }
}
