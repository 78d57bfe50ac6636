//! People who use a site with a browser of their own.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Mutex;
use std::sync::atomic::Ordering;

use diesel::prelude::*;
use muster::access::session::{self, Client, Level, New};
use muster::access::{BuiltIn, Permission, Scope, csrf};
use muster::db::schema::{credentials, role_assignments};
use muster::features::roles;
use muster::features::roles::model::Wanted;

use super::{Answer, Site, UserSample, client, encoded};

/// Which built-in role, where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    AccountAdmin,
    Administrators(i64),
    Technician(i64),
    TechnicianOfBoth(i64, i64),
    Users(i64),
}

/// A server that people use: one inside this process, or the program itself.
pub trait Place: Sync {
    fn address(&self) -> SocketAddr;

    /// The token of a form for whoever gets no page with a form to see.
    fn token(&self, seed: &str) -> String;
}

impl Place for Site {
    fn address(&self) -> SocketAddr {
        self.address
    }

    fn token(&self, seed: &str) -> String {
        csrf::token(&self.app.keys, seed)
    }
}

/// Somebody with a browser: cookies are kept, redirects are not followed.
pub struct Person<'s> {
    place: &'s dyn Place,
    /// 0: a visitor.
    pub id: i64,
    cookies: Mutex<BTreeMap<String, String>>,
    token: Mutex<Option<String>>,
}

impl Site {
    /// A number that was not given before, to make names and addresses unique.
    pub fn fresh_number(&self) -> u32 {
        self.born.fetch_add(1, Ordering::SeqCst) + 1
    }

    /// An Account Admin of the whole installation, with password and second factor.
    pub fn admin(&self) -> Person<'_> {
        self.person(Role::AccountAdmin, Level::Full)
    }

    /// An Administrator of one customer.
    pub fn administrator(&self, customer: i64) -> Person<'_> {
        self.person(Role::Administrators(customer), Level::Full)
    }

    /// A Technician of one customer.
    pub fn technician(&self, customer: i64) -> Person<'_> {
        self.person(Role::Technician(customer), Level::Full)
    }

    /// Somebody who may do everything there is, within one customer.
    pub fn all_in(&self, customer: i64) -> Person<'_> {
        let id = self.person(Role::Users(customer), Level::Full).id;
        let now = self.now();
        self.write(move |conn| {
            let role = match roles::queries::by_name(conn, "Everything")? {
                Some(role) => role.id,
                None => roles::queries::insert(conn, "Everything", now)?.expect("a name of its own"),
            };
            roles::queries::set_permissions(conn, role, &Permission::ALL.into())?;
            let scope = Scope::of([customer]);
            roles::queries::assign(conn, id, &Wanted { role_id: role, scope }, now)
        });
        self.browser_of(id, Level::Full)
    }

    /// Somebody of a customer whose role permits nothing.
    pub fn nobody(&self, customer: i64) -> Person<'_> {
        self.person(Role::Users(customer), Level::Full)
    }

    /// Somebody who has never been here.
    pub fn visitor(&self) -> Person<'_> {
        Person::new(self)
    }

    /// Somebody new with a role, signed in as far as `level`, with a fresh code.
    pub fn person(&self, role: Role, level: Level) -> Person<'_> {
        let number = self.fresh_number();
        let email = format!("person{number}@example.org");
        let (builtin, home, scope) = match role {
            Role::AccountAdmin => (BuiltIn::AccountAdmin, self.a, Scope::All),
            Role::Administrators(id) => (BuiltIn::Administrators, id, Scope::of([id])),
            Role::Technician(id) => (BuiltIn::Technician, id, Scope::of([id])),
            Role::TechnicianOfBoth(one, two) => (BuiltIn::Technician, one, Scope::of([one, two])),
            Role::Users(id) => (BuiltIn::Users, id, Scope::All),
        };
        let sample = UserSample::new(&format!("Person {number}"), &email, home);
        let now = self.now();
        let id = self.write(move |conn| {
            let id = sample.insert(conn)?;
            if builtin != BuiltIn::Users {
                let held = roles::queries::built_in(conn, BuiltIn::Users)?;
                roles::queries::take(conn, id, held.id)?;
                let given = roles::queries::built_in(conn, builtin)?;
                roles::queries::assign(conn, id, &Wanted { role_id: given.id, scope }, now)?;
                diesel::insert_into(credentials::table)
                    .values((
                        credentials::user_id.eq(id),
                        credentials::password_hash.eq(b"somebody's".as_slice()),
                        credentials::password_must_change.eq(false),
                        credentials::password_expires_at.eq(0),
                        credentials::totp_secret.eq(b"somebody's".as_slice()),
                        credentials::totp_last_step.eq(0),
                        credentials::totp_due_at.eq(0),
                    ))
                    .execute(conn)?;
            }
            Ok(id)
        });
        self.browser_of(id, level)
    }

    /// A browser in which somebody is signed in as far as `level`, with a fresh code; it is not one that the server knows as theirs.
    pub fn browser_of(&self, id: i64, level: Level) -> Person<'_> {
        let (now, keys, random) = (self.now(), self.app.keys.clone(), self.app.random.clone());
        let cookie = self.write(move |conn| {
            let client = Client { address: "127.0.0.1".into(), browser: "test".into() };
            let full = level == Level::Full;
            let new = New { user_id: id, level, stepped_up: full, client: &client, since: now, replaces: None };
            Ok(session::start(conn, &keys, random.as_ref(), now, &new)?.to_text().to_string())
        });
        let cookies = BTreeMap::from([("muster".to_owned(), cookie)]);
        Person { place: self, id, cookies: Mutex::new(cookies), token: Mutex::default() }
    }

    /// The id of a built-in role.
    pub fn role(&self, role: BuiltIn) -> i64 {
        self.read(|conn| roles::queries::built_in(conn, role)).id
    }

    /// How many people hold a built-in role.
    pub fn holders(&self, role: BuiltIn) -> i64 {
        self.read(|conn| {
            let role = roles::queries::built_in(conn, role)?;
            Ok(role_assignments::table.filter(role_assignments::role_id.eq(role.id)).count().get_result(conn)?)
        })
    }
}

