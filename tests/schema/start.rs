//! A start that cannot go well says why in one line on standard error, exits non-zero, and touches nothing.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use diesel::prelude::*;

use crate::support::{Database, muster, on_postgres};

/// A database that this program has made, with its data directory.
fn installed() -> Database {
    let database = Database::empty();
    let output = muster(&database, &["migrate"], &[]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    database
}

/// Every file below a folder with its mode and content.
fn state(folder: &Path) -> BTreeMap<String, (u32, Vec<u8>)> {
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        // What SQLite keeps beside a database while it is open, and tidies away when it is closed.
        if path.extension().is_some_and(|ending| ending == "sqlite-shm" || ending == "sqlite-wal") {
            continue;
        }
        if path.is_dir() {
            files.extend(state(&path));
        } else {
            files.insert(
                path.display().to_string(),
                (path.metadata().unwrap().permissions().mode(), std::fs::read(&path).unwrap()),
            );
        }
    }
    files
}

/// The start is refused with one line that says `what`, and the folder stays as it is.
#[track_caller]
fn refuses(database: &Database, settings: &[(&str, &str)], what: &str) {
    let before = state(database.dir.path());
    let output = muster(database, &["migrate"], settings);
    let (said, printed) = (String::from_utf8_lossy(&output.stderr), String::from_utf8_lossy(&output.stdout));
    assert!(!output.status.success(), "it went well, though it should not have: {printed}{said}");
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains(what), "{what:?} is not in: {said}");
    assert_eq!(said.trim_end().lines().count(), 1, "more than a line: {said}");
    assert!(said.starts_with("muster: "), "{said}");
    assert!(printed.is_empty(), "{printed}");
    let after = state(database.dir.path());
    assert_eq!(before.keys().collect::<Vec<_>>(), after.keys().collect::<Vec<_>>(), "{what}: files came or went");
    assert!(before == after, "{what}: a file was touched");
}

