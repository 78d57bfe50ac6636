//! What the columns of a file hold: asked when their headers do not say it.

use actix_web::{HttpRequest, web};
use askama::Template;

use super::{address, crumbs, hand_over, own, rows};
use crate::access::Permit;
use crate::access::permit::ImportUsers;
use crate::app::App;
use crate::features::imports::actions;
use crate::features::imports::input::ColumnsInput;
use crate::features::imports::mapping::{Field, Mapping, MappingError};
use crate::features::imports::model::{Import, State};
use crate::web::answer::{Answer, refused, see};
use crate::web::forms::{Choice, Form, Nothing};
use crate::web::shell::{Crumb, Shell};

#[derive(Template)]
#[template(path = "imports/mapping.html")]
pub struct MappingPage {
    shell: Shell,
    crumbs: Vec<Crumb>,
    address: String,
    file_name: String,
    dialect: String,
    errors: Vec<(String, String)>,
    columns: Vec<Column>,
    /// Whether there is a header to remember the choice by.
    remembers: bool,
    /// Whether it looks like a list of devices, which is another import.
    names_devices: bool,
}

/// One column of the file.
struct Column {
    id: String,
    title: String,
    samples: Vec<String>,
    choices: Vec<Choice>,
}

pub fn page(app: &web::Data<App>, req: &HttpRequest, import: &Import) -> MappingPage {
    drawn(app, req, import, &import.columns().unwrap_or_default(), &[])
}

fn drawn(app: &web::Data<App>, req: &HttpRequest, import: &Import, fields: &[Field], errors: &[String]) -> MappingPage {
    let found = import.found();
    let (titles, samples, remembers) = match found {
        Some(found) => (found.titles, found.samples, !found.fingerprint.is_empty()),
        None => (Vec::new(), Vec::new(), false),
    };
    let column = |(place, title): (usize, String)| {
        let field = fields.get(place).copied().unwrap_or(Field::Ignore);
        Column {
            id: format!("column-{}", place + 1),
            title: if title.is_empty() { format!("Column {}", place + 1) } else { title },
            samples: samples.get(place).cloned().unwrap_or_default(),
            choices: Field::ALL.map(|one| Choice::new(one.code(), one.label(), one == field)).to_vec(),
        }
    };
    MappingPage {
        shell: Shell::of(app, req),
        crumbs: crumbs(),
        address: address(import.id),
        file_name: import.file_name.clone(),
        dialect: rows::dialect(import),
        errors: errors.iter().map(|error| ("column-1".to_owned(), error.clone())).collect(),
        columns: titles.into_iter().enumerate().map(column).collect(),
        remembers,
        names_devices: names_devices(fields),
    }
}

/// Addresses and devices, and nobody's name: what would link devices to users who exist.
fn names_devices(fields: &[Field]) -> bool {
    let holds = |wanted: &[Field]| fields.iter().any(|field| wanted.contains(field));
    holds(&[Field::SerialNumber, Field::DeviceName]) && !holds(&[Field::DisplayName, Field::FirstName, Field::LastName])
}

/// `POST /users/import/{id}/columns`
pub async fn update(
    permit: Permit<ImportUsers>,
    form: Form<ColumnsInput>,
    path: web::Path<i64>,
    app: web::Data<App>,
    req: HttpRequest,
) -> Answer {
    let id = *path;
    let fields = form.0.fields();
    let import = own(&app, &permit, id).await?;
    if import.state() == State::Mapping
        && let Err(MappingError(reasons)) = Mapping::new(fields.clone())
    {
        return refused(&drawn(&app, &req, &import, &fields, &reasons));
    }
    let asks = permit.clone();
    app.db.write(move |conn| actions::choose_columns(conn, &asks, id, &fields)).await?;
    hand_over(&app, &permit, id).await;
    Ok(see(&address(id)))
}

/// `POST /users/import/{id}/remapping`
pub async fn reopen(
    permit: Permit<ImportUsers>,
    _form: Form<Nothing>,
    path: web::Path<i64>,
    app: web::Data<App>,
) -> Answer {
    let id = *path;
    app.db.write(move |conn| actions::reopen_columns(conn, &permit, id)).await?;
    Ok(see(&address(id)))
}
