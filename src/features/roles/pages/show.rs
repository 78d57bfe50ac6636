//! `GET /roles/{id}`, `/roles/{id}/users`, `/roles/{id}/scope`: what a role permits, who holds it, and where.

use actix_web::{HttpRequest, web};
use askama::Template;

use super::{Area, areas};
use crate::access::permit::{ViewRoles, ViewUsers};
use crate::access::{BuiltIn, Permit};
use crate::app::App;
use crate::db::Conn;
use crate::features::roles::actions::changeable;
use crate::features::roles::input::Reach;
use crate::features::roles::model::Role;
use crate::features::roles::queries;
use crate::features::users::queries::Narrow;
use crate::features::{customers, users};
use crate::refusal::Refusal;
use crate::web::answer::{Answer, page};
use crate::web::list::{Place, Total, grouped};
use crate::web::shell::{Crumb, Shell, Tab};

/// So many of those who hold it are named; all of them are in the User List.
const MOST_NAMED: i64 = 100;

/// What is around every tab of a role.
pub struct Head {
    pub role: Role,
    pub crumbs: Vec<Crumb>,
    pub tabs: Vec<Tab>,
    pub reach: Reach,
    /// Why the reader may not change it; empty: they may.
    pub why_not: String,
    /// Why they may not make another one like it; empty: they may.
    pub why_no_copy: String,
}

#[derive(Template)]
#[template(path = "roles/show.html")]
struct ShowPage {
    shell: Shell,
    head: Head,
    areas: Vec<Area>,
}

#[derive(Template)]
#[template(path = "roles/users.html")]
struct UsersPage {
    shell: Shell,
    head: Head,
    /// None: the reader sees no users.
    total: Option<String>,
    is_all: bool,
    holders: Vec<Holder>,
}

struct Holder {
    id: i64,
    title: String,
    email: String,
    place: String,
}

#[derive(Template)]
#[template(path = "roles/scope.html")]
struct ScopePage {
    shell: Shell,
    head: Head,
    /// It permits nothing, so it has no limit to speak of.
    permits_nothing: bool,
    /// How many hold it everywhere; None: not for this reader.
    everywhere: Option<String>,
    places: Vec<(i64, String, String)>,
}

pub async fn show(permit: Permit<ViewRoles>, id: web::Path<i64>, app: web::Data<App>, req: HttpRequest) -> Answer {
    let (shell, id) = (Shell::of(&app, &req), id.into_inner());
    let template = app
        .db
        .read(move |conn| {
            let head = head(conn, &permit, id, "")?;
            let allowed = queries::permissions(conn, &head.role)?;
            let areas = areas(&allowed, &allowed, &allowed);
            Ok(ShowPage { shell, head, areas })
        })
        .await?;
    page(&template)
}

pub async fn users(permit: Permit<ViewRoles>, id: web::Path<i64>, app: web::Data<App>, req: HttpRequest) -> Answer {
    let (shell, id) = (Shell::of(&app, &req), id.into_inner());
    let template = app
        .db
        .read(move |conn| {
            let head = head(conn, &permit, id, "/users")?;
            let Ok(reader) = permit.also::<ViewUsers>() else {
                return Ok(UsersPage { shell, head, total: None, is_all: true, holders: Vec::new() });
            };
            let narrow = Narrow { role: Some(id), ..Narrow::to_scope(reader.scope()) };
            let (found, total) = users::queries::list(conn, &narrow, "name", false, &Place::First, MOST_NAMED)?;
            let ids: Vec<i64> = found.rows.iter().map(|row| row.user.id).collect();
            let held = queries::held_by(conn, &ids)?;
            let mut holders = Vec::with_capacity(ids.len());
            for user in users::queries::with_ids(conn, reader.scope(), &ids)? {
                let scope = held.get(&user.id).into_iter().flatten().find(|held| held.role.id == id);
                holders.push(Holder {
                    id: user.id,
                    title: user.title().to_owned(),
                    place: match scope {
                        Some(held) if held.role.may_sign_in => {
                            customers::queries::place_in_words(conn, &held.scope, reader.scope())?
                        }
                        _ => String::new(),
                    },
                    email: user.email,
                });
            }
            holders.sort_by_key(|holder| ids.iter().position(|id| *id == holder.id));
            let words = match total {
                Total::Exactly(1) => "1 user holds this role".to_owned(),
                total => format!("{} users hold this role", total.figure()),
            };
            Ok(UsersPage { shell, head, total: Some(words), is_all: !found.more_after, holders })
        })
        .await?;
    page(&template)
}

pub async fn scope(permit: Permit<ViewRoles>, id: web::Path<i64>, app: web::Data<App>, req: HttpRequest) -> Answer {
    let (shell, id) = (Shell::of(&app, &req), id.into_inner());
    let template = app
        .db
        .read(move |conn| {
            let head = head(conn, &permit, id, "/scope")?;
            let permits_nothing = head.role.is(BuiltIn::Users);
            let reader = permit.also::<ViewUsers>().ok();
            let (Some(reader), false) = (reader, permits_nothing) else {
                return Ok(ScopePage { shell, head, permits_nothing, everywhere: None, places: Vec::new() });
            };
            let (everywhere, by_customer) = queries::places(conn, id, reader.scope())?;
            let mut places = Vec::with_capacity(by_customer.len());
            for customer in customers::queries::with_ids(conn, reader.scope(), by_customer.keys().copied())? {
                let number = by_customer.get(&customer.id).copied().unwrap_or_default();
                places.push((customer.id, customer.name, grouped(number)));
            }
            Ok(ScopePage { shell, head, permits_nothing, everywhere: Some(grouped(everywhere)), places })
        })
        .await?;
    page(&template)
}

/// Reads what is around a tab; `tab` is what its address ends in.
fn head(conn: &mut Conn, permit: &Permit<ViewRoles>, id: i64, tab: &str) -> Result<Head, Refusal> {
    let role = queries::find(conn, id)?;
    let permissions = queries::permissions(conn, &role)?;
    let why = |result: Result<(), Refusal>| result.err().map(|refusal| refusal.to_string()).unwrap_or_default();
    let base = format!("/roles/{id}");
    let labels = [("Permissions", ""), ("Assigned users", "/users"), ("Access scope", "/scope")];
    let here = labels.iter().find(|(_, end)| *end == tab).map_or("", |(label, _)| label);
    let mut why_no_copy = why(changeable(permit.rights(), None, &permissions));
    if why_no_copy.is_empty() && permissions.is_empty() {
        why_no_copy = "This role permits nothing, so there is nothing to copy.".into();
    }
    Ok(Head {
        crumbs: vec![Crumb::new("Roles", "/roles"), Crumb::new(&role.name, &base), Crumb::here(here)],
        tabs: labels
            .into_iter()
            .map(|(label, end)| Tab { label, href: format!("{base}{end}"), current: end == tab })
            .collect(),
        reach: Reach::of(&permissions),
        why_not: why(changeable(permit.rights(), Some(&role), &permissions)),
        why_no_copy,
        role,
    })
}

impl Head {
    pub fn address(&self) -> String {
        format!("/roles/{}", self.role.id)
    }

    pub fn copy_address(&self) -> String {
        format!("/roles/new?from={}", self.role.id)
    }

    pub fn compare_address(&self) -> String {
        format!("/roles/compare?one={}", self.role.id)
    }
}
