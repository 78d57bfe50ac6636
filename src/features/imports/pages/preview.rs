//! Everything is known and nothing written: what would become of each row.

use actix_web::{HttpRequest, web};
use askama::Template;

use super::rows::{self, Line, Stat, View};
use super::{address, crumbs, gift};
use crate::access::permit::{DeleteUsers, ImportUsers};
use crate::access::{BuiltIn, Permit};
use crate::app::App;
use crate::db::Conn;
use crate::features::imports::actions::{Planned, may_give_role};
use crate::features::imports::mapping::Mapping;
use crate::features::imports::model::{Import, Options};
use crate::features::imports::plan::Existing;
use crate::features::users::actions::INVITES;
use crate::features::{customers, roles};
use crate::refusal::{FieldError, Refusal};
use crate::web::forms::{Choice, Field, summary};
use crate::web::list::{Pager, grouped};
use crate::web::shell::{Crumb, Shell};

#[derive(Template)]
#[template(path = "imports/preview.html")]
pub struct PreviewPage {
    shell: Shell,
    crumbs: Vec<Crumb>,
    address: String,
    /// The query string of this page.
    back: String,
    file_name: String,
    dialect: String,
    ignored: String,
    problem: String,
    errors: Vec<(String, String)>,
    customer: (Field, Vec<Choice>),
    role: (Field, Vec<Choice>),
    existing: Vec<Choice>,
    restores: bool,
    /// Whether the file names deleted users, whom the reader may restore.
    has_deleted: bool,
    /// Whether the file names users who exist and differ.
    has_existing: bool,
    refused: i64,
    refusals: Vec<Choice>,
    refusal_errors: Vec<String>,
    /// What "Add" will do.
    plan: String,
    /// That it makes people able to sign in, and as what; empty if not.
    gives: String,
    is_nothing: bool,
    /// Whether every row is in the database already, so that there is nothing to choose either.
    all_here: bool,
    stats: Vec<Stat>,
    /// Whether any row of the page offers a choice.
    has_choices: bool,
    lines: Vec<Line>,
    pager: Pager,
}

pub async fn page(
    app: &web::Data<App>,
    req: &HttpRequest,
    permit: &Permit<ImportUsers>,
    import: Import,
    errors: &[FieldError],
    view: &View,
) -> Result<PreviewPage, Refusal> {
    let (asks, options, id) = (permit.clone(), import.options(), import.id);
    let wanted = options.clone();
    let counts = import.counts();
    let planned = Planned::of(&counts);
    let ((customer, role), gives) = app
        .db
        .read(move |conn| {
            let gives = gift::before(conn, &asks, &wanted, planned.new)?;
            Ok((destinations(conn, &asks, &wanted)?, gives))
        })
        .await?;
    let at = address(id);
    let page = rows::read(app, &import, view, &at, true).await?;
    let choose = [
        ("good", "Add the good rows", "Rows that are refused, or changed by others meanwhile, are left out."),
        ("all", "All or nothing", "Nothing is added if a row is refused, or changed by others meanwhile."),
    ];
    let refusal = |(value, label, hint): (&str, &str, &str)| Choice {
        hint: hint.to_owned(),
        ..Choice::new(value, label, (value == "all") == options.all_or_nothing)
    };
    Ok(PreviewPage {
        shell: Shell::of(app, req),
        crumbs: crumbs(),
        back: view.query(),
        file_name: import.file_name.clone(),
        dialect: rows::dialect(&import),
        ignored: ignored(&import),
        problem: import.problem.clone(),
        errors: summary(errors),
        customer: (Field::new("customer", "Customer of new users", "").required().errors(errors), customer),
        role: (Field::new("role", "Role of new users", "").required().hint(INVITES).errors(errors), role),
        existing: existing(options.existing),
        restores: options.restore,
        has_deleted: counts.deleted + counts.restore > 0 && permit.also::<DeleteUsers>().is_ok(),
        has_existing: counts.change + counts.kept > 0 || options.existing != Existing::Keep,
        refused: counts.refused,
        refusals: choose.map(refusal).to_vec(),
        refusal_errors: errors
            .iter()
            .filter(|error| error.field == "refused")
            .map(|error| error.message.clone())
            .collect(),
        plan: in_words(&planned),
        gives,
        is_nothing: planned.is_nothing(),
        all_here: counts.rows > 0 && counts.unchanged + counts.repeated == counts.rows && planned.is_nothing(),
        stats: rows::stats(&at, &counts, view),
        has_choices: page.lines.iter().any(|line| !line.choices.is_empty()),
        lines: page.lines,
        pager: page.pager,
        address: at,
    })
}

