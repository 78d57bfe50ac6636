//! Everything a request needs, built once: one builder for the server, the command line and the tests.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::middleware::from_fn;
use actix_web::{HttpServer, web};
use diesel::prelude::*;
use tokio::sync::Semaphore;

use crate::access::hashing::HashingGate;
use crate::access::keyring::KeyRing;
use crate::access::random::Random;
use crate::access::rotation;
use crate::clock::Clock;
use crate::data_dir::{self, keep_private, make_private};
use crate::db::migrate::{self, Part};
use crate::db::schema::{settings as stored, users};
use crate::db::{self, Db, Target};
use crate::each_backend;
use crate::features::settings::current::Holder;
use crate::jobs::Bell;
use crate::refusal::Refusal;
use crate::routes;
use crate::settings::{PublicUrl, Settings, TlsFiles};
use crate::web::assets::Assets;
use crate::web::frame::frame;

/// The house, ready to be lived in. Cheap to share: everything that is large is behind a handle.
pub struct App {
    pub settings: Settings,
    pub db: Db,
    /// Where imports stage their rows: on SQLite a file of its own, so that staging blocks nobody.
    pub staging: Db,
    pub keys: Arc<KeyRing>,
    pub gate: Arc<HashingGate>,
    /// Who judges passwords while they are typed: so many at a time.
    pub judges: Semaphore,
    pub clock: Arc<Clock>,
    pub random: Arc<dyn Random>,
    pub assets: Assets,
    /// The settings that every request needs.
    pub installation: Holder,
    /// Wakes those who work in the background.
    pub bell: Bell,
    /// On SQLite, so that no backup is put in the place of a database that is in use.
    _held: Option<data_dir::Held>,
}

/// So many passwords are judged at a time while they are typed.
const JUDGES: usize = 2;

/// What tests replace.
pub struct Parts {
    pub gate: HashingGate,
    pub clock: Clock,
    pub random: Arc<dyn Random>,
}

impl App {
    /// Opens what is there, or makes it new; brings the schema up to date.
    ///
    /// # Errors
    /// One line for the person at the console, and nothing was touched that was there before.
    pub fn open(settings: Settings, parts: Parts) -> Result<Self, String> {
        let marker = data_dir::marker(&settings.data_dir);
        if db::lost(&settings.database, &marker) {
            return Err(format!(
                "the database of {} is gone: {} says that there was one. Restore it from a backup, or remove that file to start anew",
                settings.data_dir.display(),
                marker.display()
            ));
        }
        // What is there is looked at before anything is made, so that a start which is refused leaves no trace.
        let (db, ring, held) = match &settings.database {
            Target::Sqlite(path) => {
                let ring = key_ring(&settings, parts.random.as_ref(), !path.exists())?;
                make_private(&settings.data_dir)?;
                let held = data_dir::hold(&data_dir::folder_of(path))?;
                keep_private(path)?;
                (Db::open(settings.database.clone())?, ring, Some(held))
            }
            Target::Postgres(_) => {
                let db = Db::open(settings.database.clone())?;
                let ring = key_ring(&settings, parts.random.as_ref(), in_use(&db)?.is_none())?;
                make_private(&settings.data_dir)?;
                (db, ring, None)
            }
        };
        // Before anything is migrated: a wrong key must leave the database as it is.
        if let Some(kept) = in_use(&db)? {
            check_key(&ring, kept)?;
        }
        schema(&db, Part::Main)?;
        let ring = Arc::new(ring);
        let resealed = rotation::reseal(&db, &ring, &parts.random)
            .map_err(|refusal| format!("cannot seal secrets under the newest key: {refusal}"))?;
        if resealed > 0 {
            tracing::info!(people = resealed, "sealed passwords and second factors under the newest key");
        }
        keep_check(&db, &ring, parts.random.as_ref())?;
        let staging = match &settings.database {
            Target::Postgres(_) => db.clone(),
            Target::Sqlite(path) => {
                let path = path.with_extension("staging.sqlite");
                keep_private(&path)?;
                let staging = Db::open(Target::Sqlite(path))?;
                schema(&staging, Part::Staging)?;
                staging
            }
        };
        let installation = Holder::default();
        db.read_now(|conn| installation.refresh(conn))
            .map_err(|refusal| format!("cannot read the settings: {refusal}"))?;
        data_dir::mark(&settings.data_dir)?;
        Ok(App {
            settings,
            db,
            staging,
            keys: ring,
            gate: Arc::new(parts.gate),
            judges: Semaphore::new(JUDGES),
            clock: Arc::new(parts.clock),
            random: parts.random,
            assets: Assets::load(),
            installation,
            bell: Bell::default(),
            _held: held,
        })
    }
}

