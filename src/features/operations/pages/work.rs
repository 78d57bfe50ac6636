//! `GET /operations/work`: the entries of one's own work in the background alone, for the script that keeps them fresh.

use actix_web::{HttpRequest, web};
use askama::Template;

use crate::access::Permit;
use crate::access::permit::ViewUsers;
use crate::app::App;
use crate::web::answer::{Answer, page};
use crate::web::shell::Shell;

#[derive(Template)]
#[template(path = "operations/work.html")]
struct WorkPage {
    shell: Shell,
}

pub async fn show(_permit: Permit<ViewUsers>, app: web::Data<App>, req: HttpRequest) -> Answer {
    page(&WorkPage { shell: Shell::of(&app, &req) })
}
