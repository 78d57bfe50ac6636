//! `GET /customers/new`, `POST /customers`.

use actix_web::{HttpRequest, web};
use askama::Template;

use crate::access::Permit;
use crate::access::permit::EditCustomers;
use crate::app::App;
use crate::features::customers::actions::{self, rename::may_create};
use crate::features::customers::input::{CustomerInput, NAME};
use crate::refusal::{FieldError, Refusal};
use crate::web::answer::{Answer, page, refused, see_saying};
use crate::web::forms::{Field, Form, summary};
use crate::web::kept::Kept;
use crate::web::shell::{Crumb, FlashKind, Shell};

/// The form of a customer, new or not.
#[derive(Template)]
#[template(path = "customers/form.html")]
pub(super) struct FormPage {
    pub shell: Shell,
    pub crumbs: Vec<Crumb>,
    pub title: String,
    pub action: String,
    pub back: String,
    pub button: &'static str,
    pub errors: Vec<(String, String)>,
    pub name: Field,
    pub version: String,
    /// Why nothing was done, where somebody else was first.
    pub conflict: String,
}

impl FormPage {
    pub fn new(shell: Shell, input: &CustomerInput, errors: &[FieldError]) -> FormPage {
        FormPage {
            shell,
            crumbs: vec![Crumb::new("Customers", "/customers"), Crumb::here("New Customer")],
            title: "New Customer".into(),
            action: "/customers".into(),
            back: "/customers".into(),
            button: "Create Customer",
            errors: summary(errors),
            name: Field::new("name", "Name", &input.name).required().max(NAME.max).errors(errors),
            version: input.version.clone(),
            conflict: String::new(),
        }
    }
}

pub async fn new(permit: Permit<EditCustomers>, app: web::Data<App>, req: HttpRequest, kept: Kept) -> Answer {
    may_create(&permit)?;
    page(&FormPage::new(Shell::of(&app, &req), &kept.take().unwrap_or_default(), &[]))
}

pub async fn create(
    permit: Permit<EditCustomers>,
    form: Form<CustomerInput>,
    app: web::Data<App>,
    req: HttpRequest,
) -> Answer {
    let Form(input) = form;
    let outcome = match input.parse() {
        Ok(name) => app.db.write(move |conn| actions::create(conn, &permit, &name).map(|id| (id, name))).await,
        Err(errors) => Err(Refusal::Fields(errors)),
    };
    match outcome {
        Ok((id, name)) => Ok(see_saying(
            &app,
            &format!("/customers/{id}"),
            FlashKind::Success,
            format!("The customer “{name}” was created."),
        )),
        Err(Refusal::Fields(errors)) => refused(&FormPage::new(Shell::of(&app, &req), &input, &errors)),
        Err(refusal) => Err(refusal.into()),
    }
}
