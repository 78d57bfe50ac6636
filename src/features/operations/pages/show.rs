//! `GET /operations/{id}`: a plan, how far it is, what came of it. `POST` carries it out; `/cancellation` stops it.

use actix_web::{HttpRequest, web};
use askama::Template;
use serde::Deserialize;

use super::index::tone;
use super::rows::{Section, sections};
use crate::access::Permit;
use crate::access::permit::ViewUsers;
use crate::app::App;
use crate::db::Conn;
use crate::features::imports;
use crate::features::operations::actions;
use crate::features::operations::model::{Kind, Operation, State};
use crate::features::operations::queries;
use crate::features::users::actions::bulk;
use crate::jobs::{Job, queue};
use crate::refusal::Refusal;
use crate::web::answer::{Answer, fragment, page, see, see_saying, see_undoable};
use crate::web::forms::{Form, Nothing};
use crate::web::list::grouped;
use crate::web::shell::{Crumb, FlashKind, Shell};

/// Which rows are asked for.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Asked {
    show: String,
    after: Option<i64>,
}

/// How far long work is.
struct Progress {
    title: &'static str,
    label: &'static str,
    done: i64,
    total: i64,
    is_cancelled: bool,
}

#[derive(Template)]
#[template(path = "operations/show.html", blocks = ["progress"])]
struct ShowPage {
    shell: Shell,
    crumbs: Vec<Crumb>,
    operation: Operation,
    heading: String,
    tone: &'static str,
    progress: Option<Progress>,
    /// What has come of it; empty: nothing yet.
    outcome: String,
    problem: String,
    /// What the plan will do, for people.
    notes: Vec<String>,
    /// The words of the button that carries it out; empty: it cannot be.
    confirm: &'static str,
    dangerous: bool,
    /// Whether it is the reader's own.
    own: bool,
    may_undo: bool,
    /// Operations that take this one back.
    undone_by: Vec<Operation>,
    /// The import that it is of.
    import: Option<i64>,
    sections: Vec<Section>,
    /// Where the list is that whoever made the plan came from.
    back: (&'static str, &'static str),
}

impl ShowPage {
    fn address(&self) -> String {
        format!("/operations/{}", self.operation.id)
    }

    /// The word of the button that stops it.
    fn stop(&self) -> &'static str {
        if self.operation.state() == State::Running { "Stop" } else { "Cancel" }
    }
}

pub async fn show(
    permit: Permit<ViewUsers>,
    id: web::Path<i64>,
    asked: web::Query<Asked>,
    app: web::Data<App>,
    req: HttpRequest,
) -> Answer {
    let (shell, id, asked) = (Shell::of(&app, &req), id.into_inner(), asked.into_inner());
    // Of one moment: an operation that is being planned beside a job that has ended would be one that failed.
    let template = app.db.read_snapshot(move |conn| read(conn, &permit, shell, id, &asked)).await?;
    if fragment(&req) == Some("progress") { page(&template.as_progress()) } else { page(&template) }
}

fn read(
    conn: &mut Conn,
    permit: &Permit<ViewUsers>,
    shell: Shell,
    id: i64,
    asked: &Asked,
) -> Result<ShowPage, Refusal> {
    let operation = actions::seen(conn, permit, id)?;
    let job = match operation.background() {
        Some(background) => queue::find(conn, background.job)?,
        None => None,
    };
    let import = match operation.kind() {
        Some(Kind::ImportUsers) => imports::queries::of_operation(conn, id, permit.actor().id)?,
        _ => None,
    };
    let progress = progress(&operation, job.as_ref());
    let sections = match progress.is_some() {
        true => Vec::new(),
        false => sections(conn, permit.scope(), &operation, &asked.show, asked.after.unwrap_or(i64::MIN))?,
    };
    let own = operation.actor_id == Some(permit.actor().id);
    let waits = own && operation.state() == State::Planned && operation.planned > 0 && !operation.refuses_whole();
    Ok(ShowPage {
        shell,
        crumbs: vec![Crumb::new("Operations", "/operations"), Crumb::here(operation.title())],
        heading: heading(&operation, &sections),
        tone: tone(operation.state()),
        progress,
        outcome: operation.outcome(),
        problem: operation.background().unwrap_or_default().problem,
        notes: notes(&operation, &sections),
        confirm: if waits { confirm(&operation) } else { "" },
        dangerous: matches!(
            operation.kind(),
            Some(Kind::DeleteUsers | Kind::DeleteGroups | Kind::RemoveFromGroups | Kind::ResetTwoFactor)
        ),
        own,
        may_undo: operation.not_undoable(permit.now()).is_none(),
        undone_by: queries::undoing(conn, id)?,
        import,
        sections,
        back: match operation.kind() {
            Some(Kind::RestoreUsers) => ("/users/deleted", "Deleted users"),
            Some(Kind::DeleteGroups) => ("/groups", "Groups"),
            Some(Kind::Undo) => ("/operations", "Operations"),
            _ => ("/users", "User List"),
        },
        operation,
    })
}

