//! `GET /customers/{id}`: one customer. `POST /customers/{id}/restoration`: its people may sign in again.

use actix_web::{HttpRequest, web};
use askama::Template;

use super::index::word;
use crate::access::permit::{ArchiveCustomers, EditContacts, ViewCustomers, ViewUsers};
use crate::access::{Action, Permission, Permit};
use crate::app::App;
use crate::features::customers::model::Customer;
use crate::features::customers::{actions, queries};
use crate::web::answer::{Answer, page, see_saying};
use crate::web::forms::{Form, Nothing};
use crate::web::list::grouped;
use crate::web::shell::{Crumb, FlashKind, Shell};

#[derive(Template)]
#[template(path = "customers/show.html")]
struct ShowPage {
    shell: Shell,
    crumbs: Vec<Crumb>,
    customer: Customer,
    state: &'static str,
    /// None: the reader does not see them.
    users: Option<String>,
    /// Why the reader may not rename or archive it; empty: they may.
    why_not: String,
    may_move: bool,
}

pub async fn show(permit: Permit<ViewCustomers>, id: web::Path<i64>, app: web::Data<App>, req: HttpRequest) -> Answer {
    let (shell, id) = (Shell::of(&app, &req), id.into_inner());
    let template = app
        .db
        .read(move |conn| {
            let customer = queries::find(conn, permit.scope(), id)?;
            let sees = permit.rights().allow(ViewUsers::PERMISSION, id);
            let users = if sees { Some(grouped(queries::number_of_users(conn, id)?)) } else { None };
            let manages = permit.rights().allow(Permission::ManageCustomers, id);
            Ok(ShowPage {
                shell,
                crumbs: vec![Crumb::new("Customers", "/customers"), Crumb::here(&customer.name)],
                state: word(&customer).1,
                users,
                why_not: if manages { String::new() } else { Permission::ManageCustomers.lacking() },
                may_move: permit.rights().allow(EditContacts::PERMISSION, id)
                    && permit.rights().allow(Permission::CreateUsers, id),
                customer,
            })
        })
        .await?;
    page(&template)
}

pub async fn restore(
    permit: Permit<ArchiveCustomers>,
    _: Form<Nothing>,
    id: web::Path<i64>,
    app: web::Data<App>,
) -> Answer {
    let id = id.into_inner();
    let customer = app.db.write(move |conn| actions::restore(conn, &permit, id)).await?;
    let text = format!("“{}” is active again: its people may sign in.", customer.name);
    Ok(see_saying(&app, &format!("/customers/{id}"), FlashKind::Success, text))
}
