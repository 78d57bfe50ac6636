//! People who sign in as people do: with a password and an authenticator app.

use std::sync::OnceLock;

use muster::access::credentials::{self, NewPassword};
use muster::access::hashing::HashingGate;
use muster::access::password::Password;
use muster::access::session::Level;
use muster::access::totp::TotpSecret;

use super::{Answer, Person, Role, Site};

/// Everybody's password here.
pub const PASSWORD: &str = "seven violet kettles hum";
const STEP: i64 = 30_000;

/// Somebody with a password and an app, signed in nowhere yet.
pub struct Member<'s> {
    pub site: &'s Site,
    pub id: i64,
    pub email: String,
    /// What is left of the ten.
    pub recovery_codes: Vec<String>,
    secret: [u8; 20],
}

impl Site {
    /// A new member with a role.
    pub fn member(&self, role: Role) -> Member<'_> {
        let id = self.person(role, Level::CodeDue).id;
        let (app, hash) = (self.app.clone(), hash(self));
        let (secret, recovery_codes) = self.write(move |conn| {
            let (keys, random) = (app.keys.as_ref(), app.random.as_ref());
            let new = NewPassword { hash: &hash, must_change: false, expires_at: 0 };
            credentials::set_password(conn, keys, random, id, &new, app.clock.now())?;
            let secret = TotpSecret::new(random);
            credentials::set_totp(conn, keys, random, id, &secret, 0)?;
            let codes = credentials::new_recovery_codes(conn, random, id)?;
            Ok((*secret.as_bytes(), codes.iter().map(|code| code.to_string()).collect()))
        });
        Member { site: self, id, email: self.user(id).email, recovery_codes, secret }
    }
}

/// The password as this site stores it; for most sites, which all hash at the same cost, worked out once.
fn hash(site: &Site) -> String {
    static HASH: OnceLock<String> = OnceLock::new();
    let known = HASH.get_or_init(|| hashed(&site.app.gate, PASSWORD));
    if site.app.gate.needs_rehash(known) { hashed(&site.app.gate, PASSWORD) } else { known.clone() }
}

/// A password as it is stored, hashed at the cost of a gate.
pub fn hashed(gate: &HashingGate, password: &str) -> String {
    let password = Password::new(password.into());
    actix_web::rt::System::new().block_on(async { gate.hash(&password).await.unwrap().to_string() })
}

/// The code that an app with this secret shows at a time in unix milliseconds.
pub fn code_at(secret: &[u8; 20], at: i64) -> String {
    totp_rs::Builder::new()
        .with_skew(0)
        .with_step_duration(30)
        .with_secret(totp_rs::Secret::new_stack(*secret))
        .build_noncompliant()
        .generate(u64::try_from(at / 1_000).unwrap())
        .to_string()
}

/// What the app shows for a key that was typed into it.
pub fn code_of_key(key: &str, at: i64) -> String {
    let bytes = data_encoding::BASE32_NOPAD.decode(key.replace(' ', "").as_bytes()).unwrap();
    code_at(&bytes.try_into().unwrap(), at)
}

impl<'s> Member<'s> {
    /// The same person, who now goes to another instance.
    pub fn known_to<'o>(&self, other: &'o Site) -> Member<'o> {
        let (email, recovery_codes) = (self.email.clone(), self.recovery_codes.clone());
        Member { site: other, id: self.id, email, recovery_codes, secret: self.secret }
    }

    /// What the app shows so many steps of 30 seconds from now.
    pub fn code_in(&self, steps: i64) -> String {
        code_at(&self.secret, self.site.now() + steps * STEP)
    }

    /// What the app shows now.
    pub fn code(&self) -> String {
        self.code_in(0)
    }

    /// A code that is none of theirs.
    pub fn wrong_code(&self) -> String {
        let near: Vec<String> = (-2..=2).map(|steps| self.code_in(steps)).collect();
        ["000000", "111111", "222222", "333333", "444444", "555555"]
            .into_iter()
            .find(|code| !near.iter().any(|right| right == code))
            .unwrap()
            .to_owned()
    }

    /// Types address and password.
    pub fn types_password(&self, browser: &Person<'_>) -> Answer {
        browser.post("/login", &[("email", &self.email), ("password", PASSWORD)])
    }

    /// Types what the app shows now.
    pub fn types_code(&self, browser: &Person<'_>) -> Answer {
        browser.post("/login/code", &[("code", &self.code())])
    }

    /// Signs in, in this browser, with the next code of the app: half a minute passes.
    pub fn signs_in(&self, browser: &Person<'_>) -> Answer {
        self.site.app.clock.advance(STEP);
        let half = self.types_password(browser).expect(303);
        assert_eq!(half.location(), "/login/code");
        self.types_code(browser).expect(303)
    }

    /// A new browser in which they have signed in.
    pub fn signed_in(&self) -> Person<'s> {
        let browser = self.site.visitor();
        self.signs_in(&browser);
        browser
    }

    /// Shows a code once more, half a minute later.
    pub fn confirms(&self, browser: &Person<'_>, next: &str) -> Answer {
        self.site.app.clock.advance(STEP);
        browser.post("/login/confirm", &[("code", &self.code()), ("next", next)])
    }
}
