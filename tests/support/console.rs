//! The first administrator of a program that runs on its own, by the real clock.

use std::time::{SystemTime, UNIX_EPOCH};

use super::{PASSWORD, Person, Served, code_of_key};

/// What they keep outside the server.
pub struct First<'s> {
    pub browser: Person<'s>,
    /// What is left of the ten.
    pub recovery_codes: Vec<String>,
}

const FIRST_EMAIL: &str = "ada@example.org";

/// Unix milliseconds.
pub fn now() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
}

impl Served {
    /// Makes the first administrator with the link that was printed, and signs in.
    pub fn first_administrator(&self) -> First<'_> {
        let browser = self.visitor();
        browser.get(&self.set_up_path()).expect(303);
        browser.post("/setup", &[("name", "Ada"), ("email", FIRST_EMAIL), ("password", PASSWORD)]).expect(303);
        let key = browser.open("/login/activation").one("#key").unwrap();
        let page = browser.post("/login/activation", &[("code", &code_of_key(&key, now()))]).expect(200);
        let recovery_codes = page.all("#codes code");
        assert_eq!(recovery_codes.len(), 10, "{}", page.readable());
        First { browser, recovery_codes }
    }

    /// The first administrator signs in once more, with a recovery code.
    pub fn signed_in_again(&self, recovery_codes: &mut Vec<String>) -> Person<'_> {
        let browser = self.visitor();
        browser.post("/login", &[("email", FIRST_EMAIL), ("password", PASSWORD)]).expect(303);
        let code = recovery_codes.pop().expect("a recovery code is left");
        browser.post("/login/code", &[("code", &code)]).expect(303);
        browser.open("/users");
        browser
    }
}
