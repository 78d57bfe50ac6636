//! Users as they are stored.

use diesel::prelude::*;

use super::input::{NewUser, Ownership, Platform, Source, Status, TfaStatus};
use crate::db::fold::{digits, fold, search_text};
use crate::db::schema::users;
use crate::web::list::Cursor;

/// A word that is stored as a number: its place in the list of all, from 1. Words are only ever added at the end.
pub trait Stored: Sized + Copy + PartialEq + 'static {
    const WORDS: &'static [Self];

    fn number(self) -> i16 {
        let place = Self::WORDS.iter().position(|word| *word == self).unwrap_or_default();
        i16::try_from(place + 1).unwrap_or(i16::MAX)
    }

    /// None for 0 ("nothing said") and for what a newer version stored.
    fn from_number(number: i16) -> Option<Self> {
        usize::try_from(number).ok().and_then(|n| n.checked_sub(1)).and_then(|place| Self::WORDS.get(place).copied())
    }
}

macro_rules! stored {
    ($($name:ty),*) => {$( impl Stored for $name { const WORDS: &'static [Self] = <$name>::ALL; } )*};
}
stored!(Ownership, Platform, Source, Status, TfaStatus);

/// One row of `users`.
#[derive(Debug, Clone, Queryable)]
pub struct User {
    pub id: i64,
    pub customer_id: i64,
    pub customer_key: String,
    pub name: String,
    pub name_key: String,
    pub email: String,
    pub email_key: String,
    pub phone: String,
    pub phone_digits: String,
    pub status: i16,
    pub source: i16,
    pub domain: String,
    pub tfa: i16,
    pub ownership: i16,
    pub device_count: i64,
    /// Unix milliseconds; 0: never.
    pub last_login_at: i64,
    /// Unix milliseconds; 0: not changed yet.
    pub password_changed_at: i64,
    pub created_at: i64,
    pub changed_at: i64,
    /// Unix milliseconds; 0: not deleted.
    pub deleted_at: i64,
    pub search: String,
}

/// What lists and files show of a user: the columns that are shown, without what is derived from them.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = users)]
pub struct Listed {
    pub id: i64,
    pub customer_id: i64,
    pub name: String,
    pub email: String,
    pub phone: String,
    pub status: i16,
    pub source: i16,
    pub domain: String,
    pub tfa: i16,
    pub device_count: i64,
    /// Unix milliseconds; 0: never.
    pub last_login_at: i64,
    pub created_at: i64,
}

/// One row of a list.
#[derive(Debug, Clone)]
pub struct ListRow {
    /// Where it stands in the order of the list.
    pub place: Cursor,
    pub user: Listed,
    /// Has not set 2FA up, and holds a role that may sign in.
    pub signs_in_without: bool,
}

macro_rules! shown {
    ($($row:ty),*) => {$(
        impl $row {
            /// What a list calls this user: the name, else the e-mail address.
            pub fn title(&self) -> &str {
                if self.name.is_empty() { &self.email } else { &self.name }
            }

            pub fn tfa(&self) -> TfaStatus {
                TfaStatus::from_number(self.tfa).unwrap_or(TfaStatus::NotActive)
            }

            pub fn status(&self) -> Status {
                Status::from_number(self.status).unwrap_or(Status::Disabled)
            }

            pub fn source(&self) -> Source {
                Source::from_number(self.source).unwrap_or(Source::Local)
            }

            pub fn is_local(&self) -> bool {
                self.source() == Source::Local
            }
        }
    )*};
}
shown!(User, Listed);

/// A user about to be written.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = users, treat_none_as_default_value = false)]
pub struct UserRow {
    pub customer_id: i64,
    pub customer_key: String,
    pub name: String,
    pub name_key: String,
    pub email: String,
    pub email_key: String,
    pub phone: String,
    pub phone_digits: String,
    pub status: i16,
    pub source: i16,
    pub domain: String,
    pub tfa: i16,
    pub ownership: i16,
    pub device_count: i64,
    pub last_login_at: i64,
    pub password_changed_at: i64,
    pub created_at: i64,
    pub changed_at: i64,
    pub deleted_at: i64,
    pub search: String,
}

impl UserRow {
    /// A new local, active user.
    pub fn new(user: &NewUser, customer: &Home, now: i64) -> Self {
        let contact = Contact::of(user);
        UserRow {
            customer_id: customer.id,
            customer_key: customer.key.clone(),
            name: contact.name,
            name_key: contact.name_key,
            email: contact.email,
            email_key: contact.email_key,
            phone: contact.phone,
            phone_digits: contact.phone_digits,
            search: contact.search,
            status: Status::Active.number(),
            source: Source::Local.number(),
            domain: "local".into(),
            tfa: TfaStatus::NotActive.number(),
            ownership: 0,
            device_count: 0,
            last_login_at: 0,
            password_changed_at: 0,
            created_at: now,
            changed_at: now,
            deleted_at: 0,
        }
    }
}

/// The customer that a user belongs to, as far as a user's row repeats it.
#[derive(Debug, Clone)]
pub struct Home {
    pub id: i64,
    pub key: String,
}

/// A user's contact data with everything derived from it: written together or not at all.
#[derive(Debug, Clone, AsChangeset)]
#[diesel(table_name = users)]
pub struct Contact {
    pub name: String,
    pub name_key: String,
    pub email: String,
    pub email_key: String,
    pub phone: String,
    pub phone_digits: String,
    pub search: String,
}

impl Contact {
    pub fn of(user: &NewUser) -> Self {
        let (name, email, phone) = (user.name.as_str(), user.email.as_str(), user.phone.as_str());
        Contact {
            name_key: sort_key(name, email),
            search: search_text(name, email, phone),
            email_key: user.email.key().to_owned(),
            phone_digits: user.phone.digits(),
            name: name.to_owned(),
            email: email.to_owned(),
            phone: phone.to_owned(),
        }
    }

    /// A user's with some of it changed; the address stays.
    pub fn changed(user: &User, name: Option<&str>, phone: Option<&str>) -> Self {
        let (name, phone) = (name.unwrap_or(&user.name), phone.unwrap_or(&user.phone));
        Contact {
            name_key: sort_key(name, &user.email),
            search: search_text(name, &user.email, phone),
            email_key: user.email_key.clone(),
            phone_digits: digits(phone),
            name: name.to_owned(),
            email: user.email.clone(),
            phone: phone.to_owned(),
        }
    }
}

/// What a user is sorted by under "Name": what the list shows there, folded.
pub fn sort_key(name: &str, email: &str) -> String {
    fold(if name.is_empty() { email } else { name })
}
