//! `POST /audit/exports`: what is narrowed to, as CSV, a line for each field that changed. It is read and sent piece by piece.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use futures_util::stream;
use serde::Deserialize;

use crate::access::permit::ExportAudit;
use crate::access::{Permit, Scope};
use crate::app::App;
use crate::db::Conn;
use crate::features::audit::actions::record;
use crate::features::audit::actions::tell::{Told, tell};
use crate::features::audit::input::{SPEC, narrow};
use crate::features::audit::model::{Change, Entry};
use crate::features::audit::queries::list::{self, Narrow, place_of};
use crate::features::imports::cells::guard;
use crate::refusal::Refusal;
use crate::web::answer::Answer;
use crate::web::dates::iso;
use crate::web::forms::Form;
use crate::web::list::{Place, State};
use crate::web::shell::Shell;

/// Rows of one piece.
const PIECE: i64 = 1_000;
const HEADER: [&str; 14] = [
    "Entry",
    "Time",
    "Who",
    "Who number",
    "Action",
    "Object kind",
    "Object number",
    "Object",
    "Field",
    "Old",
    "New",
    "Outcome",
    "Address",
    "Request",
];

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Input {
    /// What the list is narrowed to, as its URL says it.
    query: String,
}

pub async fn create(permit: Permit<ExportAudit>, form: Form<Input>, app: web::Data<App>, req: HttpRequest) -> Answer {
    let zone = Shell::of(&app, &req).zone;
    let state = State::parse(&SPEC, &form.0.query);
    let scope = permit.scope().clone();
    let narrow = app
        .db
        .write(move |conn| {
            let (narrow, too_many) = narrow(conn, permit.scope(), &zone, &state)?;
            if too_many {
                return Err(Refusal::Unfit("More than 100 people fit this search. Type more of the name.".into()));
            }
            let change = Change::new("filter", "", state.narrowing());
            record(conn, permit.origin(), &Entry::new("audit.export", "audit", 0).changes(vec![change]))?;
            Ok(narrow)
        })
        .await?;
    let pieces = stream::try_unfold(Some(Place::First), move |place| {
        let (app, narrow, scope) = (app.clone(), narrow.clone(), scope.clone());
        async move {
            let Some(place) = place else { return Ok::<_, actix_web::Error>(None) };
            let piece = app.db.read(move |conn| piece(conn, &narrow, &scope, &place)).await;
            // The answer has begun: breaking off is all that is left to say that it is not whole.
            let piece = piece.map_err(|refusal| actix_web::error::ErrorInternalServerError(refusal.to_string()))?;
            Ok(Some(piece))
        }
    });
    let name = (header::CONTENT_DISPOSITION, "attachment; filename=\"audit.csv\"");
    Ok(HttpResponse::Ok().content_type("text/csv; charset=utf-8").insert_header(name).streaming(pieces))
}

/// One piece of the file and the place of the next.
fn piece(
    conn: &mut Conn,
    narrow: &Narrow,
    scope: &Scope,
    place: &Place,
) -> Result<(web::Bytes, Option<Place>), Refusal> {
    let found = list::page(conn, narrow, place, PIECE)?;
    let next = match (&found.looked, found.page.rows.last()) {
        (Some(looked), _) => Some(Place::After(looked.clone())),
        (None, Some(last)) if found.page.more_after => Some(Place::After(place_of(last))),
        _ => None,
    };
    let mut csv = csv::Writer::from_writer(Vec::new());
    let broken = |error: csv::Error| Refusal::Broken(format!("csv: {error}"));
    if *place == Place::First {
        csv.write_record(HEADER).map_err(broken)?;
    }
    for told in tell(conn, scope, found.page.rows)? {
        let fields = told.changes.iter().map(|change| [change.field.as_str(), &change.from, &change.to]);
        let none = told.changes.is_empty().then_some(["", "", ""]);
        for field in fields.chain(none) {
            csv.write_record(cells(&told, field).map(|cell| guard(&cell).into_owned())).map_err(broken)?;
        }
    }
    let bytes = csv.into_inner().map_err(|error| Refusal::Broken(format!("csv: {error}")))?;
    Ok((bytes.into(), next))
}

fn cells(told: &Told, [field, from, to]: [&str; 3]) -> [String; 14] {
    let row = &told.row;
    [
        row.id.to_string(),
        iso(row.at),
        told.actor.clone(),
        row.actor_id.to_string(),
        row.action.clone(),
        row.object_kind.clone(),
        row.object_id.to_string(),
        told.object.clone(),
        field.to_owned(),
        from.to_owned(),
        to.to_owned(),
        told.outcome().code().to_owned(),
        row.address.clone(),
        row.request_id.clone(),
    ]
}
