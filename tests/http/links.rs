//! Activation and recovery links: made for one person, good once, for a day, and never instead of the second factor.

use diesel::prelude::*;
use muster::access::{BuiltIn, Origin};
use muster::db::schema::one_time_links;
use muster::features::sign_in;

use crate::support::{
    Answer, Database, Member, PASSWORD, Person, Role, Served, Site, code_of_key, exchange, muster, together,
};

const DAY: i64 = 24 * 3_600_000;
const NEW: &str = "violins under the snow";

/// The path of the link that a page shows.
fn shown(answer: &Answer) -> String {
    let link = answer.one("#activation-link").unwrap_or_else(|| panic!("no link: {}", answer.readable()));
    link.strip_prefix("http://localhost:8080").expect("a link to this installation").to_owned()
}

/// Gives a user a role with which they may sign in; the page that follows shows the link.
fn invite(site: &Site, admin: &Person<'_>, id: i64) -> String {
    let technician = site.role(BuiltIn::Technician).to_string();
    let place = format!("{technician}:{}", site.a);
    let page = admin.post(&format!("/users/{id}/roles"), &[("role", &technician), ("scope", &place)]).expect(200);
    shown(&page)
}

/// A recovery link, as an administrator or the shell makes it.
fn recovery(member: &Member<'_>) -> String {
    let (app, origin, id) = (member.site.app.clone(), Origin::console(member.site.now()), member.id);
    let link = member.site.write(move |conn| sign_in::actions::recovery_link(conn, &app, &origin, id));
    link.strip_prefix("http://localhost:8080").unwrap().to_owned()
}

fn opened<'s>(site: &'s Site, path: &str) -> Person<'s> {
    let browser = site.visitor();
    assert_eq!(browser.get(path).expect(303).location(), "/login/link");
    browser
}

fn choose(browser: &Person<'_>, password: &str) -> Answer {
    browser.post("/login/link", &[("password", password)])
}

/// Whether a link is void, for who has it and for who has opened it.
#[track_caller]
fn is_void(site: &Site, path: &str, opened: &Person<'_>) {
    site.visitor().get(path).expect(404);
    opened.get("/login/link").expect(404);
    choose(opened, NEW).expect(404);
}

#[test]
fn a_role_that_may_sign_in_makes_a_link_that_lets_its_holder_in() {
    let site = Site::start();
    let admin = site.admin();
    let id = site.add_user(site.a);
    let path = invite(&site, &admin, id);
    let secret = path.rsplit('/').next().unwrap();
    assert_eq!(secret.len(), 43, "256 bits");
    // Shown on that page alone.
    assert!(!admin.open(&format!("/users/{id}")).text().contains(secret));
    // Looking spends nothing, and the secret leaves the address at once.
    let answer = site.send("GET", &path, &[], b"");
    assert_eq!(answer.location(), "/login/link");
    let cookie = answer.cookies().find(|line| line.starts_with("muster-link=")).unwrap();
    assert!(cookie.contains("HttpOnly") && cookie.contains("Max-Age=1800"), "{cookie}");
    site.send("HEAD", &path, &[], b"").expect(303);
    let browser = opened(&site, &path);
    let page = browser.open("/login/link");
    assert!(page.readable().contains(&site.user(id).email) && !page.text().contains(secret));
    // A password that is refused leaves it good.
    choose(&browser, "short").expect(422);
    assert_eq!(choose(&browser, NEW).expect(303).location(), "/login/activation");
    assert!(browser.get("/users").expect(303).location().starts_with("/login/activation"));
    let key = browser.open("/login/activation").one("#key").unwrap();
    browser.post("/login/activation", &[("code", "000000")]).expect(422);
    browser.post("/login/activation", &[("code", &code_of_key(&key, site.now()))]).expect(200);
    browser.open("/users");
    site.visitor().get(&path).expect(404);
    for action in ["user.activation-link", "user.password", "user.2fa-set-up", "sign-in"] {
        assert!(site.audit().iter().any(|row| row.action == action && row.object_id == id), "{action}");
    }
    assert!(site.audit().iter().all(|row| !row.data.contains(secret)));
    admin.post(&format!("/users/{id}/activation"), &[]).expect(422);
}

