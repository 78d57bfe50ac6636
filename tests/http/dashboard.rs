//! The dashboard: each number is that of the list it leads to, and the figures of days are those of the reader's customers.

use muster::access::BuiltIn;
use muster::clock::DAY;
use muster::features::dashboard::actions::reckon;
use muster::features::users::input::{Source, Status, TfaStatus};
use muster::features::users::queries::{Narrow, total};
use muster::features::{operations, roles};

use crate::support::{Person, Role, Site, UserSample};

/// Links and numbers of what needs attention.
fn attention(person: &Person<'_>) -> Vec<(String, usize)> {
    let page = person.open("/dashboard");
    let numbers = page.all("a.stat strong").into_iter().map(|number| number.parse().unwrap());
    page.attributes("a.stat", "href").into_iter().zip(numbers).collect()
}

/// People who may sign in, of all kinds.
fn peopled() -> Site {
    let site = Site::start();
    let mut samples = Vec::new();
    for (n, tfa) in TfaStatus::ALL.iter().enumerate() {
        for customer in [site.a, site.b] {
            let number = site.fresh_number();
            let mut sample = UserSample::new(&format!("Elm {number}"), &format!("elm{number}@example.org"), customer);
            sample.tfa = *tfa;
            sample.last_login_at = if n % 2 == 0 { 0 } else { site.now() };
            if *tfa == TfaStatus::NotAvailable {
                sample.source = Source::Directory;
            }
            samples.push(sample.clone());
            sample.email = format!("oak{number}@example.org");
            sample.status = Status::Disabled;
            samples.push(sample);
        }
    }
    let technician = site.role(BuiltIn::Technician);
    for (sample, id) in samples.clone().into_iter().zip(site.add(samples)) {
        let scope = muster::access::Scope::of([sample.customer]);
        let now = site.now();
        site.write(move |conn| {
            roles::queries::assign(conn, id, &roles::model::Wanted { role_id: technician, scope }, now)
        });
        site.add_user(sample.customer);
    }
    site
}

#[test]
fn every_number_is_that_of_the_list_it_leads_to() {
    let site = peopled();
    let member = site.member(Role::Technician(site.b));
    let stranger = site.visitor();
    for _ in 0..5 {
        stranger.post("/login", &[("email", &member.email), ("password", "not the password")]).expect(422);
    }
    let (admin, administrator) = (site.admin(), site.administrator(site.a));
    let all = attention(&admin);
    assert_eq!(all.len(), 9);
    for (reader, numbers) in [(&admin, &all), (&administrator, &attention(&administrator))] {
        for (href, number) in numbers {
            assert_eq!(reader.open(href).all("tbody tr").len(), *number, "{href}");
        }
    }
    let of = |numbers: &[(String, usize)], part: &str| {
        numbers.iter().find(|(href, _)| href.contains(part)).map(|(_, number)| *number).unwrap()
    };
    assert_eq!(of(&all, "access=held"), 1);
    assert_eq!(of(&attention(&administrator), "access=held"), 0, "whoever is held back is another customer's");
    assert_eq!(of(&all, "tfa=not-configured"), 2);
    assert_eq!(of(&attention(&administrator), "tfa=not-configured"), 1);
    assert!(of(&all, "tfa=not-active") > of(&attention(&administrator), "tfa=not-active"));
    assert!(of(&all, "access=pending") >= 6);
    // The same people, whatever else they are found by.
    let name = &site.user(member.id).name;
    let name: String = url::form_urlencoded::byte_serialize(name.as_bytes()).collect();
    let search = |query: &str| admin.open(&format!("/users?q={name}&{query}")).ids();
    assert_eq!(search("access=held"), [member.id]);
    site.app.clock.advance(60_000);
    assert!(search("access=held").is_empty(), "the wait is over");
    assert_eq!(search("access=may"), [member.id]);
}

