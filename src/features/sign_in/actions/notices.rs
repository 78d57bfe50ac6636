//! Telling people by mail what happened to their account, in the transaction in which it happens: so that nobody changes it behind their back.

use crate::access::Origin;
use crate::app::App;
use crate::db::Conn;
use crate::features::account::model::browser_name;
use crate::features::mail::Letter;
use crate::features::mail::actions::enqueue;
use crate::features::mail::model::Kind;
use crate::features::sign_in::model::Asker;
use crate::features::users::model::User;
use crate::refusal::Refusal;

const NOT_YOU: &str = "If this was not you, ask an administrator at once, and choose another password.";

/// When and from where, as people read it: times in UTC, since nobody knows where a mail is read.
fn when(origin: &Origin) -> String {
    let at = jiff::Timestamp::from_millisecond(origin.at).map(|at| at.strftime("%Y-%m-%d %H:%M").to_string());
    let at = at.unwrap_or_default();
    match origin.address.parse::<std::net::IpAddr>() {
        Ok(address) => format!("{at} UTC, from the address {address}"),
        Err(_) => format!("{at} UTC"),
    }
}

fn tell(conn: &mut Conn, app: &App, origin: &Origin, letter: Letter) -> Result<(), Refusal> {
    enqueue(conn, app, &letter, origin.at).map(drop)
}

/// A sign-in from a browser in which they never signed in before.
pub fn new_browser(conn: &mut Conn, app: &App, asker: &Asker, user: &User) -> Result<(), Refusal> {
    let what = format!(
        "You signed in with a browser that was not known yet: {}, {}.",
        browser_name(&asker.client.browser),
        when(&asker.origin)
    );
    let letter = Letter::to_user(Kind::NewBrowser, user, "Sign-in from a new browser").says(what).says(NOT_YOU);
    tell(conn, app, &asker.origin, letter)
}

/// Their password is another one. `how`: "You chose a new password by a link."
pub fn password_changed(conn: &mut Conn, app: &App, origin: &Origin, user: &User, how: &str) -> Result<(), Refusal> {
    let letter = Letter::to_user(Kind::PasswordChanged, user, "Your password was changed")
        .says(format!("{how} ({})", when(origin)))
        .says(NOT_YOU);
    tell(conn, app, origin, letter)
}

/// The second factor was set up, or set up anew.
pub fn second_factor_set_up(conn: &mut Conn, app: &App, origin: &Origin, user: &User) -> Result<(), Refusal> {
    let letter = Letter::to_user(Kind::TwoFactorChanged, user, "Two-factor authentication was set up")
        .says(format!("An authenticator app was set up for your account. ({})", when(origin)))
        .says(NOT_YOU);
    tell(conn, app, origin, letter)
}

/// Somebody took the second factor away.
pub fn second_factor_reset(conn: &mut Conn, app: &App, origin: &Origin, user: &User) -> Result<(), Refusal> {
    let letter = Letter::to_user(Kind::TwoFactorReset, user, "Your two-factor authentication was reset")
        .says(format!("An administrator reset your two-factor authentication. ({})", when(origin)))
        .says("Sign in within 24 hours and set it up again. Your password stays as it is.")
        .says("If you did not ask for this, ask an administrator at once.");
    tell(conn, app, origin, letter)
}

/// A recovery code stood in for a code of the app.
pub fn recovery_code_used(conn: &mut Conn, app: &App, origin: &Origin, user: &User) -> Result<(), Refusal> {
    let letter = Letter::to_user(Kind::RecoveryCodeUsed, user, "A recovery code was used")
        .says(format!(
            "One of your recovery codes was used in place of your app. It is not good any more. ({})",
            when(origin)
        ))
        .says(NOT_YOU);
    tell(conn, app, origin, letter)
}

/// The address that they sign in with is another one; told to the one it was.
pub fn email_changed(conn: &mut Conn, app: &App, origin: &Origin, before: &User, after: &str) -> Result<(), Refusal> {
    let letter = Letter::to_user(Kind::EmailChanged, before, "Your e-mail address was changed")
        .says(format!("You sign in with {after} from now on, and mails go there. ({})", when(origin)))
        .says("If you do not know of this, ask an administrator at once.");
    tell(conn, app, origin, letter)
}
