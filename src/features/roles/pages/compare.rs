//! `GET /roles/compare`: two roles beside each other.

use actix_web::{HttpRequest, web};
use askama::Template;
use serde::Deserialize;

use super::{Area, areas};
use crate::access::Permit;
use crate::access::permit::ViewRoles;
use crate::app::App;
use crate::features::roles::model::Role;
use crate::features::roles::queries;
use crate::refusal::Refusal;
use crate::web::answer::{Answer, page};
use crate::web::forms::{Choice, Field};
use crate::web::shell::{Crumb, Shell};

/// Which; those that are not said are the first two.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Two {
    one: Option<i64>,
    other: Option<i64>,
}

#[derive(Template)]
#[template(path = "roles/compare.html")]
struct ComparePage {
    shell: Shell,
    crumbs: Vec<Crumb>,
    one: Role,
    other: Role,
    one_field: Field,
    ones: Vec<Choice>,
    other_field: Field,
    others: Vec<Choice>,
    areas: Vec<Area>,
    differences: usize,
}

pub async fn show(_: Permit<ViewRoles>, two: web::Query<Two>, app: web::Data<App>, req: HttpRequest) -> Answer {
    let shell = Shell::of(&app, &req);
    let template = app
        .db
        .read(move |conn| {
            let mut all = queries::all(conn)?;
            all.sort_by(|one, other| one.name_key.cmp(&other.name_key));
            let find = |id: Option<i64>, otherwise: usize| match id {
                Some(id) => all.iter().find(|role| role.id == id).cloned(),
                None => all.get(otherwise).cloned(),
            };
            let one = find(two.one, 0).ok_or(Refusal::NotFound)?;
            let second = usize::from(all.first().is_some_and(|role| role.id == one.id));
            let other = find(two.other, second).ok_or(Refusal::NotFound)?;
            let permitted = (queries::permissions(conn, &one)?, queries::permissions(conn, &other)?);
            let areas = areas(&permitted.0, &permitted.1, &permitted.0);
            let choices = |chosen: i64| -> Vec<Choice> {
                all.iter().map(|role| Choice::new(role.id.to_string(), role.name.clone(), role.id == chosen)).collect()
            };
            let differences = areas.iter().flat_map(|area| &area.rows).filter(|row| row.differs()).count();
            Ok(ComparePage {
                shell,
                crumbs: vec![Crumb::new("Roles", "/roles"), Crumb::here("Compare")],
                ones: choices(one.id),
                others: choices(other.id),
                one_field: Field::new("one", "Role", "").required(),
                other_field: Field::new("other", "With", "").required(),
                one,
                other,
                areas,
                differences,
            })
        })
        .await?;
    page(&template)
}
