//! A running server on a database of its own.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;

use actix_web::dev::ServerHandle;
use actix_web::web;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use muster::access::hashing::{Cost, HashingGate};
use muster::access::random::{Random, SystemRandom};
use muster::app::{App, Parts, bind};
use muster::clock::Clock;
use muster::db::{Conn, Target};
use muster::features::customers;
use muster::refusal::Refusal;
use muster::settings::Settings;

use super::{Answer, Database, client, on_postgres};

/// The moment at which every site opens: 2026-11-22 12:00 UTC, in unix milliseconds.
pub const OPENING: i64 = 1_795_348_800_000;

/// A server with two customers, A and B, and nobody in them.
pub struct Site {
    pub app: web::Data<App>,
    pub address: SocketAddr,
    /// The customer whom tests are about.
    pub a: i64,
    /// Another customer, whose data nobody of A may learn about.
    pub b: i64,
    pub(super) born: AtomicU32,
    handle: ServerHandle,
    thread: Option<JoinHandle<()>>,
    // Last, so that it goes when nothing uses it any more.
    pub database: Arc<Database>,
}

impl Site {
    /// Opens one as the program itself would, but with a cheap hashing gate, a clock that stands still, and one worker.
    pub fn start() -> Site {
        Self::start_with(&[])
    }

    /// The same with some settings changed (their keys in muster.toml).
    pub fn start_with(settings: &[(&'static str, &str)]) -> Site {
        Self::start_at(Cost::for_tests(), settings)
    }

    /// One that hashes as slowly as the product does.
    pub fn start_at_full_cost() -> Site {
        Self::start_at(Cost::PRODUCTION, &[])
    }

    fn start_at(cost: Cost, settings: &[(&'static str, &str)]) -> Site {
        // What goes wrong inside the server is shown with the test that failed by it.
        let _ = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::WARN)
            .with_ansi(false)
            .with_test_writer()
            .try_init();
        super::statements::count_statements();
        let database = Arc::new(Database::fresh());
        let app = web::Data::new(open(&database, cost, OPENING, settings).unwrap());
        let (a, b) = app
            .db
            .write_now(|conn| {
                Ok((
                    customers::queries::insert(conn, "Alder Works", OPENING)?,
                    customers::queries::insert(conn, "Birch & Sons", OPENING)?,
                ))
            })
            .unwrap();
        Self::serve(app, database, a, b)
    }

    /// Another instance on the same database, key file and data directory. Its clock shows the same time now, and is moved by itself.
    ///
    /// # Errors
    /// Why it does not start.
    pub fn beside(&self) -> Result<Site, String> {
        let app = open(&self.database, Cost::for_tests(), self.now(), &[])?;
        // Users that it makes up must not be those of the first.
        let site = Self::serve(web::Data::new(app), self.database.clone(), self.a, self.b);
        site.born.store(100_000, Ordering::SeqCst);
        Ok(site)
    }

    fn serve(app: web::Data<App>, database: Arc<Database>, a: i64, b: i64) -> Site {
        let (address, handle, thread) = serve(app.clone());
        Site { app, address, a, b, born: AtomicU32::new(0), handle, thread: Some(thread), database }
    }

    /// Unix milliseconds by the site's clock.
    pub fn now(&self) -> i64 {
        self.app.clock.now()
    }

    pub fn read<T>(&self, work: impl FnOnce(&mut Conn) -> Result<T, Refusal>) -> T {
        self.app.db.read_now(work).unwrap()
    }

    pub fn write<T: Send + 'static>(&self, work: impl FnOnce(&mut Conn) -> Result<T, Refusal> + Send + 'static) -> T {
        self.app.db.write_now(work).unwrap()
    }

    /// Of how many parts SQLite's index for searching is; of one, as far as anybody can tell, on PostgreSQL.
    pub fn search_parts(&self) -> i64 {
        #[derive(QueryableByName)]
        struct Parts {
            #[diesel(sql_type = BigInt)]
            number: i64,
        }
        let count = "SELECT COUNT(DISTINCT segid) AS number FROM users_search_idx";
        if on_postgres() { 1 } else { self.read(|conn| Ok(diesel::sql_query(count).get_result::<Parts>(conn)?.number)) }
    }

    /// Sends a request that nobody is signed in for.
    pub fn send(&self, method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        client::exchange(self.address, &client::request(method, target, headers, body))
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Opens the application on a database.
fn open(database: &Database, cost: Cost, now: i64, settings: &[(&'static str, &str)]) -> Result<App, String> {
    let mut flags: BTreeMap<&'static str, String> =
        settings.iter().map(|(key, value)| (*key, (*value).to_owned())).collect();
    flags.insert("listen", "127.0.0.1:0".into());
    flags.insert("data_dir", database.dir.path().to_str().unwrap().into());
    if let Target::Postgres(url) = &database.target {
        flags.insert("database_url", url.clone());
    }
    let settings = Settings::read(flags, Some(Path::new("/dev/null")), std::iter::empty()).unwrap();
    let random: Arc<dyn Random> = Arc::new(SystemRandom);
    let gate = HashingGate::new(cost, random.clone());
    App::open(settings, Parts { gate, clock: Clock::Manual(AtomicI64::new(now)), random })
}

/// Runs the server on a thread of its own until it is told to stop.
fn serve(app: web::Data<App>) -> (SocketAddr, ServerHandle, JoinHandle<()>) {
    let (sender, started) = mpsc::channel();
    let thread = std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let bound = bind(app, 1).unwrap();
            sender.send((bound.address, bound.server.handle())).unwrap();
            bound.server.await.unwrap();
        });
    });
    let (address, handle) = started.recv().expect("the server starts");
    (address, handle, thread)
}
