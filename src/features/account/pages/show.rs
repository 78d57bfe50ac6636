//! `GET /account`.

use actix_web::{HttpRequest, web};
use askama::Template;

use crate::access::SignedIn;
use crate::access::credentials;
use crate::access::session::{self, Level};
use crate::app::App;
use crate::features::account::model::browser_name;
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
}

pub async fn show(who: SignedIn, app: web::Data<App>, req: HttpRequest) -> Answer {
    let shell = Shell::of(&app, &req);
    let (actor, now, here) = (who.session.actor.clone(), who.origin.at, who.session.id);
    let template = app
        .db
        .read(move |conn| {
            let credentials = credentials::find(conn, actor.id)?;
            let places = session::list(conn, actor.id, now)?
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
            Ok(AccountPage {
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
