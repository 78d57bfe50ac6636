//! `GET /users/{id}/rights`: what this person may do, and through what.

use actix_web::{HttpRequest, web};
use askama::Template;

use crate::access::permit::{ViewRoles, ViewUsers};
use crate::access::{Permission, Permit};
use crate::app::App;
use crate::features::roles::actions::through;
use crate::features::users::input::Status;
use crate::features::users::model::User;
use crate::features::users::queries;
use crate::features::{customers, roles};
use crate::web::answer::{Answer, page};
use crate::web::shell::{Crumb, Shell};

/// One permission.
struct Line {
    label: &'static str,
    word: &'static str,
    /// Where; empty: nowhere.
    place: String,
    roles: Vec<Source>,
}

/// A role that gives it.
struct Source {
    id: i64,
    name: String,
    place: String,
}

#[derive(Template)]
#[template(path = "users/rights.html")]
struct RightsPage {
    shell: Shell,
    crumbs: Vec<Crumb>,
    id: i64,
    title: String,
    signs_in: bool,
    /// Why they may not sign in although a role lets them; empty: nothing is in the way.
    obstacle: &'static str,
    lines: Vec<Line>,
    /// Whether the reader may open a role.
    sees_roles: bool,
}

pub async fn show(permit: Permit<ViewUsers>, id: web::Path<i64>, app: web::Data<App>, req: HttpRequest) -> Answer {
    let (shell, id) = (Shell::of(&app, &req), id.into_inner());
    let template = app
        .db
        .read(move |conn| {
            let user = queries::find(conn, permit.scope(), id)?;
            let held = roles::queries::held(conn, id)?;
            let all = through(conn, &held)?;
            let mut lines = Vec::new();
            for permission in Permission::ALL {
                let found = all.iter().find(|through| through.permission == permission);
                let mut line = Line {
                    label: permission.plainly(),
                    word: permission.word(),
                    place: String::new(),
                    roles: Vec::new(),
                };
                if let Some(through) = found {
                    line.place = customers::queries::place_in_words(conn, &through.scope, permit.scope())?;
                    for (id, name, scope) in &through.roles {
                        let place = customers::queries::place_in_words(conn, scope, permit.scope())?;
                        line.roles.push(Source { id: *id, name: name.clone(), place });
                    }
                }
                lines.push(line);
            }
            Ok(RightsPage {
                shell,
                crumbs: super::crumbs(&user, "Permissions"),
                id,
                title: user.title().to_owned(),
                signs_in: held.iter().any(|held| held.role.may_sign_in),
                obstacle: obstacle(
                    &user,
                    customers::queries::find(conn, permit.scope(), user.customer_id)?.is_archived(),
                ),
                lines,
                sees_roles: permit.also::<ViewRoles>().is_ok(),
            })
        })
        .await?;
    page(&template)
}

/// Why somebody may not sign in, whatever their roles say.
fn obstacle(user: &User, is_archived: bool) -> &'static str {
    match user.status() {
        Status::Disabled => "They are disabled, so they may not sign in.",
        Status::Active if is_archived => "Their customer is archived, so they may not sign in.",
        Status::Active if !user.is_local() => {
            "They come from a directory or identity provider, and may not sign in here."
        }
        Status::Active => "",
    }
}
