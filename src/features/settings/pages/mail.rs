//! `/settings/mail`: where mails go. What a variable, a flag or `muster.toml` sets is shown and cannot be changed here.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;

use super::{change, head, stored};
use crate::access::Permit;
use crate::access::permit::{ChangeSettings, ViewSettings};
use crate::app::App;
use crate::features::mail::actions::{FOLDER, has_server};
use crate::features::settings::actions::{self, of_all, seen};
use crate::features::settings::input::{LONGEST_LOGIN, MailServer};
use crate::features::settings::model::{Encryption, MailSettings};
use crate::mail::Security;
use crate::refusal::{FieldError, Refusal};
use crate::web::answer::{Answer, page, page_with, refused, see_saying};
use crate::web::forms::{Choice, Field, Form, summary};
use crate::web::kept::Kept;
use crate::web::shell::{Crumb, FlashKind, Shell, Tab};

const ADDRESS: &str = "/settings/mail";

/// One fact, and the variable that sets it.
struct Fact {
    label: &'static str,
    value: String,
    variable: &'static str,
}

/// What can be changed here.
struct ServerForm {
    host: Field,
    port: Field,
    encryption: Field,
    encryptions: Vec<Choice>,
    login: Field,
    password: Field,
    /// None: a variable sets it.
    sender: Option<Field>,
    seen: String,
}

#[derive(Template)]
#[template(path = "settings/mail.html")]
struct MailPage {
    shell: Shell,
    crumbs: Vec<Crumb>,
    tabs: Vec<Tab>,
    errors: Vec<(String, String)>,
    conflict: String,
    /// What variables set.
    facts: Vec<Fact>,
    /// None: a variable names the server.
    form: Option<ServerForm>,
    /// Where mails lie as files, where no server takes them; empty: one does.
    folder: String,
}

fn draw(app: &App, shell: Shell, input: &MailServer, has_password: bool, errors: &[FieldError]) -> MailPage {
    let (crumbs, tabs) = head("Mail");
    let folder = match has_server(app) {
        true => String::new(),
        false => app.settings.data_dir.join(FOLDER).display().to_string(),
    };
    let form = app.settings.smtp.is_none().then(|| server_form(app, input, has_password, errors));
    MailPage { shell, crumbs, tabs, errors: summary(errors), conflict: String::new(), facts: facts(app), form, folder }
}

fn server_form(app: &App, input: &MailServer, has_password: bool, errors: &[FieldError]) -> ServerForm {
    let field = |name, label, value: &str| Field::new(name, label, value).errors(errors);
    let kept = if has_password {
        "One is kept. Type another one to replace it."
    } else {
        "It is kept sealed and never shown."
    };
    let sender = || {
        let ours = format!("If empty: {}", app.settings.public.mail_address());
        field("sender", "Sender", &input.sender).kind("email").max(LONGEST_LOGIN).hint(ours)
    };
    ServerForm {
        host: field("host", "Server", &input.host)
            .max(253)
            .hint("As in mail.example.org. If empty, mails become files."),
        port: field("port", "Port", &input.port).max(5).hint("If empty: 587 for STARTTLS, 465 for TLS from the start."),
        encryption: field("encryption", "Encryption", "").required(),
        encryptions: Encryption::ALL
            .into_iter()
            .map(|one| Choice::new(one.code(), one.label(), one.code() == input.encryption))
            .collect(),
        login: field("login", "Signs in as", &input.login).max(LONGEST_LOGIN).autocomplete("off"),
        password: field("password", "Password", "").kind("password").max(LONGEST_LOGIN).autocomplete("off").hint(kept),
        sender: app.settings.mail_from.is_none().then(sender),
        seen: input.seen.clone(),
    }
}

/// What variables, flags or `muster.toml` set.
fn facts(app: &App) -> Vec<Fact> {
    let settings = &app.settings;
    let fact = |label, value: String, variable| Fact { label, value, variable };
    let mut facts = Vec::new();
    if let Some(smtp) = &settings.smtp {
        let security = match smtp.security {
            Security::StartTls => Encryption::StartTls,
            Security::Implicit => Encryption::Tls,
            Security::None => Encryption::None,
        };
        let login = smtp.login.as_ref().map_or("Nobody", |(name, _)| name.as_str());
        facts.push(fact("Server", format!("{}:{}", smtp.host, smtp.port), "MUSTER_SMTP_URL"));
        facts.push(fact("Encryption", security.label().into(), "MUSTER_SMTP_URL"));
        facts.push(fact("Signs in as", login.to_owned(), "MUSTER_SMTP_URL"));
    }
    if let Some(sender) = &settings.mail_from {
        facts.push(fact("Sender", sender.clone(), "MUSTER_MAIL_FROM"));
    }
    if let Some(authority) = &settings.smtp_ca {
        facts.push(fact("Trusted certificates", authority.display().to_string(), "MUSTER_SMTP_CA"));
    }
    facts
}

fn of_stored(stored: &MailSettings) -> MailServer {
    MailServer {
        host: stored.host.clone(),
        port: if stored.host.is_empty() { String::new() } else { stored.port.to_string() },
        encryption: stored.encryption.code().into(),
        login: stored.login.clone(),
        password: String::new(),
        sender: stored.sender.clone(),
        seen: seen(stored),
    }
}

pub async fn show(permit: Permit<ViewSettings>, app: web::Data<App>, req: HttpRequest, kept: Kept) -> Answer {
    of_all(&permit)?;
    let stored: MailSettings = stored(&app).await?;
    let input = kept.take().unwrap_or_else(|| of_stored(&stored));
    page(&draw(&app, Shell::of(&app, &req), &input, !stored.password.is_empty(), &[]))
}

pub async fn submit(
    permit: Permit<ChangeSettings>,
    form: Form<MailServer>,
    app: web::Data<App>,
    req: HttpRequest,
) -> Answer {
    of_all(&permit)?;
    let Form(input) = form;
    let shell = Shell::of(&app, &req);
    let stored: MailSettings = stored(&app).await?;
    let has_password = !stored.password.is_empty();
    let mut new = match input.parse() {
        Ok(new) => new,
        Err(errors) => return refused(&draw(&app, shell, &input, has_password, &errors)),
    };
    if app.settings.mail_from.is_some() {
        new.sender = stored.sender.clone();
    }
    let (noted, typed, state) = (input.seen.clone(), input.password.clone(), app.clone());
    match change(&app, move |conn| actions::set_mail(conn, &state, &permit, &noted, new, &typed)).await {
        Ok(()) => {
            let text = "The mail settings were saved. They count for mails that wait, too.";
            Ok(see_saying(&app, ADDRESS, FlashKind::Success, text))
        }
        Err(Refusal::Fields(errors)) => refused(&draw(&app, shell, &input, has_password, &errors)),
        Err(Refusal::Conflict(why)) => {
            let mut template = draw(&app, shell, &MailServer { seen: seen(&stored), ..input }, has_password, &[]);
            template.conflict = why;
            page_with(StatusCode::CONFLICT, &template)
        }
        Err(refusal) => Err(refusal.into()),
    }
}
