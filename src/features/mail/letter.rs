//! What one mail says. Other rooms write letters (in their `letters.rs`) and give them to [`super::actions::enqueue`]:
//!
//! ```ignore
//! let letter = Letter::to_user(Kind::PasswordChanged, &user, "Your password was changed")
//!     .says("An administrator changed your password.")
//!     .says("If you did not expect this, ask them.");
//! mail::actions::enqueue(conn, &app, &letter, origin.at)?;   // in the transaction of the change
//! app.bell.ring();                                            // once it has committed
//! ```

use serde::{Deserialize, Serialize};

use super::model::Kind;
use crate::features::users::model::User;
use crate::mail::message::one_line;

/// A mail to one person. The installation's name is put before the subject, and a greeting with the reader's name before the words.
#[derive(Debug, Clone)]
pub struct Letter {
    pub kind: Kind,
    /// The user that it is about; None: an address that is no user's.
    pub user_id: Option<i64>,
    /// The reader's name; empty: unknown.
    pub name: String,
    pub email: String,
    pub subject: String,
    pub paragraphs: Vec<String>,
    pub link: Option<LetterLink>,
}

/// A one-time link in a mail.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LetterLink {
    /// Its row in `one_time_links`.
    pub id: i64,
    pub url: String,
    /// What following it does: "Choose a password".
    pub label: String,
    /// Unix milliseconds.
    pub expires_at: i64,
}

impl Letter {
    /// To an address.
    pub fn new(kind: Kind, name: &str, email: &str, subject: &str) -> Letter {
        Letter {
            kind,
            user_id: None,
            name: one_line(name),
            email: email.to_owned(),
            subject: one_line(subject),
            paragraphs: Vec::new(),
            link: None,
        }
    }

    /// To the address that a user has now.
    pub fn to_user(kind: Kind, user: &User, subject: &str) -> Letter {
        Letter { user_id: Some(user.id), ..Letter::new(kind, &user.name, &user.email, subject) }
    }

    /// With one more paragraph.
    #[must_use]
    pub fn says(mut self, paragraph: impl AsRef<str>) -> Letter {
        self.paragraphs.push(one_line(paragraph.as_ref()));
        self
    }

    #[must_use]
    pub fn with_link(mut self, link: LetterLink) -> Letter {
        self.link = Some(link);
        self
    }
}
