//! What the program says about itself holds no secret: not in either log format, not when something is wrong, not when the database is gone.

use std::collections::BTreeSet;
use std::time::{SystemTime, UNIX_EPOCH};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use muster::db::Target;

use crate::support::{Answer, Database, Person, Served, code_of_key, encoded, muster};

/// Neither of them reads the same once it is written as a form, a URL or JSON.
const PASSWORD: &str = "pännier & \"umbrella\" + 17 %41";
const CHOSEN: &str = "another & \"pännier\" + 23 %42";
const WRONG: &str = "wröng & \"umbrella\" + 29 %43";
const REFUSED: &str = "shört &\"+%";

/// Everything that must not be read anywhere.
#[derive(Default)]
struct Secrets(BTreeSet<String>);

impl Secrets {
    fn add(&mut self, secret: &str) {
        assert!(!secret.is_empty());
        self.0.insert(secret.to_owned());
    }

    fn add_cookies_of(&mut self, browser: &Person<'_>) {
        // What is as short as "/users" is no secret.
        self.0.extend(browser.cookies().into_values().filter(|value| value.len() > 20));
    }

    #[track_caller]
    fn are_not_in(&self, said: &str) {
        for secret in &self.0 {
            let form = encoded(&[("", secret)])[1..].to_owned();
            let percent = form.replace('+', "%20");
            let json = serde_json::to_string(secret).unwrap();
            let forms = [
                secret.clone(),
                form.to_lowercase(),
                form,
                percent.to_lowercase(),
                percent,
                json.trim_matches('"').into(),
            ];
            for written in forms {
                let place = if written.len() < 8 { standing_alone(said, &written) } else { said.find(&written) };
                assert!(place.is_none(), "{secret:?}, written {written:?}, is in:\n{said}");
            }
        }
    }
}

/// Where a short code stands that is not a part of a longer number or id.
fn standing_alone(said: &str, code: &str) -> Option<usize> {
    let part = |letter: Option<char>| letter.is_some_and(|letter| letter.is_ascii_alphanumeric());
    said.match_indices(code)
        .map(|(place, _)| place)
        .find(|place| !part(said[..*place].chars().next_back()) && !part(said[place + code.len()..].chars().next()))
}

fn code(key: &str) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
    code_of_key(key, i64::try_from(now).unwrap())
}

/// Sends a form as a browser does; its cookies are secrets from then on.
fn post(secrets: &mut Secrets, browser: &Person<'_>, path: &str, fields: &[(&str, &str)]) -> Answer {
    secrets.add(&browser.csrf());
    let answer = browser.post(path, fields);
    secrets.add_cookies_of(browser);
    answer
}

/// Sets a factor up in a browser that has come so far; gives the recovery codes.
fn activate(secrets: &mut Secrets, browser: &Person<'_>) -> Vec<String> {
    let key = browser.open("/login/activation").one("#key").unwrap();
    secrets.add(&key);
    secrets.add(&key.replace(' ', ""));
    let right = code(&key);
    let wrong = if right.starts_with('1') { "234567" } else { "123456" };
    secrets.add(&right);
    secrets.add(wrong);
    post(secrets, browser, "/login/activation", &[("code", wrong)]).expect(422);
    let codes = post(secrets, browser, "/login/activation", &[("code", &right)]).expect(200).all("#codes li");
    codes.iter().for_each(|code| secrets.add(code));
    codes
}

fn first_administrator(secrets: &mut Secrets, server: &Served, path: &str) -> Vec<String> {
    let browser = server.visitor();
    browser.get(path).expect(303);
    secrets.add_cookies_of(&browser);
    let details = |password| [("name", "Ada"), ("email", "ada@example.org"), ("password", password)];
    post(secrets, &browser, "/setup", &details(REFUSED)).expect(422);
    post(secrets, &browser, "/setup", &details(PASSWORD)).expect(303);
    activate(secrets, &browser)
}