impl<'s> Person<'s> {
    /// Somebody who has never been here.
    pub fn new(place: &'s dyn Place) -> Person<'s> {
        Person::with(place, BTreeMap::new())
    }

    /// The same browser, led to another instance by the balancer in front of both.
    pub fn at<'o>(&self, other: &'o Site) -> Person<'o> {
        Person { id: self.id, ..Person::with(other, self.cookies()) }
    }

    /// A browser that has kept its cookies from before.
    pub fn with(place: &'s dyn Place, cookies: BTreeMap<String, String>) -> Person<'s> {
        Person { place, id: 0, cookies: Mutex::new(cookies), token: Mutex::default() }
    }

    /// The cookies that this browser keeps, by name.
    pub fn cookies(&self) -> BTreeMap<String, String> {
        self.cookies.lock().unwrap().clone()
    }

    /// Where it goes.
    pub fn address(&self) -> SocketAddr {
        self.place.address()
    }
}

impl Person<'_> {
    /// Opens a page.
    pub fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], b"")
    }

    /// Opens a page, which must be there.
    #[track_caller]
    pub fn open(&self, path: &str) -> Answer {
        self.get(path).expect(200)
    }

    /// Sends a form with the token of this person's session.
    pub fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let token = self.csrf();
        let mut all = vec![("csrf", token.as_str())];
        all.extend_from_slice(fields);
        self.send("POST", path, &[("Content-Type", "application/x-www-form-urlencoded")], encoded(&all).as_bytes())
    }

    /// Goes where an answer leads, as a browser does by itself.
    #[track_caller]
    pub fn follow(&self, answer: &Answer) -> Answer {
        assert_eq!(answer.status, 303, "nothing to follow:\n{}", answer.readable());
        self.open(answer.location())
    }

    /// The token of this person's forms, from the first page that has one; who gets no page to see computes it as the server does.
    pub fn csrf(&self) -> String {
        if let Some(token) = &*self.token.lock().unwrap() {
            return token.clone();
        }
        let token = ["/users", "/login"]
            .iter()
            .find_map(|path| self.get(path).attributes("input[name=csrf]", "value").into_iter().next())
            .unwrap_or_else(|| self.place.token(&self.seed()));
        *self.token.lock().unwrap() = Some(token.clone());
        token
    }

    /// The bytes of a form of this person, to be sent as often and from as many threads as one likes.
    pub fn form(&self, path: &str, fields: &[(&str, &str)]) -> Vec<u8> {
        let token = self.csrf();
        let mut all = vec![("csrf", token.as_str())];
        all.extend_from_slice(fields);
        let cookies = self.cookie_header();
        let headers = [("Content-Type", "application/x-www-form-urlencoded"), ("Cookie", cookies.as_str())];
        client::request("POST", path, &headers, encoded(&all).as_bytes())
    }

    fn cookie_header(&self) -> String {
        let cookies = self.cookies.lock().unwrap();
        cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    /// Puts a cookie into this person's browser, as somebody might who meddles with it.
    pub fn plant(&self, name: &str, value: &str) {
        self.cookies.lock().unwrap().insert(name.to_owned(), value.to_owned());
        *self.token.lock().unwrap() = None;
    }

    fn seed(&self) -> String {
        self.cookie("muster").or_else(|| self.cookie("muster-seed")).unwrap_or_default()
    }

    pub fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.lock().unwrap().get(name).cloned()
    }

    /// Sends anything with this person's cookies.
    pub fn send(&self, method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let cookies = self.cookie_header();
        let mut all = headers.to_vec();
        if !cookies.is_empty() {
            all.push(("Cookie", cookies.as_str()));
        }
        let answer = client::exchange(self.place.address(), &client::request(method, target, &all, body));
        self.keep_cookies(&answer);
        answer
    }

    fn keep_cookies(&self, answer: &Answer) {
        let mut jar = self.cookies.lock().unwrap();
        for line in answer.cookies() {
            let Some((name, value)) = line.split(';').next().and_then(|pair| pair.split_once('=')) else { continue };
            if value.is_empty() || line.contains("Max-Age=0") {
                jar.remove(name);
            } else {
                jar.insert(name.to_owned(), value.to_owned());
            }
            if matches!(name, "muster" | "__Host-muster") {
                *self.token.lock().unwrap() = None;
            }
        }
    }
}