impl PreviewPage {
    /// Lists on top what is still wrong with some rows.
    pub fn point_out(&mut self, numbers: &[i64]) {
        for line in self.lines.iter().filter(|line| numbers.contains(&line.row)) {
            let own = line.entries.all().flat_map(|entry| entry.errors.iter().map(|error| (entry.id.clone(), error)));
            let of_row = line.reasons.iter().map(|reason| (format!("row-{}", line.row), reason));
            let all = own.chain(of_row).map(|(id, message)| (id, format!("Row {}: {message}", line.row)));
            self.errors.extend(all);
        }
    }
}

/// What can happen to users who exist already: one of three.
fn existing(chosen: Existing) -> Vec<Choice> {
    let offer = |one: Existing| {
        let (label, hint) = match one {
            Existing::Keep => ("Keep them as they are", "Only devices that the file names for them are added."),
            Existing::Replace => {
                ("Replace existing user(s)", "Their name, phone number and ownership become those of the file.")
            }
            Existing::Fill => ("Only fill empty fields", "What is set stays as it is."),
        };
        Choice { hint: hint.to_owned(), ..Choice::new(one.code(), label, one == chosen) }
    };
    Existing::ALL.map(offer).to_vec()
}

/// The titles of the columns that are left out.
fn ignored(import: &Import) -> String {
    let mapping = import.columns().and_then(|columns| Mapping::new(columns).ok());
    match (import.found(), mapping) {
        (Some(found), Some(mapping)) => mapping.ignored(&found.titles).join(", "),
        _ => String::new(),
    }
}

/// The customers and roles that the reader may choose from.
fn destinations(
    conn: &mut Conn,
    permit: &Permit<ImportUsers>,
    options: &Options,
) -> Result<(Vec<Choice>, Vec<Choice>), Refusal> {
    let customers = customers::queries::offered(conn, permit.scope())?;
    let customer_id = match options.customer_id {
        0 => customers::queries::first(conn, permit.scope())?.id,
        id => id,
    };
    let mut offered = Vec::new();
    for role in roles::queries::all(conn)? {
        if may_give_role(conn, permit, &role, customer_id)? {
            let chosen = if options.role_id == 0 { role.is(BuiltIn::Users) } else { options.role_id == role.id };
            let label = if role.may_sign_in { format!("{} (may sign in)", role.name) } else { role.name.clone() };
            offered.push(Choice::new(role.id.to_string(), label, chosen));
        }
    }
    let customer = |one: customers::model::Customer| Choice::new(one.id.to_string(), one.name, one.id == customer_id);
    Ok((customers.into_iter().map(customer).collect(), offered))
}

/// What "Add" will do, named before it is pressed.
fn in_words(planned: &Planned) -> String {
    let part = |count: i64, verb: &str| {
        let noun = if count == 1 { "user" } else { "users" };
        (count > 0).then(|| format!("{verb} {} {noun}", grouped(count)))
    };
    let parts = [part(planned.new, "adds"), part(planned.change, "changes"), part(planned.restore, "restores")];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    match (parts.is_empty(), planned.devices) {
        (false, _) => parts.join(", "),
        (true, true) => "adds devices to users who exist".into(),
        (true, false) => String::new(),
    }
}
