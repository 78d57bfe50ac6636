//! The form of a view: a page, or a dialog above the list.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;

use crate::access::Permit;
use crate::app::App;
use crate::db::Conn;
use crate::features::views::actions;
use crate::features::views::input::{NAME, ViewInput};
use crate::features::views::model::View;
use crate::refusal::{FieldError, Refusal};
use crate::web::answer::{Answer, fragment, page, page_with};
use crate::web::forms::{Choice, Field, summary};
use crate::web::list::{Listed, State};
use crate::web::shell::{Crumb, Shell};

#[derive(Template)]
#[template(path = "views/form.html")]
struct FormPage {
    shell: Shell,
    crumbs: Vec<Crumb>,
    form: ViewForm,
}

#[derive(Template)]
#[template(path = "views/dialog.html")]
struct FormDialog {
    shell: Shell,
    form: ViewForm,
}

/// What is drawn of a view's form.
pub struct ViewForm {
    title: String,
    errors: Vec<(String, String)>,
    action: String,
    /// Where "Cancel" leads.
    back: String,
    name: Field,
    role: Field,
    roles: Vec<Choice>,
    query: String,
    /// What the view keeps, in words.
    keeps: Vec<String>,
    /// What the list shows now, in words, where a view that exists can keep that instead.
    instead: Vec<String>,
    change: bool,
    /// Where the view is deleted; empty for a new one.
    deletion: String,
}

/// Reads what the form offers. `view`: the one that is changed.
pub fn form<L: Listed>(
    conn: &mut Conn,
    permit: &Permit<L::Action>,
    input: &ViewInput,
    view: Option<&View>,
    errors: &[FieldError],
) -> Result<ViewForm, Refusal> {
    let spec = L::SPEC;
    let present = State::parse(spec, &input.query);
    let query = present.kept();
    let mut in_words = |state: &State| Ok::<_, Refusal>(state.in_words(&L::names(conn, permit.scope(), state)?));
    let (keeps, instead) = match view {
        None => (in_words(&present)?, Vec::new()),
        Some(view) if view.query == query => (in_words(&present)?, Vec::new()),
        Some(view) => (in_words(&State::parse(spec, &view.query))?, in_words(&present)?),
    };
    let mut roles: Vec<Choice> = actions::roles_to_share_with(conn, permit)?
        .into_iter()
        .map(|role| Choice::new(role.id.to_string(), format!("Everybody with the role “{}”", role.name), false))
        .collect();
    roles.insert(0, Choice::new("", "Only me", false));
    for choice in &mut roles {
        choice.chosen = choice.value == input.role;
    }
    let base = format!("{}/views", spec.path);
    let address = view.map_or_else(|| base.clone(), |view| format!("{base}/{}", view.id));
    Ok(ViewForm {
        title: view.map_or_else(|| "Save view".to_owned(), |view| format!("Edit view {}", view.name)),
        errors: summary(errors),
        back: present.href(),
        name: Field::new("name", "Name", &input.name).required().max(NAME.max).errors(errors),
        role: Field::new("role", "Who sees it", "").required().errors(errors),
        roles,
        query,
        keeps,
        instead,
        change: !input.change.is_empty(),
        deletion: view.map(|_| format!("{address}/deletion")).unwrap_or_default(),
        action: address,
    })
}

/// Draws the form, as the dialog that the page's script asks for or as a page.
pub fn answer<L: Listed>(app: &web::Data<App>, req: &HttpRequest, status: StatusCode, form: ViewForm) -> Answer {
    let shell = Shell::of(app, req);
    if fragment(req) == Some("dialog") {
        return page(&FormDialog { shell, form });
    }
    let crumbs = vec![Crumb::new(L::TITLE, L::SPEC.path), Crumb::here(form.title.clone())];
    page_with(status, &FormPage { shell, crumbs, form })
}
