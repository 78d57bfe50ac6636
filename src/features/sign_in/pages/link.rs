//! `/links/{secret}`: opening a one-time link moves its secret out of the address and spends nothing. `/login/link`: choosing a password by it.

use actix_web::{HttpRequest, web};
use askama::Template;

use super::{COOKIE_LASTS_S, cookie, go_on, gone};
use crate::access::Anyone;
use crate::access::links::Kind;
use crate::access::one_time::Secret;
use crate::app::App;
use crate::features::sign_in::actions::{self, Chooser, Demand};
use crate::features::sign_in::input::Chosen;
use crate::features::sign_in::model::{Asker, Tested, wait};
use crate::features::sign_in::pieces::{NewPassword, held, new_password, put};
use crate::refusal::{FieldError, Refusal};
use crate::web::answer::{Answer, page, refused, see};
use crate::web::cookies::Jar;
use crate::web::errors::Problem;
use crate::web::forms::{Form, summary};
use crate::web::shell::Shell;

#[derive(Template)]
#[template(path = "sign_in/link.html")]
struct LinkPage {
    shell: Shell,
    errors: Vec<(String, String)>,
    email: String,
    first: bool,
    /// Whether the second factor is set up next.
    sets_up: bool,
    password: NewPassword,
}

/// The secret that `open` left in the cookie.
pub fn secret(app: &App, req: &HttpRequest) -> Option<Secret> {
    cookie(app, req, Jar::Link).as_deref().and_then(Secret::parse)
}

pub async fn open(anyone: Anyone, path: web::Path<String>, app: web::Data<App>, req: HttpRequest) -> Answer {
    let Some(secret) = Secret::parse(&path) else { return gone(&app, &req) };
    let asker = Asker::of(&app, &req, anyone.origin);
    let (state, now, text) = (app.clone(), asker.origin.at, secret.to_text());
    let opened = app.db.write(move |conn| actions::open(conn, &state, &asker, &secret)).await?;
    let link = match opened {
        Ok(Some(link)) => link,
        Ok(None) => return gone(&app, &req),
        Err(verdict) => return Err(Problem(Refusal::TooOften { retry_after: wait(verdict, now).1.unwrap_or(3_600) })),
    };
    let mut response = see(if link.kind == Kind::SetUp { "/setup" } else { "/login/link" });
    put(&mut response, Jar::Link.cookie(&app.settings.public, text.to_string(), Some(COOKIE_LASTS_S)));
    Ok(response)
}

/// Whose link it is that the cookie holds, and what comes of it.
#[derive(Clone)]
struct Owner {
    email: String,
    /// Whether it is for their first password.
    first: bool,
    sets_up: bool,
    demand: Demand,
}

fn draw(shell: Shell, owner: &Owner, errors: &[FieldError]) -> LinkPage {
    let label = if owner.first { "Password" } else { "New password" };
    LinkPage {
        shell,
        errors: summary(errors),
        email: owner.email.clone(),
        first: owner.first,
        sets_up: owner.sets_up,
        password: new_password(label, &owner.demand, errors),
    }
}

async fn whose(app: &web::Data<App>, req: &HttpRequest, now: i64) -> Result<Option<Owner>, Refusal> {
    let Some(secret) = secret(app, req) else { return Ok(None) };
    let state = app.clone();
    app.db
        .read(move |conn| {
            let Some((link, Some(user))) = actions::look_up(conn, &state, &secret, now)? else { return Ok(None) };
            let sets_up = actions::sets_up_next(conn, user.id)?;
            let demand = Demand::read(conn, &Chooser::User(user.id, user.name, user.email.clone()))?;
            Ok(Some(Owner { email: user.email, first: link.kind == Kind::Activation, sets_up, demand }))
        })
        .await
}

pub async fn show(anyone: Anyone, app: web::Data<App>, req: HttpRequest) -> Answer {
    match whose(&app, &req, anyone.origin.at).await? {
        Some(owner) => page(&draw(Shell::without_nav(&app, &req), &owner, &[])),
        None => gone(&app, &req),
    }
}

pub async fn submit(anyone: Anyone, form: Form<Chosen>, app: web::Data<App>, req: HttpRequest) -> Answer {
    let asker = Asker::of(&app, &req, anyone.origin);
    let now = asker.origin.at;
    let (Some(owner), Some(secret)) = (whose(&app, &req, now).await?, secret(&app, &req)) else {
        return gone(&app, &req);
    };
    let shell = Shell::without_nav(&app, &req);
    match actions::choose_by_link(&app, asker, secret, form.0.into_password()).await {
        Ok(Tested::Right(entered)) => {
            let mut response = go_on(&app, &req, &entered, None).await?;
            put(&mut response, Jar::Link.removal(&app.settings.public));
            Ok(response)
        }
        Ok(Tested::Wrong) => gone(&app, &req),
        Ok(Tested::Held(verdict)) => held(verdict, now, |error| refused(&draw(shell, &owner, &[error])), "password"),
        Err(Refusal::Fields(errors)) => refused(&draw(shell, &owner, &errors)),
        Err(refusal) => Err(refusal.into()),
    }
}
