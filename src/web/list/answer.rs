//! How the page of a list is answered: whole, its rows alone (`X-Fragment: list`) or the open panel alone (`X-Fragment: panel`).

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;

use super::panel::panel_alone;
use super::{Panel, Spec, State};
use crate::access::{Action, Permit};
use crate::app::App;
use crate::db::Conn;
use crate::refusal::Refusal;
use crate::web::answer::{Answer, drawn, fragment, html};
use crate::web::shell::Shell;

/// The page of a list, as its template draws it.
pub trait ListPage: Template + Sized + 'static {
    /// What its reader must be permitted.
    type Action: Action;
    /// What it is about, where there is one for each of many objects: the id of the group whose members it shows.
    type Of: Send + Sync + 'static;

    const SPEC: &'static Spec;

    /// Where it lies, if not at the path of its kind.
    fn path(_: &Self::Of) -> Option<String> {
        None
    }

    /// Whether a few rows of an index are all that is read: that takes less time than to hand it to another thread.
    fn is_short(_: &Asked<Self>) -> bool {
        false
    }

    /// What is read in passing. None: it turned out to take longer.
    ///
    /// # Errors
    /// As for [`ListPage::read`].
    fn glance(conn: &mut Conn, asked: &Asked<Self>) -> Result<Option<Self>, Refusal> {
        Self::read(conn, asked).map(Some)
    }

    /// # Errors
    /// Not found, where what the list is about is not there for this reader; what the database says.
    fn read(conn: &mut Conn, asked: &Asked<Self>) -> Result<Self, Refusal>;

    /// The panel that is asked for, if any.
    ///
    /// # Errors
    /// As for [`ListPage::read`].
    fn panel(conn: &mut Conn, asked: &Asked<Self>) -> Result<Option<Panel>, Refusal>;

    /// The block with the rows, drawn.
    ///
    /// # Errors
    /// As for [`drawn`].
    fn list_alone(&self) -> Result<Vec<u8>, Refusal>;
}

/// A list as somebody asks for it.
pub struct Asked<P: ListPage> {
    pub permit: Permit<P::Action>,
    pub of: P::Of,
    pub state: State,
    pub shell: Shell,
    part: Part,
}

#[derive(Clone, Copy)]
enum Part {
    Whole,
    List,
    Panel,
}

/// Answers a request for a list, and lets the browser remember what its address says of page size and density.
pub async fn answer<P: ListPage>(
    permit: Permit<P::Action>,
    of: P::Of,
    app: web::Data<App>,
    req: HttpRequest,
) -> Answer {
    let part = match fragment(&req) {
        Some("panel") => Part::Panel,
        Some("list") => Part::List,
        _ => Part::Whole,
    };
    let state = State::of(P::SPEC, &req, &app.settings.public);
    let state = match P::path(&of) {
        Some(path) => state.lying_at(path),
        None => state,
    };
    let asked = Arc::new(Asked::<P> { permit, of, state, shell: Shell::of(&app, &req), part });
    let (first, again) = (asked.clone(), asked.clone());
    let quick = match P::is_short(&asked) {
        true => app.db.glance(move |conn| first.draw(conn, P::glance)).await?,
        false => None,
    };
    let body = match quick {
        Some(body) => body,
        None => {
            let read = |conn: &mut Conn, asked: &Asked<P>| P::read(conn, asked).map(Some);
            app.db.read(move |conn| again.draw(conn, read)).await?.unwrap_or_default()
        }
    };
    let mut answer = html(StatusCode::OK, body);
    asked.state.remember(&app.settings.public, &mut answer);
    Ok(answer)
}

impl<P: ListPage> Asked<P> {
    /// What was asked for, drawn where it is read; None where `read` says so.
    fn draw(
        &self,
        conn: &mut Conn,
        read: impl FnOnce(&mut Conn, &Asked<P>) -> Result<Option<P>, Refusal>,
    ) -> Result<Option<Vec<u8>>, Refusal> {
        if matches!(self.part, Part::Panel) {
            return panel_alone(&P::panel(conn, self)?.ok_or(Refusal::NotFound)?).map(Some);
        }
        let Some(page) = read(conn, self)? else { return Ok(None) };
        match self.part {
            Part::List => page.list_alone(),
            Part::Whole | Part::Panel => drawn(&page),
        }
        .map(Some)
    }
}