#[test]
fn mails_that_did_not_arrive_are_counted_for_whoever_may_see_them() {
    let site = peopled();
    let (admin, administrator) = (site.admin(), site.administrator(site.a));
    for (state, number) in [("failed", 5), ("uncertain", 6)] {
        let invited = site.member(Role::Technician(site.b));
        admin.post("/users/recovery-mails", &[("id", &invited.id.to_string())]).expect(303);
        let plan = admin.post("/users/recovery-mails", &[("id", &invited.id.to_string())]).expect(303);
        admin.post(plan.location(), &[]).expect(303);
        site.database.execute(&format!("UPDATE mails SET state = {number} WHERE user_id = {}", invited.id)).unwrap();
        let (href, count) = attention(&admin)
            .into_iter()
            .find(|(href, _)| href.contains(&format!("state={state}")) && href.contains("/mails"))
            .unwrap();
        assert_eq!((count, admin.open(&href).all("tbody tr").len()), (1, 1), "{href}");
    }
    assert!(attention(&administrator).iter().all(|(href, _)| !href.contains("/mails")), "the ledger is not theirs");
}

#[test]
fn failed_work_is_counted_for_whoever_may_see_it() {
    let site = Site::start();
    let admin = site.admin();
    let user = site.add_user(site.a);
    let plan = admin.post("/users/deletions", &[("id", &user.to_string())]).expect(303);
    let id: i64 = plan.location().rsplit('/').next().unwrap().parse().unwrap();
    let now = site.now();
    site.write(move |conn| {
        use operations::model::State;
        operations::queries::advance(conn, id, State::Planned, State::Failed, now)
    });
    let failed =
        |person: &Person<'_>| attention(person).into_iter().find(|(href, _)| href.contains("failed")).unwrap().1;
    assert_eq!(failed(&admin), 1);
    assert_eq!(failed(&site.administrator(site.a)), 0);
}

#[test]
fn days_are_reckoned_in_the_background_and_seen_within_the_scope() {
    let site = peopled();
    let member = site.member(Role::Technician(site.a));
    let (admin, administrator) = (site.admin(), site.administrator(site.a));
    let empty = admin.open("/dashboard");
    assert_eq!(empty.all("tbody tr").len(), 30);
    assert_eq!(empty.all("tbody tr:first-child td"), ["0", "0", "N/A"], "nothing was reckoned yet");
    member.signed_in();
    reckon(&site.app).unwrap();
    let people = |customers: Option<Vec<i64>>| {
        let narrow = Narrow { customers, ..Narrow::default() };
        site.read(|conn| total(conn, &narrow)).at_least()
    };
    let row =
        |person: &Person<'_>, place: usize| person.open("/dashboard").all(&format!("tbody tr:nth-child({place}) td"));
    let (whole, of_a) = (row(&admin, 1), row(&administrator, 1));
    assert_eq!(whole[..2], ["1".to_owned(), people(None).to_string()]);
    assert_eq!(of_a[..2], ["1".to_owned(), people(Some(vec![site.a])).to_string()]);
    assert!(whole[2].contains(" of ") && of_a[2].contains(" of ") && whole[2] != of_a[2], "{whole:?} {of_a:?}");
    assert_eq!(row(&site.administrator(site.b), 1)[0], "0", "who signed in belongs to A");
    // What came late is counted before the day is over for good; days that were missed are, too.
    site.app.clock.advance(3 * DAY);
    reckon(&site.app).unwrap();
    let admin = site.admin();
    assert_eq!(row(&admin, 4)[..2], ["1".to_owned(), people(None).saturating_sub(1).to_string()]);
    assert_eq!(row(&admin, 4)[2], whole[2], "as it was on that day");
    assert_eq!(row(&admin, 3), ["0", "0", "N/A"]);
    assert!(!row(&admin, 1)[2].contains("N/A"));
    // The drawing says the same.
    let page = admin.open("/dashboard");
    assert_eq!(page.all(".chart svg").len(), 3);
    assert!(page.attributes(".chart svg", "aria-label")[0].starts_with("Sign-ins a day: 1 in 30 days"));
}
