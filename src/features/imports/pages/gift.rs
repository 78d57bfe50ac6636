//! What an import gives its new users that matters: a role that may sign in. Said before "Add" and after it.

use crate::access::links;
use crate::access::permit::{AssignRoles, ImportUsers};
use crate::access::{Action, Permit, Scope};
use crate::app::App;
use crate::db::Conn;
use crate::features::imports::actions::role_scope;
use crate::features::imports::model::{Import, Options};
use crate::features::imports::queries;
use crate::features::{customers, roles};
use crate::refusal::Refusal;
use crate::web::list::grouped;

/// How many are listed who have not followed their activation link yet.
const MOST_LISTED: i64 = 100;

/// A role that may sign in, and where new users hold it: `“Technician” for Alder Works`.
fn role_in_words(conn: &mut Conn, permit: &Permit<ImportUsers>, options: &Options) -> Result<Option<String>, Refusal> {
    if options.role_id == 0 {
        return Ok(None);
    }
    let role = roles::queries::find(conn, options.role_id)?;
    if !role.may_sign_in {
        return Ok(None);
    }
    let customer = match options.customer_id {
        0 => customers::queries::first(conn, permit.scope())?,
        id => customers::queries::find(conn, permit.scope(), id)?,
    };
    let place = match role_scope(&role, customer.id) {
        Scope::All => "all customers".to_owned(),
        Scope::Some(_) => customer.name,
    };
    Ok(Some(format!("“{}” for {place}", role.name)))
}

fn people(count: i64) -> String {
    if count == 1 { "1 person".into() } else { format!("{} people", grouped(count)) }
}

/// What the preview says; empty: nobody new may sign in.
pub fn before(conn: &mut Conn, permit: &Permit<ImportUsers>, options: &Options, added: i64) -> Result<String, Refusal> {
    // A customer that is not the reader's any more is refused by "Add" itself.
    Ok(match role_in_words(conn, permit, options).ok().flatten() {
        Some(role) if added > 0 => {
            format!(
                "“Add” makes {} able to sign in, as {role}. Each of them is mailed an activation link.",
                people(added)
            )
        }
        _ => String::new(),
    })
}

/// What the result says.
#[derive(Default)]
pub struct Given {
    /// Empty: nobody new may sign in.
    pub text: String,
    /// Those who have no password yet.
    pub waiting: Vec<Waiting>,
    /// Whether there are more than are listed.
    pub more: bool,
    /// Whether the reader may make activation links.
    pub may_activate: bool,
}

/// Somebody who may sign in and has no password yet.
pub struct Waiting {
    pub id: i64,
    pub title: String,
    pub email: String,
    /// Until when a link that was made for them is good, in unix milliseconds; 0: there is none.
    pub link_until: i64,
}

/// What an import that has ended gave.
pub async fn after(app: &App, permit: &Permit<ImportUsers>, import: &Import) -> Result<Given, Refusal> {
    let (options, added) = (import.options(), import.counts().applied.added);
    let Some(operation) = import.operation_id else { return Ok(Given::default()) };
    let permit = permit.clone();
    app.db
        .read(move |conn| {
            // Rights count when they are used: what lies outside the scope by now is not spoken of.
            let Ok(Some(role)) = role_in_words(conn, &permit, &options) else { return Ok(Given::default()) };
            let mut users = queries::to_activate(conn, permit.scope(), operation, MOST_LISTED + 1)?;
            let more = i64::try_from(users.len()).unwrap_or(i64::MAX) > MOST_LISTED;
            users.truncate(usize::try_from(MOST_LISTED).unwrap_or(usize::MAX));
            let ids: Vec<i64> = users.iter().map(|user| user.id).collect();
            let links = links::open_until(conn, &ids, permit.now())?;
            let waiting = users.into_iter().map(|user| Waiting {
                id: user.id,
                title: user.title().to_owned(),
                link_until: links.get(&user.id).copied().unwrap_or(0),
                email: user.email,
            });
            let text = if added > 0 { format!("{} may sign in now, as {role}.", people(added)) } else { String::new() };
            Ok(Given {
                text,
                waiting: waiting.collect(),
                more,
                may_activate: permit.rights().scope_of(AssignRoles::PERMISSION).is_some(),
            })
        })
        .await
}
