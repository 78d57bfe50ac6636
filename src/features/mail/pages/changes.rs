//! What can be done about mails: sent again, revoked, their link copied, one sent as a test.

use actix_web::{HttpRequest, web};
use askama::Template;
use serde::Deserialize;

use crate::access::Permit;
use crate::access::permit::{ChangeMails, ManageMails};
use crate::app::App;
use crate::features::mail::actions;
use crate::web::answer::{Answer, page, see_saying};
use crate::web::forms::{Form, Nothing};
use crate::web::shell::{Crumb, FlashKind, Shell};

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Ticked {
    id: Vec<i64>,
}

/// "1 mail", "12 mails".
fn mails(number: usize) -> String {
    if number == 1 { "1 mail".into() } else { format!("{number} mails") }
}

pub async fn resend(permit: Permit<ChangeMails>, form: Form<Ticked>, app: web::Data<App>) -> Answer {
    let (Form(Ticked { id: ids }), state) = (form, app.clone());
    let number = app.db.write(move |conn| actions::resend(conn, &state, &permit.also()?, &ids)).await?;
    app.bell.ring();
    Ok(see_saying(&app, "/mails", FlashKind::Success, format!("{} will be sent again.", mails(number))))
}

pub async fn revoke(permit: Permit<ChangeMails>, form: Form<Ticked>, app: web::Data<App>) -> Answer {
    let Form(Ticked { id: ids }) = form;
    let number = app.db.write(move |conn| actions::revoke(conn, &permit.also()?, &ids)).await?;
    Ok(see_saying(&app, "/mails", FlashKind::Success, format!("Revoked {}.", mails(number))))
}

pub async fn send_test(permit: Permit<ManageMails>, _form: Form<Nothing>, app: web::Data<App>) -> Answer {
    let state = app.clone();
    let id = app.db.write(move |conn| actions::send_test(conn, &state, &permit)).await?;
    app.bell.ring();
    let text = "A test mail to you is on its way. This page shows what becomes of it.";
    Ok(see_saying(&app, &format!("/mails/{id}"), FlashKind::Success, text))
}

#[derive(Template)]
#[template(path = "mail/link.html")]
struct LinkPage {
    shell: Shell,
    crumbs: Vec<Crumb>,
    id: i64,
    title: String,
    link: String,
}

pub async fn copy_link(
    permit: Permit<ChangeMails>,
    _form: Form<Nothing>,
    id: web::Path<i64>,
    app: web::Data<App>,
    req: HttpRequest,
) -> Answer {
    let (state, shell, id) = (app.clone(), Shell::of(&app, &req), id.into_inner());
    let (user, link) = app.db.write(move |conn| actions::copy_link(conn, &state, &permit.also()?, id)).await?;
    let crumbs =
        vec![Crumb::new("Mails", "/mails"), Crumb::new(&user.email, format!("/mails/{id}")), Crumb::here("Link")];
    page(&LinkPage { shell, crumbs, id, title: user.title().to_owned(), link })
}