/// Wrong ones first, then the right ones; a recovery code stands in for the app, whose code is spent.
fn sign_in<'s>(secrets: &mut Secrets, server: &'s Served, recovery: &[String]) -> Person<'s> {
    let browser = server.visitor();
    let shown = |password| [("email", "ada@example.org"), ("password", password)];
    post(secrets, &browser, "/login", &shown(WRONG)).expect(422);
    // Where people type it by mistake.
    post(secrets, &browser, "/login", &[("email", PASSWORD), ("password", "")]).expect(422);
    post(secrets, &browser, "/login", &shown(PASSWORD)).expect(303);
    post(secrets, &browser, "/login/code", &[("code", PASSWORD)]).expect(422);
    post(secrets, &browser, "/login/code", &[("code", &recovery[0])]).expect(303);
    post(secrets, &browser, "/login/confirm", &[("code", &recovery[1]), ("next", "/account")]).expect(303);
    let change = [("password_current", WRONG), ("password", CHOSEN)];
    post(secrets, &browser, "/account/password", &change).expect(422);
    let change = [("password_current", PASSWORD), ("password", REFUSED)];
    post(secrets, &browser, "/account/password", &change).expect(422);
    let token = browser.csrf();
    let stale = encoded(&[("csrf", WRONG), ("password_current", PASSWORD), ("password", CHOSEN)]);
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    browser.send("POST", "/account/password", &form, stale.as_bytes()).expect(403);
    browser.send("POST", "/account/password", &form, &vec![b'a'; 300 * 1024]).expect(413);
    secrets.add(&token);
    browser
}

/// Somebody is given a role that may sign in, and uses the link that is shown then.
fn invite(secrets: &mut Secrets, server: &Served, admin: &Person<'_>) {
    let new = admin.open("/users/new");
    let technician = new
        .attributes("select[name=role] option", "value")
        .into_iter()
        .zip(new.all("select[name=role] option"))
        .find(|(_, label)| label == "Technician")
        .unwrap()
        .0;
    let customer =
        new.field("customer").unwrap_or_else(|| new.attributes("[name=customer] option", "value")[0].clone());
    let fields = [
        ("name", "Grace"),
        ("email", "grace@example.org"),
        ("phone", ""),
        ("customer", customer.as_str()),
        ("role", technician.as_str()),
    ];
    let page = post(secrets, admin, "/users", &fields).expect(200);
    let link = page.one("#activation-link").unwrap();
    secrets.add(link.rsplit('/').next().unwrap());
    let browser = server.visitor();
    browser.get(link.strip_prefix("http://localhost:8080").unwrap()).expect(303);
    secrets.add_cookies_of(&browser);
    post(secrets, &browser, "/login/link", &[("password", REFUSED)]).expect(422);
    post(secrets, &browser, "/login/link", &[("password", CHOSEN)]).expect(303);
    activate(secrets, &browser);
    // Links that are good no longer, or never were.
    browser.get(link.strip_prefix("http://localhost:8080").unwrap()).expect(404);
    let made_up = "A".repeat(43);
    secrets.add(&made_up);
    browser.get(&format!("/links/{made_up}")).expect(404);
    browser.get(&format!("/links/{made_up}/more?secret={made_up}")).expect(404);
    browser.get(&format!("/users?next={made_up}&q={made_up}")).expect(200);
}

/// The database goes away, or is held by somebody else, while people sign in.
fn without_a_database(secrets: &mut Secrets, database: &Database, server: &Served, admin: &Person<'_>) {
    let browser = server.visitor();
    browser.csrf();
    let mut held = match &database.target {
        Target::Sqlite(_) => {
            let path = database.dir.path().join("data/muster.sqlite");
            let mut conn = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
            conn.batch_execute("PRAGMA busy_timeout = 5000; BEGIN IMMEDIATE").unwrap();
            Some(conn)
        }
        Target::Postgres(_) => {
            database.lose();
            None
        }
    };
    let shown = [("email", "ada@example.org"), ("password", PASSWORD)];
    post(secrets, &browser, "/login", &shown).expect(503);
    let change = [("password_current", PASSWORD), ("password", CHOSEN)];
    post(secrets, admin, "/account/password", &change).expect(503);
    if let Some(conn) = &mut held {
        conn.batch_execute("ROLLBACK").unwrap();
    }
}

