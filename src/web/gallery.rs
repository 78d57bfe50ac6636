//! `GET /gallery`, in debug builds: every component in every state, for eyes and for the accessibility test.

use actix_web::{HttpRequest, web};
use askama::Template;

use super::answer::{Answer, page};
use super::forms::{Choice, Field};
use super::list::{ColumnsPanel, FilterChoice, FilterField, FiltersPanel, Pager, Panel, ViewLink, ViewsPanel};
use super::shell::{Crumb, Flash, FlashKind, Person, Shell, Tab};
use crate::access::{Anyone, Rights};
use crate::app::App;

#[derive(Template)]
#[template(path = "gallery/gallery.html")]
struct GalleryPage {
    shell: Shell,
    crumbs: Vec<Crumb>,
    tabs: Vec<Tab>,
    flashes: Vec<Flash>,
    icons: Vec<&'static str>,
    errors: Vec<(String, String)>,
    plain: Field,
    hinted: Field,
    faulty: Field,
    secret: Field,
    code: Field,
    file: Field,
    select: Field,
    several: Field,
    choices: Vec<Choice>,
    refusals: Vec<String>,
    pager: Pager,
    pager_short: Pager,
    list_panels: Vec<Panel>,
}

pub async fn show(_: Anyone, app: web::Data<App>, req: HttpRequest) -> Answer {
    let mut shell = Shell::of(&app, &req);
    if shell.person.is_none() {
        shell.person = Some(Person { name: "Grace Hopper".into(), email: "grace.hopper@example.org".into() });
        shell.nav = crate::routes::navigation(&Rights::all(), "/users", None);
    }
    page(&GalleryPage {
        shell,
        crumbs: vec![Crumb::new("User List", "#"), Crumb::new("Oxford", "#"), Crumb::here("User Info")],
        tabs: ["User Info", "Associated Devices", "User Tokens", "Groups"]
            .into_iter()
            .enumerate()
            .map(|(place, label)| Tab { label, href: format!("#tab-{place}"), current: place == 0 })
            .collect(),
        flashes: flashes(),
        icons: ICONS.to_vec(),
        errors: vec![
            ("email".into(), NO_DOMAIN.into()),
            ("ownership".into(), NO_OWNERSHIP.into()),
            ("code".into(), SPENT_CODE.into()),
        ],
        plain: Field::new("name", "Username", "Oxford").required().max(255),
        hinted: Field::new("phone", "Phone number", "")
            .kind("tel")
            .max(32)
            .hint("With country code, so that messages arrive."),
        faulty: Field {
            errors: vec![NO_DOMAIN.into()],
            ..Field::new("email", "Email", "oxford@").kind("email").required()
        },
        secret: Field::new("password", "Password", "")
            .kind("password")
            .required()
            .autocomplete("new-password")
            .max(128)
            .hint("15 characters or more. A few words that only you would put together are good."),
        code: Field {
            errors: vec![SPENT_CODE.into()],
            ..Field::new("code", "Code", "123 456")
                .required()
                .hint("The 6 digits that your app shows, or a recovery code.")
        },
        file: Field::new("file", "CSV file", "").required().hint("Comma, semicolon, tab or pipe; any common encoding."),
        select: Field::new("role", "Role", "").required(),
        several: Field::new("group", "Choose group(s)", "").required(),
        choices: choices(),
        refusals: vec![NO_OWNERSHIP.into()],
        pager: pager(),
        pager_short: Pager { summary: "1–2 of 2 users".into(), ..Pager::default() },
        list_panels: list_panels(),
    })
}

const NO_DOMAIN: &str = "Email has no domain: write it like name@example.org";
const NO_OWNERSHIP: &str = "Choose an ownership";
const SPENT_CODE: &str = "That code has been used already. Wait for the next one.";

const ICONS: &[&str] = &[
    "arrow-down",
    "arrow-up",
    "bookmark",
    "building",
    "check",
    "chevron-down",
    "chevron-left",
    "chevron-right",
    "clock",
    "close",
    "columns",
    "copy",
    "edit",
    "export",
    "filter",
    "first",
    "import",
    "info",
    "key",
    "keyboard",
    "last",
    "list",
    "logout",
    "mail",
    "menu",
    "moon",
    "more",
    "plus",
    "restore",
    "screen",
    "search",
    "settings",
    "shield",
    "sort-down",
    "sort-up",
    "sun",
    "trash",
    "user",
    "users",
    "warning",
];

fn flashes() -> Vec<Flash> {
    let flash = |kind, text: &str| Flash { kind, text: text.into(), undo: None };
    vec![
        flash(FlashKind::Success, "300 users added."),
        flash(FlashKind::Problem, "Nothing was deleted: someone else changed two of these users meanwhile."),
        flash(FlashKind::Notice, "The last sign-in to this account was from 203.0.113.7 on 2026/11/20 03:52:39 PM."),
    ]
}

fn choices() -> Vec<Choice> {
    let hint = "Rows of people who exist already change nothing.";
    vec![
        Choice { hint: hint.into(), ..Choice::new("keep", "Keep existing user(s)", false) },
        Choice::new("replace", "Replace existing user(s)", true),
        Choice::new("fill", "Fill empty fields", false),
    ]
}

fn pager() -> Pager {
    let step = |to: &str| Some(format!("#{to}"));
    Pager {
        first: step("first"),
        previous: step("previous"),
        next: step("next"),
        last: step("last"),
        summary: "51–100 of 4,312 users".into(),
        sizes: ["25", "50", "100", "250"].map(|size| Choice::new(format!("#{size}"), size, size == "50")).to_vec(),
    }
}

fn list_panels() -> Vec<Panel> {
    let choice = |value: &str, label: &str, chosen| FilterChoice {
        value: value.into(),
        label: label.into(),
        chosen,
        href: "#list".into(),
    };
    let statuses = vec![choice("active", "Active (4,312)", true), choice("none", "Not active (10,000+)", false)];
    let field =
        |key, label, input, value: &str, choices| FilterField { key, label, input, value: value.into(), choices };
    let filters = FiltersPanel {
        path: "#list".into(),
        carried: Vec::new(),
        fields: vec![
            field("tfa", "2FA status", "", "active", statuses),
            field("idle", "Idle for", "number", "45", vec![choice("30", "30 days (12)", false)]),
            field("since", "From day", "date", "2026-11-22", Vec::new()),
            field("who", "Who", "text", "", vec![choice("", "E-mail or number", false)]),
        ],
        clear: "#list".into(),
    };
    let columns = ColumnsPanel {
        path: "#list".into(),
        carried: Vec::new(),
        title: Choice::new("name", "Name", true),
        columns: vec![Choice::new("email", "Email", true), Choice::new("phone", "Phone number", false)],
        densities: vec![Choice::new("comfortable", "Comfortable", true), Choice::new("compact", "Compact", false)],
        reset: "#list".into(),
    };
    let view = |name: &str, note: &str, current, edit: bool| ViewLink {
        name: name.into(),
        note: note.into(),
        href: "#list".into(),
        current,
        edit: edit.then(|| "#list".into()),
    };
    let views = ViewsPanel {
        mine: vec![view("Idle for a year", "", true, true), view("Without devices", "Technician", false, true)],
        shared: vec![view("New people of Länderbeauftragte and others with long names", "Technician", false, false)],
        save: "#list".into(),
    };
    vec![Panel::Filters(filters), Panel::Columns(columns), Panel::Views(views)]
}
