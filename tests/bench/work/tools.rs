//! The yardsticks of large work: what `sqlite3` and `psql` take for the same rows, in an installation of their own.

use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::ground::Ground;

/// The columns of a list that nobody has arranged, in its order.
const LIST: &str =
    "SELECT name, email, phone, device_count, tfa, last_login_at FROM users WHERE deleted_at = 0 ORDER BY name_key, id";

/// Seconds that loading all users of `ground` takes into the same tables, which are empty in `fresh`, with their indexes and the search.
pub fn load(ground: &Ground, fresh: &Ground) -> f64 {
    let file = fresh.dir.join("people.csv");
    let file = file.to_str().unwrap();
    if ground.url.is_some() {
        run(ground, &format!("\\copy users TO '{file}' CSV\n"));
        let load = format!(
            "BEGIN;\nCREATE TEMPORARY TABLE loaded (LIKE users) ON COMMIT DROP;\n\\copy loaded FROM '{file}' CSV\n\
             INSERT INTO users OVERRIDING SYSTEM VALUE SELECT * FROM loaded ON CONFLICT (email_key) DO UPDATE SET name = excluded.name,\
             name_key = excluded.name_key, phone = excluded.phone, phone_digits = excluded.phone_digits, search = excluded.search;\nCOMMIT;\n"
        );
        return run(fresh, &load);
    }
    run(ground, &format!(".mode csv\n.once '{file}'\nSELECT * FROM users;\n"));
    let load = format!(
        "PRAGMA synchronous = FULL;\nPRAGMA cache_size = -65536;\n.import --csv '{file}' users\n\
         INSERT INTO users_search (rowid, search) SELECT id, search FROM users;\n"
    );
    run(fresh, &load)
}

/// Seconds that writing the list to a file takes.
pub fn dump(ground: &Ground) -> f64 {
    let file = ground.dir.join("list.csv");
    let file = file.to_str().unwrap();
    match ground.url {
        Some(_) => run(ground, &format!("\\copy ({LIST}) TO '{file}' CSV HEADER\n")),
        None => run(ground, &format!(".mode csv\n.headers on\n.once '{file}'\n{LIST};\n")),
    }
}

fn run(ground: &Ground, script: &str) -> f64 {
    let began = Instant::now();
    let mut command = Command::new(if ground.url.is_some() { "psql" } else { "sqlite3" });
    match &ground.url {
        Some(url) => command.args(["-q", "-X", "-v", "ON_ERROR_STOP=1", url]),
        None => command.args(["-bail".as_ref(), ground.dir.join("muster.sqlite").as_os_str()]),
    };
    let child = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn();
    let mut child = child.unwrap();
    child.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success(), "the yardstick failed");
    began.elapsed().as_secs_f64()
}