/// The key ring: from a credential, from a variable, or from its file, which is made when the database is new.
pub(crate) fn key_ring(settings: &Settings, random: &dyn Random, brand_new: bool) -> Result<KeyRing, String> {
    let in_a_line = |error: crate::access::keyring::KeyError| error.to_string();
    if let Some(folder) = std::env::var_os("CREDENTIALS_DIRECTORY") {
        let path = Path::new(&folder).join("muster-key");
        if path.exists() {
            return KeyRing::load_credential(&path).map_err(in_a_line);
        }
    }
    if let Ok(text) = std::env::var("MUSTER_KEY") {
        tracing::warn!("the key ring comes from the variable MUSTER_KEY, which other processes of this user can read");
        return KeyRing::from_text(&text, "MUSTER_KEY").map_err(in_a_line);
    }
    if !settings.key_file.exists() && brand_new {
        make_private(&settings.data_dir)?;
        return KeyRing::create(&settings.key_file, random).map_err(in_a_line);
    }
    KeyRing::load(&settings.key_file).map_err(in_a_line)
}

pub(crate) fn schema(db: &Db, part: Part) -> Result<(), String> {
    let applied = db.with_writer(move |conn| migrate::run(conn, part))?;
    if applied > 0 {
        tracing::info!(applied, ?part, "migrated the database");
    }
    Ok(())
}

const KEY_CHECK: &str = "key_check";

/// The stored check of the key of a database that is in use; None for one that was never used. A database with people in it but without a check
/// has lost it.
pub(crate) fn in_use(db: &Db) -> Result<Option<Option<String>>, String> {
    db.read_now(|conn| {
        if !migrate::begun(conn)? {
            return Ok(None);
        }
        let kept: Option<String> = stored::table.find(KEY_CHECK).select(stored::value).first(conn).optional()?;
        let anybody: Option<i64> = users::table.select(users::id).first(conn).optional()?;
        Ok((kept.is_some() || anybody.is_some()).then_some(kept))
    })
    .map_err(|refusal| format!("cannot use the database: {refusal}"))
}

/// Refuses a key that did not make this database's secrets.
pub(crate) fn check_key(ring: &KeyRing, kept: Option<String>) -> Result<(), String> {
    let kept = kept.ok_or("the database has lost the check of its key (settings.key_check): restore it from a backup, nothing was changed")?;
    let kept = data_encoding::BASE64
        .decode(kept.as_bytes())
        .map_err(|_| "the database's check of its key is damaged, nothing was changed")?;
    ring.verify_check_value(&kept).map_err(|error| error.to_string())
}

/// A new database remembers its key; one whose ring has a newer key remembers that.
fn keep_check(db: &Db, ring: &KeyRing, random: &dyn Random) -> Result<(), String> {
    let fresh = ring.check_value(random).map_err(|error| error.to_string())?;
    let fresh = data_encoding::BASE64.encode(&fresh);
    let read = db
        .write_now(move |conn| {
            let new = (stored::key.eq(KEY_CHECK), stored::value.eq(fresh));
            each_backend!(conn, c => diesel::insert_into(stored::table).values(new).on_conflict_do_nothing().execute(c))?;
            Ok(stored::table.find(KEY_CHECK).select(stored::value).first::<String>(conn)?)
        })
        .map_err(|refusal| format!("cannot use the database: {refusal}"))?;
    // Another server may have been first to use the new database.
    check_key(ring, Some(read.clone()))?;
    if data_encoding::BASE64.decode(read.as_bytes()).is_ok_and(|kept| ring.is_outdated(&kept)) {
        let fresh = ring.check_value(random).map_err(|error| error.to_string())?;
        let fresh = data_encoding::BASE64.encode(&fresh);
        db.write_now(move |conn| {
            Ok(diesel::update(stored::table.find(KEY_CHECK)).set(stored::value.eq(fresh)).execute(conn)?)
        })
        .map_err(|refusal| format!("cannot use the database: {refusal}"))?;
    }
    Ok(())
}

