//! `POST /users/{id}/groups/removal` asks, `POST /users/{id}/groups/removals` does: "Remove from Group".

use actix_web::{HttpRequest, web};
use askama::Template;
use serde::Deserialize;

use super::group_crumbs;
use crate::access::Permit;
use crate::access::permit::{ManageGroups, ViewUsers};
use crate::app::App;
use crate::features::groups;
use crate::features::groups::model::Group;
use crate::features::users::queries;
use crate::refusal::Refusal;
use crate::web::answer::{Answer, page, see_saying};
use crate::web::forms::Form;
use crate::web::shell::{Crumb, FlashKind, Shell};

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Ticked {
    id: Vec<i64>,
}

impl Ticked {
    /// The groups that are ticked, each once.
    fn groups(mut self) -> Result<Vec<i64>, Refusal> {
        self.id.sort_unstable();
        self.id.dedup();
        if self.id.is_empty() { Err(Refusal::Unfit("Tick at least one group first.".into())) } else { Ok(self.id) }
    }
}

#[derive(Template)]
#[template(path = "users/group_removal.html")]
struct RemovalPage {
    shell: Shell,
    crumbs: Vec<Crumb>,
    id: i64,
    title: String,
    groups: Vec<Group>,
}

/// The question changes nothing.
pub async fn ask(
    permit: Permit<ManageGroups>,
    form: Form<Ticked>,
    id: web::Path<i64>,
    app: web::Data<App>,
    req: HttpRequest,
) -> Answer {
    let (id, ticked) = (id.into_inner(), form.0);
    let (user, groups) = app
        .db
        .read(move |conn| {
            let user = queries::find(conn, permit.also::<ViewUsers>()?.scope(), id)?;
            Ok((user, groups::queries::find_all(conn, permit.scope(), &ticked.groups()?)?))
        })
        .await?;
    page(&RemovalPage {
        shell: Shell::of(&app, &req),
        crumbs: group_crumbs(&user, "Remove from Group"),
        id,
        title: user.title().to_owned(),
        groups,
    })
}

pub async fn create(
    permit: Permit<ManageGroups>,
    form: Form<Ticked>,
    id: web::Path<i64>,
    app: web::Data<App>,
) -> Answer {
    let (id, ticked) = (id.into_inner(), form.0);
    let (user, left) = app
        .db
        .write(move |conn| {
            queries::find(conn, permit.scope(), id)?;
            groups::actions::leave(conn, &permit, id, &ticked.groups()?)
        })
        .await?;
    let text = match left.as_slice() {
        [] => format!("{} was not in there any more.", user.title()),
        [one] => format!("{} was removed from “{}”.", user.title(), one.name),
        several => format!("{} was removed from {} groups.", user.title(), several.len()),
    };
    Ok(see_saying(&app, &format!("/users/{id}/groups"), FlashKind::Success, text))
}
