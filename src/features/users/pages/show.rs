//! `GET /users/{id}`: one user, tab "User Info".

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;

use super::index::{tfa_title, tfa_tone};
use crate::access::guesses::{self, HeldBack};
use crate::access::permit::{AssignRoles, ChangeStatus, DeleteUsers, EditContacts, UnlockUsers, ViewAudit, ViewUsers};
use crate::access::{Action, BuiltIn, Permit, Rights};
use crate::app::App;
use crate::db::Conn;
use crate::features::audit::actions::tell::{self, Told};
use crate::features::roles::actions::outranks;
use crate::features::roles::model::Held;
use crate::features::users::input::{Ownership, Platform, Status};
use crate::features::users::model::{Stored, User};
use crate::features::users::queries::{self, ExpectedDevice};
use crate::features::{customers, roles};
use crate::refusal::Refusal;
use crate::web::answer::{Answer, drawn, html};
use crate::web::shell::{Crumb, Shell, Tab};

/// What is drawn about a user, on every page about them.
pub struct Details {
    pub user: User,
    pub customer: String,
    pub roles: Vec<RoleLine>,
    pub tfa_text: &'static str,
    pub tfa_tone: &'static str,
    pub tfa_title: &'static str,
    pub expected: Vec<DeviceLine>,
    pub may: May,
}

/// A role that the user holds.
pub struct RoleLine {
    pub name: String,
    /// Where: "Acme, Globex", "all customers"; empty for a role that permits nothing anywhere.
    pub limit: String,
}

/// A device that is expected of the user.
pub struct DeviceLine {
    pub name: String,
    pub serial: String,
    pub platform: &'static str,
    pub ownership: &'static str,
}

/// What the reader may do to this user. Each also follows the rank rule.
pub struct May {
    pub edit: bool,
    pub status: bool,
    pub roles: bool,
    pub delete: bool,
    pub activate: bool,
    pub unlock: bool,
    /// Why not, where the rank rule forbids it all.
    pub outranked: bool,
}

impl Details {
    pub fn title(&self) -> &str {
        self.user.title()
    }

    pub fn edit_href(&self) -> String {
        format!("/users/{}/edit", self.user.id)
    }

    pub fn history_href(&self) -> String {
        format!("/audit?person={}", self.user.id)
    }

    pub fn is_active(&self) -> bool {
        self.user.status() == Status::Active
    }

    pub fn status_text(&self) -> &'static str {
        self.user.status().as_str()
    }

    pub fn source_text(&self) -> String {
        if self.user.is_local() {
            self.user.source().as_str().into()
        } else {
            format!("{}: {}", self.user.source().as_str(), self.user.domain)
        }
    }
}

#[derive(Template)]
#[template(path = "users/show.html")]
struct ShowPage {
    shell: Shell,
    crumbs: Vec<Crumb>,
    tabs: Vec<Tab>,
    details: Details,
    held: Option<HeldBack>,
    /// What was done to them last; None: not for this reader.
    history: Option<Vec<Told>>,
}

/// Lines of the history that are shown beside the details.
const LATEST: i64 = 5;

pub async fn show(permit: Permit<ViewUsers>, id: web::Path<i64>, app: web::Data<App>, req: HttpRequest) -> Answer {
    let shell = Shell::of(&app, &req);
    let id = id.into_inner();
    let body = app
        .db
        .glance(move |conn| {
            let details = details(conn, &permit, id)?;
            let held = guesses::held_back(conn, id, permit.now())?;
            let history = match permit.also::<ViewAudit>() {
                Ok(reader) => Some(tell::recent_of(conn, reader.scope(), id, LATEST)?),
                Err(_) => None,
            };
            let crumbs = vec![
                Crumb::new("User List", "/users"),
                Crumb::new(details.title(), format!("/users/{id}")),
                Crumb::here("User Info"),
            ];
            let tabs = vec![Tab { label: "User Info", href: format!("/users/{id}"), current: true }];
            drawn(&ShowPage { shell, crumbs, tabs, details, held, history })
        })
        .await?;
    Ok(html(StatusCode::OK, body))
}

/// Reads what is drawn about a user.
pub fn details(conn: &mut Conn, permit: &Permit<ViewUsers>, id: i64) -> Result<Details, Refusal> {
    let user = queries::find(conn, permit.scope(), id)?;
    let held = roles::queries::held(conn, id)?;
    let signs_in = held.iter().any(|held| held.role.may_sign_in);
    let required = signs_in && roles::actions::tfa_required(conn)?;
    let customer = customers::queries::find(conn, permit.scope(), user.customer_id)?.name;
    let expected = queries::expected_devices(conn, id)?.iter().map(device_line).collect();
    let roles = role_lines(conn, &held)?;
    let may = may(conn, permit, &user, &held)?;
    Ok(Details {
        tfa_text: user.tfa().as_str(),
        tfa_tone: tfa_tone(user.tfa()),
        tfa_title: tfa_title(user.tfa(), signs_in, required),
        user,
        customer,
        roles,
        expected,
        may,
    })
}

fn role_lines(conn: &mut Conn, held: &[Held]) -> Result<Vec<RoleLine>, Refusal> {
    let ids = held.iter().filter(|held| held.role.may_sign_in).flat_map(|held| held.scope.ids().unwrap_or_default());
    let names = queries::customer_names(conn, ids)?;
    Ok(held
        .iter()
        .map(|held| RoleLine {
            name: held.role.name.clone(),
            limit: match held.scope.ids() {
                _ if !held.role.may_sign_in => String::new(),
                None => "all customers".into(),
                Some(ids) => ids.iter().filter_map(|id| names.get(id).cloned()).collect::<Vec<_>>().join(", "),
            },
        })
        .collect())
}

fn may(conn: &mut Conn, permit: &Permit<ViewUsers>, user: &User, held: &[Held]) -> Result<May, Refusal> {
    let signs_in = held.iter().any(|held| held.role.may_sign_in);
    // "Users" permits nothing.
    let special = held.iter().any(|held| held.role.builtin != BuiltIn::Users.word());
    let theirs = if special { Rights::of(conn, &[user.id])? } else { BTreeMap::new() };
    let outranked = outranks(permit.rights(), theirs.get(&user.id)).is_err();
    let may = |allowed: bool| allowed && !outranked;
    let holds = |permission| permit.rights().allow(permission, user.customer_id);
    Ok(May {
        edit: may(holds(EditContacts::PERMISSION)) && user.is_local(),
        status: may(holds(ChangeStatus::PERMISSION)) && user.id != permit.actor().id,
        roles: may(holds(AssignRoles::PERMISSION)),
        delete: may(holds(DeleteUsers::PERMISSION)) && user.id != permit.actor().id,
        activate: may(holds(AssignRoles::PERMISSION))
            && signs_in
            && user.is_local()
            && user.password_changed_at == 0
            && user.status() == Status::Active,
        unlock: may(holds(UnlockUsers::PERMISSION)),
        outranked,
    })
}

fn device_line(device: &ExpectedDevice) -> DeviceLine {
    DeviceLine {
        name: device.name.clone(),
        serial: device.serial.clone(),
        platform: Platform::from_number(device.platform).map_or("", Platform::as_str),
        ownership: Ownership::from_number(device.ownership).map_or("", Ownership::as_str),
    }
}
