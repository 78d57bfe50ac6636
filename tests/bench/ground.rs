//! What is measured on: an installation full of made-up people, and administrators who are signed in.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use muster::access::credentials::{self, NewPassword};
use muster::access::hashing::{Cost, HashingGate};
use muster::access::password::Password;
use muster::access::random::SystemRandom;
use muster::access::session::{self, Client, Level, New};
use muster::access::{BuiltIn, Scope};
use muster::app::{App, Parts};
use muster::clock::Clock;
use muster::db::Conn;
use muster::db::schema::{customers, users};
use muster::features::roles;
use muster::features::roles::model::Wanted;
use muster::features::users::input::UserInput;
use muster::features::users::model::{Home, UserRow};
use muster::features::users::queries;
use muster::refusal::Refusal;
use muster::settings::Settings;
use sha2::{Digest, Sha256};

use crate::samples::Samples;
use crate::server::muster;

/// Sessions a reader uses in turn.
const SESSIONS: usize = 8;
/// How many sign in at one moment.
pub const SIGNERS: usize = 64;
pub const PASSWORD: &str = "seven violet kettles hum";

/// One kind of administrator, signed in several times.
pub struct Reader {
    pub name: &'static str,
    pub scope: Scope,
    pub cookies: Vec<String>,
}

pub struct Ground {
    pub dir: PathBuf,
    /// PostgreSQL's; None: SQLite.
    pub url: Option<String>,
    pub users: u64,
    /// Seconds that filling it took, when it was filled.
    pub filled_in: f64,
    pub readers: Vec<Reader>,
    pub samples: Samples,
}

impl Ground {
    /// The installation of this size: as it was left by an earlier run, or filled now.
    pub fn ready(server: Option<&str>, users: u64) -> Ground {
        let kind = if server.is_some() { "postgres" } else { "sqlite" };
        let name = format!("muster_bench_{users}_{}", fingerprint());
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/bench").join(format!("{kind}_{name}"));
        let url = server.map(|server| named(server, &name));
        let mut ground = Ground { dir, url, users, filled_in: 0.0, readers: Vec::new(), samples: Samples::default() };
        let note = ground.dir.join("filled");
        let there = server.is_none_or(|server| database_exists(server, &name));
        match std::fs::read_to_string(&note).ok().filter(|_| there).and_then(|text| text.trim().parse().ok()) {
            Some(seconds) => ground.filled_in = seconds,
            None => {
                ground.fill(server, &name);
                std::fs::write(note, ground.filled_in.to_string()).unwrap();
            }
        }
        let app = ground.open();
        ground.readers = readers(&app);
        if let Some(url) = &ground.url {
            // As PostgreSQL does by itself within a minute, in which a bench of few people is over.
            PgConnection::establish(url).unwrap().batch_execute("VACUUM (ANALYZE)").unwrap();
        }
        ground.samples = app.db.read_now(|conn| Samples::take(conn, &ground.readers)).unwrap();
        ground
    }

    /// One with nobody in it but those who sign in, made anew.
    pub fn empty(server: Option<&str>, name: &str) -> Ground {
        let kind = if server.is_some() { "postgres" } else { "sqlite" };
        let name = format!("muster_bench_{name}");
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/bench").join(format!("{kind}_{name}"));
        let url = server.map(|server| named(server, &name));
        let ground = Ground { dir, url, users: 0, filled_in: 0.0, readers: Vec::new(), samples: Samples::default() };
        ground.clear(server, &name);
        let migrated = muster(&ground, &["migrate"]).status().unwrap();
        assert!(migrated.success(), "the empty installation could not be made");
        ground
    }

    /// Signs everybody in again, who then may do for some minutes what takes a fresh code.
    pub fn sign_in(&mut self) {
        self.readers = readers(&self.open());
    }

    fn clear(&self, server: Option<&str>, name: &str) {
        let _ = std::fs::remove_dir_all(&self.dir);
        std::fs::create_dir_all(&self.dir).unwrap();
        if let Some(server) = server {
            let mut conn = PgConnection::establish(server).unwrap();
            conn.batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).unwrap();
            conn.batch_execute(&format!("CREATE DATABASE {name} TEMPLATE template0")).unwrap();
        }
    }

    fn fill(&mut self, server: Option<&str>, name: &str) {
        self.clear(server, name);
        eprintln!("filling {}", self.dir.display());
        let began = Instant::now();
        let filled = muster(self, &["demo", "--users", &self.users.to_string()]).status().unwrap();
        assert!(filled.success(), "the made-up organisation could not be written");
        self.filled_in = began.elapsed().as_secs_f64();
    }

    /// The installation, for looking at.
    pub fn open(&self) -> App {
        let mut flags = BTreeMap::from([("data_dir", self.dir.to_str().unwrap().to_owned())]);
        flags.extend(self.url.clone().map(|url| ("database_url", url)));
        let settings = Settings::read(flags, Some(Path::new("/dev/null")), std::iter::empty()).unwrap();
        let random = Arc::new(SystemRandom);
        let gate = HashingGate::new(Cost::PRODUCTION, random.clone());
        App::open(settings, Parts { gate, clock: Clock::System, random }).unwrap()
    }
}