#[test]
fn of_fifty_at_once_one_redeems_a_link() {
    let site = Site::start();
    let admin = site.admin();
    let id = site.add_user(site.a);
    let browser = opened(&site, &invite(&site, &admin, id));
    let forms: Vec<Vec<u8>> =
        (0..50).map(|n| browser.form("/login/link", &[("password", &format!("{NEW} {n}"))])).collect();
    let answers = together(50, |n| exchange(site.address, &forms[n]));
    let winners: Vec<usize> = (0..50).filter(|n| answers[*n].status == 303).collect();
    let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    assert_eq!(winners.len(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| matches!(status, 303 | 404 | 429 | 503)), "{statuses:?}");
    // The winner's password is the one that counts.
    site.app.clock.advance(DAY);
    let email = site.user(id).email;
    let sign_in = |n: usize| site.visitor().post("/login", &[("email", &email), ("password", &format!("{NEW} {n}"))]);
    sign_in(winners[0]).expect(303);
    sign_in((winners[0] + 1) % 50).expect(422);
}

#[test]
fn a_link_is_void_after_a_newer_one_and_whatever_shuts_its_holder_out() {
    let site = Site::start();
    let admin = site.admin();
    let users = site.role(BuiltIn::Users).to_string();
    let ways: [(&str, &dyn Fn(i64)); 4] = [
        ("newer", &|id| drop(shown(&admin.post(&format!("/users/{id}/activation"), &[]).expect(200)))),
        ("disabled and enabled", &|id| {
            admin.post(&format!("/users/{id}/status"), &[("status", "disabled")]).expect(303);
            admin.post(&format!("/users/{id}/status"), &[("status", "active")]).expect(303);
        }),
        ("deleted and restored", &|id| {
            let plan = admin.post("/users/deletions", &[("id", &id.to_string())]).expect(303);
            admin.post(plan.location(), &[]).expect(303);
            admin.post("/users/restorations", &[("id", &id.to_string())]).expect(303);
        }),
        ("role taken", &|id| drop(admin.post(&format!("/users/{id}/roles"), &[("role", &users)]).expect(303))),
    ];
    for (_, act) in ways {
        let id = site.add_user(site.a);
        let path = invite(&site, &admin, id);
        let browser = opened(&site, &path);
        act(id);
        is_void(&site, &path, &browser);
    }
}

#[test]
fn a_new_password_voids_a_link() {
    let site = Site::start();
    let member = site.member(Role::Technician(site.a));
    let path = recovery(&member);
    let browser = opened(&site, &path);
    let own = site.browser_of(member.id, muster::access::session::Level::Full);
    own.post("/account/password", &[("password_current", PASSWORD), ("password", NEW)]).expect(303);
    is_void(&site, &path, &browser);
}

#[test]
fn a_link_lasts_a_day() {
    let site = Site::start();
    let admin = site.admin();
    let path = invite(&site, &admin, site.add_user(site.a));
    site.app.clock.advance(DAY - 1);
    let browser = opened(&site, &path);
    site.app.clock.advance(1);
    is_void(&site, &path, &browser);
}

#[test]
fn a_link_never_replaces_the_second_factor() {
    let site = Site::start();
    let member = site.member(Role::Technician(site.a));
    let before = member.signed_in();
    let browser = opened(&site, &recovery(&member));
    assert_eq!(choose(&browser, NEW).expect(303).location(), "/login/code");
    for path in ["/users", "/account", "/login/activation"] {
        assert_eq!(browser.get(path).expect(303).location(), "/login/code", "{path}");
    }
    before.get("/account").expect(303);
    site.app.clock.advance(30_000);
    assert_eq!(member.types_code(&browser).expect(303).location(), "/users");
}

