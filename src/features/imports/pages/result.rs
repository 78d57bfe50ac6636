//! An import that has ended: what came of it.

use actix_web::{HttpRequest, web};
use askama::Template;

use super::gift::{self, Given};
use super::rows::{self, Line, Stat, View};
use super::{address, crumbs};
use crate::access::Permit;
use crate::access::permit::ImportUsers;
use crate::app::App;
use crate::features::imports::model::{Import, State, Verdict};
use crate::features::operations;
use crate::refusal::Refusal;
use crate::web::list::{Pager, grouped};
use crate::web::shell::{Crumb, Shell};

/// Skipped rows that are listed.
const MOST_LISTED: i64 = 200;

#[derive(Template)]
#[template(path = "imports/result.html")]
pub struct ResultPage {
    shell: Shell,
    crumbs: Vec<Crumb>,
    address: String,
    file_name: String,
    outcome: &'static str,
    tone: &'static str,
    problem: String,
    /// Whether anything was to be written.
    wrote: bool,
    facts: Vec<Stat>,
    given: Given,
    /// The operation that can be undone; 0: none, or not any more.
    undo: i64,
    /// The operation whose rows can be looked at; 0: nothing was written.
    operation: i64,
    skipped: Vec<Skipped>,
    lines: Vec<Line>,
    pager: Pager,
}

/// A row that had moved since the preview.
struct Skipped {
    label: String,
    reason: String,
}

/// `gave_up`: why the job did, if it did.
pub async fn page(
    app: &web::Data<App>,
    req: &HttpRequest,
    permit: &Permit<ImportUsers>,
    import: Import,
    gave_up: Option<String>,
) -> Result<ResultPage, Refusal> {
    let at = address(import.id);
    let mut view = View::parse(req.query_string());
    view.verdict = Some(Verdict::Refused);
    let listed = rows::read(app, &import, &view, &at, false).await?;
    let operation = import.operation_id;
    let now = permit.now();
    let (skipped, undo) = match operation {
        None => (Vec::new(), 0),
        Some(id) => {
            app.db
                .read(move |conn| {
                    let may_undo = operations::queries::find(conn, id)?.not_undoable(now).is_none();
                    Ok((operations::queries::skipped(conn, id, MOST_LISTED)?, if may_undo { id } else { 0 }))
                })
                .await?
        }
    };
    let given = gift::after(app, permit, &import).await?;
    let counts = import.counts();
    let applied = &counts.applied;
    let facts = [
        (applied.added, "Added", true),
        (applied.changed, "Changed", true),
        (applied.restored, "Restored", false),
        (applied.devices, "Devices expected", false),
        (applied.skipped, "Skipped", false),
        (counts.refused, "Refused", false),
    ];
    let fact = |(count, label, _)| Stat { href: String::new(), count: grouped(count), label, is_current: false };
    let (outcome, tone) = match import.state() {
        State::Done => ("Done", "good"),
        State::Cancelled if operation.is_some() => ("Stopped", "warn"),
        State::Cancelled => ("Cancelled", "neutral"),
        _ => ("Failed", "bad"),
    };
    Ok(ResultPage {
        shell: Shell::of(app, req),
        crumbs: crumbs(),
        file_name: import.file_name.clone(),
        outcome,
        tone,
        problem: gave_up.unwrap_or_else(|| import.problem.clone()),
        wrote: operation.is_some(),
        facts: facts.into_iter().filter(|(count, _, always)| *always || *count > 0).map(fact).collect(),
        given,
        undo,
        operation: operation.unwrap_or(0),
        skipped: skipped.into_iter().map(|row| Skipped { label: row.label, reason: row.reason }).collect(),
        lines: listed.lines,
        pager: listed.pager,
        address: at,
    })
}
