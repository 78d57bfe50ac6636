//! "Add to Group" and "Remove from Group" for many. `POST` to …/new takes what is ticked, `GET` there asks for groups, `POST` to the path plans it.

use actix_web::{HttpRequest, web};
use askama::Template;
use serde::Deserialize;

use super::groups_offered::{Input, Sought, offered};
use crate::access::Permit;
use crate::access::permit::{ManageGroups, ViewUsers};
use crate::app::App;
use crate::db::Conn;
use crate::features::groups::input::chosen;
use crate::features::selections::actions::Tray;
use crate::features::users::actions::bulk::{self, Membership};
use crate::features::users::actions::selection;
use crate::refusal::{FieldError, Refusal};
use crate::web::answer::{Answer, page, refused, see};
use crate::web::forms::{Choice, Field, Form, summary};
use crate::web::kept::Kept;
use crate::web::shell::{Crumb, Shell};

/// Whether people are added or removed, as each has URLs of its own.
pub trait Way: 'static {
    const MEMBERSHIP: Membership;
    const PATH: &'static str;
    const TITLE: &'static str;
}

pub enum Addition {}

impl Way for Addition {
    const MEMBERSHIP: Membership = Membership::Join;
    const PATH: &'static str = "/users/group-additions";
    const TITLE: &'static str = "Add Users to Group";
}

pub enum Removal {}

impl Way for Removal {
    const MEMBERSHIP: Membership = Membership::Leave;
    const PATH: &'static str = "/users/group-removals";
    const TITLE: &'static str = "Remove from Group";
}

/// What is ticked.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Ticked {
    id: Vec<i64>,
    /// The name of the list whose selection is meant, instead of ids.
    selection: String,
}

#[derive(Template)]
#[template(path = "users/group_selection.html")]
struct GroupsPage {
    shell: Shell,
    crumbs: Vec<Crumb>,
    title: &'static str,
    action: &'static str,
    errors: Vec<(String, String)>,
    tray: Tray,
    group: Field,
    groups: Vec<Choice>,
    /// What was looked for among more than are offered without script.
    finding: Option<String>,
}

pub async fn choose<W: Way>(permit: Permit<ManageGroups>, form: Form<Ticked>, app: web::Data<App>) -> Answer {
    let Form(Ticked { id: ids, selection: list }) = form;
    app.db.write(move |conn| selection::choose(conn, &permit.also()?, &list, ids)).await?;
    Ok(see(&format!("{}/new", W::PATH)))
}

pub async fn new<W: Way>(
    permit: Permit<ManageGroups>,
    sought: web::Query<Sought>,
    app: web::Data<App>,
    req: HttpRequest,
    kept: Kept,
) -> Answer {
    let (shell, input): (Shell, Input) = (Shell::of(&app, &req), kept.take().unwrap_or_default());
    page(&app.db.read(move |conn| draw::<W>(conn, &permit, shell, (&input, &sought), &[])).await?)
}

pub async fn create<W: Way>(
    permit: Permit<ManageGroups>,
    form: Form<Input>,
    app: web::Data<App>,
    req: HttpRequest,
) -> Answer {
    let Form(input) = form;
    let mine = permit.clone();
    let outcome = match chosen(&input.group) {
        Ok(ids) => {
            let plan = move |conn: &mut _| bulk::plan_membership_of_selection(conn, &mine, W::MEMBERSHIP, &ids);
            app.db.write(plan).await
        }
        Err(error) => Err(Refusal::Fields(vec![error])),
    };
    match outcome {
        Ok(id) => {
            app.bell.ring();
            Ok(see(&format!("/operations/{id}")))
        }
        Err(Refusal::Fields(errors)) => {
            let shell = Shell::of(&app, &req);
            refused(
                &app.db
                    .read(move |conn| draw::<W>(conn, &permit, shell, (&input, &Sought::default()), &errors))
                    .await?,
            )
        }
        Err(refusal) => Err(refusal.into()),
    }
}

/// The form with the groups that may be chosen. Those that share a customer come by name; a reader of several customers is told whose each is.
fn draw<W: Way>(
    conn: &mut Conn,
    permit: &Permit<ManageGroups>,
    shell: Shell,
    (input, sought): (&Input, &Sought),
    errors: &[FieldError],
) -> Result<GroupsPage, Refusal> {
    let selected = selection::selected(conn, &permit.also::<ViewUsers>()?)?;
    let tray = selection::tray(conn, selected.as_ref())?;
    let offered = offered(conn, permit.scope(), sought, &input.ids())?;
    Ok(GroupsPage {
        shell,
        crumbs: vec![Crumb::new("User List", "/users"), Crumb::here(W::TITLE)],
        title: W::TITLE,
        action: W::PATH,
        errors: summary(errors),
        tray,
        group: Field::new("group", "Choose group(s)", "").required().errors(errors),
        groups: offered
            .groups
            .into_iter()
            .map(|(id, label)| Choice::new(id.to_string(), label, input.holds(id)))
            .collect(),
        finding: offered.finding,
    })
}
