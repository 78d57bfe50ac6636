//! `/account/two-factor`: setting up the second factor anew. `/account/recovery-codes`: ten new ones, after a question.

use actix_web::{HttpRequest, web};
use askama::Template;

use crate::access::SteppedUp;
use crate::access::credentials;
use crate::access::session::Session;
use crate::app::App;
use crate::features::account::actions;
use crate::features::account::input::Code;
use crate::features::sign_in::actions::activate;
use crate::features::sign_in::model::Asker;
use crate::features::sign_in::pieces::{Offer, code_field, only_codes, recovery_codes, wrong};
use crate::refusal::{FieldError, Refusal};
use crate::web::answer::{Answer, page, refused};
use crate::web::forms::{Field, Form, Nothing, summary};
use crate::web::shell::{Crumb, Shell};

#[derive(Template)]
#[template(path = "account/two_factor.html")]
struct TwoFactorPage {
    shell: Shell,
    crumbs: Vec<Crumb>,
    errors: Vec<(String, String)>,
    code: Field,
    offer: Offer,
}

fn draw(
    app: &web::Data<App>,
    req: &HttpRequest,
    session: &Session,
    errors: &[FieldError],
) -> Result<TwoFactorPage, Refusal> {
    let shell = Shell::of(app, req);
    let offer = Offer::of(app, &shell.installation, session)?;
    let crumbs = vec![Crumb::new("Your account", "/account"), Crumb::here("Two-factor authentication")];
    Ok(TwoFactorPage { shell, crumbs, errors: summary(errors), code: code_field(errors), offer })
}

pub async fn show(who: SteppedUp, app: web::Data<App>, req: HttpRequest) -> Answer {
    page(&draw(&app, &req, &who.session, &[])?)
}

pub async fn submit(who: SteppedUp, form: Form<Code>, app: web::Data<App>, req: HttpRequest) -> Answer {
    let asker = Asker::of(&app, &req, who.origin);
    match activate(&app, asker, who.session.clone(), form.0.code).await? {
        Some(activated) => Ok(recovery_codes(&app, &req, activated, "/account".into(), true)?),
        None => refused(&draw(&app, &req, &who.session, &[wrong()])?),
    }
}

/// What new recovery codes mean, before they are made.
#[derive(Template)]
#[template(path = "account/recovery_codes.html")]
struct CodesQuestion {
    shell: Shell,
    crumbs: Vec<Crumb>,
    left: i64,
}

pub async fn ask_for_codes(who: SteppedUp, app: web::Data<App>, req: HttpRequest) -> Answer {
    let shell = Shell::of(&app, &req);
    let user_id = who.session.actor.id;
    let left = app.db.read(move |conn| credentials::recovery_codes_left(conn, user_id)).await?;
    let crumbs = vec![Crumb::new("Your account", "/account"), Crumb::here("New recovery codes")];
    page(&CodesQuestion { shell, crumbs, left })
}

pub async fn renew_codes(who: SteppedUp, _form: Form<Nothing>, app: web::Data<App>, req: HttpRequest) -> Answer {
    let (state, origin, user_id) = (app.clone(), who.origin, who.session.actor.id);
    let codes = app.db.write(move |conn| actions::renew_recovery_codes(conn, &state, &origin, user_id)).await?;
    only_codes(&app, &req, codes, "/account")
}
