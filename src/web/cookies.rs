//! Our cookies: `__Host-`, Secure, HttpOnly and SameSite where the public URL is https; a plain name on loopback http.

use actix_web::cookie::{Cookie, SameSite, time::Duration};

use crate::settings::PublicUrl;

/// What a cookie is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Jar {
    Session,
    /// Before sign-in: what the CSRF token of a form is made from.
    Seed,
    /// One message for the next page.
    Flash,
    /// Which browser this is, for the lane of guesses.
    Browser,
    /// The secret of a one-time link, moved out of the URL.
    Link,
    /// A form kept until its sender has signed in again.
    Kept,
    /// Where to go once signed in; it stays out of the addresses of the steps between.
    Next,
    /// How its reader likes lists: page size and density.
    List,
    /// The jobs whose progress and end are shown on every page.
    Work,
    /// The customer whose people the lists show.
    Customer,
}

impl Jar {
    pub fn name(self, public: &PublicUrl) -> &'static str {
        match (self, public.is_https()) {
            (Jar::Session, true) => "__Host-muster",
            (Jar::Session, false) => "muster",
            (Jar::Seed, true) => "__Host-muster-seed",
            (Jar::Seed, false) => "muster-seed",
            (Jar::Flash, true) => "__Host-muster-flash",
            (Jar::Flash, false) => "muster-flash",
            (Jar::Browser, true) => "__Host-muster-browser",
            (Jar::Browser, false) => "muster-browser",
            (Jar::Link, true) => "__Host-muster-link",
            (Jar::Link, false) => "muster-link",
            (Jar::Kept, true) => "__Host-muster-kept",
            (Jar::Kept, false) => "muster-kept",
            (Jar::Next, true) => "__Host-muster-next",
            (Jar::Next, false) => "muster-next",
            (Jar::List, true) => "__Host-muster-list",
            (Jar::List, false) => "muster-list",
            (Jar::Work, true) => "__Host-muster-work",
            (Jar::Work, false) => "muster-work",
            (Jar::Customer, true) => "__Host-muster-customer",
            (Jar::Customer, false) => "muster-customer",
        }
    }

    /// A cookie with a value. `lasts` in seconds; None: until the browser closes.
    pub fn cookie(self, public: &PublicUrl, value: String, lasts: Option<i64>) -> Cookie<'static> {
        let mut cookie = Cookie::new(self.name(public), value);
        cookie.set_path("/");
        cookie.set_http_only(true);
        cookie.set_secure(public.is_https());
        // A link in a mail is followed from another site, and must find whoever is signed in; forms are guarded apart.
        cookie.set_same_site(SameSite::Lax);
        if let Some(seconds) = lasts {
            cookie.set_max_age(Duration::seconds(seconds));
        }
        cookie
    }

    /// A cookie that takes this one away.
    pub fn removal(self, public: &PublicUrl) -> Cookie<'static> {
        let mut cookie = self.cookie(public, String::new(), Some(0));
        cookie.make_removal();
        cookie
    }
}
