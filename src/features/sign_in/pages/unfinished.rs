//! `GET /login/unfinished`: a form that came too late, to be sent by one more press.

use actix_web::{HttpRequest, web};
use askama::Template;

use crate::access::SignedIn;
use crate::app::App;
use crate::features::sign_in::again::Again;
use crate::web::answer::{Answer, page, see};
use crate::web::kept::{self, Waiting};
use crate::web::shell::Shell;

#[derive(Template)]
#[template(path = "sign_in/unfinished.html")]
struct UnfinishedPage {
    shell: Shell,
    form: Waiting,
    button: &'static str,
    about: String,
}

pub async fn show(who: SignedIn, app: web::Data<App>, req: HttpRequest) -> Answer {
    let user_id = who.session.actor.id;
    let Some(form) = kept::waiting(&app, &req, user_id).await? else { return Ok(see("/account")) };
    let Again::Press { button, about } = Again::of(&form) else { return Ok(see(&form.page)) };
    kept::done_with(&app, &req, user_id).await?;
    let mut shell = Shell::without_nav(&app, &req);
    // Were it late once more, it would come from where it came from the first time.
    shell.page = form.page.clone();
    page(&UnfinishedPage { shell, form, button, about })
}
