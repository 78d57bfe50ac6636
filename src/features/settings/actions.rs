//! Changing settings: each checks, writes and audits in one transaction, with what was and what is.

use std::collections::BTreeSet;

use super::model::{Branding, Logo, MailSettings, PasswordSettings, SessionSettings, Setting};
use super::queries;
use crate::access::permit::{Action, ChangeSettings};
use crate::access::{Permission, Permit, Scope, credentials, session};
use crate::app::App;
use crate::db::Conn;
use crate::features::audit::actions::record;
use crate::features::audit::model::{Change, Entry};
use crate::features::roles;
use crate::features::roles::actions::{FORCE_2FA, forced};
use crate::features::roles::model::{Forced, Role};
use crate::refusal::Refusal;

/// Settings are of the whole installation.
///
/// # Errors
/// Forbidden to whoever holds the permission for some customers only.
pub fn of_all<A: Action>(permit: &Permit<A>) -> Result<(), Refusal> {
    match permit.rights().scope_of(Permission::ManageInstallation) {
        Some(Scope::All) => Ok(()),
        _ => Err(Refusal::Forbidden(
            "Settings belong to the whole installation, and you have the permission “installation.manage” for some customers only.".into(),
        )),
    }
}

/// What a setting says at this moment, as a form notes it: another value means that somebody else was first.
pub fn seen<S: Setting>(value: &S) -> String {
    use sha2::{Digest, Sha256};
    let json = serde_json::to_vec(value).unwrap_or_default();
    data_encoding::HEXLOWER.encode(&Sha256::digest(json)[..8])
}

fn save<S: Setting>(
    conn: &mut Conn,
    permit: &Permit<ChangeSettings>,
    noted: &str,
    new: &S,
    changes: impl FnOnce(&S) -> Vec<Change>,
) -> Result<(), Refusal> {
    of_all(permit)?;
    queries::hold(conn)?;
    let old: S = queries::read(conn)?;
    if seen(&old) != noted {
        return Err(moved());
    }
    let changes = changes(&old);
    if changes.is_empty() {
        return Ok(());
    }
    let json = serde_json::to_string(new).map_err(|error| Refusal::Broken(error.to_string()))?;
    queries::write(conn, S::KEY, &json)?;
    tell(conn, permit, changes)
}

fn moved() -> Refusal {
    Refusal::Conflict("Somebody else has changed these settings meanwhile, so nothing was saved. Below is what you chose; “Save” now writes it over theirs.".into())
}

fn tell(conn: &mut Conn, permit: &Permit<ChangeSettings>, changes: Vec<Change>) -> Result<(), Refusal> {
    record(conn, permit.origin(), &Entry::new("installation.settings", "installation", 0).changes(changes)).map(drop)
}

fn changed(field: &'static str, from: impl ToString, to: impl ToString) -> Option<Change> {
    let (from, to) = (from.to_string(), to.to_string());
    (from != to).then(|| Change::new(field, from, to))
}

/// Sets what new passwords have to be. `noted`: what the form saw, as [`seen`] says it.
///
/// # Errors
/// Forbidden; a conflict.
pub fn set_passwords(
    conn: &mut Conn,
    permit: &Permit<ChangeSettings>,
    noted: &str,
    new: &PasswordSettings,
) -> Result<(), Refusal> {
    save(conn, permit, noted, new, |old| {
        let all = [
            changed("shortest password with 2FA", old.with_second_factor, new.with_second_factor),
            changed("shortest password without 2FA", old.alone, new.alone),
            changed("words that no password is made of", old.words.join(", "), new.words.join(", ")),
        ];
        all.into_iter().flatten().collect()
    })
}

/// Sets how long sessions last, those under way too. As [`set_passwords`].
pub fn set_sessions(
    conn: &mut Conn,
    permit: &Permit<ChangeSettings>,
    noted: &str,
    new: &SessionSettings,
) -> Result<(), Refusal> {
    save(conn, permit, noted, new, |old| {
        let all = [
            changed("minutes without anything being done", old.idle_minutes, new.idle_minutes),
            changed("hours from signing in", old.hours, new.hours),
        ];
        all.into_iter().flatten().collect()
    })
}

/// Sets where mails go. `typed`: the password, empty to keep the one that is there; it is never sent to another server than it was typed for. As
/// [`set_passwords`].
///
/// # Errors
/// The password is missing; a variable sets the server.
pub fn set_mail(
    conn: &mut Conn,
    app: &App,
    permit: &Permit<ChangeSettings>,
    noted: &str,
    mut new: MailSettings,
    typed: &str,
) -> Result<(), Refusal> {
    if app.settings.smtp.is_some() {
        return Err(Refusal::Conflict("MUSTER_SMTP_URL names the mail server, so nothing was saved.".into()));
    }
    queries::hold(conn)?;
    let old: MailSettings = queries::read(conn)?;
    if !typed.is_empty() {
        let sealed = app.keys.seal(app.random.as_ref(), &MailSettings::PASSWORD, typed.as_bytes());
        new.password = sealed.map_err(|error| Refusal::Broken(format!("a password cannot be sealed: {error}")))?;
    } else if !new.login.is_empty() && new.is_same_server(&old) {
        new.password = old.password.clone();
    } else if !new.login.is_empty() && !old.password.is_empty() {
        return Err(Refusal::field(
            "password",
            "Type the password: the one that is kept was meant for another server or name.",
        ));
    }
    save(conn, permit, noted, &new, |old| {
        let server = |mail: &MailSettings| match mail.host.as_str() {
            "" => String::new(),
            host => format!("{host}:{}, {}", mail.port, mail.encryption.code()),
        };
        let all = [
            changed("mail server", server(old), server(&new)),
            changed("mail server: signs in as", &old.login, &new.login),
            (old.password != new.password).then(|| Change::new("mail server: password", "", "another one")),
            changed("sender of mails", &old.sender, &new.sender),
        ];
        all.into_iter().flatten().collect()
    })
}

