//! `GET /users/{id}/groups/new`, `POST /users/{id}/groups`: "Add User to Group".

use actix_web::{HttpRequest, web};
use askama::Template;

use super::group_crumbs;
use super::groups_offered::{Input, Sought, offered};
use crate::access::permit::{ManageGroups, ViewUsers};
use crate::access::{Permit, Scope};
use crate::app::App;
use crate::db::Conn;
use crate::features::groups;
use crate::features::groups::input::chosen;
use crate::features::users::model::User;
use crate::features::users::queries;
use crate::refusal::{FieldError, Refusal};
use crate::web::answer::{Answer, fragment, page, refused, see_saying};
use crate::web::forms::{Choice, Field, Form, summary};
use crate::web::kept::Kept;
use crate::web::shell::{Crumb, FlashKind, Shell};

const TITLE: &str = "Add User to Group";

/// The form as it is drawn, in a dialog or as a page.
struct ChoiceForm {
    id: i64,
    title: String,
    errors: Vec<(String, String)>,
    group: Field,
    groups: Vec<Choice>,
    /// What was looked for among more than are offered without script.
    finding: Option<String>,
    /// Where more are found while one types.
    suggestions: String,
}

#[derive(Template)]
#[template(path = "users/group_choice.html")]
struct ChoicePage {
    shell: Shell,
    crumbs: Vec<Crumb>,
    form: ChoiceForm,
}

#[derive(Template)]
#[template(path = "users/group_choice_dialog.html")]
struct ChoiceDialog {
    shell: Shell,
    form: ChoiceForm,
}

pub async fn new(
    permit: Permit<ManageGroups>,
    id: web::Path<i64>,
    sought: web::Query<Sought>,
    app: web::Data<App>,
    req: HttpRequest,
    kept: Kept,
) -> Answer {
    let (id, input): (i64, Input) = (id.into_inner(), kept.take().unwrap_or_default());
    let (user, form) = app.db.read(move |conn| form(conn, &permit, id, (&input, &sought), &[])).await?;
    let shell = Shell::of(&app, &req);
    if fragment(&req) == Some("dialog") {
        return page(&ChoiceDialog { shell, form });
    }
    page(&ChoicePage { shell, crumbs: group_crumbs(&user, TITLE), form })
}

pub async fn create(
    permit: Permit<ManageGroups>,
    sent: Form<Input>,
    id: web::Path<i64>,
    app: web::Data<App>,
    req: HttpRequest,
) -> Answer {
    let (Form(input), id) = (sent, id.into_inner());
    let mine = permit.clone();
    let outcome = match chosen(&input.group) {
        Ok(ids) => app.db.write(move |conn| groups::actions::join(conn, &mine, id, &ids)).await,
        Err(error) => Err(Refusal::Fields(vec![error])),
    };
    match outcome {
        Ok((user, joined)) => {
            let text = match joined.as_slice() {
                [] => format!("{} was in there already.", user.title()),
                [one] => format!("{} was added to “{}”.", user.title(), one.name),
                several => format!("{} was added to {} groups.", user.title(), several.len()),
            };
            Ok(see_saying(&app, &format!("/users/{id}/groups"), FlashKind::Success, text))
        }
        Err(Refusal::Fields(errors)) => {
            let (user, form) =
                app.db.read(move |conn| form(conn, &permit, id, (&input, &Sought::default()), &errors)).await?;
            refused(&ChoicePage { shell: Shell::of(&app, &req), crumbs: group_crumbs(&user, TITLE), form })
        }
        Err(refusal) => Err(refusal.into()),
    }
}

fn form(
    conn: &mut Conn,
    permit: &Permit<ManageGroups>,
    id: i64,
    (input, sought): (&Input, &Sought),
    errors: &[FieldError],
) -> Result<(User, ChoiceForm), Refusal> {
    let user = queries::find(conn, permit.also::<ViewUsers>()?.scope(), id)?;
    if !permit.scope().contains(user.customer_id) {
        return Err(Refusal::NotFound);
    }
    let own = Scope::of([user.customer_id]);
    let member = groups::queries::memberships(conn, &[id], None)?.remove(&id).unwrap_or_default();
    let offered = offered(conn, &own, sought, &input.ids())?;
    let groups = offered
        .groups
        .into_iter()
        .filter(|(id, _)| !member.contains(id))
        .map(|(id, label)| Choice::new(id.to_string(), label, input.holds(id)))
        .collect();
    let form = ChoiceForm {
        id,
        title: user.title().to_owned(),
        errors: summary(errors),
        group: Field::new("group", "Choose group(s)", "").required().errors(errors),
        groups,
        finding: offered.finding,
        suggestions: format!("/groups/suggestions?customer={}", user.customer_id),
    };
    Ok((user, form))
}
