//! `POST /users/selection` and its like: ticks, sent as they are made. The script is answered with the tray, others with the page they came from.

use actix_web::{HttpRequest, web};
use askama::Template;
use serde::Deserialize;

use super::actions::{Selectable, Tray, change, kept};
use super::model::Change;
use crate::access::Permit;
use crate::app::App;
use crate::web::answer::{Answer, fragment, local_path, page, see};
use crate::web::forms::Form;
use crate::web::list::Listed;
use crate::web::shell::Shell;

/// Small changes, carried out in this order: clear, whole, add, remove.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Input {
    clear: String,
    /// Whether all that `query`, the query string of the list, hits is selected.
    whole: String,
    query: String,
    add: Vec<i64>,
    remove: Vec<i64>,
    page: String,
}

impl Input {
    fn changes(self) -> Vec<Change> {
        let mut changes = Vec::new();
        if !self.clear.is_empty() {
            changes.push(Change::Clear);
        }
        if !self.whole.is_empty() {
            changes.push(Change::Whole(self.query));
        }
        if !self.add.is_empty() {
            changes.push(Change::Add(self.add));
        }
        if !self.remove.is_empty() {
            changes.push(Change::Remove(self.remove));
        }
        changes
    }
}

#[derive(Template)]
#[template(path = "selections/_tray.html")]
struct TrayPart {
    shell: Shell,
    tray: Tray,
}

pub async fn update<L: Selectable>(
    permit: Permit<<L as Listed>::Action>,
    form: Form<Input>,
    app: web::Data<App>,
    req: HttpRequest,
) -> Answer {
    let back = local_path(&form.0.page).unwrap_or(L::SPEC.path).to_owned();
    let changes = form.0.changes();
    let mine = permit.clone();
    app.db.write(move |conn| changes.into_iter().try_for_each(|step| change::<L>(conn, &mine, step))).await?;
    if fragment(&req) != Some("tray") {
        return Ok(see(&back));
    }
    let tray = app
        .db
        .read(move |conn| {
            let Some(selection) = kept::<L, L::Action>(conn, &permit)? else { return Tray::of::<L>(conn, None) };
            let whole = selection.whole.then(|| selection.query.clone());
            let narrow = L::selected(conn, permit.scope(), permit.now(), selection)?;
            Tray::of::<L>(conn, Some((&narrow, whole.as_ref())))
        })
        .await?;
    page(&TrayPart { shell: Shell::of(&app, &req), tray })
}
