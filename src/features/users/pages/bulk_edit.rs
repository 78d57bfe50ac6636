//! `POST /users/edits/new` takes what is ticked, `GET /users/edits/new` asks what to change of it, `POST /users/edits` plans that.

use actix_web::{HttpRequest, web};
use askama::Template;
use serde::Deserialize;

use crate::access::permit::{EditContacts, ViewUsers};
use crate::access::{Permission, Permit};
use crate::app::App;
use crate::db::Conn;
use crate::features::selections::actions::Tray;
use crate::features::users::actions::bulk::{self, Edit, Given};
use crate::features::users::actions::{INVITES, selection};
use crate::features::users::input::{self, Phone, Status};
use crate::features::{customers, roles};
use crate::refusal::{FieldError, Refusal};
use crate::web::answer::{Answer, page, refused, see};
use crate::web::forms::{Choice, Field, Form, summary};
use crate::web::kept::Kept;
use crate::web::shell::{Crumb, Shell};

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Ticked {
    id: Vec<i64>,
    /// The name of the list whose selection is meant, instead of ids.
    selection: String,
}

/// The form. Empty means "leave as it is".
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub struct Input {
    customer: String,
    change_phone: String,
    phone: String,
    status: String,
    give: String,
    place: String,
    take: String,
}

impl Input {
    fn parse(&self) -> Result<Edit, Vec<FieldError>> {
        let mut errors = Vec::new();
        let mut id = |field: &'static str, text: &str| {
            let id = text.parse::<i64>().ok();
            if id.is_none() && !text.is_empty() {
                errors.push(FieldError::new(field, "Choose one of these."));
            }
            id
        };
        let (customer, give, take) = (id("customer", &self.customer), id("give", &self.give), id("take", &self.take));
        let phone = match self.change_phone.is_empty() {
            true => None,
            false => Phone::parse(&self.phone).map_err(|error| errors.push(error)).ok(),
        };
        let status = match self.status.as_str() {
            "" => None,
            word => Status::parse(word).map_err(|error| errors.push(error)).ok(),
        };
        if give.is_some() && give == take {
            errors.push(FieldError::new("take", "This is the role that is given. Choose another one, or none."));
        }
        let edit = Edit {
            customer,
            phone: phone.map(|phone| phone.as_str().to_owned()),
            status,
            give: give.map(|role_id| Given { role_id, everywhere: self.place == "all" }),
            take,
            ..Edit::default()
        };
        if errors.is_empty() && edit.is_empty() {
            errors.push(FieldError::new("customer", "Choose at least one thing to change."));
        }
        if errors.is_empty() { Ok(edit) } else { Err(errors) }
    }
}

#[derive(Template)]
#[template(path = "users/bulk_edit.html")]
struct EditPage {
    shell: Shell,
    crumbs: Vec<Crumb>,
    errors: Vec<(String, String)>,
    tray: Tray,
    customer: Field,
    customers: Vec<Choice>,
    change_phone: bool,
    phone: Field,
    /// What the reader may not change is not asked for.
    may_move: bool,
    may_status: bool,
    may_assign: bool,
    status: Field,
    statuses: Vec<Choice>,
    give: Field,
    given: Vec<Choice>,
    place: Field,
    places: Vec<Choice>,
    take: Field,
    taken: Vec<Choice>,
}

pub async fn choose(permit: Permit<EditContacts>, form: Form<Ticked>, app: web::Data<App>) -> Answer {
    let Form(Ticked { id: ids, selection: list }) = form;
    app.db.write(move |conn| selection::choose(conn, &permit.also()?, &list, ids)).await?;
    Ok(see("/users/edits/new"))
}

pub async fn new(permit: Permit<EditContacts>, app: web::Data<App>, req: HttpRequest, kept: Kept) -> Answer {
    let shell = Shell::of(&app, &req);
    let input: Input = kept.take().unwrap_or_default();
    let template = app.db.read(move |conn| draw(conn, &permit, shell, &input, &[])).await?;
    page(&template)
}

pub async fn create(permit: Permit<EditContacts>, form: Form<Input>, app: web::Data<App>, req: HttpRequest) -> Answer {
    let Form(input) = form;
    let mine = permit.clone();
    let outcome = match input.parse() {
        Err(errors) => Err(Refusal::Fields(errors)),
        Ok(edit) => {
            app.db.write(move |conn| bulk::plan_edit_of_selection(conn, &mine.also::<ViewUsers>()?, &edit)).await
        }
    };
    match outcome {
        Ok(id) => {
            app.bell.ring();
            Ok(see(&format!("/operations/{id}")))
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
    permit: &Permit<EditContacts>,
    shell: Shell,
    input: &Input,
    errors: &[FieldError],
) -> Result<EditPage, Refusal> {
    let selected = selection::selected(conn, &permit.also::<ViewUsers>()?)?;
    let tray = selection::tray(conn, selected.as_ref())?;
    let may = |permission: Permission| permit.rights().scope_of(permission).is_some();
    let stays = |typed: &str| Choice::new("", "Leave as it is", typed.is_empty());
    let customers = customers::queries::offered(conn, permit.scope())?;
    let mut offered = vec![stays(&input.customer)];
    offered.extend(customers.into_iter().map(|customer| {
        let id = customer.id.to_string();
        Choice::new(id.clone(), customer.name, input.customer == id)
    }));
    let roles = roles::queries::all(conn)?;
    let choices = |typed: &str, none: &str| {
        let mut choices = vec![Choice::new("", none, typed.is_empty())];
        choices.extend(roles.iter().map(|role| {
            let id = role.id.to_string();
            Choice::new(id.clone(), role.name.clone(), typed == id)
        }));
        choices
    };
    let mut statuses = vec![stays(&input.status)];
    statuses
        .extend(Status::ALL.iter().map(|word| Choice::new(word.code(), word.as_str(), input.status == word.code())));
    Ok(EditPage {
        shell,
        crumbs: vec![Crumb::new("User List", "/users"), Crumb::here("Edit Users")],
        errors: summary(errors),
        tray,
        customer: Field::new("customer", "Customer", "").required().errors(errors),
        customers: offered,
        change_phone: !input.change_phone.is_empty(),
        phone: Field::new("phone", "Phone number", &input.phone)
            .kind("tel")
            .max(input::PHONE.max)
            .hint("Left empty, it takes the phone number away.")
            .errors(errors),
        may_move: may(Permission::CreateUsers),
        may_status: may(Permission::ChangeStatus),
        may_assign: may(Permission::AssignRoles),
        status: Field::new("status", "Status", "").required().errors(errors),
        statuses,
        give: Field::new("give", "Role to give", "").required().hint(INVITES).errors(errors),
        given: choices(&input.give, "None"),
        place: Field::new("place", "Where it applies", "").required().errors(errors),
        places: vec![
            Choice::new("own", "Each user's own customer", input.place != "all"),
            Choice::new("all", "All customers", input.place == "all"),
        ],
        take: Field::new("take", "Role to take away", "").required().errors(errors),
        taken: choices(&input.take, "None"),
    })
}
