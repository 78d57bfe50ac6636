//! Exporting the User List: asked for, made by a job, had from "Reports", imported again with nothing to change.

use diesel::prelude::*;
use muster::access::BuiltIn;
use muster::clock::DAY;
use muster::db::schema::{audit, jobs, report_chunks, reports, role_assignments, users};
use muster::features::imports::cells::guard;
use muster::jobs::queue::State;

use crate::support::{Answer, Person, Role, Site, UserSample};
use muster::access::session::Level;

/// Asks for a file of a list and gives the report's address once its job has ended.
#[track_caller]
fn exported(site: &Site, person: &Person<'_>, query: &str, separator: &str) -> String {
    let answer = asked(person, query, separator).expect(303);
    assert_eq!(answer.location(), "/reports");
    site.run_jobs();
    address(person)
}

fn asked(person: &Person<'_>, query: &str, separator: &str) -> Answer {
    person.post("/users/exports", &[("query", query), ("separator", separator)])
}

/// Where the newest report's file is to be had.
#[track_caller]
fn address(person: &Person<'_>) -> String {
    let page = person.open("/reports");
    page.attributes("a[download]", "href").into_iter().next().unwrap_or_else(|| panic!("{}", page.readable()))
}

/// The lines of a file, each as its cells.
fn lines(file: &Answer, separator: char) -> Vec<Vec<String>> {
    let text = file.text();
    let text = text.strip_prefix('\u{feff}').unwrap();
    let separator = u8::try_from(separator).unwrap();
    let mut csv = csv::ReaderBuilder::new().has_headers(false).delimiter(separator).from_reader(text.as_bytes());
    csv.records().map(|line| line.unwrap().iter().map(str::to_owned).collect()).collect()
}

fn names(lines: &[Vec<String>]) -> Vec<&str> {
    lines.iter().skip(1).map(|line| line[0].as_str()).collect()
}

fn hostile(site: &Site, customer: i64) {
    let people = [
        ("=cmd|' /C calc'!A0", "+1 555 0100"),
        ("@SUM(1)", "(030) 12-34"),
        ("'=1", ""),
        ("-Ash; \"Elm\", Fir", "-12 34"),
        ("'t Hart", ""),
        ("Zoë Müller", ""),
    ];
    let sample = |(n, (name, phone)): (usize, (&str, &str))| {
        let mut sample = UserSample::new(name, &format!("hostile{n}@example.org"), customer);
        sample.phone = phone.to_owned();
        sample
    };
    site.add(people.into_iter().enumerate().map(sample).collect());
}

#[test]
fn a_list_is_exported_as_it_is_narrowed_sorted_and_shown() {
    let site = Site::start();
    let admin = site.admin();
    let sample = |n: usize| UserSample::new(&format!("Ash {n:02}"), &format!("ash{n}@example.org"), site.a);
    site.add((0..30).map(sample).collect());
    site.add(vec![UserSample::new("Elm", "elm@example.org", site.b)]);
    let page = admin.open("/users?q=ash&sort=-name");
    let link = page.attributes("a[data-list-follows]", "href").remove(0);
    assert_eq!(link, "/users/exports/new?q=ash&sort=-name");
    let page = admin.open(&link);
    assert_eq!(page.one("h1").as_deref(), Some("Export 30 users"));
    assert!(page.readable().contains("Search: ash"), "{}", page.readable());
    let query = "q=ash&sort=-name&columns=name,customer,email";
    let file = admin.open(&exported(&site, &admin, query, "semicolon"));
    assert_eq!(file.header("content-type"), Some("text/csv; charset=utf-8"));
    assert!(file.header("content-disposition").unwrap().starts_with("attachment; filename=\"users-20"));
    let lines = lines(&file, ';');
    assert_eq!(lines[0], ["Name", "Customer", "Email"]);
    let expected: Vec<String> = (0..30).rev().map(|n| format!("Ash {n:02}")).collect();
    assert_eq!(names(&lines), expected);
    assert_eq!(lines[1][2], "ash29@example.org");
    assert!(file.text().contains("\r\n"));
    let entries: i64 = site.read(|conn| {
        let theirs = audit::table.filter(audit::action.eq_any(["users.export", "report.download"]));
        Ok(theirs.count().get_result(conn)?)
    });
    assert_eq!(entries, 2);
}

