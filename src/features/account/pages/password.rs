//! `/account/password`: changing one's own password.

use actix_web::{HttpRequest, web};
use askama::Template;

use crate::access::SignedIn;
use crate::access::password::Password;
use crate::app::App;
use crate::features::account::actions;
use crate::features::account::input::ChangePassword;
use crate::features::sign_in::actions::{Chooser, Demand};
use crate::features::sign_in::model::{Asker, Tested};
use crate::features::sign_in::pieces::{NewPassword, hand_over, held, new_password};
use crate::refusal::{FieldError, Refusal};
use crate::web::answer::{Answer, page, refused, see_saying};
use crate::web::forms::{Field, Form, summary};
use crate::web::shell::{Crumb, FlashKind, Shell};

#[derive(Template)]
#[template(path = "account/password.html")]
struct PasswordPage {
    shell: Shell,
    crumbs: Vec<Crumb>,
    errors: Vec<(String, String)>,
    email: String,
    current: Field,
    password: NewPassword,
}

fn draw(shell: Shell, email: &str, demand: &Demand, errors: &[FieldError]) -> PasswordPage {
    let current = Field::new("password_current", "Current password", "").kind("password").required();
    PasswordPage {
        shell,
        crumbs: vec![Crumb::new("Your account", "/account"), Crumb::here("Change password")],
        errors: summary(errors),
        email: email.to_owned(),
        current: current.autocomplete("current-password").errors(errors),
        password: new_password("New password", demand, errors),
    }
}

fn chooser(who: &SignedIn) -> Chooser {
    let actor = &who.session.actor;
    Chooser::User(actor.id, actor.name.clone(), actor.email.clone())
}

pub async fn show(who: SignedIn, app: web::Data<App>, req: HttpRequest) -> Answer {
    let demand = Demand::of(&app, chooser(&who)).await?;
    page(&draw(Shell::of(&app, &req), &who.session.actor.email, &demand, &[]))
}

pub async fn submit(who: SignedIn, form: Form<ChangePassword>, app: web::Data<App>, req: HttpRequest) -> Answer {
    let Form(input) = form;
    let shell = Shell::of(&app, &req);
    let email = who.session.actor.email.clone();
    let demand = Demand::of(&app, chooser(&who)).await?;
    let missing = actions::missing(&input.password_current, &input.password);
    if !missing.is_empty() {
        return refused(&draw(shell, &email, &demand, &missing));
    }
    let asker = Asker::of(&app, &req, who.origin);
    let now = asker.origin.at;
    let (current, new) = (Password::new(input.password_current), Password::new(input.password));
    match actions::change_password(&app, asker, who.session, current, new).await {
        Ok(Tested::Right(entered)) => {
            let done = "Your password is changed. You were signed out everywhere else.";
            let mut response = see_saying(&app, "/account", FlashKind::Success, done);
            hand_over(&app, &mut response, &entered);
            Ok(response)
        }
        Ok(Tested::Wrong) => {
            refused(&draw(shell, &email, &demand, &[FieldError::new("password_current", "This is not your password.")]))
        }
        Ok(Tested::Held(verdict)) => {
            held(verdict, now, |error| refused(&draw(shell, &email, &demand, &[error])), "password_current")
        }
        Err(Refusal::Fields(errors)) => refused(&draw(shell, &email, &demand, &errors)),
        Err(refusal) => Err(refusal.into()),
    }
}
