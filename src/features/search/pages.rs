//! `GET /search`: what fits, as a page; alone as a dialog (`X-Fragment: dialog`) and as its options (`X-Fragment: options`) for the palette.

use actix_web::{HttpRequest, web};
use askama::Template;
use serde::Deserialize;

use super::actions;
use super::model::Section;
use crate::access::SignedIn;
use crate::app::App;
use crate::web::answer::{Answer, fragment, page};
use crate::web::shell::Shell;

/// Longest text that is looked for, in characters; more is cut off, as in lists.
const LONGEST: usize = 200;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    q: String,
}

impl Asked {
    fn typed(&self) -> String {
        self.q.replace(char::is_control, " ").trim().chars().take(LONGEST).collect()
    }
}

#[derive(Template)]
#[template(path = "search/index.html")]
struct SearchPage {
    shell: Shell,
    typed: String,
    sections: Vec<Section>,
}

#[derive(Template)]
#[template(path = "search/dialog.html")]
struct Palette {
    sections: Vec<Section>,
}

#[derive(Template)]
#[template(path = "search/options.html")]
struct Options {
    sections: Vec<Section>,
}

pub async fn index(reader: SignedIn, asked: web::Query<Asked>, app: web::Data<App>, req: HttpRequest) -> Answer {
    let (shell, typed) = (Shell::of(&app, &req), asked.typed());
    let (nav, looked_for) = (shell.nav.clone(), typed.clone());
    let sections = app.db.read(move |conn| actions::find(conn, &reader, &nav, &looked_for)).await?;
    match fragment(&req) {
        Some("dialog") => page(&Palette { sections }),
        Some("options") => page(&Options { sections }),
        _ => page(&SearchPage { shell, typed, sections }),
    }
}
