//! `GET /users/import/{id}`: how an import stands.

use actix_web::{HttpRequest, web};

use super::rows::View;
use super::{mapping, own, preview, progress, result};
use crate::access::Permit;
use crate::access::permit::ImportUsers;
use crate::app::App;
use crate::features::imports::model::State;
use crate::jobs::{self, queue};
use crate::web::answer::{Answer, fragment, page};

pub async fn show(permit: Permit<ImportUsers>, path: web::Path<i64>, app: web::Data<App>, req: HttpRequest) -> Answer {
    let import = own(&app, &permit, *path).await?;
    let job_id = import.job_id;
    let job = app.db.read(move |conn| queue::find(conn, job_id)).await?;
    let gave_up = job.as_ref().filter(|job| job.state() == jobs::State::Failed && import.state().is_under_way());
    if let Some(job) = gave_up {
        return page(&result::page(&app, &req, &permit, import, Some(job.problem.clone())).await?);
    }
    match import.state() {
        State::Uploading | State::Reading | State::Judging | State::Applying => {
            let template = progress::page(&app, &req, &import, job.as_ref());
            match fragment(&req) {
                Some("progress") => page(&template.as_progress()),
                _ => page(&template),
            }
        }
        State::Mapping => page(&mapping::page(&app, &req, &import)),
        State::Preview => {
            page(&preview::page(&app, &req, &permit, import, &[], &View::parse(req.query_string())).await?)
        }
        State::Done | State::Cancelled | State::Failed => page(&result::page(&app, &req, &permit, import, None).await?),
    }
}
