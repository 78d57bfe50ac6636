//! `GET /help`: everything there is, what it is for and where.

use std::collections::BTreeSet;

use actix_web::{HttpRequest, web};
use askama::Template;

use crate::access::SignedIn;
use crate::app::App;
use crate::routes;
use crate::web::answer::{Answer, page};
use crate::web::shell::Shell;

#[derive(Template)]
#[template(path = "help/index.html")]
struct HelpPage {
    shell: Shell,
    /// The pages that the reader may open.
    open: BTreeSet<&'static str>,
}

impl HelpPage {
    fn opens(&self, path: &str) -> bool {
        self.open.contains(path)
    }
}

pub async fn index(reader: SignedIn, app: web::Data<App>, req: HttpRequest) -> Answer {
    let open = routes::open_to(&reader.session.actor.rights);
    page(&HelpPage { shell: Shell::of(&app, &req), open })
}