/// How far it is, while something is under way.
fn progress(operation: &Operation, job: Option<&Job>) -> Option<Progress> {
    let plans = match operation.state() {
        State::Planning => true,
        State::Running => false,
        _ => return None,
    };
    if operation.background().is_some() && job.is_none_or(|job| job.state().has_ended()) {
        return None;
    }
    Some(Progress {
        title: match (plans, operation.kind()) {
            (true, _) => "Making the plan",
            (_, Some(Kind::DeleteUsers)) => "Deleting users",
            (_, Some(Kind::RestoreUsers)) => "Restoring users",
            (_, Some(Kind::ImportUsers)) => "Importing users",
            (_, Some(Kind::EditUsers)) => "Editing users",
            (_, Some(Kind::AddToGroups)) => "Adding users",
            (_, Some(Kind::RemoveFromGroups)) => "Removing users",
            (_, Some(Kind::DeleteGroups)) => "Deleting groups",
            (_, Some(Kind::ResetTwoFactor)) => "Resetting 2FA",
            (_, Some(Kind::MailLinks)) => "Writing mails",
            (_, Some(Kind::Undo)) | (_, None) => "Undoing",
        },
        label: if plans { "Users looked at" } else { "Users done" },
        done: match job {
            Some(job) => job.done,
            None => operation.done + operation.skipped,
        },
        total: if plans { 0 } else { operation.planned },
        is_cancelled: job.is_some_and(|job| job.cancel),
    })
}

fn heading(operation: &Operation, sections: &[Section]) -> String {
    let change = sections.iter().find(|section| section.code == "changed");
    let users = |number: i64| if number == 1 { "1 user".to_owned() } else { format!("{} users", grouped(number)) };
    match (operation.state(), operation.kind(), operation.planned) {
        (State::Planned, Some(Kind::DeleteUsers), 0) => "Nobody of these can be deleted".into(),
        (State::Planned, Some(Kind::DeleteUsers), 1) => {
            format!("Delete {}?", change.and_then(|change| change.lines.first()).map_or("1 user", |line| &line.label))
        }
        (State::Planned, Some(Kind::DeleteUsers), number) => format!("Delete {}?", users(number)),
        (State::Planned, Some(Kind::MailLinks), 0) => "Nobody of these can be sent a mail".into(),
        (State::Planned, Some(Kind::MailLinks), number) => format!("Send a mail to {}?", users(number)),
        (State::Planned, Some(Kind::ResetTwoFactor), 0) => "Nobody of these can have their 2FA reset".into(),
        (State::Planned, Some(Kind::ResetTwoFactor), _) => "Reset Two-Factor Authentication Token".into(),
        (State::Planned, Some(Kind::EditUsers), _) if operation.refuses_whole() => "Nobody is edited".into(),
        (State::Planned, Some(Kind::DeleteGroups), _) => match operation.groups().len() {
            1 => match sections.iter().flat_map(|section| &section.lines).find(|line| line.is_group) {
                Some(line) => format!("Delete {}?", line.label.replacen("Group", "group", 1)),
                None => "Delete 1 group?".into(),
            },
            several => format!("Delete {several} groups?"),
        },
        (State::Planned, Some(Kind::AddToGroups | Kind::RemoveFromGroups), 0) => "Nothing would change".into(),
        (State::Planned, Some(Kind::AddToGroups), number) => format!("Add {} to group?", users(number)),
        (State::Planned, Some(Kind::RemoveFromGroups), number) => format!("Remove {} from group?", users(number)),
        (State::Planned, Some(Kind::EditUsers | Kind::Undo), 0) => "Nothing would change".into(),
        (State::Planned, Some(Kind::EditUsers), number) => format!("Edit {}?", users(number)),
        (State::Planned, Some(Kind::Undo), _) => match operation.groups().len() {
            0 => format!("Undo for {}?", users(operation.planned)),
            1 => format!("Undo for 1 group and {}?", users(operation.planned_users())),
            several => format!("Undo for {several} groups and {}?", users(operation.planned_users())),
        },
        _ => operation.title(),
    }
}

