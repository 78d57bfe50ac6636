//! A job is at it: how far it is.

use actix_web::{HttpRequest, web};
use askama::Template;

use super::{address, crumbs};
use crate::app::App;
use crate::features::imports::model::{Import, State};
use crate::jobs::Job;
use crate::web::shell::{Crumb, Shell};

#[derive(Template)]
#[template(path = "imports/progress.html", blocks = ["progress"])]
pub struct ProgressPage {
    shell: Shell,
    crumbs: Vec<Crumb>,
    address: String,
    file_name: String,
    /// What is going on, as a heading.
    title: &'static str,
    label: &'static str,
    done: i64,
    /// 0: not known yet.
    total: i64,
    writes: bool,
    is_cancelled: bool,
}

pub fn page(app: &web::Data<App>, req: &HttpRequest, import: &Import, job: Option<&Job>) -> ProgressPage {
    let (done, total) = job.map_or((0, 0), |job| (job.done, job.total));
    let (title, label) = match import.state() {
        State::Applying => ("Adding users", "Users written"),
        State::Reading if total == 0 => ("Reading the file", "Rows read"),
        _ => ("Checking the rows", "Rows checked"),
    };
    ProgressPage {
        shell: Shell::of(app, req),
        crumbs: crumbs(),
        address: address(import.id),
        file_name: import.file_name.clone(),
        title,
        label,
        done,
        total,
        writes: import.state() == State::Applying,
        is_cancelled: job.is_some_and(|job| job.cancel),
    }
}
