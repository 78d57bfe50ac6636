//! `GET` and `POST /users/{id}/roles`: which roles a user holds, and where.

use std::collections::BTreeSet;

use actix_web::{HttpRequest, web};
use askama::Template;
use serde::Deserialize;

use crate::access::permit::AssignRoles;
use crate::access::{BuiltIn, Permit, Scope};
use crate::app::App;
use crate::db::Conn;
use crate::features::roles::model::Wanted;
use crate::features::users::model::User;
use crate::features::users::{actions, queries};
use crate::features::{customers, roles};
use crate::refusal::{FieldError, Refusal};
use crate::web::answer::{Answer, page, refused};
use crate::web::forms::{Choice, Form, summary};
use crate::web::kept::Kept;
use crate::web::shell::{Crumb, Shell};

/// The form: the ticked roles, and where each applies.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub struct Input {
    role: Vec<i64>,
    /// `{role}:all` or `{role}:{customer}`.
    scope: Vec<String>,
}

/// One role as it is offered.
pub struct RoleField {
    pub id: i64,
    pub name: String,
    pub hint: &'static str,
    pub held: bool,
    pub signs_in: bool,
    pub scopes: Vec<Choice>,
}

#[derive(Template)]
#[template(path = "users/roles.html")]
struct RolesPage {
    shell: Shell,
    crumbs: Vec<Crumb>,
    id: i64,
    title: String,
    errors: Vec<(String, String)>,
    messages: Vec<String>,
    /// Where a user comes from who cannot be given a role that may sign in; empty: they can.
    from_outside: String,
    roles: Vec<RoleField>,
}

pub async fn edit(
    permit: Permit<AssignRoles>,
    id: web::Path<i64>,
    app: web::Data<App>,
    req: HttpRequest,
    kept: Kept,
) -> Answer {
    let (shell, id) = (Shell::of(&app, &req), id.into_inner());
    let input: Option<Input> = kept.take();
    let template = app.db.read(move |conn| draw(conn, &permit, shell, id, input.as_ref(), &[])).await?;
    page(&template)
}

pub async fn update(
    permit: Permit<AssignRoles>,
    form: Form<Input>,
    id: web::Path<i64>,
    app: web::Data<App>,
    req: HttpRequest,
) -> Answer {
    let (Form(input), id) = (form, id.into_inner());
    let wanted = wanted(&input);
    let (mine, state) = (permit.clone(), app.clone());
    let outcome = app
        .db
        .write(move |conn| {
            let user = queries::find(conn, mine.scope(), id)?;
            let changed = roles::actions::set(conn, &mine, &user, &wanted)?;
            let link = match changed.newly_signs_in {
                true => actions::invite(conn, &state, mine.origin(), &user)?,
                false => None,
            };
            Ok((user, link))
        })
        .await;
    match outcome {
        Ok((user, link)) => {
            let done = format!("The roles of {} were saved.", user.title());
            super::activation::saying(&app, &req, &user, link, &done)
        }
        Err(Refusal::Fields(errors)) => {
            let shell = Shell::of(&app, &req);
            let template = app.db.read(move |conn| draw(conn, &permit, shell, id, Some(&input), &errors)).await?;
            refused(&template)
        }
        Err(refusal) => Err(refusal.into()),
    }
}

fn wanted(input: &Input) -> Vec<Wanted> {
    let roles: BTreeSet<i64> = input.role.iter().copied().collect();
    roles
        .into_iter()
        .map(|role_id| {
            let prefix = format!("{role_id}:");
            let chosen: Vec<&str> = input.scope.iter().filter_map(|scope| scope.strip_prefix(&prefix)).collect();
            let scope = if chosen.contains(&"all") {
                Scope::All
            } else {
                Scope::of(chosen.iter().filter_map(|id| id.parse().ok()))
            };
            Wanted { role_id, scope }
        })
        .collect()
}

fn draw(
    conn: &mut Conn,
    permit: &Permit<AssignRoles>,
    shell: Shell,
    id: i64,
    input: Option<&Input>,
    errors: &[FieldError],
) -> Result<RolesPage, Refusal> {
    let user: User = queries::find(conn, permit.scope(), id)?;
    let held = match input {
        Some(input) => wanted(input),
        None => roles::queries::held(conn, id)?
            .into_iter()
            .map(|held| Wanted { role_id: held.role.id, scope: held.scope })
            .collect(),
    };
    let mut customers = customers::queries::offered(conn, permit.scope())?;
    // Their own customer comes first: it is what a role is limited to unless somebody chooses more.
    customers.retain(|customer| customer.id != user.customer_id);
    customers.insert(0, customers::queries::find(conn, permit.scope(), user.customer_id)?);
    let roles = roles::queries::all(conn)?
        .into_iter()
        .map(|role| {
            let mine = held.iter().find(|held| held.role_id == role.id);
            let scope = mine.map_or_else(|| narrowest(&role, user.customer_id), |held| held.scope.clone());
            let everywhere = scope == Scope::All;
            let mut scopes = vec![Choice {
                hint: "Those to come included.".into(),
                ..Choice::new(format!("{}:all", role.id), "All customers", everywhere)
            }];
            scopes.extend(customers.iter().map(|customer| {
                let chosen = !everywhere && scope.contains(customer.id);
                Choice::new(format!("{}:{}", role.id, customer.id), customer.name.clone(), chosen)
            }));
            RoleField {
                id: role.id,
                hint: hint(&role),
                held: mine.is_some(),
                signs_in: role.may_sign_in,
                name: role.name,
                scopes,
            }
        })
        .collect();
    Ok(RolesPage {
        shell,
        crumbs: super::crumbs(&user, "Roles"),
        id,
        title: user.title().to_owned(),
        errors: summary(errors),
        from_outside: if user.is_local() { String::new() } else { user.domain.clone() },
        messages: errors.iter().map(|error| error.message.clone()).collect(),
        roles,
    })
}

/// Where a role is held unless somebody chooses more: Account Admin is about the installation, everything else about people of a customer.
pub(super) fn narrowest(role: &roles::model::Role, customer_id: i64) -> Scope {
    if role.is(BuiltIn::AccountAdmin) { Scope::All } else { Scope::of([customer_id]) }
}

fn hint(role: &roles::model::Role) -> &'static str {
    match BuiltIn::from_word(&role.builtin) {
        Some(BuiltIn::AccountAdmin) => "May do everything, and make other Account Admins.",
        Some(BuiltIn::Administrators) => {
            "May create, import, edit, disable, delete and restore users, and give roles up to their own."
        }
        Some(BuiltIn::Technician) => "May see users and edit their contact data.",
        Some(BuiltIn::Users) => "May not sign in.",
        None => "",
    }
}
