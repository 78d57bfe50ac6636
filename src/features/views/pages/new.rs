//! `GET /users/views/new`, `POST /users/views` and their like for other lists: "Save view".

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};

use super::form::{answer, form};
use crate::access::Permit;
use crate::app::App;
use crate::features::views::actions;
use crate::features::views::input::ViewInput;
use crate::refusal::Refusal;
use crate::web::answer::{Answer, see_saying};
use crate::web::forms::Form;
use crate::web::kept::Kept;
use crate::web::list::{Listed, State};
use crate::web::shell::FlashKind;

/// The address says what the list shows, as the list's own address does.
pub async fn new<L: Listed>(permit: Permit<L::Action>, app: web::Data<App>, req: HttpRequest, kept: Kept) -> Answer {
    let input = kept.take().unwrap_or_else(|| ViewInput {
        query: State::parse(L::SPEC, req.query_string()).kept(),
        ..ViewInput::default()
    });
    let drawn = app.db.read(move |conn| form::<L>(conn, &permit, &input, None, &[])).await?;
    answer::<L>(&app, &req, StatusCode::OK, drawn)
}

pub async fn create<L: Listed>(
    permit: Permit<L::Action>,
    sent: Form<ViewInput>,
    app: web::Data<App>,
    req: HttpRequest,
) -> Answer {
    let Form(input) = sent;
    let outcome = match input.parse(L::SPEC) {
        Ok(wanted) => {
            let mine = permit.clone();
            app.db.write(move |conn| actions::save(conn, &mine, L::SPEC, &wanted).map(|_| wanted)).await
        }
        Err(errors) => Err(Refusal::Fields(errors)),
    };
    match outcome {
        Ok(view) => {
            let to = State::parse(L::SPEC, &view.query).href();
            Ok(see_saying(&app, &to, FlashKind::Success, format!("The view “{}” was saved.", view.name)))
        }
        Err(Refusal::Fields(errors)) => {
            let drawn = app.db.read(move |conn| form::<L>(conn, &permit, &input, None, &errors)).await?;
            answer::<L>(&app, &req, StatusCode::UNPROCESSABLE_ENTITY, drawn)
        }
        Err(refusal) => Err(refusal.into()),
    }
}
