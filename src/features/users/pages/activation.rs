//! `POST /users/{id}/activation`: a link with which somebody who may sign in chooses their first password, to be copied.

use actix_web::{HttpRequest, web};
use askama::Template;

use crate::access::Permit;
use crate::access::permit::AssignRoles;
use crate::app::App;
use crate::features::users::input::Status;
use crate::features::users::model::User;
use crate::features::users::queries;
use crate::features::{mail, roles, sign_in};
use crate::refusal::Refusal;
use crate::web::answer::{Answer, page, see_saying};
use crate::web::forms::{Form, Nothing};
use crate::web::shell::{Crumb, FlashKind, Shell};

#[derive(Template)]
#[template(path = "users/activation.html")]
struct ActivationPage {
    shell: Shell,
    crumbs: Vec<Crumb>,
    id: i64,
    title: String,
    link: String,
    /// Whether it lies among the mails too, that have no server to go to.
    written: bool,
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
    let (house, origin) = (app.clone(), permit.origin().clone());
    let link = app.db.write(move |conn| sign_in::actions::activation_link(conn, &house, &origin, id)).await?;
    shown(&app, &req, &user, link, false)
}

/// Shows a link, once: it is in no URL and in no cookie.
fn shown(app: &web::Data<App>, req: &HttpRequest, user: &User, link: String, written: bool) -> Answer {
    let (shell, id) = (Shell::of(app, req), user.id);
    let crumbs = super::crumbs(user, "Activation link");
    let import = if shell.page.starts_with("/users/import/") { shell.page.clone() } else { String::new() };
    page(&ActivationPage { shell, crumbs, id, title: user.title().to_owned(), link, written, import })
}

/// Says what was done to somebody. If a mail with a link to choose a password was written for it, it says so; where no server is set to take it
/// anywhere, it shows the link.
pub fn saying(app: &web::Data<App>, req: &HttpRequest, user: &User, link: Option<String>, done: &str) -> Answer {
    match link {
        Some(link) if !mail::actions::has_server(app) => shown(app, req, user, link, true),
        Some(_) => {
            app.bell.ring();
            let text = format!("{done} A mail with a link to choose a password is on its way to {}.", user.email);
            Ok(see_saying(app, &format!("/users/{}", user.id), FlashKind::Success, text))
        }
        None => Ok(see_saying(app, &format!("/users/{}", user.id), FlashKind::Success, done)),
    }
}
