//! A server that is told to stop lets requests and batches end, loses nothing, and goes on where it was when it is started again.

use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;

use diesel::prelude::*;
use muster::db::Db;
use muster::db::schema::users;

use crate::support::{Answer, BOUNDARY, Database, Part, Person, Served, everything, multipart, request};

const PEOPLE: i64 = 30_000;

fn people(number: i64) -> String {
    let rows: String = (0..number).map(|n| format!("Person {n},person{n}@example.org\n")).collect();
    format!("Display Name,Email\n{rows}")
}

/// An upload of which the last bytes are still to come.
fn begin_upload(admin: &Person<'_>, file: &str) -> (TcpStream, Vec<u8>) {
    let token = admin.csrf();
    let body = multipart(&[Part::Text("csrf", &token), Part::File("people.csv", file.as_bytes())]);
    let kind = format!("multipart/form-data; boundary={BOUNDARY}");
    let cookie = format!("muster={}", admin.cookie("muster").unwrap());
    let mut bytes = request("POST", "/users/import", &[("Content-Type", &kind), ("Cookie", &cookie)], &body);
    let rest = bytes.split_off(bytes.len() - body.len() / 2);
    let mut stream = TcpStream::connect(admin.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    stream.write_all(&bytes).unwrap();
    (stream, rest)
}

/// Looks at a page until it says something.
#[track_caller]
fn until(admin: &Person<'_>, path: &str, is_so: impl Fn(&Answer) -> bool) -> Answer {
    for _ in 0..3_000 {
        let page = admin.open(path);
        if is_so(&page) {
            return page;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("{path} never came to this:\n{}", admin.open(path).readable());
}

fn crowd(db: &Db) -> i64 {
    let theirs = users::table.filter(users::email_key.like("person%"));
    db.read_now(|conn| Ok(theirs.count().get_result(conn)?)).unwrap()
}

fn added(page: &Answer) -> i64 {
    page.all(".stat").iter().find_map(|stat| stat.replace(',', "").strip_suffix("Added")?.parse().ok()).unwrap_or(0)
}

#[test]
fn an_upload_under_way_is_taken_and_its_job_goes_on_later() {
    let database = Database::empty();
    let first = Served::start(&database, &[]);
    let admin = first.first_administrator().browser;
    let (mut stream, rest) = begin_upload(&admin, &people(50));
    std::thread::sleep(Duration::from_millis(200));
    first.terminate();
    std::thread::sleep(Duration::from_millis(500));
    stream.write_all(&rest).unwrap();
    let answer = Answer::parse(&everything(&mut stream)).expect(303);
    let path = answer.location().to_owned();
    drop(stream);
    let cookies = admin.cookies();
    let said = first.end();
    assert_eq!(said.status, Some(0), "{}", said.errors);
    assert!(!said.errors.contains("ERROR"), "{}", said.errors);

    let second = Served::start(&database, &[]);
    let admin = Person::with(&second, cookies);
    let page = until(&admin, &path, |page| page.all("[data-progress]").is_empty());
    assert_eq!(page.form("#preview").iter().filter(|(name, _)| name == "tick").count(), 50, "{}", page.readable());
    assert_eq!(second.end().status, Some(0));
}

#[test]
fn an_import_that_is_stopped_goes_on_when_the_server_is_started_again() {
    let database = Database::empty();
    let first = Served::start(&database, &[]);
    let admin = first.first_administrator().browser;
    let (mut stream, rest) = begin_upload(&admin, &people(PEOPLE));
    stream.write_all(&rest).unwrap();
    let path = Answer::parse(&everything(&mut stream)).expect(303).location().to_owned();
    drop(stream);
    let page = until(&admin, &path, |page| page.all("[data-progress]").is_empty());
    let form = page.form("#preview");
    let fields: Vec<(&str, &str)> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    admin.post(&format!("{path}/additions"), &fields).expect(303);
    let db = database.made_by_program();
    let crowd = || crowd(&db);
    while crowd() == 0 {
        std::thread::sleep(Duration::from_millis(1));
    }
    let cookies = admin.cookies();
    let said = first.end();
    assert_eq!(said.status, Some(0), "{}", said.errors);
    assert!(crowd() < PEOPLE, "it was over before it could be stopped");

    let second = Served::start(&database, &[]);
    let admin = Person::with(&second, cookies);
    let page = until(&admin, &path, |page| page.one(".badge").as_deref() == Some("Done"));
    assert_eq!(added(&page), PEOPLE, "{}", page.readable());
    assert_eq!(crowd(), PEOPLE, "nobody twice");
    assert_eq!(second.end().status, Some(0));
}

/// A browser that keeps its connection open for the next page does not hold a stop up.
#[test]
fn a_stop_takes_seconds_whoever_is_connected() {
    let database = Database::empty();
    let server = Served::start(&database, &[]);
    let mut idle = TcpStream::connect(server.visitor().address()).unwrap();
    idle.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    idle.write_all(b"GET /login HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    assert_eq!(Answer::parse(&everything(&mut idle)).status, 200);
    let begun = std::time::Instant::now();
    assert_eq!(server.end().status, Some(0));
    assert!(begun.elapsed() < Duration::from_secs(25), "{:?}", begun.elapsed());
}
