//! `POST /users/{id}/activation`: a link with which somebody who may sign in chooses their first password, to be copied.

use actix_web::{HttpRequest, web};
use askama::Template;

use crate::access::Permit;
use crate::access::permit::AssignRoles;
use crate::app::App;
use crate::features::users::input::Status;
use crate::features::users::model::User;
use crate::features::users::queries;
use crate::features::{roles, sign_in};
use crate::refusal::Refusal;
use crate::web::answer::{Answer, page};
use crate::web::forms::{Form, Nothing};
use crate::web::shell::{Crumb, Shell};

#[derive(Template)]
#[template(path = "users/activation.html")]
struct ActivationPage {
    shell: Shell,
    crumbs: Vec<Crumb>,
    id: i64,
    title: String,
    link: String,
    /// Where one who makes links for many goes back to; empty: to the user.
    import: String,
}

pub async fn create(
    permit: Permit<AssignRoles>,
    _form: Form<Nothing>,
    id: web::Path<i64>,
    app: web::Data<App>,
    req: HttpRequest,
) -> Answer {
    let (mine, id) = (permit.clone(), id.into_inner());
    let user = app
        .db
        .read(move |conn| {
            let user = queries::find(conn, mine.scope(), id)?;
            let theirs = crate::access::Rights::of(conn, &[id])?;
            roles::actions::outranks(mine.rights(), theirs.get(&id))?;
            let signs_in = roles::queries::who_may_sign_in(conn, &[id])?.contains(&id);
            match signs_in && user.is_local() && user.status() == Status::Active && user.password_changed_at == 0 {
                true => Ok(user),
                false => Err(Refusal::Unfit(format!("{} needs no activation link.", user.title()))),
            }
        })
        .await?;
    answer(&app, &req, &permit, user).await
}

/// Makes the link and shows it, once: it is in no URL and in no cookie.
pub async fn answer(app: &web::Data<App>, req: &HttpRequest, permit: &Permit<AssignRoles>, user: User) -> Answer {
    let shell = Shell::of(app, req);
    let (house, origin, id) = (app.clone(), permit.origin().clone(), user.id);
    let link = app.db.write(move |conn| sign_in::actions::activation_link(conn, &house, &origin, id)).await?;
    let crumbs = vec![
        Crumb::new("User List", "/users"),
        Crumb::new(user.title(), format!("/users/{id}")),
        Crumb::here("Activation link"),
    ];
    let import = if shell.page.starts_with("/users/import/") { shell.page.clone() } else { String::new() };
    page(&ActivationPage { shell, crumbs, id, title: user.title().to_owned(), link, import })
}
