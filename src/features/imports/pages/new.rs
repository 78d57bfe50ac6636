//! `GET` and `POST /users/import`: choosing a file and sending it; the sample.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::{address, crumbs, hand_over};
use crate::access::Permit;
use crate::access::permit::ImportUsers;
use crate::app::App;
use crate::features::imports::actions::Arriving;
use crate::features::imports::dialect::{Delimiter, Encoding};
use crate::features::imports::file::{self, CHUNK};
use crate::features::imports::model::{Import, Options, State};
use crate::features::imports::{actions, input, queries};
use crate::refusal::{FieldError, Refusal};
use crate::web::answer::{Answer, page, refused, see};
use crate::web::forms::{Choice, Field, summary};
use crate::web::list::grouped;
use crate::web::shell::{Crumb, Shell};
use crate::web::upload::{self, Upload};

/// Imports that have ended and are listed to be found again.
const RECENT: i64 = 10;

/// The header names the fields; the rows show what they hold.
const SAMPLE: &str = "\u{feff}Display Name,Email,Mobile,Ownership,Device Name,Serial Number,Platform\r\n\
Oxford,oxford@example.org,+44 1865 270000,Corporate,ThinkPad T14,PF-3XK9T2,Windows\r\n\
\"Lovelace, Ada\",ada@example.org,,,,,\r\n\
Zoë Müller,zoe@example.org,+49 30 901820,Personal,iPhone 16,F4GTV0Q1,iOS\r\n";

#[derive(Template)]
#[template(path = "imports/new.html")]
struct NewPage {
    shell: Shell,
    crumbs: Vec<Crumb>,
    errors: Vec<(String, String)>,
    file: Field,
    encoding: (Field, Vec<Choice>),
    delimiter: (Field, Vec<Choice>),
    header: (Field, Vec<Choice>),
    recent: Vec<Recent>,
    /// Most bytes of a file.
    largest: u64,
}

/// One line of the imports to be found again.
struct Recent {
    href: String,
    name: String,
    state: String,
    tone: &'static str,
    /// Empty: not counted yet.
    rows: String,
    at: i64,
}

impl Recent {
    fn of(import: &Import) -> Recent {
        let tone = match import.state() {
            State::Done if import.counts().refused > 0 => "warn",
            State::Done => "good",
            State::Failed => "bad",
            State::Cancelled => "neutral",
            _ => "accent",
        };
        let counts = import.counts();
        let rows = if counts.rows == 0 { String::new() } else { grouped(counts.rows) };
        let plain = import.state().label();
        let state = match import.state() {
            State::Preview if counts.new + counts.change + counts.restore == 0 => "Nothing to add".to_owned(),
            State::Done if counts.refused > 0 => format!("{plain}, {} refused", grouped(counts.refused)),
            _ => plain.to_owned(),
        };
        Recent { href: address(import.id), name: import.file_name.clone(), state, tone, rows, at: import.created_at }
    }
}

pub async fn new(permit: Permit<ImportUsers>, app: web::Data<App>, req: HttpRequest) -> Answer {
    page(&form(&permit, &app, &req, &[], &Options::default()).await?)
}

async fn form(
    permit: &Permit<ImportUsers>,
    app: &web::Data<App>,
    req: &HttpRequest,
    errors: &[FieldError],
    options: &Options,
) -> Result<NewPage, Refusal> {
    let owner = permit.actor().id;
    let recent = app.db.read(move |conn| queries::recent(conn, owner, RECENT)).await?;
    let said = options.overrides;
    let detect = |chosen: bool| std::iter::once(Choice::new("", "Detect", chosen));
    let encodings = Encoding::ALL.map(|one| Choice::new(one.code(), one.label(), said.encoding == Some(one)));
    let delimiters = Delimiter::ALL.map(|one| Choice::new(one.code(), one.label(), said.delimiter == Some(one)));
    let headers = [("yes", "Names of the columns", true), ("no", "A user", false)]
        .map(|(value, label, header)| Choice::new(value, label, said.header == Some(header)));
    let select = |name, label| Field::new(name, label, "").required();
    Ok(NewPage {
        shell: Shell::of(app, req),
        crumbs: crumbs(),
        errors: summary(errors),
        file: Field::new("file", "CSV file", "")
            .required()
            .hint("Columns separated by comma, semicolon, tab or pipe, with or without a header; up to 1 GiB.")
            .errors(errors),
        encoding: (select("encoding", "Encoding"), detect(said.encoding.is_none()).chain(encodings).collect()),
        delimiter: (select("delimiter", "Delimiter"), detect(said.delimiter.is_none()).chain(delimiters).collect()),
        header: (select("header", "First row"), detect(said.header.is_none()).chain(headers).collect()),
        recent: recent.iter().map(Recent::of).collect(),
        largest: upload::LARGEST,
    })
}

pub async fn create(permit: Permit<ImportUsers>, mut upload: Upload, app: web::Data<App>, req: HttpRequest) -> Answer {
    let options = Options { overrides: input::overrides(&upload.fields), ..Options::default() };
    let at_fault = |why: &str| vec![FieldError::new("file", why)];
    let Some(name) = upload.file_name().map(str::to_owned) else {
        return refused(&form(&permit, &app, &req, &at_fault("Choose a CSV file."), &options).await?);
    };
    let mut chunk = upload.next_chunk(CHUNK).await?;
    if chunk.is_empty() {
        return refused(&form(&permit, &app, &req, &at_fault("This file is empty. Choose another."), &options).await?);
    }
    if let Some(what) = file::not_text(&chunk) {
        let why = format!("This is {what}, not a CSV file. Save the list as CSV and choose that file.");
        return refused(&form(&permit, &app, &req, &at_fault(&why), &options).await?);
    }
    let origin = permit.origin().clone();
    let id = app.db.write(move |conn| actions::begin(conn, &origin, &name, &options)).await?;
    let arriving = Arriving::new(&app, id);
    let (mut seq, mut bytes) = (0, 0);
    while !chunk.is_empty() {
        bytes += i64::try_from(chunk.len()).unwrap_or(0);
        actions::keep_chunk(&app, id, seq, chunk).await?;
        seq += 1;
        chunk = upload.next_chunk(CHUNK).await?;
    }
    let origin = permit.origin().clone();
    app.db.write(move |conn| actions::submit(conn, &origin, id, bytes)).await?;
    arriving.arrived();
    hand_over(&app, &permit, id).await;
    Ok(see(&address(id)))
}

pub async fn sample(_permit: Permit<ImportUsers>) -> Answer {
    let disposition = (header::CONTENT_DISPOSITION, "attachment; filename=\"users-sample.csv\"");
    Ok(HttpResponse::Ok().content_type("text/csv; charset=utf-8").insert_header(disposition).body(SAMPLE))
}