/// Sets name and colour. As [`set_passwords`].
pub fn set_branding(
    conn: &mut Conn,
    permit: &Permit<ChangeSettings>,
    noted: &str,
    new: &Branding,
) -> Result<(), Refusal> {
    save(conn, permit, noted, new, |old| {
        let colour = |branding: &Branding| branding.accent.map(|accent| accent.text()).unwrap_or_default();
        let all = [changed("name", &old.name, &new.name), changed("accent", colour(old), colour(new))];
        all.into_iter().flatten().collect()
    })
}

/// Sets the logo, or takes it away.
///
/// # Errors
/// Forbidden.
pub fn set_logo(conn: &mut Conn, permit: &Permit<ChangeSettings>, new: Option<Logo>) -> Result<(), Refusal> {
    let words = |logo: &Option<Logo>| {
        logo.as_ref()
            .map(|logo| format!("{} by {} points, {}", logo.width, logo.height, seen(&Some(logo.clone()))))
            .unwrap_or_default()
    };
    queries::hold(conn)?;
    let old: Option<Logo> = queries::read(conn)?;
    let noted = seen(&old);
    save(conn, permit, &noted, &new, |old| changed("logo", words(old), words(&new)).into_iter().collect())
}

/// What it does to demand 2FA of others than before.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Effect {
    /// Those who have to set it up and had not to before: they are signed out.
    pub asked: BTreeSet<i64>,
    /// How many had to and need not any more.
    pub freed: usize,
}

impl Effect {
    /// What a form notes that it was shown.
    pub fn code(&self) -> String {
        format!("{}-{}", self.asked.len(), self.freed)
    }
}

/// What it would do to demand 2FA like this.
pub fn effect(conn: &mut Conn, new: &Forced) -> Result<Effect, Refusal> {
    let old = forced(conn)?;
    let mut effect = Effect::default();
    for (user, roles) in queries::without_factor(conn)? {
        match (old.covers(roles.iter().copied()), new.covers(roles.into_iter())) {
            (false, true) => drop(effect.asked.insert(user)),
            (true, false) => effect.freed += 1,
            _ => {}
        }
    }
    Ok(effect)
}

/// Demands 2FA of everybody, of some roles or of nobody. `noted`: the setting as the form saw it; `shown`: the effect that it showed. Those who have to
/// set it up now are signed out.
///
/// # Errors
/// Forbidden; a conflict, also when the effect is another by now; unfit, while the reader would have to set it up themselves.
pub fn set_forced(
    conn: &mut Conn,
    permit: &Permit<ChangeSettings>,
    noted: &str,
    shown: &str,
    new: &Forced,
) -> Result<(), Refusal> {
    of_all(permit)?;
    queries::hold(conn)?;
    let old = forced(conn)?;
    if old.text() != noted {
        return Err(moved());
    }
    if old == *new {
        return Ok(());
    }
    let effect = effect(conn, new)?;
    if effect.code() != shown {
        return Err(Refusal::Conflict(
            "What this does is something else by now. It is shown anew; “Save” does it.".into(),
        ));
    }
    let own = permit.actor().id;
    let factor = credentials::find(conn, own)?.is_some_and(|credentials| credentials.has_totp());
    let mine = roles::queries::held(conn, own)?;
    if !factor && new.covers(mine.iter().map(|held| held.role.id)) {
        return Err(Refusal::Unfit(
            "Set up two-factor authentication for yourself first, under “Your account”: you would be signed out, too."
                .into(),
        ));
    }
    queries::write(conn, FORCE_2FA, &new.text())?;
    let asked: Vec<i64> = effect.asked.into_iter().collect();
    let mut ended = 0;
    for some in asked.chunks(500) {
        ended += session::end_all(conn, some, None, permit.now())?;
    }
    let roles = roles::queries::all(conn)?;
    let mut changes = vec![Change::new("2FA is required of", in_words(&old, &roles), in_words(new, &roles))];
    changes.extend(changed("people who have to set it up now", "", asked.len()));
    changes.extend(changed("sessions ended", "", ended));
    tell(conn, permit, changes)
}

/// "everybody who may sign in", or the names of roles.
pub fn in_words(forced: &Forced, roles: &[Role]) -> String {
    match forced {
        Forced::Everybody => "everybody who may sign in".into(),
        Forced::Nobody => "nobody".into(),
        Forced::Roles(ids) => {
            let names: Vec<&str> =
                roles.iter().filter(|role| ids.contains(&role.id)).map(|role| role.name.as_str()).collect();
            if names.is_empty() { "nobody".into() } else { names.join(", ") }
        }
    }
}