fn confirm(operation: &Operation) -> &'static str {
    match operation.kind() {
        Some(Kind::DeleteUsers) => "Delete User",
        Some(Kind::RestoreUsers) => "Restore",
        Some(Kind::EditUsers) => "Save",
        Some(Kind::AddToGroups) => "Add",
        Some(Kind::RemoveFromGroups | Kind::ResetTwoFactor) => "Confirm",
        Some(Kind::DeleteGroups) => "Delete Group",
        Some(Kind::MailLinks) => "Send",
        Some(Kind::ImportUsers) | None => "",
        Some(Kind::Undo) => "Undo",
    }
}

/// Whose 2FA it is that would be reset: "User «Oxford»", or how many.
fn whose(operation: &Operation, sections: &[Section]) -> String {
    let line = sections.iter().find(|section| section.code == "changed").and_then(|section| section.lines.first());
    match (operation.planned, line) {
        (1, Some(line)) => {
            let name = line.label.rsplit_once(" <").map_or(line.label.as_str(), |(name, _)| name);
            format!("User «{name}»")
        }
        (number, _) => format!("{} users", grouped(number)),
    }
}

fn notes(operation: &Operation, sections: &[Section]) -> Vec<String> {
    if operation.state() != State::Planned {
        return Vec::new();
    }
    let leave = match operation.planned_users() {
        0 => "Nobody leaves by that.".to_owned(),
        1 => "1 user leaves by that.".to_owned(),
        number => format!("{} users leave by that.", grouped(number)),
    };
    let mut notes: Vec<String> = match operation.kind() {
        Some(Kind::DeleteUsers) if operation.planned > 0 => vec![
            "They are signed out at once and kept under “Deleted users” for 30 days, where they can be restored. After that they are gone.".into(),
        ],
        Some(Kind::EditUsers) if operation.refuses_whole() => {
            vec![
                "Some of these cannot be edited like this, so none is. Take them out of the selection, or change something else.".into(),
            ]
        }
        Some(Kind::DeleteGroups) if operation.refuses_whole() => {
            vec!["Somebody in there cannot be removed by you, so the group stays. Below it says who and why.".into()]
        }
        Some(Kind::DeleteGroups) => vec![format!("{leave} Undoing it within 30 days brings the group and its users back.")],
        Some(Kind::RemoveFromGroups) if operation.planned == 1 => {
            vec!["Do you really want to remove this user from user group?".into()]
        }
        Some(Kind::RemoveFromGroups) if operation.planned > 1 => {
            vec!["Do you really want to remove these users from user group?".into()]
        }
        Some(Kind::ResetTwoFactor) if operation.planned > 0 => vec![
            format!("Do you want to reset 2FA for {}?", whose(operation, sections)),
            "They are signed out at once, and have 24 hours to sign in with their password and set up 2FA again. This cannot be undone.".into(),
        ],
        Some(Kind::MailLinks) if operation.planned > 0 => vec![
            "Each gets a link with which they choose a password: once, within 24 hours. Links that they have already are void then; passwords and two-factor authentication stay as they are.".into(),
        ],
        Some(Kind::Undo) => vec![
            "Passwords, 2FA, sessions, links and mails do not come back. Who is restored and may sign in needs an activation link.".into(),
        ],
        _ => Vec::new(),
    };
    if operation.background().is_some() && operation.planned > 0 {
        notes.push(
            "This runs in the background. Whoever changes before their turn comes is left alone and listed.".into(),
        );
    }
    notes
}

pub async fn carry_out(
    permit: Permit<ViewUsers>,
    _form: Form<Nothing>,
    id: web::Path<i64>,
    app: web::Data<App>,
) -> Answer {
    let (id, state) = (id.into_inner(), app.clone());
    let (done, operation) = app
        .db
        .write(move |conn| {
            let done = bulk::carry_out(conn, &state, &permit, id)?;
            Ok((done, queries::find(conn, id)?))
        })
        .await?;
    if done.is_none() {
        app.bell.ring();
        return Ok(see(&format!("/operations/{id}")));
    }
    let to = match operation.kind() {
        Some(Kind::Undo) => format!("/operations/{id}"),
        Some(Kind::DeleteGroups) => "/groups".to_owned(),
        _ => "/users".to_owned(),
    };
    if operation.not_undoable(operation.finished_at).is_some() {
        return Ok(see_saying(&app, &to, FlashKind::Success, operation.outcome()));
    }
    Ok(see_undoable(&app, &to, operation.outcome(), id))
}

pub async fn cancel(
    permit: Permit<ViewUsers>,
    _form: Form<Nothing>,
    id: web::Path<i64>,
    app: web::Data<App>,
) -> Answer {
    let id = id.into_inner();
    app.db.write(move |conn| actions::cancel(conn, permit.origin(), id)).await?;
    Ok(see(&format!("/operations/{id}")))
}
