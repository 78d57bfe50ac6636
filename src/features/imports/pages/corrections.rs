//! `POST /users/import/{id}/corrections`: cells that were corrected in the preview.

use actix_web::{HttpRequest, web};

use super::changes::{Preview, Taken, back, corrected, take};
use super::rows::{View, with_query};
use super::{address, hand_over, own, preview};
use crate::access::Permit;
use crate::access::permit::ImportUsers;
use crate::app::App;
use crate::features::imports::model::Verdict;
use crate::features::imports::queries::staging;
use crate::refusal::Refusal;
use crate::web::answer::{Answer, fragment, page, refused, see, see_saying};
use crate::web::list::grouped;
use crate::web::shell::FlashKind;

/// The script is answered with the rows that it shows as they stand now, whatever came of what was typed.
pub async fn update(
    permit: Permit<ImportUsers>,
    form: Preview,
    path: web::Path<i64>,
    app: web::Data<App>,
    req: HttpRequest,
) -> Answer {
    let id = *path;
    if fragment(&req) == Some("rows") {
        let import = own(&app, &permit, id).await?;
        corrected(&app, &permit, &import, form.0.corrections()?).await?;
        let import = own(&app, &permit, id).await?;
        let view = View::parse(back(&form.0)).of_rows(form.0.shown);
        return page(&preview::page(&app, &req, &permit, import, &[], &view).await?);
    }
    let view = View::parse(back(&form.0));
    let there = with_query(&address(id), back(&form.0));
    match take(&permit, &form.0, id, &app).await? {
        Taken::AtFault(import, errors) => refused(&preview::page(&app, &req, &permit, *import, &errors, &view).await?),
        Taken::Anew => {
            hand_over(&app, &permit, id).await;
            Ok(see(&there))
        }
        Taken::AsBefore(numbers) => {
            let wrong = wrong(&app, id, &numbers).await?;
            if wrong > 0 {
                let import = own(&app, &permit, id).await?;
                let mut page = preview::page(&app, &req, &permit, import, &[], &view).await?;
                page.point_out(&numbers);
                return refused(&page);
            }
            let there = format!("{there}#rows");
            Ok(match numbers.len() {
                0 => see(&there),
                1 => see_saying(&app, &there, FlashKind::Success, "The row is good now."),
                many => {
                    let text = format!("{} rows are good now.", grouped(i64::try_from(many).unwrap_or(0)));
                    see_saying(&app, &there, FlashKind::Success, text)
                }
            })
        }
    }
}

/// How many of some rows are refused.
async fn wrong(app: &web::Data<App>, id: i64, numbers: &[i64]) -> Result<usize, Refusal> {
    let numbers = numbers.to_vec();
    let rows = app.staging.read(move |conn| staging::numbered(conn, id, &numbers)).await?;
    Ok(rows.iter().filter(|row| row.verdict() == Some(Verdict::Refused)).count())
}
