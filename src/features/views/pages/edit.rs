//! `GET /users/views/{id}`, `POST /users/views/{id}`, `POST /users/views/{id}/deletion` and their like for other lists: a view's name, who sees it, what it keeps.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};

use super::form::{answer, form};
use crate::access::Permit;
use crate::app::App;
use crate::features::views::actions;
use crate::features::views::input::ViewInput;
use crate::refusal::Refusal;
use crate::web::answer::{Answer, see_saying};
use crate::web::forms::{Form, Nothing};
use crate::web::kept::Kept;
use crate::web::list::{Listed, State};
use crate::web::shell::FlashKind;

/// The address may say what the list shows now, which the view can keep instead of what it keeps.
pub async fn edit<L: Listed>(
    permit: Permit<L::Action>,
    id: web::Path<i64>,
    app: web::Data<App>,
    req: HttpRequest,
    kept: Kept,
) -> Answer {
    let kept: Option<ViewInput> = kept.take();
    let present = (!req.query_string().is_empty()).then(|| State::parse(L::SPEC, req.query_string()).kept());
    let drawn = app
        .db
        .read(move |conn| {
            let view = actions::changeable(conn, &permit, L::SPEC, id.into_inner())?;
            let input = kept.unwrap_or_else(|| ViewInput {
                name: view.name.clone(),
                role: view.role_id.map(|id| id.to_string()).unwrap_or_default(),
                query: present.unwrap_or_else(|| view.query.clone()),
                change: String::new(),
            });
            form::<L>(conn, &permit, &input, Some(&view), &[])
        })
        .await?;
    answer::<L>(&app, &req, StatusCode::OK, drawn)
}

pub async fn update<L: Listed>(
    permit: Permit<L::Action>,
    sent: Form<ViewInput>,
    id: web::Path<i64>,
    app: web::Data<App>,
    req: HttpRequest,
) -> Answer {
    let (Form(input), id) = (sent, id.into_inner());
    let mine = permit.clone();
    // Looked up first, so that a view that is not there answers 404 whatever was typed.
    let view = app.db.read(move |conn| actions::changeable(conn, &mine, L::SPEC, id)).await?;
    let outcome = match input.parse(L::SPEC) {
        Ok(mut wanted) => {
            if input.change.is_empty() {
                wanted.query = view.query.clone();
            }
            let mine = permit.clone();
            app.db.write(move |conn| actions::change(conn, &mine, L::SPEC, id, &wanted).map(|()| wanted)).await
        }
        Err(errors) => Err(Refusal::Fields(errors)),
    };
    match outcome {
        Ok(view) => {
            let to = State::parse(L::SPEC, &view.query).href();
            Ok(see_saying(&app, &to, FlashKind::Success, format!("The view “{}” was saved.", view.name)))
        }
        Err(Refusal::Fields(errors)) => {
            let drawn = app.db.read(move |conn| form::<L>(conn, &permit, &input, Some(&view), &errors)).await?;
            answer::<L>(&app, &req, StatusCode::UNPROCESSABLE_ENTITY, drawn)
        }
        Err(refusal) => Err(refusal.into()),
    }
}

pub async fn remove<L: Listed>(
    permit: Permit<L::Action>,
    _: Form<Nothing>,
    id: web::Path<i64>,
    app: web::Data<App>,
) -> Answer {
    let name = app.db.write(move |conn| actions::delete(conn, &permit, L::SPEC, id.into_inner())).await?;
    Ok(see_saying(&app, L::SPEC.path, FlashKind::Success, format!("The view “{name}” was deleted.")))
}
