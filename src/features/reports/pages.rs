//! `GET /reports`: the files that the reader asked for; having one, taking one away.

use actix_web::body::SizedStream;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use futures_util::stream;

use super::model::Report;
use super::{actions, file, queries};
use crate::access::Permit;
use crate::access::permit::{ExportUsers, ViewUsers};
use crate::app::App;
use crate::jobs::Job;
use crate::jobs::queue::State;
use crate::web::answer::{Answer, fragment, page, see_saying};
use crate::web::forms::{Form, Nothing};
use crate::web::list::grouped;
use crate::web::shell::{Crumb, FlashKind, Shell};

#[derive(Template)]
#[template(path = "reports/index.html", blocks = ["progress"])]
struct IndexPage {
    shell: Shell,
    crumbs: Vec<Crumb>,
    under_way: Vec<UnderWay>,
    /// All have ended meanwhile: where to go on.
    next: &'static str,
    reports: Vec<Line>,
}

/// A file that is being made.
struct UnderWay {
    label: String,
    done: i64,
    /// 0: not known yet.
    total: i64,
}

/// One line of the reports.
struct Line {
    id: i64,
    name: String,
    words: String,
    state: &'static str,
    tone: &'static str,
    problem: String,
    is_ready: bool,
    ends: bool,
    /// Empty: not known yet.
    rows: String,
    size: String,
    created_at: i64,
    expires_at: i64,
}

impl Line {
    fn of((report, job): (Report, Option<Job>)) -> Line {
        let job_state = job.as_ref().map_or(State::Failed, Job::state);
        let (state, tone) = match job_state {
            _ if report.is_ready() => ("Ready", "good"),
            State::Waiting => ("Waiting", "accent"),
            State::Running => ("Being made", "accent"),
            State::Cancelled => ("Cancelled", "neutral"),
            State::Done | State::Failed => ("Failed", "bad"),
        };
        let figure = |number: i64| if report.is_ready() { grouped(number) } else { String::new() };
        Line {
            id: report.id,
            state,
            tone,
            problem: job.map(|job| job.problem).unwrap_or_default(),
            is_ready: report.is_ready(),
            ends: report.is_ready() || job_state.has_ended(),
            rows: figure(report.rows),
            size: if report.is_ready() { size(report.bytes) } else { String::new() },
            created_at: report.created_at,
            expires_at: report.expires_at,
            name: report.file_name,
            words: report.words,
        }
    }
}

/// "12 KB", as people read it.
fn size(bytes: i64) -> String {
    match bytes {
        ..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{} KB", bytes / 1_000),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}

pub async fn index(permit: Permit<ViewUsers>, app: web::Data<App>, req: HttpRequest) -> Answer {
    let (owner, now) = (permit.actor().id, permit.now());
    let found = app.db.read(move |conn| queries::of_owner(conn, owner, now, actions::MOST)).await?;
    let under_way: Vec<UnderWay> = found
        .iter()
        .filter_map(|(report, job)| Some((report, job.as_ref().filter(|job| !job.state().has_ended())?)))
        .map(|(report, job)| UnderWay {
            label: format!("{}: rows written", report.file_name),
            done: job.done,
            total: job.total,
        })
        .collect();
    let template = IndexPage {
        shell: Shell::of(&app, &req),
        crumbs: vec![Crumb::new("Dashboard", ""), Crumb::here("Reports")],
        next: if under_way.is_empty() { "/reports" } else { "" },
        under_way,
        reports: found.into_iter().map(Line::of).collect(),
    };
    if fragment(&req) == Some("progress") { page(&template.as_progress()) } else { page(&template) }
}

pub async fn show(permit: Permit<ExportUsers>, id: web::Path<i64>, app: web::Data<App>) -> Answer {
    let id = id.into_inner();
    let report = app.db.write(move |conn| actions::hand_over(conn, &permit, id)).await?;
    let disposition = format!("attachment; filename=\"{}\"", report.file_name);
    let length = u64::try_from(report.bytes).unwrap_or(0);
    let pieces = stream::try_unfold(0, move |seq| {
        let (app, report) = (app.clone(), report.clone());
        async move {
            let piece = file::piece(&app, &report, seq).await;
            // The answer has begun: breaking off is all that is left to say that it is not whole.
            let piece = piece.map_err(|refusal| actix_web::error::ErrorInternalServerError(refusal.to_string()))?;
            Ok::<_, actix_web::Error>(piece.map(|piece| (web::Bytes::from(piece), seq + 1)))
        }
    });
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header((header::CONTENT_DISPOSITION, disposition))
        .body(SizedStream::new(length, pieces)))
}

pub async fn remove(
    permit: Permit<ViewUsers>,
    _form: Form<Nothing>,
    id: web::Path<i64>,
    app: web::Data<App>,
) -> Answer {
    let id = id.into_inner();
    app.db.write(move |conn| actions::remove(conn, &permit, id)).await?;
    Ok(see_saying(&app, "/reports", FlashKind::Success, "The report was deleted."))
}
