//! `GET /settings`: what can be set.

use actix_web::{HttpRequest, web};
use askama::Template;

use super::SUBJECTS;
use crate::access::permit::ViewSettings;
use crate::access::{Permission, Permit};
use crate::app::App;
use crate::features::settings::actions::of_all;
use crate::web::answer::{Answer, page};
use crate::web::shell::Shell;

#[derive(Template)]
#[template(path = "settings/index.html")]
struct IndexPage {
    shell: Shell,
    subjects: Vec<(&'static str, &'static str, &'static str)>,
}

pub async fn index(permit: Permit<ViewSettings>, app: web::Data<App>, req: HttpRequest) -> Answer {
    of_all(&permit)?;
    let mut subjects = SUBJECTS.to_vec();
    if permit.rights().scope_of(Permission::ViewCustomers).is_some() {
        subjects.push(("Customers", "/customers", "The organisations that this installation serves."));
    }
    page(&IndexPage { shell: Shell::of(&app, &req), subjects })
}
