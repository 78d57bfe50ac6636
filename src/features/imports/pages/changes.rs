//! What is sent from a preview: options, ticks, "Add", and giving up.

use actix_web::{HttpRequest, web};

use super::rows::{View, with_query};
use super::{address, hand_over, own, preview};
use crate::access::Permit;
use crate::access::permit::{AssignRoles, ImportUsers};
use crate::app::App;
use crate::features::imports::actions::{self, Planned};
use crate::features::imports::faults::Correction;
use crate::features::imports::input::PreviewInput;
use crate::features::imports::model::{Import, State};
use crate::features::imports::queries::staging;
use crate::features::roles;
use crate::refusal::{FieldError, Refusal};
use crate::web::answer::{Answer, refused, see, see_saying};
use crate::web::errors::Problem;
use crate::web::forms::{Form, Nothing};
use crate::web::shell::FlashKind;

pub(super) type Preview = Form<PreviewInput>;

/// `POST /users/import/{id}/options`: "Continue".
pub async fn options(
    permit: Permit<ImportUsers>,
    form: Preview,
    path: web::Path<i64>,
    app: web::Data<App>,
    req: HttpRequest,
) -> Answer {
    let (id, view) = (*path, View::parse(back(&form.0)));
    match take(&permit, &form.0, id, &app).await? {
        Taken::AtFault(import, errors) => refused(&preview::page(&app, &req, &permit, *import, &errors, &view).await?),
        Taken::Anew => {
            hand_over(&app, &permit, id).await;
            Ok(see(&with_query(&address(id), back(&form.0))))
        }
        Taken::AsBefore(_) => Ok(see(&with_query(&address(id), back(&form.0)))),
    }
}

/// `POST /users/import/{id}/additions`: "Add".
pub async fn add(
    permit: Permit<ImportUsers>,
    form: Preview,
    path: web::Path<i64>,
    app: web::Data<App>,
    req: HttpRequest,
) -> Answer {
    let (id, view) = (*path, View::parse(back(&form.0)));
    let (before, options) = (own(&app, &permit, id).await?.options(), form.0.options());
    let gives = with_step_up(&permit, &app, options.role_id).await?;
    match take(&permit, &form.0, id, &app).await? {
        Taken::AtFault(import, errors) => {
            return refused(&preview::page(&app, &req, &permit, *import, &errors, &view).await?);
        }
        Taken::Anew => {
            hand_over(&app, &permit, id).await;
            let text = "What happens to existing users has changed, so look at the preview once more.";
            return Ok(see_saying(&app, &address(id), FlashKind::Notice, text));
        }
        Taken::AsBefore(numbers) if !numbers.is_empty() => {
            let text = "Nothing was added yet: what you corrected was checked. Look at the preview once more.";
            return Ok(see_saying(&app, &with_query(&address(id), back(&form.0)), FlashKind::Notice, text));
        }
        Taken::AsBefore(_) => {}
    }
    // Every row, this once: what is begun now is counted as it is.
    let counts = app.staging.read(move |conn| staging::counts(conn, id)).await?;
    let planned = Planned::of(&counts);
    // Nobody becomes able to sign in without the preview having said so: how many, as what, and where.
    let said = (before.role_id, before.customer_id) == (options.role_id, options.customer_id);
    if gives && !said && planned.new > 0 {
        let text = "Nothing was added yet: these people would be able to sign in. Look at the preview once more.";
        return Ok(see_saying(&app, &address(id), FlashKind::Notice, text));
    }
    let asks = permit.clone();
    match app.db.write(move |conn| actions::start_applying(conn, &asks, id, counts)).await {
        Err(Refusal::Unfit(why)) => {
            let import = own(&app, &permit, id).await?;
            let errors = [FieldError::new("refused", why)];
            return refused(&preview::page(&app, &req, &permit, import, &errors, &view).await?);
        }
        other => other?,
    }
    hand_over(&app, &permit, id).await;
    Ok(see(&address(id)))
}

/// `POST /users/import/{id}/cancellation`
pub async fn cancel(
    permit: Permit<ImportUsers>,
    _form: Form<Nothing>,
    path: web::Path<i64>,
    app: web::Data<App>,
) -> Answer {
    let id = *path;
    let asks = permit.clone();
    let was = app.db.write(move |conn| actions::cancel(conn, &asks, id)).await?;
    if was == State::Applying {
        hand_over(&app, &permit, id).await;
        return Ok(see(&address(id)));
    }
    Ok(see_saying(&app, "/users/import", FlashKind::Success, "The import was cancelled. Nothing was added."))
}

/// What came of the options and ticks of a preview.
pub(super) enum Taken {
    AtFault(Box<Import>, Vec<FieldError>),
    /// The rows are judged anew.
    Anew,
    /// The rows that were corrected.
    AsBefore(Vec<i64>),
}

pub(super) async fn take(
    permit: &Permit<ImportUsers>,
    form: &PreviewInput,
    id: i64,
    app: &web::Data<App>,
) -> Result<Taken, Problem> {
    let import = own(app, permit, id).await?;
    let options = form.options();
    if options.role_id != import.options().role_id {
        with_step_up(permit, app, options.role_id).await?;
    }
    let (house, asks, kept, wishes) = (app.clone(), permit.clone(), import.clone(), form.wishes());
    let chosen = web::block(move || actions::choose_rows(&house, &asks, &kept, wishes)).await;
    chosen.map_err(|_| Refusal::Broken("choosing rows panicked".into()))??;
    let numbers = match corrected(app, permit, &import, form.corrections()?).await {
        Err(Refusal::Unfit(why)) => return Ok(Taken::AtFault(Box::new(import), vec![FieldError::new("rows", why)])),
        other => other?,
    };
    let asks = permit.clone();
    match app.db.write(move |conn| actions::choose_options(conn, &asks, id, &options)).await {
        Ok(true) => Ok(Taken::Anew),
        Ok(false) => Ok(Taken::AsBefore(numbers)),
        Err(Refusal::Fields(errors)) => Ok(Taken::AtFault(Box::new(import), errors)),
        Err(refusal) => Err(refusal.into()),
    }
}

/// Writes corrections where writing may wait. Gives the rows that were corrected.
pub(super) async fn corrected(
    app: &web::Data<App>,
    permit: &Permit<ImportUsers>,
    import: &Import,
    corrections: Vec<Correction>,
) -> Result<Vec<i64>, Refusal> {
    if corrections.is_empty() {
        return Ok(Vec::new());
    }
    let (house, asks, kept) = (app.clone(), permit.clone(), import.clone());
    let written = web::block(move || actions::correct(&house, &asks, &kept, corrections)).await;
    written.map_err(|_| Refusal::Broken("correcting rows panicked".into()))?
}

/// Giving many people a role that may sign in takes what giving it to one takes: the permission, and a fresh code. Says whether it is such a role.
async fn with_step_up(permit: &Permit<ImportUsers>, app: &web::Data<App>, role_id: i64) -> Result<bool, Problem> {
    let signs_in = match role_id {
        0 => false,
        id => app.db.read(move |conn| Ok(roles::queries::find(conn, id).is_ok_and(|role| role.may_sign_in))).await?,
    };
    if signs_in {
        permit.also::<AssignRoles>()?;
    }
    Ok(signs_in)
}

/// The query string of the page that was looked at; only what we would have written ourselves.
pub(super) fn back(form: &PreviewInput) -> &str {
    let ours = |byte: u8| byte.is_ascii_alphanumeric() || b"=&-".contains(&byte);
    if form.back.len() <= 100 && form.back.bytes().all(ours) { &form.back } else { "" }
}
