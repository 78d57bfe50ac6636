//! A form that came too late and was kept: what it was about, and how its sender goes on. It is never carried out by itself.

use crate::web::kept::Waiting;
use crate::web::list::grouped;

/// How somebody goes on with a form that was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Again {
    /// Its page draws it again, filled in; the word on its button.
    OnItsPage(&'static str),
    /// Its page does not hold what was chosen: a page of its own asks to press the button again.
    Press {
        button: &'static str,
        /// What it would do, in a sentence.
        about: String,
    },
    /// Secrets are not kept, so it has to be typed again.
    FromTheStart,
    /// Nothing that anybody waits for.
    Nothing,
}

/// Where a form goes that has to be pressed again.
pub const UNFINISHED: &str = "/login/unfinished";

impl Again {
    pub fn of(form: &Waiting) -> Again {
        let press = |button, about: &str| Again::Press { button, about: about.to_owned() };
        let path: Vec<&str> = form.to.split('/').skip(1).collect();
        match path.as_slice() {
            ["users"] => Again::OnItsPage("Create User"),
            ["users", "restorations"] => {
                Again::Press { button: "Restore", about: format!("Restores {}.", people(form)) }
            }
            ["mails", "resends"] => press("Resend", "Sends the mails again that you ticked."),
            ["mails", "revocations"] => press("Revoke", "Revokes the mails that you ticked."),
            ["mails", _, "link"] => press("Copy Link", "Makes another link; the one in the mail is void then."),
            ["users", "deletions"] => Again::Press {
                button: "Delete User",
                about: format!("Deletes {}; you are asked once more before it is done.", people(form)),
            },
            ["users", "two-factor-resets"] => Again::Press {
                button: "Reset 2FA Token",
                about: format!("Resets the 2FA of {}; you are asked once more before it is done.", people(form)),
            },
            ["users", "recovery-mails"] => Again::Press {
                button: "Send Password Recovery Email",
                about: format!("Mails {} a link; you are asked once more before it is done.", people(form)),
            },
            ["users", "password-changes"] => press("Change Password", "Asks for a new password for the user."),
            ["users", _, "password"] => Again::FromTheStart,
            ["users", "deletions", _, "cancellation"] => press("Stop", "Stops deleting; who is deleted stays so."),
            ["users", "deletions", _] => press("Delete User", "Deletes the users that you were asked about."),
            ["users", "import", _, "additions"] => press("Add", "Adds the ticked rows of your import."),
            ["users", "import", _, "options" | "columns"] => {
                press("Continue", "Goes on with what you chose for your import; nothing is added by it.")
            }
            ["users", "import", _, "remapping"] => press("Change columns", "Goes back to the columns of your import."),
            ["users", "import", _, "cancellation"] => press("Cancel import", "Gives your import up."),
            ["users", _, "roles"] | ["users", _] if path.get(1) != Some(&"selection") => Again::OnItsPage("Save"),
            ["users", _, "status"] => match said(form, "status") {
                Some("disabled") => press("Disable", "Signs the user out everywhere, and lets them sign in no more."),
                _ => press("Enable", "Lets the user sign in again, if one of their roles does."),
            },
            ["users", _, "activation"] => press(
                "New activation link",
                "Makes a link with which the user chooses a password; an older one is void.",
            ),
            ["settings", "branding", "logo", "removal"] => {
                press("Take the logo away", "Takes the logo of the installation away.")
            }
            ["settings", ..] => Again::OnItsPage("Save"),
            ["account", "recovery-codes"] => {
                press("New recovery codes", "Makes ten new recovery codes; those you have are dead from then on.")
            }
            ["account", "sessions"] => press("End all others", "Signs you out everywhere but here."),
            ["account", "sessions", _] => press("End", "Ends one of your sessions."),
            ["account", "password" | "two-factor"] => Again::FromTheStart,
            _ => Again::Nothing,
        }
    }

    /// What the page says that somebody comes back to; empty: nothing. `how` it came to this: "Confirmed.", "Signed in again."
    pub fn says(&self, how: &str) -> String {
        match self {
            Again::OnItsPage(button) => format!("{how} Nothing was done yet: press “{button}” again."),
            Again::FromTheStart => {
                format!("{how} Nothing was done yet: passwords and codes are not kept, so type them again.")
            }
            Again::Press { .. } | Again::Nothing => String::new(),
        }
    }
}

fn said<'a>(form: &'a Waiting, field: &str) -> Option<&'a str> {
    form.typed.iter().find(|(name, _)| name == field).map(|(_, value)| value.as_str())
}

/// "3 users", or those that are selected.
fn people(form: &Waiting) -> String {
    match form.typed.iter().filter(|(name, _)| name == "id").count() {
        0 => "those who are selected".to_owned(),
        1 => "1 user".to_owned(),
        n => format!("{} users", grouped(i64::try_from(n).unwrap_or(i64::MAX))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent_to(to: &str, typed: &[(&str, &str)]) -> Again {
        let typed = typed.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Again::of(&Waiting { page: "/users".into(), to: to.into(), typed })
    }

    #[test]
    fn every_form_says_how_to_go_on() {
        assert_eq!(sent_to("/users", &[]), Again::OnItsPage("Create User"));
        assert_eq!(sent_to("/users/7", &[]), Again::OnItsPage("Save"));
        assert_eq!(sent_to("/users/7/roles", &[]), Again::OnItsPage("Save"));
        assert_eq!(sent_to("/users/selection", &[]), Again::Nothing);
        assert_eq!(sent_to("/account/password", &[]), Again::FromTheStart);
        let Again::Press { button, about } = sent_to("/users/restorations", &[("id", "1"), ("id", "2")]) else {
            panic!("nothing to press")
        };
        assert_eq!((button, about.as_str()), ("Restore", "Restores 2 users."));
        let Again::Press { button, .. } = sent_to("/users/7/status", &[("status", "disabled")]) else {
            panic!("nothing to press")
        };
        assert_eq!(button, "Disable");
    }
}