#[test]
fn a_link_that_was_altered_in_the_database_opens_nothing() {
    let site = Site::start();
    let admin = site.admin();
    let (one, two) = (site.add_user(site.a), site.member(Role::AccountAdmin));
    let path = invite(&site, &admin, one);
    let browser = opened(&site, &path);
    let moved = two.id;
    site.write(move |conn| {
        let row = one_time_links::table.filter(one_time_links::user_id.eq(one));
        Ok(diesel::update(row).set(one_time_links::user_id.eq(moved)).execute(conn)?)
    });
    is_void(&site, &path, &browser);
    let later = site.now() + 30 * DAY;
    site.write(move |conn| {
        let row = one_time_links::table.filter(one_time_links::user_id.eq(moved));
        let back = (one_time_links::user_id.eq(one), one_time_links::expires_at.eq(later));
        Ok(diesel::update(row).set(back).execute(conn)?)
    });
    is_void(&site, &path, &browser);
}

#[test]
fn only_who_may_give_the_role_gets_a_link() {
    let site = Site::start();
    let admin = site.admin();
    let id = site.add_user(site.a);
    invite(&site, &admin, id);
    let path = format!("/users/{id}/activation");
    assert_eq!(site.visitor().post(&path, &[]).status, 303);
    site.technician(site.a).post(&path, &[]).expect(403);
    site.administrator(site.b).post(&path, &[]).expect(404);
    site.administrator(site.a).post(&path, &[]).expect(200);
    // Nor for somebody who may do more, or who has no use for one.
    let above = site.add_user(site.a);
    let role = site.role(BuiltIn::AccountAdmin).to_string();
    let form = [("role", role.as_str()), ("scope", &format!("{role}:all"))];
    admin.post(&format!("/users/{above}/roles"), &form).expect(200);
    site.administrator(site.a).post(&format!("/users/{above}/activation"), &[]).expect(403);
    admin.post(&format!("/users/{}/activation", site.add_user(site.a)), &[]).expect(422);
}

/// The page of a link says what comes after the password: not that a second factor stays where there is none any more.
#[test]
fn a_link_says_whether_the_second_factor_is_set_up_anew() {
    let site = Site::start();
    let member = site.member(Role::AccountAdmin);
    let plain = opened(&site, &recovery(&member)).open("/login/link").readable();
    assert!(plain.contains("two-factor authentication stays as it is"), "{plain}");
    let email = muster::features::users::input::Email::parse(&member.email).unwrap();
    let (app, origin) = (site.app.clone(), Origin::console(site.now()));
    let link = site.write(move |conn| sign_in::actions::recover(conn, &app, &origin, &email, true));
    let reset = opened(&site, link.strip_prefix("http://localhost:8080").unwrap()).open("/login/link").readable();
    assert!(reset.contains("you set up two-factor authentication") && !reset.contains("stays as it is"), "{reset}");
    assert!(reset.contains("At least 12 characters"), "{reset}");
}

/// A link that is made at a shell leads to the server that runs there, whatever that was started with, unless it is told otherwise.
#[test]
fn links_of_the_shell_lead_to_the_running_server() {
    let database = Database::fresh();
    let served = Served::start(&database, &[("MUSTER_PUBLIC_URL", "http://localhost:18123")]);
    let begun = std::time::Instant::now();
    let create = |n: usize, more: &[&str]| {
        let email = format!("ada{n}@example.org");
        let mut arguments = vec!["admin", "create", "--username", "Ada", "--email", &email];
        arguments.extend_from_slice(more);
        let output = muster(&database, &arguments, &[]);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert!(output.status.success(), "{}", text(&output.stderr));
        (text(&output.stdout), text(&output.stderr))
    };
    // It notes its address right after it listens.
    let mut n = 0;
    let (link, note) = loop {
        n += 1;
        let said = create(n, &[]);
        if said.0.starts_with("http://localhost:18123/links/") || begun.elapsed().as_secs() > 30 {
            break said;
        }
    };
    assert!(link.starts_with("http://localhost:18123/links/") && link.lines().count() == 1, "{link}");
    assert!(note.contains("24 hours") && note.contains("http://localhost:18123"), "{note}");
    let (link, _) = create(n + 1, &["--public-url", "https://console.example.org"]);
    assert!(link.starts_with("https://console.example.org/links/"), "{link}");
    drop(served);
}
