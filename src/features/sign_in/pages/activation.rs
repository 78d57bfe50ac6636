//! `/login/activation`: setting up the second factor, then the recovery codes, once.

use actix_web::{HttpRequest, web};
use askama::Template;

use super::{at, wanted, way_on};
use crate::access::HalfSignedIn;
use crate::access::session::{Level, Session};
use crate::app::App;
use crate::features::sign_in::actions;
use crate::features::sign_in::input::Code;
use crate::features::sign_in::model::Asker;
use crate::features::sign_in::pieces::{Offer, code_field, put, recovery_codes, wrong};
use crate::refusal::{FieldError, Refusal};
use crate::web::answer::{Answer, page, refused};
use crate::web::cookies::Jar;
use crate::web::forms::{Field, Form, summary};
use crate::web::shell::Shell;

#[derive(Template)]
#[template(path = "sign_in/activation.html")]
struct ActivationPage {
    shell: Shell,
    errors: Vec<(String, String)>,
    code: Field,
    offer: Offer,
}

fn draw(
    app: &web::Data<App>,
    req: &HttpRequest,
    session: &Session,
    errors: &[FieldError],
) -> Result<ActivationPage, Refusal> {
    let shell = Shell::without_nav(app, req);
    let offer = Offer::of(app, &shell.installation, session)?;
    Ok(ActivationPage { shell, errors: summary(errors), code: code_field(errors), offer })
}

pub async fn show(half: HalfSignedIn, app: web::Data<App>, req: HttpRequest) -> Answer {
    at(&half.session, Level::ActivationDue)?;
    page(&draw(&app, &req, &half.session, &[])?)
}

pub async fn submit(half: HalfSignedIn, form: Form<Code>, app: web::Data<App>, req: HttpRequest) -> Answer {
    at(&half.session, Level::ActivationDue)?;
    let asker = Asker::of(&app, &req, half.origin);
    match actions::activate(&app, asker, half.session.clone(), form.0.code).await? {
        Some(activated) => {
            let wanted = wanted(&app, &req);
            let (next, _) = way_on(&app, &req, &activated.entered, wanted.as_deref(), "").await?;
            let mut response = recovery_codes(&app, &req, activated, next, false)?;
            put(&mut response, Jar::Next.removal(&app.settings.public));
            Ok(response)
        }
        None => refused(&draw(&app, &req, &half.session, &[wrong()])?),
    }
}
