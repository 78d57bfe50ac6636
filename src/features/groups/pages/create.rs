//! `GET /groups/new`, `POST /groups`: "Create Group".

use actix_web::{HttpRequest, web};
use askama::Template;

use crate::access::Permit;
use crate::access::permit::ManageGroups;
use crate::app::App;
use crate::db::Conn;
use crate::features::customers;
use crate::features::groups::actions;
use crate::features::groups::input::{GroupInput, NAME};
use crate::refusal::{FieldError, Refusal};
use crate::web::answer::{Answer, page, refused, see_saying};
use crate::web::forms::{Choice, Field, Form, summary};
use crate::web::kept::Kept;
use crate::web::shell::{Crumb, FlashKind, Shell};

#[derive(Template)]
#[template(path = "groups/create.html")]
struct CreatePage {
    shell: Shell,
    crumbs: Vec<Crumb>,
    errors: Vec<(String, String)>,
    name: Field,
    customer: Field,
    customers: Vec<Choice>,
}

pub async fn new(permit: Permit<ManageGroups>, app: web::Data<App>, req: HttpRequest, kept: Kept) -> Answer {
    let shell = Shell::of(&app, &req);
    let input: GroupInput = kept.take().unwrap_or_default();
    let template = app.db.read(move |conn| draw(conn, &permit, shell, &input, &[])).await?;
    page(&template)
}

pub async fn create(
    permit: Permit<ManageGroups>,
    form: Form<GroupInput>,
    app: web::Data<App>,
    req: HttpRequest,
) -> Answer {
    let Form(input) = form;
    let (mine, customer_id) = (permit.clone(), input.customer.parse().unwrap_or(0));
    let outcome = match input.parse() {
        Ok(name) => app.db.write(move |conn| actions::create(conn, &mine, &name, customer_id)).await,
        Err(error) => Err(Refusal::Fields(vec![error])),
    };
    match outcome {
        Ok(group) => {
            let text = format!("The group “{}” was created.", group.name);
            Ok(see_saying(&app, &format!("/groups/{}", group.id), FlashKind::Success, text))
        }
        Err(Refusal::Fields(errors)) => {
            let shell = Shell::of(&app, &req);
            let template = app.db.read(move |conn| draw(conn, &permit, shell, &input, &errors)).await?;
            refused(&template)
        }
        Err(refusal) => Err(refusal.into()),
    }
}

fn draw(
    conn: &mut Conn,
    permit: &Permit<ManageGroups>,
    shell: Shell,
    input: &GroupInput,
    errors: &[FieldError],
) -> Result<CreatePage, Refusal> {
    let preset = customers::queries::first(conn, permit.scope())?.id.to_string();
    let chosen = if input.customer.is_empty() { &preset } else { &input.customer };
    let customers = customers::queries::offered(conn, permit.scope())?
        .into_iter()
        .map(|customer| Choice::new(customer.id.to_string(), customer.name, *chosen == customer.id.to_string()))
        .collect();
    Ok(CreatePage {
        shell,
        crumbs: vec![Crumb::new("Groups", "/groups"), Crumb::here("Create Group")],
        errors: summary(errors),
        name: Field::new("name", "Group name", &input.name).required().max(NAME.max).errors(errors),
        customer: Field::new("customer", "Customer", "")
            .required()
            .hint("A group and its users belong to one customer.")
            .errors(errors),
        customers,
    })
}
