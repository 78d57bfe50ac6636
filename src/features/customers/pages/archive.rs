//! `GET` and `POST /customers/{id}/archive`: what it does, and then it is done.

use actix_web::{HttpRequest, web};
use askama::Template;
use serde::Deserialize;

use crate::access::Permit;
use crate::access::permit::ArchiveCustomers;
use crate::app::App;
use crate::features::customers::actions;
use crate::features::customers::model::Customer;
use crate::web::answer::{Answer, page, see_saying};
use crate::web::forms::Form;
use crate::web::shell::{Crumb, FlashKind, Shell};

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Input {
    /// The impact that was shown.
    seen: String,
}

#[derive(Template)]
#[template(path = "customers/archive.html")]
struct ArchivePage {
    shell: Shell,
    crumbs: Vec<Crumb>,
    customer: Customer,
    code: String,
    figures: Vec<(&'static str, String)>,
}

pub async fn show(
    permit: Permit<ArchiveCustomers>,
    id: web::Path<i64>,
    app: web::Data<App>,
    req: HttpRequest,
) -> Answer {
    let (shell, id) = (Shell::of(&app, &req), id.into_inner());
    let (customer, impact) = app.db.read(move |conn| actions::impact(conn, &permit, id)).await?;
    let crumbs = vec![
        Crumb::new("Customers", "/customers"),
        Crumb::new(&customer.name, format!("/customers/{id}")),
        Crumb::here("Archive"),
    ];
    page(&ArchivePage { shell, crumbs, customer, code: impact.code(), figures: impact.figures() })
}

pub async fn create(
    permit: Permit<ArchiveCustomers>,
    form: Form<Input>,
    id: web::Path<i64>,
    app: web::Data<App>,
) -> Answer {
    let (Form(input), id) = (form, id.into_inner());
    let (customer, _) = app.db.write(move |conn| actions::archive(conn, &permit, id, &input.seen)).await?;
    let text = format!("“{}” is archived. Nothing was deleted, and it can be restored here.", customer.name);
    Ok(see_saying(&app, &format!("/customers/{id}"), FlashKind::Success, text))
}