/// Changes when the schema or the made-up people do.
fn fingerprint() -> String {
    let mut hash = Sha256::new();
    let mut folders = vec![PathBuf::from("migrations"), PathBuf::from("src/features/demo")];
    let mut files = BTreeSet::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.insert(path);
            }
        }
    }
    files.iter().for_each(|file| hash.update(std::fs::read(file).unwrap()));
    data_encoding::HEXLOWER.encode(&hash.finalize()[..4])
}

fn named(server: &str, database: &str) -> String {
    let mut url = url::Url::parse(server).unwrap();
    url.set_path(database);
    url.to_string()
}

fn database_exists(server: &str, name: &str) -> bool {
    let mut conn = PgConnection::establish(server).unwrap();
    diesel::sql_query(format!("SELECT 1 FROM pg_database WHERE datname = '{name}'")).execute(&mut conn).unwrap() > 0
}

/// Administrators of everything, of twenty customers and of one, and those who will sign in.
fn readers(app: &App) -> Vec<Reader> {
    let password = Password::new(PASSWORD.into());
    let hash = actix_web::rt::System::new().block_on(app.gate.hash(&password)).unwrap().to_string();
    let (keys, random, now) = (app.keys.clone(), app.random.clone(), app.clock.now());
    app.db
        .write_now(move |conn| {
            let ids: Vec<i64> = customers::table.select(customers::id).order(customers::id).load(conn)?;
            // Customers of ordinary size: the first are the largest.
            let some = |count: usize| Scope::of(ids[ids.len() / 3..].iter().copied().take(count));
            for number in 0..SIGNERS {
                let id = person(conn, &signer(number), ids[0], BuiltIn::Technician, &Scope::All, now)?;
                let new = NewPassword { hash: &hash, must_change: false, expires_at: 0 };
                credentials::set_password(conn, &keys, random.as_ref(), id, &new, now)?;
            }
            let mut readers = Vec::new();
            for (name, role, scope) in [
                ("all", BuiltIn::AccountAdmin, Scope::All),
                ("20 customers", BuiltIn::Administrators, some(20)),
                ("1 customer", BuiltIn::Administrators, some(1)),
            ] {
                let email = format!("reader-{}@bench.example", name.replace(' ', "-"));
                let user_id = person(conn, &email, ids[0], role, &scope, now)?;
                let client = Client { address: "127.0.0.1".into(), browser: "bench".into() };
                let new =
                    New { user_id, level: Level::Full, stepped_up: true, client: &client, since: now, replaces: None };
                let cookies = (0..SESSIONS)
                    .map(|_| session::start(conn, &keys, random.as_ref(), now, &new))
                    .map(|secret| Ok(format!("muster={}", secret?.to_text().as_str())))
                    .collect::<Result<_, Refusal>>()?;
                readers.push(Reader { name, scope, cookies });
            }
            Ok(readers)
        })
        .unwrap()
}

/// The address of one of those who will sign in.
pub fn signer(number: usize) -> String {
    format!("signer-{number}@bench.example")
}

/// Somebody with a role, who may be there from an earlier run.
fn person(conn: &mut Conn, email: &str, customer: i64, role: BuiltIn, scope: &Scope, now: i64) -> Result<i64, Refusal> {
    if let Some(id) = users::table.filter(users::email_key.eq(email)).select(users::id).first(conn).optional()? {
        return Ok(id);
    }
    let input = UserInput { name: email.into(), email: email.into(), phone: String::new() };
    let user = input.parse().map_err(Refusal::Fields)?;
    let key: String = customers::table.find(customer).select(customers::name_key).first(conn)?;
    let id = queries::insert(conn, &UserRow::new(&user, &Home { id: customer, key }, now))?;
    let role_id = roles::queries::built_in(conn, role)?.id;
    roles::queries::assign(conn, id, &Wanted { role_id, scope: scope.clone() }, now)?;
    Ok(id)
}
