//! `POST /users/deletions` plans, `GET /users/deletions/{id}` shows the plan, `POST /users/deletions/{id}` carries it out.

use actix_web::{HttpRequest, web};
use askama::Template;
use serde::Deserialize;

use crate::access::Permit;
use crate::access::permit::DeleteUsers;
use crate::app::App;
use crate::features::operations::actions as operations;
use crate::features::operations::model::{Kind, Row};
use crate::features::users::actions;
use crate::features::users::actions::selection::LIST;
use crate::web::answer::{Answer, page, see, see_saying};
use crate::web::forms::Form;
use crate::web::list::grouped;
use crate::web::shell::{Crumb, FlashKind, Shell};

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Ticked {
    id: Vec<i64>,
    /// The name of the list whose selection is meant, instead of ids.
    selection: String,
}

#[derive(Template)]
#[template(path = "users/deletion.html")]
struct DeletionPage {
    shell: Shell,
    crumbs: Vec<Crumb>,
    id: i64,
    question: String,
    deleted: Vec<Row>,
    skipped: Vec<Row>,
}

pub async fn plan(permit: Permit<DeleteUsers>, form: Form<Ticked>, app: web::Data<App>) -> Answer {
    let Form(Ticked { id: ids, selection }) = form;
    let id = app
        .db
        .write(move |conn| match selection == LIST {
            true => actions::plan_deletion_of_selection(conn, &permit),
            false => actions::plan_deletion(conn, &permit, &ids),
        })
        .await?;
    Ok(see(&format!("/users/deletions/{id}")))
}

pub async fn show(permit: Permit<DeleteUsers>, id: web::Path<i64>, app: web::Data<App>, req: HttpRequest) -> Answer {
    let shell = Shell::of(&app, &req);
    let id = id.into_inner();
    let (_, rows) = app.db.read(move |conn| operations::own_plan(conn, permit.origin(), Kind::DeleteUsers, id)).await?;
    let (deleted, skipped): (Vec<Row>, Vec<Row>) = rows.into_iter().partition(Row::is_change);
    let question = match deleted.as_slice() {
        [] => "Nobody of these can be deleted".to_owned(),
        [one] => format!("Delete {}?", one.label),
        many => format!("Delete {} users?", many.len()),
    };
    let crumbs = vec![Crumb::new("User List", "/users"), Crumb::here("Delete User")];
    page(&DeletionPage { shell, crumbs, id, question, deleted, skipped })
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Nothing {}

pub async fn carry_out(
    permit: Permit<DeleteUsers>,
    _form: Form<Nothing>,
    id: web::Path<i64>,
    app: web::Data<App>,
) -> Answer {
    let id = id.into_inner();
    let done = app.db.write(move |conn| actions::carry_out_deletion(conn, &permit, id)).await?;
    let text =
        if done == 1 { "1 user was deleted.".to_owned() } else { format!("{} users were deleted.", grouped(done)) };
    Ok(see_saying(
        &app,
        "/users",
        FlashKind::Success,
        format!("{text} They can be restored under “Deleted users” for 30 days."),
    ))
}