#[track_caller]
fn keeps_its_secrets(format: &str) {
    let database = Database::empty();
    let mut secrets = Secrets::default();
    for password in [PASSWORD, CHOSEN, WRONG, REFUSED] {
        secrets.add(password);
    }
    let url = database.url().map(|url| url::Url::parse(url).unwrap());
    if let Some(password) = url.as_ref().and_then(url::Url::password) {
        secrets.add(password);
    }
    let server = Served::start(&database, &[("MUSTER_LOG_FORMAT", format)]);
    let path = server.set_up_path();
    secrets.add(path.rsplit('/').next().unwrap());
    let key_file = std::fs::read_to_string(database.dir.path().join("data/secret.key")).unwrap();
    key_file.split_whitespace().for_each(|part| secrets.add(part));

    let recovery = first_administrator(&mut secrets, &server, &path);
    let admin = sign_in(&mut secrets, &server, &recovery);
    invite(&mut secrets, &server, &admin);
    without_a_database(&mut secrets, &database, &server, &admin);

    let said = server.end();
    assert_eq!(said.status, Some(0), "{}", said.errors);
    secrets.are_not_in(&said.errors);
    let routes = ["/login/code", "/login/activation", "/account/password", "/links/{secret}", "/setup", "/users"];
    for route in routes {
        assert!(said.errors.contains(route), "it says nothing of {route}:\n{}", said.errors);
    }
    for line in said.errors.lines().filter(|_| format == "json") {
        serde_json::from_str::<serde_json::Value>(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    }
    // One of them is told, once, to whoever stands at the console.
    let printed: Vec<&str> = said.out.lines().collect();
    assert_eq!(printed.len(), 2, "{}", said.out);
    assert!(printed[0].starts_with("listening on http://127.0.0.1:"), "{}", said.out);
    assert_eq!(printed[1], format!("set up the first administrator: http://localhost:8080{path}"));
    secrets.0.remove(path.rsplit('/').next().unwrap());
    secrets.are_not_in(&said.out);
}

#[test]
fn a_log_of_text_holds_no_secret() {
    keeps_its_secrets("text");
}

#[test]
fn a_log_of_json_holds_no_secret() {
    keeps_its_secrets("json");
}

/// However the URL of the database is wrong, what is said about it does not repeat its password.
#[test]
fn no_message_repeats_the_password_of_the_database() {
    let database = Database::empty();
    let mut secrets = Secrets::default();
    for part in ["crocodile", "hyacinth"] {
        secrets.add(part);
    }
    for url in [
        // Nobody listens there.
        "postgres://muster:crocodile-hyacinth@127.0.0.1:1/muster",
        "postgres://muster@127.0.0.1:1/muster?password=crocodile-hyacinth",
        // Somebody else's machine.
        "postgres://muster:crocodile-hyacinth@db.example.org/muster",
        // Not written as a URL wants it.
        "postgres://muster:crocodile%hyacinth@127.0.0.1:1/muster",
        "postgres://muster:crocodile%00hyacinth@127.0.0.1:1/muster",
        "postgres://muster:crocodile@hyacinth@127.0.0.1:1/muster",
        "postgres://muster:crocodile@hyacinth@db.example.org/muster",
        "postgres://muster:crocodile/hyacinth@127.0.0.1:1/muster",
        "postgres://muster:crocodile#hyacinth@127.0.0.1:1/muster",
        "postgres://muster:crocodile?hyacinth@127.0.0.1:1/muster",
        "postgres://muster:crocodile:hyacinth@127.0.0.1:1/muster",
        "postgres://muster:[crocodile]hyacinth@127.0.0.1:1/muster",
        "postgres://muster:crocodile hyacinth@127.0.0.1:1/muster",
        "postgres://muster:crocodile\\hyacinth@127.0.0.1:1/muster",
        "postgres://muster:crocodile-hyacinth@[::1/muster",
        "postgres://muster:crocodile-hyacinth@127.0.0.1:1:2/muster",
        "postgres://muster:crocodile-hyacinth",
        "postgres:muster:crocodile-hyacinth@127.0.0.1:1/muster",
        "host=127.0.0.1 port=1 user=muster password=crocodile-hyacinth",
        "muster:crocodile-hyacinth@127.0.0.1:1/muster",
        "mysql://muster:crocodile-hyacinth@127.0.0.1:1/muster",
    ] {
        let output = muster(&database, &["migrate"], &[("MUSTER_DATABASE_URL", url)]);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{url}: {said}");
        assert!(said.starts_with("muster: ") && said.trim_end().lines().count() == 1, "{url}: {said}");
        assert!(output.stdout.is_empty());
        secrets.are_not_in(&said);
    }
    for file in ["database_url = \"postgres://muster:crocodile-hyacinth@127.0.0.1:1/muster\n", "x = crocodile-hyacinth"]
    {
        std::fs::write(database.dir.path().join("muster.toml"), file).unwrap();
        let output = muster(&database, &["migrate"], &[]);
        assert_eq!(output.status.code(), Some(1));
        secrets.are_not_in(&String::from_utf8(output.stderr).unwrap());
    }
}
