//! `GET /account`.

use actix_web::{HttpRequest, web};
use askama::Template;

use crate::access::SignedIn;
use crate::access::credentials;
use crate::access::session::{self, Level};
use crate::app::App;
use crate::features::account::model::browser_name;
use crate::features::audit;
use crate::features::audit::model::{Outcome, action_label};
use crate::web::answer::{Answer, page};
use crate::web::shell::Shell;

/// One place where one is signed in.
pub struct Place {
    pub id: i64,
    pub browser: String,
    pub address: String,
    pub began: i64,
    pub seen: i64,
    pub here: bool,
}

/// One thing that happened to one's account.
pub struct Happened {
    pub at: i64,
    pub what: String,
    pub address: String,
    /// Whether somebody was turned away.
    pub refused: bool,
}

/// So many are shown; the audit has them all.
const HISTORY: i64 = 20;

#[derive(Template)]
#[template(path = "account/show.html")]
struct AccountPage {
    shell: Shell,
    name: String,
    email: String,
    has_password: bool,
    has_totp: bool,
    codes_left: i64,
    single_keys: bool,
    places: Vec<Place>,
    history: Vec<Happened>,
}

pub async fn show(who: SignedIn, app: web::Data<App>, req: HttpRequest) -> Answer {
    let shell = Shell::of(&app, &req);
    let (actor, now, here) = (who.session.actor.clone(), who.origin.at, who.session.id);
    let lasts = app.installation.get().sessions.lasts();
    let template = app
        .db
        .read(move |conn| {
            let credentials = credentials::find(conn, actor.id)?;
            let places = session::list(conn, actor.id, lasts, now)?
                .into_iter()
                .filter(|row| row.level == Level::Full.number())
                .map(|row| Place {
                    id: row.id,
                    browser: browser_name(&row.browser),
                    address: row.address,
                    began: row.created_at,
                    seen: row.seen_at,
                    here: row.id == here,
                })
                .collect();
            let history = audit::queries::of_account(conn, actor.id, HISTORY)?
                .into_iter()
                .map(|row| Happened {
                    at: row.at,
                    what: action_label(&row.action).to_owned(),
                    address: row.address,
                    refused: Outcome::of_number(row.outcome) == Outcome::Refused,
                })
                .collect();
            Ok(AccountPage {
                history,
                shell,
                name: actor.name.clone(),
                email: actor.email.clone(),
                single_keys: actor.single_keys,
                has_password: credentials.as_ref().is_some_and(|credentials| credentials.has_password()),
                has_totp: credentials.as_ref().is_some_and(|credentials| credentials.has_totp()),
                codes_left: credentials::recovery_codes_left(conn, actor.id)?,
                places,
            })
        })
        .await?;
    page(&template)
}
