//! `/settings/branding`: name and colour; `/settings/branding/logo` takes a picture, `/settings/branding/logo/removal` takes it away.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;

use super::{change, head, stored};
use crate::access::Permit;
use crate::access::permit::{ChangeSettings, ViewSettings};
use crate::app::App;
use crate::features::settings::actions::{self, of_all, seen};
use crate::features::settings::input::{LONGEST_NAME, Look};
use crate::features::settings::logo::{self, LARGEST};
use crate::features::settings::model::Branding;
use crate::refusal::{FieldError, Refusal};
use crate::web::answer::{Answer, page, page_with, refused, see_saying};
use crate::web::forms::{Field, Form, Nothing, summary};
use crate::web::kept::Kept;
use crate::web::shell::{Crumb, FlashKind, Shell, Tab};
use crate::web::upload::Upload;

const ADDRESS: &str = "/settings/branding";

#[derive(Template)]
#[template(path = "settings/branding.html")]
struct BrandingPage {
    shell: Shell,
    crumbs: Vec<Crumb>,
    tabs: Vec<Tab>,
    errors: Vec<(String, String)>,
    conflict: String,
    name: Field,
    accent: Field,
    logo: Field,
    seen: String,
}

fn draw(shell: Shell, input: &Look, errors: &[FieldError]) -> BrandingPage {
    let (crumbs, tabs) = head("Branding");
    BrandingPage {
        shell,
        crumbs,
        tabs,
        errors: summary(errors),
        conflict: String::new(),
        name: Field::new("name", "Name of this installation", &input.name).required().max(LONGEST_NAME).errors(errors),
        accent: Field::new("accent", "Accent colour", &input.accent)
            .max(7)
            .hint("Written like #1a5fb4; empty for the one it came with. It has to be legible in light and dark.")
            .errors(errors),
        logo: Field::new("logo", "Picture", "")
            .required()
            .hint(format!("PNG, JPEG or WebP, up to {} KiB. It is made small and written anew; what else the file says is dropped.", LARGEST / 1024))
            .errors(errors),
        seen: input.seen.clone(),
    }
}

async fn of_stored(app: &web::Data<App>) -> Result<Look, Refusal> {
    let stored: Branding = stored(app).await?;
    let accent = stored.accent.map(|accent| accent.text()).unwrap_or_default();
    Ok(Look { seen: seen(&stored), name: stored.name, accent })
}

pub async fn show(permit: Permit<ViewSettings>, app: web::Data<App>, req: HttpRequest, kept: Kept) -> Answer {
    of_all(&permit)?;
    let input = match kept.take() {
        Some(input) => input,
        None => of_stored(&app).await?,
    };
    page(&draw(Shell::of(&app, &req), &input, &[]))
}

pub async fn submit(permit: Permit<ChangeSettings>, form: Form<Look>, app: web::Data<App>, req: HttpRequest) -> Answer {
    of_all(&permit)?;
    let Form(input) = form;
    let new = match input.parse() {
        Ok(new) => new,
        Err(errors) => return refused(&draw(Shell::of(&app, &req), &input, &errors)),
    };
    let noted = input.seen.clone();
    match change(&app, move |conn| actions::set_branding(conn, &permit, &noted, &new)).await {
        Ok(()) => Ok(see_saying(&app, ADDRESS, FlashKind::Success, "Name and colour were saved.")),
        Err(Refusal::Conflict(why)) => {
            let now = of_stored(&app).await?;
            let mut template = draw(Shell::of(&app, &req), &Look { seen: now.seen, ..input }, &[]);
            template.conflict = why;
            page_with(StatusCode::CONFLICT, &template)
        }
        Err(refusal) => Err(refusal.into()),
    }
}

pub async fn set_logo(
    permit: Permit<ChangeSettings>,
    mut upload: Upload,
    app: web::Data<App>,
    req: HttpRequest,
) -> Answer {
    of_all(&permit)?;
    let made = match upload.file_name() {
        None => Err("Choose a picture.".to_owned()),
        Some(_) => {
            // One byte more than is taken tells that there is more.
            let bytes = upload.next_chunk(LARGEST + 1).await?;
            web::block(move || logo::remake(&bytes))
                .await
                .map_err(|_| Refusal::Broken("a picture could not be read".into()))?
        }
    };
    match made {
        Ok(logo) => {
            change(&app, move |conn| actions::set_logo(conn, &permit, Some(logo))).await?;
            Ok(see_saying(&app, ADDRESS, FlashKind::Success, "The logo was saved."))
        }
        Err(why) => {
            let input = of_stored(&app).await?;
            refused(&draw(Shell::of(&app, &req), &input, &[FieldError::new("logo", why)]))
        }
    }
}

pub async fn remove_logo(permit: Permit<ChangeSettings>, _form: Form<Nothing>, app: web::Data<App>) -> Answer {
    of_all(&permit)?;
    change(&app, move |conn| actions::set_logo(conn, &permit, None)).await?;
    Ok(see_saying(&app, ADDRESS, FlashKind::Success, "The logo was taken away."))
}
