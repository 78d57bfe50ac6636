//! `/settings/sessions`: how long people stay signed in.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;

use super::{change, head, stored};
use crate::access::Permit;
use crate::access::permit::{ChangeSettings, ViewSettings};
use crate::app::App;
use crate::features::settings::actions::{self, of_all, seen};
use crate::features::settings::input::Sessions;
use crate::features::settings::model::SessionSettings;
use crate::refusal::{FieldError, Refusal};
use crate::web::answer::{Answer, page, page_with, refused, see_saying};
use crate::web::forms::{Choice, Field, Form, summary};
use crate::web::kept::Kept;
use crate::web::shell::{Crumb, FlashKind, Shell, Tab};

const ADDRESS: &str = "/settings/sessions";

#[derive(Template)]
#[template(path = "settings/sessions.html")]
struct SessionsPage {
    shell: Shell,
    crumbs: Vec<Crumb>,
    tabs: Vec<Tab>,
    errors: Vec<(String, String)>,
    conflict: String,
    idle: (Field, Vec<Choice>),
    hours: (Field, Vec<Choice>),
    seen: String,
}

fn draw(shell: Shell, input: &Sessions, errors: &[FieldError]) -> SessionsPage {
    let (crumbs, tabs) = head("Session Times");
    let choices = |offered: &[i64], one: &str, many: &str, typed: &str| {
        let choice = |number: &i64| {
            let word = if *number == 1 { one } else { many };
            Choice::new(number.to_string(), format!("{number} {word}"), typed == number.to_string())
        };
        offered.iter().map(choice).collect()
    };
    SessionsPage {
        shell,
        crumbs,
        tabs,
        errors: summary(errors),
        conflict: String::new(),
        idle: (
            Field::new("idle_minutes", "Signed out after so long without doing anything", "").required().errors(errors),
            choices(&SessionSettings::IDLE_MINUTES, "minute", "minutes", &input.idle_minutes),
        ),
        hours: (
            Field::new("hours", "Signed out in any case so long after signing in", "").required().errors(errors),
            choices(&SessionSettings::HOURS, "hour", "hours", &input.hours),
        ),
        seen: input.seen.clone(),
    }
}

fn of_stored(stored: &SessionSettings) -> Sessions {
    Sessions { idle_minutes: stored.idle_minutes.to_string(), hours: stored.hours.to_string(), seen: seen(stored) }
}

pub async fn show(permit: Permit<ViewSettings>, app: web::Data<App>, req: HttpRequest, kept: Kept) -> Answer {
    of_all(&permit)?;
    let stored: SessionSettings = stored(&app).await?;
    let input = kept.take().unwrap_or_else(|| of_stored(&stored));
    page(&draw(Shell::of(&app, &req), &input, &[]))
}

pub async fn submit(
    permit: Permit<ChangeSettings>,
    form: Form<Sessions>,
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
    match change(&app, move |conn| actions::set_sessions(conn, &permit, &noted, &new)).await {
        Ok(()) => Ok(see_saying(
            &app,
            ADDRESS,
            FlashKind::Success,
            "Session times were saved. They count for everybody at once.",
        )),
        Err(Refusal::Conflict(why)) => {
            let stored: SessionSettings = stored(&app).await?;
            let mut template = draw(shell, &Sessions { seen: seen(&stored), ..input }, &[]);
            template.conflict = why;
            page_with(StatusCode::CONFLICT, &template)
        }
        Err(refusal) => Err(refusal.into()),
    }
}