#[test]
fn every_order_gives_everybody_once() {
    let site = Site::start();
    let admin = site.admin();
    let sample = |n: usize| UserSample::new(&format!("Ash {n}"), &format!("ash{n}@example.org"), site.a);
    // More than one stretch, with as many ties as there can be.
    site.add((0..5_200).map(sample).collect());
    let all = site.read(|conn| Ok(users::table.filter(users::deleted_at.eq(0)).count().get_result::<i64>(conn)?));
    for query in ["sort=-status", "sort=created", "tfa=not-active&sort=email", "q=example&sort=-devices"] {
        let file = admin.open(&exported(&site, &admin, query, "comma"));
        let mut lines: Vec<String> = lines(&file, ',').into_iter().skip(1).map(|line| line[1].clone()).collect();
        let narrowed = query.contains('&');
        assert!(lines.len() as i64 == all || narrowed && lines.len() >= 5_200, "{query}: {}", lines.len());
        lines.sort_unstable();
        lines.dedup();
        assert!(lines.len() as i64 == all || narrowed && lines.len() >= 5_200, "{query}: somebody twice");
    }
}

#[test]
fn formulas_are_guarded_and_an_export_comes_back_unchanged() {
    let site = Site::start();
    let admin = site.admin();
    hostile(&site, site.a);
    let group = site.add_group(site.a);
    let theirs = users::table.filter(users::customer_id.eq(site.a)).select(users::id);
    site.put_into(group, &site.read(|conn| Ok(theirs.load::<i64>(conn)?)));
    for (separator, delimiter) in [("comma", ','), ("semicolon", ';')] {
        let columns = "name,email,phone,devices,tfa,last-login,customer,status,source,created,groups";
        let file = admin.open(&exported(&site, &admin, &format!("columns={columns}"), separator));
        for line in lines(&file, delimiter).iter().skip(1) {
            for cell in line {
                let dangerous = cell.starts_with(['=', '@', '\t', '\r'])
                    || cell.starts_with(['+', '-']) && cell.chars().any(char::is_alphabetic);
                assert!(!dangerous, "{cell}");
            }
        }
        assert!(file.text().contains(&site.group(group).unwrap().name));
        assert!(file.text().contains(&*guard("=cmd|' /C calc'!A0")));
        assert!(file.text().contains("+1 555 0100") && !file.text().contains("'+1 555"));
        let import = admin.upload_bytes("users.csv", file.text().as_bytes());
        site.run_jobs();
        let people = site.read(|conn| Ok(users::table.count().get_result::<i64>(conn)?));
        assert_eq!(import.count("Unchanged"), people, "{}", import.page().readable());
        assert_eq!((import.count("New"), import.count("Will change"), import.count("Refused")), (0, 0, 0));
    }
}

#[test]
fn a_selection_is_exported_as_it_was_when_it_was_asked_for() {
    let site = Site::start();
    let boss = site.administrator(site.a);
    let ash =
        site.add((0..5).map(|n| UserSample::new(&format!("Ash {n}"), &format!("a{n}@example.org"), site.a)).collect());
    let foreign = site.add(vec![UserSample::new("Elm", "elm@example.org", site.b)])[0];
    boss.post("/users/selection", &[("add", &foreign.to_string())]).expect(404);
    boss.post("/users/selection", &[("whole", "yes"), ("query", "q=ash")]).expect(303);
    boss.post("/users/selection", &[("remove", &ash[2].to_string())]).expect(303);
    let tray = boss.open("/users");
    assert_eq!(tray.attributes(".tray a[href*=exports]", "href"), ["/users/exports/new?selected=yes"]);
    let page = boss.open("/users/exports/new?selected=yes");
    assert_eq!(page.one("h1").as_deref(), Some("Export 4 users"));
    assert!(page.readable().contains("Those who are selected"));
    asked(&boss, "selected=yes", "comma").expect(303);
    boss.post("/users/selection", &[("clear", "yes")]).expect(303);
    asked(&boss, "selected=yes", "comma").expect(422);
    site.run_jobs();
    assert_eq!(names(&lines(&boss.open(&address(&boss)), ',')), ["Ash 0", "Ash 1", "Ash 3", "Ash 4"]);
}

#[test]
fn a_report_is_its_makers_own() {
    let site = Site::start();
    let (boss, other, nobody) = (site.administrator(site.a), site.administrator(site.a), site.nobody(site.a));
    site.add(vec![UserSample::new("Elm", "elm@example.org", site.b)]);
    nobody.get("/reports").expect(403);
    asked(&nobody, "", "comma").expect(403);
    asked(&boss, &format!("customer={}", site.b), "comma").expect(422);
    asked(&boss, "", "tab").expect(422);
    let path = exported(&site, &boss, "", "comma");
    assert!(!boss.open(&path).text().contains("elm@example.org"));
    other.get(&path).expect(404);
    other.post(&format!("{path}/deletion"), &[]).expect(404);
    boss.post(&format!("{path}/deletion"), &[]).expect(303);
    boss.get(&path).expect(404);
    muster::features::reports::actions::purge(&site.app).unwrap();
    assert_eq!(pieces(&site), 0);
}

fn pieces(site: &Site) -> i64 {
    site.app.staging.read_now(|conn| Ok(report_chunks::table.count().get_result(conn)?)).unwrap()
}

