//! `GET /users/{id}`: one user, tab "User Info".

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;

use super::crumbs;
use super::why_not::WhyNot;
use crate::access::guesses::{self, HeldBack};
use crate::access::permit::{AssignRoles, ManageGroups, UnlockUsers, ViewAudit, ViewGroups, ViewUsers};
use crate::access::{Action, BuiltIn, Permit, Rights};
use crate::app::App;
use crate::db::Conn;
use crate::features::audit::actions::tell::{self, Told};
use crate::features::operations;
use crate::features::operations::model::Operation;
use crate::features::roles::actions::outranks;
use crate::features::roles::model::Held;
use crate::features::users::cells::{tfa_title, tfa_tone};
use crate::features::users::input::{Ownership, Platform, Status, TfaStatus};
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
    /// Their customer is archived, so they may not sign in.
    pub is_archived: bool,
    pub roles: Vec<RoleLine>,
    pub tfa_text: &'static str,
    pub tfa_tone: &'static str,
    pub tfa_title: &'static str,
    pub expected: Vec<DeviceLine>,
    /// Guesses at their secrets are counted.
    pub guessed_at: bool,
    pub may: May,
    pub why: WhyNot,
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
    pub activate: bool,
    pub unlock: bool,
    /// Add to groups and remove from them.
    pub groups: bool,
    /// See which groups they are in.
    pub see_groups: bool,
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

    /// Where it is asked whether groups are to be left.
    pub fn removal(&self) -> String {
        format!("/users/{}/groups/removal", self.user.id)
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
    /// What was done to many in one go, and to them: not lines of their own in the audit.
    operations: Vec<Operation>,
}

impl ShowPage {
    /// Where an operation shows what it did to them.
    fn row(&self, operation: &Operation) -> String {
        format!("/operations/{}?show=changed&after={}", operation.id, self.details.user.id - 1)
    }
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
            let held = if details.guessed_at { guesses::held_back(conn, id, permit.now())? } else { None };
            let (history, operations) = match permit.also::<ViewAudit>() {
                Ok(reader) => (
                    Some(tell::recent_of(conn, reader.scope(), id, LATEST)?),
                    operations::actions::seen_to_change(conn, &permit, id, LATEST)?,
                ),
                Err(_) => (None, Vec::new()),
            };
            let (crumbs, tabs) = head(&details, INFO);
            drawn(&ShowPage { shell, crumbs, tabs, details, held, history, operations })
        })
        .await?;
    Ok(html(StatusCode::OK, body))
}

/// The tab that a user's page opens with.
const INFO: &str = "User Info";

/// The way to a tab of a user's page (by its label), and all tabs that the reader may open.
pub fn head(details: &Details, current: &'static str) -> (Vec<Crumb>, Vec<Tab>) {
    let address = format!("/users/{}", details.user.id);
    let mut tabs = vec![Tab { label: INFO, href: address.clone(), current: current == INFO }];
    if details.may.see_groups {
        tabs.push(Tab { label: "Groups", href: format!("{address}/groups"), current: current == "Groups" });
    }
    (crumbs(&details.user, current), tabs)
}

/// Reads what is drawn about a user.
pub fn details(conn: &mut Conn, permit: &Permit<ViewUsers>, id: i64) -> Result<Details, Refusal> {
    let queries::Seen { user, customer, expects, guessed_at, held } = queries::see(conn, permit.scope(), id)?;
    let signs_in = held.iter().any(|held| held.role.may_sign_in);
    let required = signs_in
        && user.tfa() == TfaStatus::NotActive
        && roles::actions::forced(conn)?.covers(held.iter().map(|held| held.role.id));
    let expected = if expects { queries::expected_devices(conn, id)? } else { Vec::new() };
    let roles = role_lines(conn, permit, &held)?;
    let may = may(conn, permit, &user, &held)?;
    let why = WhyNot::of(permit, &user, may.outranked, signs_in);
    Ok(Details {
        tfa_text: user.tfa().as_str(),
        tfa_tone: tfa_tone(user.tfa()),
        tfa_title: tfa_title(user.tfa(), signs_in, required),
        user,
        is_archived: customer.is_archived(),
        customer: customer.name,
        roles,
        expected: expected.iter().map(device_line).collect(),
        guessed_at,
        may,
        why,
    })
}

fn role_lines(conn: &mut Conn, permit: &Permit<ViewUsers>, held: &[Held]) -> Result<Vec<RoleLine>, Refusal> {
    held.iter()
        .map(|held| {
            let limit = match held.role.may_sign_in {
                true => customers::queries::place_in_words(conn, &held.scope, permit.scope())?,
                false => String::new(),
            };
            Ok(RoleLine { name: held.role.name.clone(), limit })
        })
        .collect()
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
        activate: may(holds(AssignRoles::PERMISSION))
            && signs_in
            && user.is_local()
            && user.password_changed_at == 0
            && user.status() == Status::Active,
        unlock: may(holds(UnlockUsers::PERMISSION)),
        groups: may(holds(ManageGroups::PERMISSION)),
        see_groups: holds(ViewGroups::PERMISSION),
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
