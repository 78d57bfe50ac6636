//! What a database held at an earlier schema, written in the SQL of its time.

use muster::clock::DAY;
use muster::db::Target;
use muster::db::fold::{digits, fold, search_text};

use crate::support::{Database, now};

/// Whoever comes first.
pub const NAMES: [&str; 4] = ["Oxford", "Zoë Śliwa", "Иван Петров", "田中 太郎"];
/// Everybody, deleted or not.
pub const PEOPLE: i64 = 40;
/// Those called Elm: the last of them, who are there.
pub const ELMS: i64 = 10;

pub fn run(target: &Target, sql: &str) {
    Database::execute_on(target, sql).unwrap_or_else(|error| panic!("{error}: {sql}"));
}

/// A literal of bytes.
pub fn bytes(bytes: &[u8]) -> String {
    let hex = data_encoding::HEXLOWER.encode(bytes);
    if crate::support::on_postgres() { format!("'\\x{hex}'::bytea") } else { format!("x'{hex}'") }
}

fn person(n: i64) -> (String, String, String) {
    let name = match usize::try_from(n - 1).ok().and_then(|place| NAMES.get(place)) {
        Some(name) => (*name).to_owned(),
        None if n > PEOPLE - ELMS => format!("Elm {n}"),
        None => format!("Ash {n}"),
    };
    let phone = if n == 2 { "+44 20 5139".into() } else { String::new() };
    (name, format!("p{n}@example.org"), phone)
}

/// Forty people of two customers: the first may do all, the fifth and sixth are deleted. `spaced`: the text that is searched had two spaces before each
/// word already; `summed`: so were the totals of the installation kept.
pub fn people(target: &Target, spaced: bool, summed: bool) {
    run(target, "INSERT INTO customers (name, name_key, created_at) VALUES ('Northwind', 'northwind', 1)");
    let at = now() - 3 * DAY;
    let rows: Vec<String> = (1..=PEOPLE)
        .map(|n| {
            let (name, email, phone) = person(n);
            let search = match spaced {
                true => search_text(&name, &email, &phone),
                false => [fold(&name), fold(&email), fold(&phone), digits(&phone)].join("\n"),
            };
            let (customer, key) = if n % 4 == 0 { (2, "northwind") } else { (1, "default customer") };
            let deleted = if is_deleted(n) { at } else { 0 };
            format!(
                "({customer}, '{key}', '{name}', '{}', '{email}', '{email}', '{phone}', '{}', 1, 1, 'local', 2, 0, 0, 0, 0, \
                 {at}, {at}, {deleted}, '{search}')",
                fold(&name),
                digits(&phone)
            )
        })
        .collect();
    run(
        target,
        &format!(
            "INSERT INTO users (customer_id, customer_key, name, name_key, email, email_key, phone, phone_digits, status, source, \
         domain, tfa, ownership, device_count, last_login_at, password_changed_at, created_at, changed_at, deleted_at, search) \
         VALUES {}",
            rows.join(", ")
        ),
    );
    if !crate::support::on_postgres() {
        run(target, "INSERT INTO users_search (rowid, search) SELECT id, search FROM users");
    }
    run(
        target,
        "INSERT INTO user_counts (customer_id, present, deleted) \
        SELECT customer_id, SUM(CASE WHEN deleted_at = 0 THEN 1 ELSE 0 END), SUM(CASE WHEN deleted_at = 0 THEN 0 ELSE 1 END) \
        FROM users GROUP BY customer_id",
    );
    if summed {
        run(target, "INSERT INTO user_totals (present) VALUES (30), (8)");
    }
    run(
        target,
        "INSERT INTO role_assignments (user_id, role_id, all_customers, created_at) \
                 SELECT id, CASE WHEN id = 1 THEN 1 ELSE 4 END, TRUE, 1 FROM users",
    );
}

fn is_deleted(n: i64) -> bool {
    n == 5 || n == 6
}

/// A deletion that was done, one that was about to be carried out, one that was being planned for all who are called Elm (`planned`), and imports that are
/// not there any more. `renamed`: jobs have the names of today.
pub fn work(target: &Target, planned: bool, renamed: bool) {
    let at = now() - DAY;
    let operation = |state: i16, number: i64, done: i64, finished: i64, details: &str| {
        run(
            target,
            &format!(
                "INSERT INTO operations (kind, state, actor_id, actor_name, address, request_id, created_at, started_at, finished_at, \
             expires_at, planned, done, skipped, details) VALUES ('users.delete', {state}, 1, 'Oxford', '192.0.2.7', 'r', {at}, {at}, \
             {finished}, {}, {number}, {done}, 0, '{details}')",
                at + 30 * DAY
            ),
        );
    };
    let row = |operation: i64, id: i64| {
        run(
            target,
            &format!(
                "INSERT INTO operation_rows (operation_id, object_id, label, verdict, \"before\", \"after\", reason) \
             VALUES ({operation}, {id}, 'p{id}@example.org', 1, '{{\"deleted\":false}}', '{{\"deleted\":true}}', '')"
            ),
        );
    };
    operation(3, 2, 2, at, "");
    operation(2, 3, 0, 0, r#"{"job":1,"after":0,"left":0,"problem":""}"#);
    for (operation, id) in [(1, 5), (1, 6), (2, 7), (2, 8), (2, 9)] {
        row(operation, id);
    }
    let job = |kind: &str, subject: i64| {
        run(
            target,
            &format!(
                "INSERT INTO jobs (kind, subject_id, state, attempts, run_at, locked_by, locked_until, created_at, finished_at, actor_id, \
             address, request_id, done, total, cancel, problem) \
             VALUES ('{kind}', {subject}, 1, 0, 0, '', 0, {at}, 0, 1, '192.0.2.7', 'r', 0, 0, FALSE, '')"
            ),
        );
    };
    job(if renamed { "operation.run" } else { "deletion.run" }, 2);
    if planned {
        operation(6, 0, 0, 0, r#"{"job":2,"after":0,"left":0,"problem":""}"#);
        run(
            target,
            "INSERT INTO selections (operation_id, list, query, whole, changed_at) VALUES (3, 'users', 'q=elm', TRUE, 1)",
        );
        job(if renamed { "operation.plan" } else { "deletion.plan" }, 3);
    }
    for kind in ["import.read", "import.judge", "import.apply"] {
        job(kind, 77);
    }
}

/// A database is its owner's alone.
pub fn protect(target: &Target) {
    use std::os::unix::fs::PermissionsExt;
    if let Target::Sqlite(file) = target {
        std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
}
