//! `GET /users`: the User List.

use actix_web::{HttpRequest, web};
use askama::Template;

use super::selection::Tray;
use crate::access::Permit;
use crate::access::permit::{CreateUsers, DeleteUsers, ImportUsers, ViewUsers};
use crate::app::App;
use crate::db::Conn;
use crate::features::users::actions::selection::{self, SELECTED};
use crate::features::users::input::listing::{self, LOGINS, SPEC};
use crate::features::users::input::{Source, Status, TfaStatus};
use crate::features::users::model::User;
use crate::features::users::queries::{self, Total};
use crate::features::{customers, roles};
use crate::refusal::Refusal;
use crate::web::answer::{Answer, fragment, page};
use crate::web::forms::Choice;
use crate::web::list::{Chip, Column, Heading, Pager, State, grouped};
use crate::web::shell::Shell;

/// One row as it is drawn.
pub struct Line {
    pub id: i64,
    pub title: String,
    /// Whether it is selected.
    pub ticked: bool,
    pub cells: Vec<Cell>,
}

impl Line {
    pub fn tick_label(&self) -> String {
        format!("Select {}", self.title)
    }
}

/// One cell; what it looks like follows from its column.
pub struct Cell {
    pub column: &'static str,
    pub label: &'static str,
    pub text: String,
    /// Tooltip.
    pub title: String,
    /// Tone of a badge; empty: plain text.
    pub tone: &'static str,
    /// Unix milliseconds of a time; 0: none.
    pub at: i64,
    /// Says that there is nothing.
    pub absent: bool,
}

/// What the toolbar offers, by what the reader may do.
pub struct May {
    pub create: bool,
    pub delete: bool,
    pub import: bool,
}

impl May {
    pub fn of(permit: &Permit<ViewUsers>) -> May {
        May {
            create: permit.also::<CreateUsers>().is_ok(),
            delete: permit.also::<DeleteUsers>().is_ok(),
            import: permit.also::<ImportUsers>().is_ok(),
        }
    }
}

/// A choice among the filters.
pub struct FilterField {
    pub name: &'static str,
    pub label: &'static str,
    pub choices: Vec<Choice>,
}

#[derive(Template)]
#[template(path = "users/index.html", blocks = ["list"])]
pub struct IndexPage {
    shell: Shell,
    state: State,
    headings: Vec<Heading>,
    lines: Vec<Line>,
    pager: Pager,
    filters: Vec<FilterField>,
    filters_set: usize,
    chips: Vec<Chip>,
    /// What the jump to a value is called, where the order has one.
    jump: Option<&'static str>,
    total: String,
    tray: Tray,
    /// Nobody is there at all but the reader.
    alone: bool,
    may: May,
}

pub async fn index(permit: Permit<ViewUsers>, app: web::Data<App>, req: HttpRequest) -> Answer {
    let state = State::parse(&SPEC, req.query_string());
    let shell = Shell::of(&app, &req);
    let template = app.db.read(move |conn| read(conn, &permit, state, shell)).await?;
    match fragment(&req) {
        Some("list") => page(&template.as_list()),
        _ => page(&template),
    }
}

fn read(conn: &mut Conn, permit: &Permit<ViewUsers>, state: State, shell: Shell) -> Result<IndexPage, Refusal> {
    let mut narrow = listing::narrow(permit.scope(), permit.now(), &state);
    let selected = selection::selected(conn, permit)?;
    if state.filter(SELECTED).is_some() {
        narrow.picked = Some(selected.as_ref().and_then(|selected| selected.picked.clone()).unwrap_or_default());
    }
    let (rows, total) = queries::list(conn, &narrow, state.sort.key, state.descending, &state.place, state.limit)?;
    let ids: Vec<i64> = rows.rows.iter().map(|user| user.id).collect();
    let facts = Facts {
        required: roles::actions::tfa_required(conn)?,
        may_sign_in: roles::queries::who_may_sign_in(conn, &ids)?,
        customers: if state.shows("customer") {
            queries::customer_names(conn, rows.rows.iter().map(|user| user.customer_id))?
        } else {
            Default::default()
        },
    };
    let ticked = match &selected {
        Some(selected) => queries::among(conn, selected, &ids)?,
        None => Default::default(),
    };
    let tray = Tray::of(conn, selected.as_ref())?;
    let lines: Vec<Line> = rows
        .rows
        .iter()
        .map(|user| Line { ticked: ticked.contains(&user.id), ..line(user, &state, &facts, &shell) })
        .collect();
    let (exact, total) = match total {
        Total::Exactly(n) => (n, grouped(n)),
        Total::MoreThan(n) => (n, format!("{}+", grouped(n))),
    };
    let noun = if exact == 1 { "user" } else { "users" };
    let pager = state.pager(
        &rows,
        |user| queries::place_of(state.sort.key, user),
        format!("{} of {total} {noun}", lines.len()),
    );
    let (filters, chips) = filters(conn, permit, &state)?;
    let filters_set = chips.len() - usize::from(!state.q.is_empty());
    let jump = match state.sort.key {
        "name" => Some("Names from"),
        "email" => Some("Addresses from"),
        "phone" => Some("Numbers from"),
        "customer" => Some("Customers from"),
        _ => None,
    };
    let alone = !state.is_narrowed() && exact <= 1;
    Ok(IndexPage {
        headings: state.headings(),
        lines,
        pager,
        filters,
        filters_set,
        chips,
        jump,
        total: format!("{total} {noun}"),
        tray,
        alone,
        may: May::of(permit),
        state,
        shell,
    })
}

