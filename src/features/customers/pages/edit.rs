//! `GET /customers/{id}/edit`, `POST /customers/{id}`: another name.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};

use super::new::FormPage;
use crate::access::Permit;
use crate::access::permit::EditCustomers;
use crate::app::App;
use crate::features::customers::input::CustomerInput;
use crate::features::customers::model::Customer;
use crate::features::customers::{actions, queries};
use crate::refusal::{FieldError, Refusal};
use crate::web::answer::{Answer, page, page_with, see_saying};
use crate::web::forms::Form;
use crate::web::kept::Kept;
use crate::web::shell::{Crumb, FlashKind, Shell};

fn form(shell: Shell, customer: &Customer, input: &CustomerInput, errors: &[FieldError]) -> FormPage {
    let href = format!("/customers/{}", customer.id);
    FormPage {
        crumbs: vec![Crumb::new("Customers", "/customers"), Crumb::new(&customer.name, &href), Crumb::here("Rename")],
        title: format!("Rename {}", customer.name),
        action: href.clone(),
        back: href,
        button: "Save",
        ..FormPage::new(shell, input, errors)
    }
}

pub async fn edit(
    permit: Permit<EditCustomers>,
    id: web::Path<i64>,
    app: web::Data<App>,
    req: HttpRequest,
    kept: Kept,
) -> Answer {
    let customer = app.db.read(move |conn| queries::find(conn, permit.scope(), id.into_inner())).await?;
    let input = kept
        .take()
        .unwrap_or_else(|| CustomerInput { name: customer.name.clone(), version: customer.changed_at.to_string() });
    page(&form(Shell::of(&app, &req), &customer, &input, &[]))
}

pub async fn update(
    permit: Permit<EditCustomers>,
    sent: Form<CustomerInput>,
    id: web::Path<i64>,
    app: web::Data<App>,
    req: HttpRequest,
) -> Answer {
    let (Form(input), id) = (sent, id.into_inner());
    let mine = permit.clone();
    // Looked up first, so that a customer that is not there answers 404 whatever was typed.
    let customer = app.db.read(move |conn| queries::find(conn, mine.scope(), id)).await?;
    let version = input.version.parse().unwrap_or(0);
    let outcome = match input.parse() {
        Ok(name) => {
            app.db.write(move |conn| actions::rename(conn, &permit, id, version, &name).map(|job| (job, name))).await
        }
        Err(errors) => Err(Refusal::Fields(errors)),
    };
    match outcome {
        Ok((job, name)) => {
            if job {
                app.bell.ring();
            }
            let text = format!("The customer is called “{name}” now.");
            Ok(see_saying(&app, &format!("/customers/{id}"), FlashKind::Success, text))
        }
        Err(Refusal::Fields(errors)) => {
            let drawn = form(Shell::of(&app, &req), &customer, &input, &errors);
            page_with(StatusCode::UNPROCESSABLE_ENTITY, &drawn)
        }
        Err(Refusal::Conflict(conflict)) => {
            let input = CustomerInput { version: customer.changed_at.to_string(), ..input };
            let drawn = FormPage { conflict, ..form(Shell::of(&app, &req), &customer, &input, &[]) };
            page_with(StatusCode::CONFLICT, &drawn)
        }
        Err(refusal) => Err(refusal.into()),
    }
}
