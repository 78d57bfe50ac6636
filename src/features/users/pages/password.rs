//! "Change Password": `POST /users/password-changes` takes who is ticked, `/users/{id}/password` asks for the password of one and sets it.

use actix_web::{HttpRequest, web};
use askama::Template;
use serde::Deserialize;

use super::crumbs;
use super::deletion::Ticked;
use crate::access::Permit;
use crate::access::password::{Password, generated};
use crate::access::permit::SetPasswords;
use crate::app::App;
use crate::features::sign_in::actions::{Chooser, Demand, hash};
use crate::features::sign_in::pieces::{NewPassword, new_password};
use crate::features::users::actions::{self, Given, selection};
use crate::features::users::model::User;
use crate::refusal::{FieldError, Refusal};
use crate::web::answer::{Answer, page, refused, see, see_saying};
use crate::web::forms::{Form, summary};
use crate::web::kept::Kept;
use crate::web::shell::{Crumb, FlashKind, Shell};

/// The form as it is sent. A box that is not ticked is not sent.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Input {
    password: String,
    must_change: String,
    notify: String,
    /// Not empty: a password is to be made, nothing is set.
    generate: String,
}

#[derive(Template)]
#[template(path = "users/password.html")]
struct PasswordPage {
    shell: Shell,
    crumbs: Vec<Crumb>,
    errors: Vec<(String, String)>,
    user: User,
    password: NewPassword,
    ticks: Ticks,
    generated: bool,
}

/// The boxes of the form.
#[derive(Clone, Copy)]
struct Ticks {
    must_change: bool,
    notify: bool,
}

impl Ticks {
    fn of(input: &Input) -> Ticks {
        Ticks { must_change: !input.must_change.is_empty(), notify: !input.notify.is_empty() }
    }
}

pub async fn choose(permit: Permit<SetPasswords>, form: Form<Ticked>, app: web::Data<App>) -> Answer {
    let Form(Ticked { id: ids, selection: list }) = form;
    let one = app.db.read(move |conn| selection::only_one(conn, &permit, &list, &ids)).await?;
    Ok(see(&format!("/users/{one}/password")))
}

pub async fn new(
    permit: Permit<SetPasswords>,
    id: web::Path<i64>,
    app: web::Data<App>,
    req: HttpRequest,
    kept: Kept,
) -> Answer {
    let (user, demand) = look(&app, permit, id.into_inner()).await?;
    // What was typed is never kept; a box that was ticked is.
    let ticks = kept.take().map_or(Ticks { must_change: true, notify: true }, |input: Input| Ticks::of(&input));
    page(&draw(Shell::of(&app, &req), user, &demand, ticks, &[]))
}

pub async fn create(
    permit: Permit<SetPasswords>,
    form: Form<Input>,
    id: web::Path<i64>,
    app: web::Data<App>,
    req: HttpRequest,
) -> Answer {
    let (Form(input), id) = (form, id.into_inner());
    let (user, demand) = look(&app, permit.clone(), id).await?;
    let ticks = Ticks::of(&input);
    if !input.generate.is_empty() {
        let mut template = draw(Shell::of(&app, &req), user, &demand, ticks, &[]);
        // Seen by whoever is to pass it on, here and never again.
        template.password.field.value = generated(app.random.as_ref()).to_string();
        template.password.field.kind = "text";
        template.generated = true;
        return page(&template);
    }
    let typed = Password::new(input.password);
    let problems = demand.problems(&typed).await?;
    if !problems.is_empty() {
        return refused(&draw(Shell::of(&app, &req), user, &demand, ticks, &problems));
    }
    let given = Given { hash: hash(&app, &typed).await?, must_change: ticks.must_change, notify: ticks.notify };
    let state = app.clone();
    let user = app.db.write(move |conn| actions::set_password(conn, &state, &permit, id, &given)).await?;
    app.bell.ring();
    let then = if ticks.must_change { " and choose another one" } else { "" };
    let said = format!(
        "The password of {} was changed. They have to sign in with it within 24 hours{then}; where they were signed in, they are not any more.",
        user.title()
    );
    Ok(see_saying(&app, &format!("/users/{id}"), FlashKind::Success, said))
}

/// Somebody whom the reader may give a password, and what it has to be.
async fn look(app: &web::Data<App>, permit: Permit<SetPasswords>, id: i64) -> Result<(User, Demand), Refusal> {
    app.db
        .read(move |conn| {
            let user = actions::find_for_password(conn, &permit, id)?;
            let chooser = Chooser::User(id, user.name.clone(), user.email.clone());
            Ok((user, Demand::read(conn, &chooser)?))
        })
        .await
}

fn draw(shell: Shell, user: User, demand: &Demand, ticks: Ticks, errors: &[FieldError]) -> PasswordPage {
    PasswordPage {
        shell,
        crumbs: crumbs(&user, "Change Password"),
        errors: summary(errors),
        password: new_password("New password", demand, errors),
        user,
        ticks,
        generated: false,
    }
}
