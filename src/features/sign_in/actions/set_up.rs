//! The first administrator.

use actix_web::web;

use super::choose::hash;
use super::demand::{Chooser, Demand};
use super::enter::{enter, next_level};
use super::links::activation_link;
use crate::access::credentials::{self, NewPassword};
use crate::access::guesses::{self, Whose};
use crate::access::links::{self, Kind};
use crate::access::one_time::Secret;
use crate::access::password::Password;
use crate::access::permit::CreateUsers;
use crate::access::{BuiltIn, Origin, Permit, Scope};
use crate::app::App;
use crate::db::Conn;
use crate::features::audit::actions::record;
use crate::features::audit::model::{Change, Entry};
use crate::features::customers;
use crate::features::roles::{self, model::Wanted};
use crate::features::sign_in::input::SetUp;
use crate::features::sign_in::model::{Asker, Entered, Tested};
use crate::features::sign_in::queries;
use crate::features::users::input::NewUser;
use crate::refusal::Refusal;

/// Makes the first administrator by a set-up link. Wrong: the link is not good (any more), or there is an administrator by now.
///
/// # Errors
/// Fields are refused, and the link stays good; busy.
pub async fn set_up(
    app: &web::Data<App>,
    asker: Asker,
    secret: Secret,
    input: SetUp,
) -> Result<Tested<Entered>, Refusal> {
    let (keys, now, text) = (app.keys.clone(), asker.origin.at, secret.to_text());
    let good = app
        .db
        .read(move |conn| Ok(links::find(conn, &keys, &secret, now)?.is_some_and(|link| link.kind == Kind::SetUp)))
        .await?;
    if !good {
        return Ok(Tested::Wrong);
    }
    let parsed = input.user();
    let password = Password::new(input.password);
    let chooser = Chooser::First(input.name.clone(), input.email.clone());
    let weak = Demand::of(app, chooser).await?.problems(&password).await?;
    let user = match (parsed, weak.is_empty()) {
        (Ok(user), true) => user,
        (parsed, _) => return Err(Refusal::Fields(parsed.err().unwrap_or_default().into_iter().chain(weak).collect())),
    };
    let hashed = hash(app, &password).await?;
    let state = app.clone();
    app.db
        .write(move |conn| {
            let app = &state;
            let attempt = match guesses::admit(conn, &app.keys, Whose::Link, &asker.source, now)? {
                Ok(attempt) => attempt,
                Err(verdict) => return Ok(Tested::Held(verdict)),
            };
            let Some(secret) = Secret::parse(&text) else { return Ok(Tested::Wrong) };
            let redeemed = links::redeem(conn, &app.keys, &secret, now)?.is_some_and(|link| link.kind == Kind::SetUp);
            let required = roles::actions::tfa_required(conn)?;
            if !redeemed || roles::queries::administrators(conn, required)? > 0 {
                return Ok(Tested::Wrong);
            }
            guesses::take_back(conn, &attempt)?;
            let origin = Origin { actor_name: "set-up link".into(), ..asker.origin.clone() };
            let id = administrator(conn, &origin, &user)?;
            credentials::set_password(
                conn,
                &app.keys,
                app.random.as_ref(),
                id,
                &NewPassword { hash: &hashed, must_change: false, expires_at: 0 },
                now,
            )?;
            let user = queries::may_sign_in(conn, id)?
                .ok_or_else(|| Refusal::Broken("the new administrator may not sign in".into()))?;
            let credentials = credentials::find(conn, id)?.ok_or(Refusal::SignIn)?;
            let level = next_level(conn, &credentials, false, now)?;
            enter(conn, app, &asker, &user, level, true, None).map(Tested::Right)
        })
        .await
}

/// Creates an Account Admin from the shell and gives the link with which they choose a password.
///
/// # Errors
/// The address is taken, or a field refused.
pub fn create_administrator(conn: &mut Conn, app: &App, origin: &Origin, user: &NewUser) -> Result<String, Refusal> {
    let id = administrator(conn, origin, user)?;
    activation_link(conn, app, origin, id)
}

/// A new user who may do all.
fn administrator(conn: &mut Conn, origin: &Origin, user: &NewUser) -> Result<i64, Refusal> {
    let permit: Permit<CreateUsers> = Permit::of_console(origin.clone());
    let home = customers::queries::offered(conn, &Scope::All)?.into_iter().min_by_key(|customer| customer.id);
    let home = home.ok_or_else(|| Refusal::Broken("there is no customer".into()))?;
    let created = crate::features::users::actions::create(conn, &permit, user, home.id)?;
    let role = roles::queries::built_in(conn, BuiltIn::AccountAdmin)?;
    roles::queries::assign(conn, created.id, &Wanted { role_id: role.id, scope: Scope::All }, origin.at)?;
    let changes = vec![Change::new("role", "", format!("{} (all customers)", role.name))];
    record(conn, origin, &Entry::new("user.roles", "user", created.id).of_customer(home.id).changes(changes))?;
    Ok(created.id)
}