/// A server that has bound its address but not begun to answer.
pub struct Bound {
    pub server: Server,
    pub address: SocketAddr,
}

/// Binds the address and builds the server.
///
/// # Errors
/// One line when the address is taken or the certificate cannot be used.
pub fn bind(app: web::Data<App>, workers: usize) -> Result<Bound, String> {
    let listen = app.settings.listen;
    let tls = app.settings.tls.as_ref().map(tls_config).transpose()?;
    let listener = TcpListener::bind(listen).map_err(|error| format!("cannot listen on {listen}: {error}"))?;
    let address = listener.local_addr().map_err(|error| format!("cannot listen on {listen}: {error}"))?;
    let server = HttpServer::new(move || {
        actix_web::App::new()
            .app_data(app.clone())
            .app_data(web::PayloadConfig::new(crate::web::forms::LARGEST))
            .wrap(from_fn(frame))
            .configure(routes::mount)
    })
    .workers(workers)
    // The command listens for them itself, and from the start.
    .disable_signals()
    .client_request_timeout(Duration::from_secs(10))
    .client_disconnect_timeout(Duration::from_secs(2))
    .keep_alive(Duration::from_secs(75))
    .max_connections(2_000)
    .shutdown_timeout(20);
    let server = match tls {
        None => server.listen(listener),
        Some(config) => server.listen_rustls_0_23(listener, config),
    };
    let server = server.map_err(|error| format!("cannot listen on {listen}: {error}"))?.run();
    Ok(Bound { server, address })
}

fn tls_config(files: &TlsFiles) -> Result<rustls::ServerConfig, String> {
    use rustls_pki_types::pem::PemObject;
    use rustls_pki_types::{CertificateDer, PrivateKeyDer};
    let chain: Vec<_> = CertificateDer::pem_file_iter(&files.cert)
        .and_then(Iterator::collect)
        .map_err(|error| format!("cannot read MUSTER_TLS_CERT {}: {error}", files.cert.display()))?;
    if chain.is_empty() {
        return Err(format!("MUSTER_TLS_CERT {} holds no certificate", files.cert.display()));
    }
    let key = PrivateKeyDer::from_pem_file(&files.key)
        .map_err(|error| format!("cannot read MUSTER_TLS_KEY {}: {error}", files.key.display()))?;
    rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
        .map_err(|error| format!("MUSTER_TLS_CERT and MUSTER_TLS_KEY do not fit: {error}"))
}

/// Where the last server that started here is found: what links that are made beside it begin with.
const PUBLIC_URL: &str = "public_url";

impl App {
    /// Notes where this server is found, for commands that make links while it runs.
    pub fn note_public_url(conn: &mut crate::db::Conn, url: &str) -> Result<(), Refusal> {
        let row = (stored::key.eq(PUBLIC_URL), stored::value.eq(url));
        each_backend!(conn, c => diesel::insert_into(stored::table).values(row).on_conflict(stored::key).do_update().set(stored::value.eq(url)).execute(c))?;
        Ok(())
    }

    /// Takes over where the server of this database is found, unless this command was told otherwise.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn follow_public_url(&mut self) -> Result<(), Refusal> {
        if !self.settings.public.is_default() {
            return Ok(());
        }
        let noted = self.db.read_now(|conn| App::stored(conn, PUBLIC_URL))?;
        if let Some(public) = noted.and_then(|url| PublicUrl::parse(&url).ok()) {
            self.settings.public = public;
        }
        Ok(())
    }

    /// What an installation decided about something; None where it has not.
    pub fn stored(conn: &mut crate::db::Conn, key: &str) -> Result<Option<String>, Refusal> {
        Ok(stored::table.find(key).select(stored::value).first(conn).optional()?)
    }
}
