//! `/settings/passwords`: what new passwords have to be.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;

use super::{change, head, stored};
use crate::access::Permit;
use crate::access::permit::{ChangeSettings, ViewSettings};
use crate::app::App;
use crate::features::settings::actions::{self, of_all, seen};
use crate::features::settings::input::{LONGEST_DEMAND, Passwords};
use crate::features::settings::model::PasswordSettings;
use crate::refusal::{FieldError, Refusal};
use crate::web::answer::{Answer, page, page_with, refused, see_saying};
use crate::web::forms::{Field, Form, summary};
use crate::web::kept::Kept;
use crate::web::shell::{Crumb, FlashKind, Shell, Tab};

const ADDRESS: &str = "/settings/passwords";

#[derive(Template)]
#[template(path = "settings/passwords.html")]
struct PasswordsPage {
    shell: Shell,
    crumbs: Vec<Crumb>,
    tabs: Vec<Tab>,
    errors: Vec<(String, String)>,
    conflict: String,
    with_second_factor: Field,
    alone: Field,
    words: Field,
    seen: String,
}

fn draw(shell: Shell, input: &Passwords, errors: &[FieldError]) -> PasswordsPage {
    let (crumbs, tabs) = head("Password Rules");
    let length = |name: &'static str, label: &'static str, value: &str, least: usize| {
        let hint = format!("Characters, from {least} to {LONGEST_DEMAND}.");
        Field::new(name, label, value).required().max(2).hint(hint).errors(errors)
    };
    PasswordsPage {
        shell,
        crumbs,
        tabs,
        errors: summary(errors),
        conflict: String::new(),
        with_second_factor: length(
            "with_second_factor",
            "Shortest password of those who need 2FA",
            &input.with_second_factor,
            12,
        ),
        alone: length("alone", "Shortest password of everybody else", &input.alone, 15),
        words: Field::new("words", "Words of your organisation", &input.words)
            .hint("One to a line. No password is made of them, nor of the person's own name and address.")
            .errors(errors),
        seen: input.seen.clone(),
    }
}

fn of_stored(stored: &PasswordSettings) -> Passwords {
    Passwords {
        with_second_factor: stored.with_second_factor.to_string(),
        alone: stored.alone.to_string(),
        words: stored.words.join("\n"),
        seen: seen(stored),
    }
}

pub async fn show(permit: Permit<ViewSettings>, app: web::Data<App>, req: HttpRequest, kept: Kept) -> Answer {
    of_all(&permit)?;
    let stored: PasswordSettings = stored(&app).await?;
    let input = kept.take().unwrap_or_else(|| of_stored(&stored));
    page(&draw(Shell::of(&app, &req), &input, &[]))
}

pub async fn submit(
    permit: Permit<ChangeSettings>,
    form: Form<Passwords>,
    app: web::Data<App>,
    req: HttpRequest,
) -> Answer {
    of_all(&permit)?;
    let Form(input) = form;
    let shell = Shell::of(&app, &req);
    let new = match input.parse() {
        Ok(new) => new,
        Err(errors) => return refused(&draw(shell, &input, &errors)),
    };
    let noted = input.seen.clone();
    match change(&app, move |conn| actions::set_passwords(conn, &permit, &noted, &new)).await {
        Ok(()) => Ok(see_saying(
            &app,
            ADDRESS,
            FlashKind::Success,
            "The password rules were saved. They count for the next password that somebody chooses.",
        )),
        Err(Refusal::Conflict(why)) => {
            let stored: PasswordSettings = stored(&app).await?;
            let mut template = draw(shell, &Passwords { seen: seen(&stored), ..input }, &[]);
            template.conflict = why;
            page_with(StatusCode::CONFLICT, &template)
        }
        Err(refusal) => Err(refusal.into()),
    }
}
