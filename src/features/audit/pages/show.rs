//! `GET /audit/{id}`: everything about one row.

use actix_web::{HttpRequest, web};
use askama::Template;

use crate::access::Permit;
use crate::access::permit::ViewAudit;
use crate::app::App;
use crate::features::audit::actions::tell::{Told, tell};
use crate::features::audit::model::Outcome;
use crate::features::audit::queries::list;
use crate::features::users;
use crate::refusal::Refusal;
use crate::web::answer::{Answer, page};
use crate::web::shell::{Crumb, Shell};

#[derive(Template)]
#[template(path = "audit/show.html")]
struct ShowPage {
    shell: Shell,
    crumbs: Vec<Crumb>,
    told: Told,
    customer: String,
}

impl ShowPage {
    fn refused(&self) -> bool {
        self.told.outcome() == Outcome::Refused
    }

    /// More about the same person, where it is about one.
    fn about_href(&self) -> String {
        let row = &self.told.row;
        if row.object_kind == "user" && row.object_id != 0 {
            format!("/audit?person={}", row.object_id)
        } else {
            String::new()
        }
    }

    fn by_href(&self) -> String {
        match self.told.row.actor_id {
            0 => String::new(),
            id => format!("/audit?who={id}"),
        }
    }
}

pub async fn show(permit: Permit<ViewAudit>, id: web::Path<i64>, app: web::Data<App>, req: HttpRequest) -> Answer {
    let shell = Shell::of(&app, &req);
    let id = id.into_inner();
    let (told, customer) = app
        .db
        .read(move |conn| {
            let row = list::find(conn, permit.scope(), id)?;
            let customer = row.customer_id;
            let told = tell(conn, permit.scope(), vec![row])?.pop().ok_or(Refusal::NotFound)?;
            let customer = users::queries::customer_names(conn, std::iter::once(customer))?.remove(&customer);
            Ok((told, customer.unwrap_or_default()))
        })
        .await?;
    let crumbs = vec![Crumb::new("Audit", "/audit"), Crumb::here(format!("Entry {id}"))];
    page(&ShowPage { shell, crumbs, told, customer })
}