#[test]
fn a_first_start_makes_everything_with_tight_modes() {
    let database = installed();
    let data = database.dir.path().join("data");
    assert_eq!(data.metadata().unwrap().permissions().mode() & 0o777, 0o700);
    for (path, (mode, _)) in state(&data) {
        let secret = path.contains("secret.key") || path.contains(".sqlite");
        assert!(!secret || mode & 0o077 == 0, "{path}: {mode:o}");
    }
    assert!(data.join("secret.key").exists());
    // And a second one finds it all in order.
    let output = muster(&database, &["migrate"], &[]);
    assert!(output.status.success() && output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_missing_key_is_refused() {
    let database = installed();
    std::fs::remove_file(database.dir.path().join("data/secret.key")).unwrap();
    refuses(&database, &[], "secret.key");
}

#[test]
fn another_installations_key_is_refused() {
    let (database, other) = (installed(), installed());
    let key = "data/secret.key";
    std::fs::copy(other.dir.path().join(key), database.dir.path().join(key)).unwrap();
    refuses(&database, &[], "key");
}

#[test]
fn a_key_that_others_may_read_is_refused() {
    for mode in [0o644, 0o640, 0o604] {
        let database = installed();
        let key = database.dir.path().join("data/secret.key");
        std::fs::set_permissions(&key, PermissionsExt::from_mode(mode)).unwrap();
        refuses(&database, &[], "secret.key");
    }
}

#[test]
fn a_damaged_key_is_refused() {
    let database = installed();
    std::fs::write(database.dir.path().join("data/secret.key"), "not a key\n").unwrap();
    refuses(&database, &[], "secret.key");
}

#[test]
fn a_lost_database_is_not_replaced_by_an_empty_one() {
    if on_postgres() {
        return;
    }
    let database = installed();
    for file in ["muster.sqlite", "muster.sqlite-wal", "muster.sqlite-shm"] {
        let _ = std::fs::remove_file(database.dir.path().join("data").join(file));
    }
    refuses(&database, &[], "is gone");
}

#[test]
fn something_else_in_the_databases_place_is_refused() {
    if on_postgres() {
        return;
    }
    let database = installed();
    std::fs::write(
        database.dir.path().join("data/muster.sqlite"),
        "this is a letter, not a database, and long enough to be read as a page header".repeat(20),
    )
    .unwrap();
    refuses(&database, &[], "database");
}

#[test]
fn a_newer_schema_is_refused() {
    let database = installed();
    let target = match database.url() {
        Some(_) => database.target.clone(),
        None => muster::db::Target::Sqlite(database.dir.path().join("data/muster.sqlite")),
    };
    Database::execute_on(&target, "INSERT INTO __diesel_schema_migrations (version) VALUES ('20991231000000')")
        .unwrap();
    refuses(&database, &[], "newer");
}

#[test]
fn a_database_that_cannot_be_reached_is_refused() {
    let database = Database::empty();
    refuses(&database, &[("MUSTER_DATABASE_URL", "postgres://nobody@127.0.0.1:1/nothing")], "PostgreSQL");
}

/// The shortest way to a PostgreSQL on the same machine.
#[test]
fn a_database_is_reached_by_its_socket() {
    #[derive(diesel::QueryableByName)]
    struct Place {
        #[diesel(sql_type = diesel::sql_types::Text)]
        folder: String,
        #[diesel(sql_type = diesel::sql_types::Text)]
        port: String,
    }
    let database = Database::empty();
    let Some(url) = database.url() else { return };
    let mut conn = diesel::PgConnection::establish(url).unwrap();
    let asked = "SELECT current_setting('unix_socket_directories') AS folder, current_setting('port') AS port";
    let place: Place = diesel::sql_query(asked).get_result(&mut conn).unwrap();
    let (who, rest) = url.split_once('@').unwrap();
    let name = rest.split_once('/').unwrap().1;
    let by_socket = format!("{who}@{}:{}/{name}", place.folder.replace('/', "%2F"), place.port);
    let output = muster(&database, &["migrate"], &[("MUSTER_DATABASE_URL", &by_socket)]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(diesel::sql_query("SELECT 1 FROM users").execute(&mut conn), Ok(0), "it is another database");
}

#[test]
fn a_wrong_setting_is_refused() {
    let database = Database::empty();
    for (name, value, what) in [
        ("MUSTER_LISTEN", "everywhere", "MUSTER_LISTEN"),
        ("MUSTER_PUBLIC_URL", "http://muster.example.org", "https"),
        ("MUSTER_PUBLIC_URL", "https://muster.example.org/path", "MUSTER_PUBLIC_URL"),
        ("MUSTER_TLS_CERT", "cert.pem", "MUSTER_TLS_KEY"),
        ("MUSTER_DATABASE_URL", "mysql://localhost/muster", "MUSTER_DATABASE_URL"),
        ("MUSTER_DATABASE_URL", "postgres://db.example.org/muster", "verify-full"),
        ("MUSTER_TRUSTED_PROXIES", "the one in front", "MUSTER_TRUSTED_PROXIES"),
        ("MUSTER_LOG_FORMAT", "xml", "MUSTER_LOG_FORMAT"),
        ("MUSTER_DATA_DIR", "/dev/null/data", "/dev/null/data"),
        ("MUSTER_DATADIR", "x", "MUSTER_DATADIR"),
    ] {
        refuses(&database, &[(name, value)], what);
    }
    std::fs::write(database.dir.path().join("muster.toml"), "listn = \"127.0.0.1:1\"\n").unwrap();
    refuses(&database, &[], "listn");
    std::fs::write(database.dir.path().join("muster.toml"), "listen = \n").unwrap();
    refuses(&database, &[], "muster.toml");
}

#[test]
fn an_address_that_is_taken_is_refused() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let database = installed();
    let output = muster(&database, &["serve"], &[("MUSTER_LISTEN", &taken.local_addr().unwrap().to_string())]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("cannot listen on"), "{said}");
    assert!(!String::from_utf8_lossy(&output.stdout).contains("listening"));
}

#[test]
fn help_and_version_are_there_and_an_unknown_word_is_refused() {
    let database = Database::empty();
    assert!(muster(&database, &["--help"], &[]).status.success());
    let version = muster(&database, &["--version"], &[]);
    assert_eq!(String::from_utf8_lossy(&version.stdout).trim(), format!("muster {}", env!("CARGO_PKG_VERSION")));
    let unknown = muster(&database, &["dance"], &[]);
    assert!(!unknown.status.success() && unknown.stdout.is_empty());
    assert!(state(database.dir.path()).is_empty());
}

/// `muster routes` is the site map.
#[test]
fn routes_are_printed() {
    let output = muster(&Database::empty(), &["routes"], &[]);
    let lines = String::from_utf8(output.stdout).unwrap();
    assert_eq!(lines.lines().count(), muster::routes::site().len());
    for (line, route) in lines.lines().zip(muster::routes::site()) {
        let words: Vec<&str> = line.split_whitespace().collect();
        assert_eq!(words[..2], [route.method.as_str(), route.path]);
        assert!(
            line.contains(route.door.word())
                && line.contains(route.permission.map_or("-", |permission| permission.word())),
            "{line}"
        );
    }
}

#[test]
fn the_made_up_organisation_by_command() {
    let database = installed();
    let output = muster(&database, &["demo", "--users", "300"], &[]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8_lossy(&output.stdout).starts_with("300 users of "));
    let again = muster(&database, &["demo", "--users", "300"], &[]);
    let said = String::from_utf8_lossy(&again.stderr);
    assert_eq!(again.status.code(), Some(1));
    assert!(said.starts_with("muster: ") && said.contains("people already") && said.lines().count() == 1, "{said}");
    for wrong in ["0", "-1", "many", "99999999999"] {
        assert!(!muster(&Database::empty(), &["demo", "--users", wrong], &[]).status.success(), "{wrong}");
    }
}

/// The key ring from a service manager, or from a variable, which is warned of.
#[test]
fn a_key_may_come_from_elsewhere() {
    let database = installed();
    let file = database.dir.path().join("data/secret.key");
    let key = std::fs::read_to_string(&file).unwrap();
    let credentials = database.dir.path().join("credentials");
    std::fs::create_dir(&credentials).unwrap();
    std::fs::rename(&file, credentials.join("muster-key")).unwrap();
    let said = |settings: &[(&str, &str)]| {
        let output = muster(&database, &["migrate"], settings);
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    assert_eq!(said(&[("CREDENTIALS_DIRECTORY", credentials.to_str().unwrap())]), (Some(0), String::new()));
    let (status, warning) = said(&[("MUSTER_KEY", &key)]);
    assert_eq!(status, Some(0), "{warning}");
    assert!(warning.contains("WARN") && warning.contains("MUSTER_KEY"), "{warning}");
    assert!(!warning.contains(key.trim()) && key.split_whitespace().all(|part| !warning.contains(part)), "{warning}");
    let (status, error) = said(&[("MUSTER_KEY", "00000000 bm90IGEga2V5")]);
    assert_eq!(status, Some(1));
    assert!(error.contains("MUSTER_KEY") && !error.contains("bm90IGEga2V5"), "{error}");
    assert!(!file.exists(), "nothing was made in its place");
}
