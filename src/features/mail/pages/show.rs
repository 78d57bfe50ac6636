//! `GET /mails/{id}`: what became of one mail. Its words are not shown: they may hold a live link.

use actix_web::{HttpRequest, web};
use askama::Template;

use super::index::tone;
use crate::access::Permit;
use crate::access::permit::ManageMails;
use crate::app::App;
use crate::features::mail::actions::everywhere;
use crate::features::mail::model::{LinkState, Mail, State};
use crate::features::mail::queries;
use crate::web::answer::{Answer, page};
use crate::web::shell::{Crumb, Shell};

#[derive(Template)]
#[template(path = "mail/show.html")]
struct ShowPage {
    shell: Shell,
    crumbs: Vec<Crumb>,
    mail: Mail,
    state: &'static str,
    tone: &'static str,
    link: LinkState,
    /// Whether it can be sent again, and whether there is anything to revoke.
    resends: bool,
    revokes: bool,
}

pub async fn show(permit: Permit<ManageMails>, id: web::Path<i64>, app: web::Data<App>, req: HttpRequest) -> Answer {
    everywhere(&permit)?;
    let (shell, id, now) = (Shell::of(&app, &req), id.into_inner(), permit.now());
    let template = app
        .db
        .read(move |conn| {
            let mail = queries::find(conn, id)?;
            let links = queries::link_states(conn, std::slice::from_ref(&mail), now)?;
            let link = links.get(&id).copied().unwrap_or(LinkState::None);
            let waits = matches!(mail.state(), State::Failed | State::Uncertain);
            Ok(ShowPage {
                crumbs: vec![Crumb::new("Mails", "/mails"), Crumb::here(&mail.recipient)],
                state: mail.state().label(),
                tone: tone(mail.state()),
                resends: mail.link_id != 0 || waits,
                revokes: link == LinkState::Open || waits || mail.state() == State::Queued,
                shell,
                mail,
                link,
            })
        })
        .await?;
    page(&template)
}
