//! `/settings/account-security`: of whom 2FA is required. What saving does to people is shown before it is done.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;

use super::{change, head};
use crate::access::Permit;
use crate::access::permit::{ChangeSettings, ViewSettings};
use crate::app::App;
use crate::db::Conn;
use crate::features::roles::actions::forced;
use crate::features::roles::model::{Forced, Role};
use crate::features::roles::queries::all;
use crate::features::settings::actions::{self, Effect, effect, of_all};
use crate::features::settings::input::Security;
use crate::features::settings::queries;
use crate::refusal::{FieldError, Refusal};
use crate::web::answer::{Answer, page, page_with, refused, see_saying};
use crate::web::forms::{Choice, Form, summary};
use crate::web::kept::Kept;
use crate::web::list::grouped;
use crate::web::shell::{Crumb, FlashKind, Shell, Tab};

const HERE: &str = "Account Security";
const ADDRESS: &str = "/settings/account-security";

#[derive(Template)]
#[template(path = "settings/security.html")]
struct SecurityPage {
    shell: Shell,
    crumbs: Vec<Crumb>,
    tabs: Vec<Tab>,
    errors: Vec<(String, String)>,
    conflict: String,
    force: Vec<Choice>,
    force_errors: Vec<String>,
    /// Those that may sign in.
    roles: Vec<Choice>,
    seen: String,
    /// What saving would do; empty: not looked at yet.
    effect: Vec<String>,
    shown: String,
}

/// What is read for the page.
struct Facts {
    stored: Forced,
    roles: Vec<Role>,
    /// How many of each role have not set 2FA up.
    without: Vec<usize>,
}

impl Facts {
    fn read(conn: &mut Conn) -> Result<Facts, Refusal> {
        let mut roles = all(conn)?;
        roles.retain(|role| role.may_sign_in);
        let people = queries::without_factor(conn)?;
        let count = |role: &Role| people.values().filter(|held| held.contains(&role.id)).count();
        Ok(Facts { stored: forced(conn)?, without: roles.iter().map(count).collect(), roles })
    }

    fn ids(&self) -> Vec<i64> {
        self.roles.iter().map(|role| role.id).collect()
    }
}

/// The form as it stands for a setting.
fn of_stored(stored: &Forced) -> Security {
    let (force, role) = match stored {
        Forced::Everybody => ("all", Vec::new()),
        Forced::Nobody => ("off", Vec::new()),
        Forced::Roles(ids) => ("roles", ids.iter().map(ToString::to_string).collect()),
    };
    Security { force: force.into(), role, seen: stored.text(), shown: String::new() }
}

fn number(count: usize) -> String {
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    if count == 1 { "1 person".into() } else { format!("{} people", grouped(count)) }
}

/// What saving does, in sentences.
fn sentences(effect: &Effect) -> Vec<String> {
    let mut lines = Vec::new();
    match effect.asked.len() {
        0 => lines.push("Nobody has to set up 2FA who did not have to before.".to_owned()),
        asked => lines.push(format!(
            "{} would have to set up 2FA at the next sign-in, and where they are signed in they would be signed out now.",
            number(asked)
        )),
    }
    if effect.freed > 0 {
        lines.push(format!("{} would not have to set up 2FA any more.", number(effect.freed)));
    }
    lines
}

fn draw(shell: Shell, facts: &Facts, input: &Security, errors: &[FieldError]) -> SecurityPage {
    let (crumbs, tabs) = head(HERE);
    let choice = |value: &str, label: &str| Choice::new(value, label, input.force == value);
    let role = |(role, without): (&Role, &usize)| {
        let id = role.id.to_string();
        let hint = format!("{} without 2FA", number(*without));
        Choice { hint, ..Choice::new(id.clone(), role.name.clone(), input.role.contains(&id)) }
    };
    SecurityPage {
        shell,
        crumbs,
        tabs,
        errors: summary(errors),
        conflict: String::new(),
        force: vec![
            choice("all", "Everybody who may sign in"),
            choice("roles", "Those who hold one of the roles ticked below"),
            choice("off", "Nobody"),
        ],
        force_errors: errors.iter().filter(|error| error.field == "force").map(|error| error.message.clone()).collect(),
        roles: facts.roles.iter().zip(&facts.without).map(role).collect(),
        seen: input.seen.clone(),
        effect: Vec::new(),
        shown: String::new(),
    }
}

pub async fn show(permit: Permit<ViewSettings>, app: web::Data<App>, req: HttpRequest, kept: Kept) -> Answer {
    of_all(&permit)?;
    let facts = app.db.read(Facts::read).await?;
    let input = kept.take().unwrap_or_else(|| of_stored(&facts.stored));
    page(&draw(Shell::of(&app, &req), &facts, &input, &[]))
}

pub async fn submit(
    permit: Permit<ChangeSettings>,
    form: Form<Security>,
    app: web::Data<App>,
    req: HttpRequest,
) -> Answer {
    of_all(&permit)?;
    let Form(input) = form;
    let facts = app.db.read(Facts::read).await?;
    let shell = Shell::of(&app, &req);
    let wanted = match input.parse(&facts.ids()) {
        Ok(wanted) => wanted,
        Err(error) => return refused(&draw(shell, &facts, &input, &[error])),
    };
    let new = wanted.clone();
    let would = app.db.read(move |conn| effect(conn, &new)).await?;
    let looked = |mut template: SecurityPage| {
        template.effect = sentences(&would);
        template.shown = would.code();
        template
    };
    if wanted != facts.stored && input.shown != would.code() {
        return page(&looked(draw(shell, &facts, &input, &[])));
    }
    let (seen, shown) = (input.seen.clone(), input.shown.clone());
    match change(&app, move |conn| actions::set_forced(conn, &permit, &seen, &shown, &wanted)).await {
        Ok(()) => Ok(see_saying(&app, ADDRESS, FlashKind::Success, "Account security was saved.")),
        Err(Refusal::Conflict(why)) => {
            let input = Security { seen: facts.stored.text(), ..input };
            let mut template = looked(draw(shell, &facts, &input, &[]));
            template.conflict = why;
            page_with(StatusCode::CONFLICT, &template)
        }
        Err(refusal @ Refusal::Unfit(_)) => {
            refused(&draw(shell, &facts, &input, &[FieldError::new("force", refusal.to_string())]))
        }
        Err(refusal) => Err(refusal.into()),
    }
}
