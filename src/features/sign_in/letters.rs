//! What the mails of signing in say.

use crate::features::mail::model::Kind;
use crate::features::mail::{Letter, LetterLink};
use crate::features::users::model::User;

/// The first password is due.
pub fn activation(user: &User, link: LetterLink, lasts: &str) -> Letter {
    Letter::to_user(Kind::Activation, user, "Choose your password")
        .says(format!("You can sign in now, as {}. Choose a password first.", user.email))
        .says(format!("The link works once, for {lasts}. After that, ask for another one."))
        .with_link(LetterLink { label: "Choose your password".into(), ..link })
}

/// A new password may be chosen. `asked`: by the user, not by an administrator.
pub fn recovery(user: &User, link: LetterLink, lasts: &str, asked: bool) -> Letter {
    let why = match asked {
        true => {
            "Somebody asked for a new password for your account. If it was not you, do nothing: your password stays as it is."
        }
        false => {
            "An administrator sent you this link to choose a new password. Until you do, your password stays as it is."
        }
    };
    Letter::to_user(Kind::Recovery, user, "Choose a new password")
        .says(why)
        .says(format!("The link works once, for {lasts}. Two-factor authentication stays as it is."))
        .with_link(LetterLink { label: "Choose a new password".into(), ..link })
}