#[test]
fn a_report_expires_with_its_file() {
    let site = Site::start();
    let admin = site.admin();
    let path = exported(&site, &admin, "", "comma");
    assert_eq!(pieces(&site), 1);
    site.wait(7 * DAY);
    muster::features::reports::actions::purge(&site.app).unwrap();
    assert_eq!(pieces(&site), 0);
    let left: i64 = site.read(|conn| Ok(reports::table.count().get_result(conn)?));
    assert_eq!(left, 0);
    let late = site.browser_of(admin.id, Level::Full);
    late.get(&path).expect(404);
    assert!(late.open("/reports").readable().contains("No reports"));
}

#[test]
fn rights_count_when_the_job_runs_and_when_the_file_is_had() {
    let site = Site::start();
    let boss = site.administrator(site.a);
    let path = exported(&site, &boss, "", "comma");
    asked(&boss, "", "comma").expect(303);
    let (id, role) = (boss.id, site.role(BuiltIn::Users));
    site.write(move |conn| {
        let theirs = role_assignments::table.filter(role_assignments::user_id.eq(id));
        Ok(diesel::update(theirs).set(role_assignments::role_id.eq(role)).execute(conn)?)
    });
    site.run_jobs();
    let state: i16 = site.read(|conn| Ok(jobs::table.order(jobs::id.desc()).select(jobs::state).first(conn)?));
    assert_eq!(State::from_number(state), Some(State::Failed));
    let status = boss.get(&path).status;
    assert!(status == 403 || status == 303, "{status}");
}

#[test]
fn a_file_of_more_than_one_sees_now_is_not_handed_over() {
    let site = Site::start();
    let boss = site.administrator(site.a);
    let path = exported(&site, &boss, "", "comma");
    let id: i64 = path.rsplit('/').next().unwrap().parse().unwrap();
    site.write(move |conn| Ok(diesel::update(reports::table.find(id)).set(reports::scope.eq("")).execute(conn)?));
    boss.get(&path).expect(403);
}

#[test]
fn exporting_takes_a_fresh_code() {
    let site = Site::start();
    let member = site.member(Role::AccountAdmin);
    let browser = member.signed_in();
    let path = exported(&site, &browser, "", "comma");
    site.wait(11 * 60_000);
    let form = [("page", "/users/exports/new"), ("query", ""), ("separator", "semicolon")];
    assert!(browser.post("/users/exports", &form).expect(303).location().starts_with("/login/confirm"));
    assert!(browser.get(&path).expect(303).location().starts_with("/login/confirm"));
}

#[test]
fn what_breaks_off_begins_again_and_is_whole() {
    let site = Site::start();
    let admin = site.admin();
    site.add((0..100).map(|n| UserSample::new(&format!("Ash {n}"), &format!("a{n}@example.org"), site.a)).collect());
    asked(&admin, "q=ash", "comma").expect(303);
    assert!(admin.open("/reports").readable().contains("Waiting"));
    assert!(!admin.open("/reports").all("[data-progress] progress").is_empty());
    // Pieces of an attempt that was killed half-way.
    let id: i64 = site.read(|conn| Ok(reports::table.select(reports::id).first(conn)?));
    for (run, seq) in [(0_i64, 0_i64), (1, 0), (1, 1)] {
        let row = (report_chunks::report_id.eq(id), report_chunks::run.eq(run), report_chunks::seq.eq(seq));
        let row = (row, report_chunks::body.eq(vec![b'x'; 10]));
        site.app
            .staging
            .write_now(move |conn| {
                Ok(muster::each_backend!(conn, c => diesel::insert_into(report_chunks::table).values(row).execute(c))?)
            })
            .unwrap();
    }
    site.run_jobs();
    let lines = lines(&admin.open(&address(&admin)), ',');
    assert_eq!(lines.len(), 101);
    assert_eq!(pieces(&site), 1);
}

#[test]
fn the_command_line_writes_the_same_file() {
    let site = Site::start();
    hostile(&site, site.a);
    let said = site.shell(&[
        "export",
        "users",
        "--query",
        "q=hostile&sort=-email&columns=name,email",
        "--separator",
        "semicolon",
    ]);
    assert_eq!(said.status, Some(0), "{}", said.errors);
    assert!(said.out.starts_with("\u{feff}Name;Email\r\n"), "{}", said.out);
    assert_eq!(said.out.lines().count(), 7);
    let path = site.database.dir.path().join("out.csv");
    let out = path.to_str().unwrap();
    let said = site.shell(&["export", "users", "--output", out]);
    assert_eq!(said.status, Some(0), "{}", said.errors);
    let said = site.shell(&["export", "users", "--output", out]);
    assert_eq!(said.status, Some(1));
    assert!(said.errors.contains("cannot create"), "{}", said.errors);
}
