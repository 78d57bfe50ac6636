//! `GET /users/new`, `POST /users`: "Create User".

use actix_web::{HttpRequest, web};
use askama::Template;
use serde::Deserialize;

use crate::access::permit::{AssignRoles, CreateUsers};
use crate::access::{BuiltIn, Permit};
use crate::app::App;
use crate::db::Conn;
use crate::features::roles::model::Wanted;
use crate::features::users::input::{self, NewUser, UserInput};
use crate::features::users::model::User;
use crate::features::users::{actions, queries};
use crate::features::{customers, roles};
use crate::refusal::{FieldError, Refusal};
use crate::web::answer::{Answer, page, refused};
use crate::web::forms::{Choice, Field, Form, summary};
use crate::web::kept::Kept;
use crate::web::shell::{Crumb, Shell};

/// The form as it is sent.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub struct Input {
    name: String,
    email: String,
    phone: String,
    customer: String,
    role: String,
}

#[derive(Template)]
#[template(path = "users/create.html")]
struct CreatePage {
    shell: Shell,
    crumbs: Vec<Crumb>,
    errors: Vec<(String, String)>,
    name: Field,
    email: Field,
    phone: Field,
    customer: Field,
    customers: Vec<Choice>,
    role: Field,
    roles: Vec<Choice>,
}

/// What the form offers to choose from.
struct Offer {
    customers: Vec<Choice>,
    roles: Vec<Choice>,
}

pub async fn new(permit: Permit<CreateUsers>, app: web::Data<App>, req: HttpRequest, kept: Kept) -> Answer {
    let shell = Shell::of(&app, &req);
    let input: Input = kept.take().unwrap_or_default();
    let asked = input.clone();
    let offer = app.db.read(move |conn| offer(conn, &permit, &asked)).await?;
    page(&draw(shell, &input, offer, &[]))
}

pub async fn create(permit: Permit<CreateUsers>, form: Form<Input>, app: web::Data<App>, req: HttpRequest) -> Answer {
    let Form(input) = form;
    let parsed = UserInput { name: input.name.clone(), email: input.email.clone(), phone: input.phone.clone() }.parse();
    let outcome = match parsed {
        Ok(user) => save(&app, &permit, &input, user).await,
        Err(errors) => Err(Refusal::Fields(with_taken(&app, &permit, &input, errors).await?)),
    };
    match outcome {
        Ok((user, link)) => {
            let done = format!("{} was created.", user.title());
            super::activation::saying(&app, &req, &user, link, &done)
        }
        Err(Refusal::Fields(errors)) => {
            let shell = Shell::of(&app, &req);
            let asked = input.clone();
            let offer = app.db.read(move |conn| offer(conn, &permit, &asked)).await?;
            refused(&draw(shell, &input, offer, &errors))
        }
        Err(refusal) => Err(refusal.into()),
    }
}

/// What is wrong with the fields, and also that the address is taken, so that nobody mends one thing only to hear of the next.
async fn with_taken(
    app: &web::Data<App>,
    permit: &Permit<CreateUsers>,
    input: &Input,
    mut errors: Vec<FieldError>,
) -> Result<Vec<FieldError>, Refusal> {
    let Ok(email) = input::Email::parse(&input.email) else { return Ok(errors) };
    let (mine, origin) = (permit.clone(), permit.origin().clone());
    let found = app.db.read(move |conn| match queries::by_email(conn, email.key())? {
        Some(other) => Err(actions::taken(conn, mine.scope(), mine.origin(), &other)?),
        None => Ok(()),
    });
    let outcome = found.await;
    match super::noting_probes(app, &origin, outcome).await {
        Err(Refusal::Fields(taken)) => errors.extend(taken),
        other => other?,
    }
    Ok(errors)
}

/// Creates the user; gives the link that was mailed to them if they may sign in.
async fn save(
    app: &web::Data<App>,
    permit: &Permit<CreateUsers>,
    input: &Input,
    user: NewUser,
) -> Result<(User, Option<String>), Refusal> {
    let customer_id = input.customer.parse().unwrap_or(0);
    let role_id: Option<i64> = input.role.parse().ok();
    let (mine, origin, state) = (permit.clone(), permit.origin().clone(), app.clone());
    let outcome = app
        .db
        .write(move |conn| {
            let created = actions::create(conn, &mine, &user, customer_id)?;
            let signs_in = match role_id {
                Some(wanted) => give(conn, &mine, created.id, customer_id, wanted)?,
                None => false,
            };
            let user = queries::find(conn, mine.scope(), created.id)?;
            let link = match signs_in {
                true => actions::invite(conn, &state, mine.origin(), &user)?,
                false => None,
            };
            Ok((user, link))
        })
        .await;
    super::noting_probes(app, &origin, outcome).await
}

/// Gives the chosen role, limited to the new user's customer unless it is the plain "Users"; says whether they may sign in now.
fn give(
    conn: &mut Conn,
    permit: &Permit<CreateUsers>,
    user_id: i64,
    customer_id: i64,
    role_id: i64,
) -> Result<bool, Refusal> {
    let role = roles::queries::find(conn, role_id).map_err(|_| Refusal::field("role", "Choose one of the roles."))?;
    if role.is(BuiltIn::Users) {
        return Ok(false);
    }
    let assign = permit.also::<AssignRoles>()?;
    let scope = super::roles::narrowest(&role, customer_id);
    let user = queries::find(conn, permit.scope(), user_id)?;
    match roles::actions::set(conn, &assign, &user, &[Wanted { role_id, scope }]) {
        Ok(changed) => Ok(changed.newly_signs_in),
        Err(Refusal::Fields(errors)) => {
            Err(Refusal::Fields(errors.into_iter().map(|error| FieldError::new("role", error.message)).collect()))
        }
        Err(other) => Err(other),
    }
}

fn offer(conn: &mut Conn, permit: &Permit<CreateUsers>, input: &Input) -> Result<Offer, Refusal> {
    let preset = customers::queries::first(conn, permit.scope())?.id.to_string();
    let chosen = if input.customer.is_empty() { preset } else { input.customer.clone() };
    let customers = customers::queries::offered(conn, permit.scope())?
        .into_iter()
        .map(|customer| Choice::new(customer.id.to_string(), customer.name, chosen == customer.id.to_string()))
        .collect();
    let assigns = permit.rights().scope_of(crate::access::Permission::AssignRoles).is_some();
    let roles = roles::queries::all(conn)?
        .into_iter()
        .filter(|role| assigns || role.is(BuiltIn::Users))
        .map(|role| {
            let id = role.id.to_string();
            let chosen = if input.role.is_empty() { role.is(BuiltIn::Users) } else { input.role == id };
            Choice::new(id, role.name, chosen)
        })
        .collect();
    Ok(Offer { customers, roles })
}

fn draw(shell: Shell, input: &Input, offer: Offer, errors: &[FieldError]) -> CreatePage {
    CreatePage {
        shell,
        crumbs: vec![Crumb::new("User List", "/users"), Crumb::here("Create User")],
        errors: summary(errors),
        name: Field::new("name", "Username", &input.name).required().max(input::NAME.max).errors(errors),
        email: Field::new("email", "Email", &input.email).kind("email").required().max(input::EMAIL.max).errors(errors),
        phone: Field::new("phone", "Phone number", &input.phone).kind("tel").max(input::PHONE.max).errors(errors),
        customer: Field::new("customer", "Customer", "").required().errors(errors),
        customers: offer.customers,
        role: Field::new("role", "Role", "").required().hint(actions::INVITES).errors(errors),
        roles: offer.roles,
    }
}
