//! Several instances of one database are one console: what one did, the other knows at once.

use diesel::prelude::*;
use muster::access::Origin;
use muster::access::session::Level;
use muster::db::schema::jobs;
use muster::features::imports::model::State;
use muster::features::{imports, sign_in};

use crate::support::{Member, PASSWORD, Person, Role, Site, exchange, together};

fn two() -> (Site, Site) {
    let one = Site::start();
    let other = one.beside().unwrap();
    (one, other)
}

fn wrong(browser: &Person<'_>, member: &Member<'_>) -> u16 {
    browser.post("/login", &[("email", &member.email), ("password", "not the password")]).status
}

#[test]
fn a_session_of_one_is_good_at_the_other_and_ends_on_both() {
    let (one, other) = two();
    let member = one.member(Role::Technician(one.a));
    let browser = member.signed_in();
    let there = browser.at(&other);
    assert!(there.open("/account").readable().contains(&member.email));
    // A form of one page may be sent to either.
    there.post("/account/recovery-codes", &[]).expect(200);
    browser.post("/logout", &[]).expect(303);
    assert!(there.get("/account").expect(303).location().starts_with("/login"));

    let again = member.signed_in();
    again.at(&other).open("/users");
    one.admin().at(&other).post(&format!("/users/{}/status", member.id), &[("status", "disabled")]).expect(303);
    for place in [&again.at(&one), &again.at(&other)] {
        assert!(place.get("/users").expect(303).location().starts_with("/login"));
    }
}

#[test]
fn half_a_sign_in_goes_on_at_the_other() {
    let (one, other) = two();
    let member = one.member(Role::Technician(one.a));
    let browser = one.visitor();
    member.types_password(&browser).expect(303);
    let there = browser.at(&other);
    assert_eq!(member.types_code(&there).expect(303).location(), "/users");
    there.at(&one).open("/users");
}

#[test]
fn a_code_or_link_that_one_took_is_spent_at_the_other() {
    let (one, other) = two();
    let member = one.member(Role::Technician(one.a));
    for code in [member.code(), member.recovery_codes[0].clone()] {
        let (here, there) = (one.browser_of(member.id, Level::CodeDue), other.browser_of(member.id, Level::CodeDue));
        here.post("/login/code", &[("code", &code)]).expect(303);
        there.post("/login/code", &[("code", &code)]).expect(422);
    }
    let (app, origin, id) = (one.app.clone(), Origin::console(one.now()), member.id);
    let link = one.write(move |conn| sign_in::actions::recovery_link(conn, &app, &origin, id));
    let path = link.strip_prefix("http://localhost:8080").unwrap();
    let (here, there) = (one.visitor(), other.visitor());
    here.get(path).expect(303);
    there.get(path).expect(303);
    there.post("/login/link", &[("password", "violins under the snow")]).expect(303);
    here.post("/login/link", &[("password", "violins over the snow")]).expect(404);
}

#[test]
fn a_code_works_once_for_both_at_the_same_moment() {
    let (one, other) = two();
    let member = one.member(Role::Technician(one.a));
    for code in [member.code(), member.recovery_codes[0].clone()] {
        let forms: Vec<_> = [&one, &other]
            .into_iter()
            .cycle()
            .take(4)
            .map(|site| {
                let half = site.browser_of(member.id, Level::CodeDue);
                (site.address, half.form("/login/code", &[("code", &code)]))
            })
            .collect();
        let answers = together(16, |n| exchange(forms[n % 4].0, &forms[n % 4].1));
        let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
        assert_eq!(answers.iter().filter(|answer| answer.location() == "/users").count(), 1, "{statuses:?}");
        assert!(statuses.iter().all(|status| matches!(status, 303 | 422 | 429 | 503)), "{statuses:?}");
        // What was wrong is forgiven, for the next round.
        let id = member.id;
        one.write(move |conn| muster::access::guesses::reopen(conn, id));
    }
}

#[test]
fn wrong_guesses_are_counted_together() {
    let (one, other) = two();
    let member = one.member(Role::Technician(one.a));
    let (here, there) = (one.visitor(), other.visitor());
    for n in 0..5 {
        assert_eq!(wrong(if n % 2 == 0 { &here } else { &there }, &member), 422);
    }
    assert_eq!((wrong(&here, &member), wrong(&there, &member)), (429, 429));
    there.post("/login", &[("email", &member.email), ("password", PASSWORD)]).expect(429);
}

#[test]
fn of_many_wrong_guesses_at_both_no_more_than_five_are_tested() {
    let (one, other) = two();
    let member = one.member(Role::Technician(one.a));
    let fields = [("email", member.email.as_str()), ("password", "not the password")];
    let forms = [&one, &other].map(|site| (site.address, site.visitor().form("/login", &fields)));
    let answers = together(30, |n| exchange(forms[n % 2].0, &forms[n % 2].1).status);
    let tested = answers.iter().filter(|status| **status == 422).count();
    assert!((1..=5).contains(&tested), "{answers:?}");
    assert!(answers.iter().all(|status| matches!(status, 422 | 429 | 503)), "{answers:?}");
}

#[test]
fn a_job_is_done_by_one_of_them_once() {
    let (one, other) = two();
    let admin = one.admin();
    let there = admin.at(&other);
    let (_here, _over_there) = (one.work(), other.work());
    let text = |n: usize| {
        let rows: String = (0..50).map(|row| format!("Person {n} {row},crowd{n}-{row}@example.org\n")).collect();
        format!("Display Name,Email\n{rows}")
    };
    // Sent to either, gone on with at either.
    let begun: Vec<_> = (0..8).map(|n| if n % 2 == 0 { &admin } else { &there }.upload_text(&text(n))).collect();
    for import in &begun {
        import.add_all();
        assert_eq!(import.count("Added"), 50);
    }
    for import in &begun {
        let found = one.read(|conn| imports::queries::find(conn, import.id()));
        assert_eq!((found.state(), found.counts().applied.added), (State::Done, 50));
    }
    let ran: Vec<(i64, i64, i64)> =
        one.read(|conn| Ok(jobs::table.select((jobs::id, jobs::attempts, jobs::finished_at)).load(conn)?));
    assert!(ran.len() >= 16 && ran.iter().all(|(_, attempts, end)| *attempts == 1 && *end > 0), "{ran:?}");
    let done = one.audit().iter().filter(|entry| entry.action == "users.import").count();
    assert_eq!(done, 8, "an import is one line of the audit");
}
