//! `POST /users/selection`: ticks, sent as they are made. The script is answered with the tray, others with the page they came from.

use actix_web::{HttpRequest, web};
use askama::Template;
use serde::Deserialize;

use crate::access::Permit;
use crate::access::permit::ViewUsers;
use crate::app::App;
use crate::db::Conn;
use crate::features::users::actions::selection::{self, Change, Selected};
use crate::features::users::input::listing::{SELECTED, SPEC};
use crate::refusal::Refusal;
use crate::web::answer::{Answer, fragment, local_path, page, see};
use crate::web::forms::Form;
use crate::web::list::{Total, grouped};
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

/// What is selected, below the list.
#[derive(Debug, Clone, Default)]
pub struct Tray {
    /// How many; where there are more than are counted, so many at least.
    pub count: i64,
    /// The same for people: "12", "10,000+".
    pub figure: String,
    /// Search and filters of what was selected whole.
    pub whole: Option<String>,
}

impl Tray {
    /// For a selection that was asked for.
    pub fn of(conn: &mut Conn, selected: Option<&Selected>) -> Result<Tray, Refusal> {
        let Some(selected) = selected else { return Ok(Tray::default()) };
        Ok(match selection::count(conn, selected)? {
            Total::Exactly(0) => Tray::default(),
            Total::Exactly(count) => Tray { count, figure: grouped(count), whole: selected.whole.clone() },
            total @ Total::MoreThan(count) => {
                Tray { count: count + 1, figure: total.figure(), whole: selected.whole.clone() }
            }
        })
    }

    /// "12 users selected"; empty when there are none.
    pub fn text(&self) -> String {
        match self.count {
            0 => String::new(),
            1 => "1 user selected".into(),
            _ => format!("{} users selected", self.figure),
        }
    }

    /// Asks for a file of what is selected.
    pub fn export(&self) -> String {
        format!("/users/exports/new?{SELECTED}=yes")
    }

    /// The list narrowed to what is selected.
    pub fn review(&self) -> String {
        format!("{}?{SELECTED}=yes", SPEC.path)
    }
}

#[derive(Template)]
#[template(path = "users/_tray.html")]
struct TrayPart {
    shell: Shell,
    tray: Tray,
}

pub async fn update(permit: Permit<ViewUsers>, form: Form<Input>, app: web::Data<App>, req: HttpRequest) -> Answer {
    let back = local_path(&form.0.page).unwrap_or(SPEC.path).to_owned();
    let changes = form.0.changes();
    let mine = permit.clone();
    app.db.write(move |conn| changes.into_iter().try_for_each(|change| selection::change(conn, &mine, change))).await?;
    if fragment(&req) != Some("tray") {
        return Ok(see(&back));
    }
    let tray = app
        .db
        .read(move |conn| {
            let selected = selection::selected(conn, &permit)?;
            Tray::of(conn, selected.as_ref())
        })
        .await?;
    page(&TrayPart { shell: Shell::of(&app, &req), tray })
}