impl IndexPage {
    /// The width class of a column.
    fn width(&self, key: &str) -> &'static str {
        match key {
            "name" => "col-name",
            "email" => "col-email",
            "customer" | "source" => "col-words",
            "phone" => "col-phone",
            "devices" => "col-number",
            "tfa" | "status" => "col-badge",
            "last-login" | "created" => "col-time",
            _ => "",
        }
    }
}

struct Facts {
    required: bool,
    may_sign_in: std::collections::BTreeSet<i64>,
    customers: std::collections::BTreeMap<i64, String>,
}

/// Tooltip of "Not active": whether 2FA is required of this user.
pub fn tfa_title(tfa: TfaStatus, may_sign_in: bool, required: bool) -> &'static str {
    match (tfa, may_sign_in, required) {
        (TfaStatus::Active, _, _) => "Two-factor authentication is set up",
        (TfaStatus::NotActive, true, true) => "Not set up yet; required at the next sign-in",
        (TfaStatus::NotActive, true, false) => "Not set up yet; not required",
        (TfaStatus::NotActive, false, _) => "Not set up; not required, as this user may not sign in",
        (TfaStatus::NotConfigured, _, _) => "Reset by an administrator; set-up is due at the next sign-in",
        (TfaStatus::NotAvailable, _, _) => {
            "The directory or identity provider that this user comes from looks after it"
        }
    }
}

pub fn tfa_tone(tfa: TfaStatus) -> &'static str {
    match tfa {
        TfaStatus::Active => "good",
        TfaStatus::NotActive => "neutral",
        TfaStatus::NotConfigured => "warn",
        TfaStatus::NotAvailable => "neutral",
    }
}

fn line(user: &User, state: &State, facts: &Facts, shell: &Shell) -> Line {
    let cells = state.columns.iter().map(|column| cell(user, column, facts, shell)).collect();
    Line { id: user.id, title: user.title().to_owned(), ticked: false, cells }
}

fn cell(user: &User, column: &Column, facts: &Facts, shell: &Shell) -> Cell {
    let plain = |text: String| Cell {
        column: column.key,
        label: column.label,
        text,
        title: String::new(),
        tone: "",
        at: 0,
        absent: false,
    };
    let absent = |text: &str| Cell { absent: true, ..plain(text.to_owned()) };
    let time = |at: i64, never: &str| match at {
        0 => absent(never),
        at => Cell { at, ..plain(shell.date(&at)) },
    };
    match column.key {
        "name" => plain(user.title().to_owned()),
        "email" => plain(user.email.clone()),
        "phone" if user.phone.is_empty() => absent("N/A"),
        "phone" => plain(user.phone.clone()),
        "devices" => plain(grouped(user.device_count)),
        "tfa" => {
            let title = tfa_title(user.tfa(), facts.may_sign_in.contains(&user.id), facts.required);
            Cell { title: title.into(), tone: tfa_tone(user.tfa()), ..plain(user.tfa().as_str().into()) }
        }
        "last-login" => time(user.last_login_at, "Not logged in yet"),
        "customer" => plain(facts.customers.get(&user.customer_id).cloned().unwrap_or_default()),
        "status" => Cell {
            tone: if user.status() == Status::Active { "good" } else { "bad" },
            ..plain(user.status().as_str().into())
        },
        "source" => plain(if user.is_local() { user.source().as_str().into() } else { user.domain.clone() }),
        _ => time(user.created_at, ""),
    }
}

fn filters(
    conn: &mut Conn,
    permit: &Permit<ViewUsers>,
    state: &State,
) -> Result<(Vec<FilterField>, Vec<Chip>), Refusal> {
    let words = |words: Vec<(String, String)>| words;
    let customers: Vec<(String, String)> = customers::queries::offered(conn, permit.scope())?
        .into_iter()
        .map(|customer| (customer.id.to_string(), customer.name))
        .collect();
    let roles: Vec<(String, String)> =
        roles::queries::all(conn)?.into_iter().map(|role| (role.id.to_string(), role.name)).collect();
    let mut all = vec![
        (
            "tfa",
            "2FA status",
            words(TfaStatus::ALL.iter().map(|word| (word.code().into(), word.as_str().into())).collect()),
        ),
        ("status", "Status", Status::ALL.iter().map(|word| (word.code().into(), word.as_str().into())).collect()),
        ("role", "Role", roles),
        ("source", "Source", Source::ALL.iter().map(|word| (word.code().into(), word.as_str().into())).collect()),
        (
            "login",
            "Last login",
            LOGINS.iter().map(|(word, label, _)| ((*word).to_owned(), (*label).to_owned())).collect(),
        ),
    ];
    if customers.len() > 1 {
        all.insert(3, ("customer", "Customer", customers));
    }
    let mut fields = Vec::new();
    let mut chips = Vec::new();
    if !state.q.is_empty() {
        chips.push(Chip { label: format!("Search: {}", state.q), href: state.without_query() });
    }
    if state.filter(SELECTED).is_some() {
        chips.push(Chip { label: "Selected".into(), href: state.without_filter(SELECTED) });
    }
    for (key, label, words) in all {
        let chosen = state.filter(key);
        if let Some(chosen) = chosen {
            let text = words.iter().find(|(value, _)| value == chosen).map_or(chosen, |(_, text)| text);
            chips.push(Chip { label: format!("{label}: {text}"), href: state.without_filter(key) });
        }
        let any = Choice::new("", "Any", chosen.is_none());
        let choices = std::iter::once(any)
            .chain(words.into_iter().map(|(value, text)| Choice {
                chosen: chosen == Some(value.as_str()),
                value,
                label: text,
                hint: String::new(),
            }))
            .collect();
        fields.push(FilterField { name: key, label, choices });
    }
    Ok((fields, chips))
}
