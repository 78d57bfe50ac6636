//! The selection: kept on the server for a session and list, evaluated anew within the reader's scope each time.

use std::collections::BTreeSet;

use diesel::prelude::*;
use muster::access::session::{self, Level};
use muster::db::schema::{selection_items, selections};

use crate::support::{Answer, Person, Site, UserSample, encoded, exchange, together};

const TICKS: &str = "/users/selection";

/// 60 people of A called Ash and 30 called Elm, 20 of B called Ash. Gives the ids of the three.
fn wooded(site: &Site) -> [Vec<i64>; 3] {
    [(60, "Ash", site.a), (30, "Elm", site.a), (20, "Ash", site.b)].map(|(number, name, customer)| {
        let sample =
            |n| UserSample::new(&format!("{name} {n:02}"), &format!("{name}{n}.{customer}@example.org"), customer);
        site.add((0..number).map(sample).collect())
    })
}

/// Sends a change as the page's script does and gives the tray.
#[track_caller]
fn change(person: &Person<'_>, fields: &[(&str, &str)]) -> Answer {
    sent(person, fields).expect(200)
}

fn sent(person: &Person<'_>, fields: &[(&str, &str)]) -> Answer {
    let token = person.csrf();
    let mut all = vec![("csrf", token.as_str())];
    all.extend_from_slice(fields);
    let headers = [("Content-Type", "application/x-www-form-urlencoded"), ("X-Fragment", "tray")];
    person.send("POST", TICKS, &headers, encoded(&all).as_bytes())
}

#[track_caller]
fn tick(person: &Person<'_>, name: &str, ids: &[i64]) -> Answer {
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    change(person, &ids.iter().map(|id| (name, id.as_str())).collect::<Vec<_>>())
}

/// What the tray of a page or of an answer to a change says.
fn figure(answer: &Answer) -> String {
    answer.attributes("[data-selection-tray]", "data-selection-figure").into_iter().next().unwrap_or_default()
}

fn ticked(answer: &Answer) -> BTreeSet<i64> {
    answer.attributes("input[data-tick][checked]", "value").iter().map(|id| id.parse().unwrap()).collect()
}

/// Everybody who is ticked on any page of a list.
fn all_ticked(person: &Person<'_>, from: &str) -> BTreeSet<i64> {
    let (mut all, mut next) = (BTreeSet::new(), Some(from.to_owned()));
    while let Some(path) = next {
        let page = person.open(&path);
        all.extend(ticked(&page));
        next = page.attributes("a.pager-step[title='Next page']", "href").into_iter().next();
    }
    all
}

fn set(ids: &[i64]) -> BTreeSet<i64> {
    ids.iter().copied().collect()
}

#[test]
fn ticks_survive_paging_sorting_searching_and_reloading() {
    let site = Site::start();
    let [ash, elm, _] = wooded(&site);
    let admin = site.admin();
    assert_eq!(figure(&admin.open("/users")), "");
    let chosen = [ash[0], ash[59], elm[3]];
    assert_eq!(figure(&tick(&admin, "add", &chosen)), "3");
    for list in ["/users?limit=25", "/users?limit=25&sort=-email", "/users?limit=25&sort=created"] {
        assert_eq!(all_ticked(&admin, list), set(&chosen), "{list}");
    }
    let search = admin.open("/users?q=elm&limit=250");
    assert_eq!((ticked(&search), figure(&search)), (set(&[elm[3]]), "3".into()));
    let none = admin.open("/users?q=nobody-at-all");
    assert_eq!(figure(&none), "3", "the tray stays where nobody is found");
    // Review: the list of what is selected, and nothing else; it can be narrowed further and edited.
    let review = admin.open("/users?selected=yes");
    assert_eq!((set(&review.ids()), ticked(&review)), (set(&chosen), set(&chosen)));
    assert_eq!(set(&admin.open("/users?selected=yes&q=ash").ids()), set(&[ash[0], ash[59]]));
    assert_eq!(figure(&tick(&admin, "remove", &[ash[0]])), "2");
    assert_eq!(set(&admin.open("/users?selected=yes").ids()), set(&[ash[59], elm[3]]));
    assert_eq!(figure(&change(&admin, &[("clear", "yes")])), "");
    assert!(admin.open("/users?selected=yes").ids().is_empty());
}

#[test]
fn all_that_match_are_kept_as_the_query_with_exceptions() {
    let site = Site::start();
    let [ash, elm, _] = wooded(&site);
    let administrator = site.administrator(site.a);
    assert_eq!(figure(&change(&administrator, &[("whole", "yes"), ("query", "q=ash")])), "60");
    assert_eq!(figure(&tick(&administrator, "remove", &ash[..2])), "58");
    assert_eq!(all_ticked(&administrator, "/users?limit=25"), set(&ash[2..]));
    // Who comes to match later is in; who is deleted is out.
    let late = site.add(vec![UserSample::new("Ash Late", "late@example.org", site.a)])[0];
    site.delete(ash[2]);
    let mut expected = set(&ash[3..]);
    expected.insert(late);
    assert_eq!(all_ticked(&administrator, "/users?selected=yes&limit=25"), expected);
    // Somebody beside the query, and back to one who was left out.
    assert_eq!(figure(&tick(&administrator, "add", &[elm[0], ash[0]])), "60");
    expected.extend([elm[0], ash[0]]);
    assert_eq!(all_ticked(&administrator, "/users?limit=25"), expected);
    assert_eq!(set(&administrator.open("/users?selected=yes&q=elm").ids()), set(&[elm[0]]));
    assert_eq!(figure(&tick(&administrator, "remove", &[elm[0]])), "59");
    // A second search is added to the first.
    assert_eq!(figure(&change(&administrator, &[("whole", "yes"), ("query", "q=elm")])), "89");
    // The first once more: nobody is left out any more, the others stay.
    assert_eq!(figure(&change(&administrator, &[("whole", "yes"), ("query", "q=ash")])), "90");
    // The whole list, counted from the kept totals: everybody of A but one.
    let everybody: i64 = administrator.open("/users").ids().len().try_into().unwrap();
    assert!(everybody > 0);
    change(&administrator, &[("whole", "yes"), ("query", "")]);
    let all = figure(&tick(&administrator, "remove", &[elm[1]]));
    let listed = all_ticked(&administrator, "/users?selected=yes&limit=250");
    assert_eq!(all, listed.len().to_string());
    assert!(!listed.contains(&elm[1]) && listed.contains(&administrator.id));
    // A search within the whole brings back who was left out and takes nobody away.
    change(&administrator, &[("whole", "yes"), ("query", "q=elm")]);
    assert_eq!(all_ticked(&administrator, "/users?limit=250").len(), listed.len() + 1);
    sent(&administrator, &[("whole", "yes"), ("query", "selected=yes")]).expect(422);
}

#[test]
fn nobody_selects_beyond_their_scope() {
    let site = Site::start();
    let [ash, _, theirs] = wooded(&site);
    let administrator = site.administrator(site.a);
    tick(&administrator, "add", &ash[..1]);
    // A foreign id refuses the whole, exactly as one that never was.
    let (ours, foreign) = (ash[1].to_string(), theirs[0].to_string());
    let answers = [foreign.as_str(), "987654321"]
        .map(|id| sent(&administrator, &[("add", &ours), ("add", id)]).expect(404).essence());
    assert_eq!(answers[0], answers[1]);
    assert_eq!(all_ticked(&administrator, "/users?limit=250"), set(&ash[..1]));
    let answers = [foreign.as_str(), "987654321"].map(|id| change(&administrator, &[("remove", id)]).essence());
    assert_eq!(answers[0], answers[1]);
    // A whole search is theirs alone, also one that names another customer.
    assert_eq!(figure(&change(&administrator, &[("clear", "yes"), ("whole", "yes"), ("query", "q=ash")])), "60");
    assert_eq!(
        figure(&change(
            &administrator,
            &[("clear", "yes"), ("whole", "yes"), ("query", &format!("customer={}", site.b))]
        )),
        ""
    );
}

#[test]
fn a_demoted_reader_keeps_only_what_they_may_still_see() {
    let site = Site::start();
    let [ash, _, theirs] = wooded(&site);
    let admin = site.admin();
    let reader = site.person(crate::support::Role::TechnicianOfBoth(site.a, site.b), Level::Full);
    tick(&reader, "add", &[ash[0], theirs[0]]);
    let technician = site.role(muster::access::BuiltIn::Technician).to_string();
    let demote = |scope: i64| {
        let scope = format!("{technician}:{scope}");
        admin.post(&format!("/users/{}/roles", reader.id), &[("role", &technician), ("scope", &scope)]).expect(303);
    };
    demote(site.a);
    let page = reader.open("/users?limit=250");
    assert_eq!((figure(&page), ticked(&page)), ("1".into(), set(&[ash[0]])));
    assert_eq!(reader.open("/users?selected=yes").ids(), [ash[0]]);
    change(&reader, &[("whole", "yes"), ("query", "q=ash")]);
    assert_eq!(figure(&reader.open("/users")), "60");
    demote(site.b);
    let page = reader.open("/users?limit=250");
    assert_eq!((figure(&page), ticked(&page)), ("20".into(), set(&theirs)));
}

#[test]
fn a_selection_belongs_to_one_session() {
    let site = Site::start();
    let [ash, ..] = wooded(&site);
    let member = site.member(crate::support::Role::AccountAdmin);
    let (one, other) = (member.signed_in(), member.signed_in());
    tick(&one, "add", &ash[..3]);
    assert_eq!(figure(&other.open("/users")), "");
    assert_eq!(figure(&site.admin().open("/users")), "");
    tick(&other, "add", &ash[10..12]);
    // A fresh code makes a new session of the same person, who goes on where they were.
    member.confirms(&one, "/users").expect(303);
    assert_eq!(all_ticked(&one, "/users?limit=250"), set(&ash[..3]));
    assert_eq!(all_ticked(&other, "/users?limit=250"), set(&ash[10..12]));
    // Signing out forgets it, and so does house-keeping when a session has run out.
    one.post("/logout", &[]).expect(303);
    member.signs_in(&one);
    assert_eq!(figure(&one.open("/users")), "");
    let left = |site: &Site| -> (i64, i64) {
        site.read(|conn| {
            Ok((selections::table.count().get_result(conn)?, selection_items::table.count().get_result(conn)?))
        })
    };
    site.write({
        let now = site.now();
        move |conn| session::purge_selections(conn, now).map(drop)
    });
    assert_eq!(left(&site), (1, 2), "the other browser's");
    site.wait(session::IDLE);
    let now = site.now();
    site.write(move |conn| session::purge_selections(conn, now).map(drop));
    assert_eq!(left(&site), (0, 0));
}

#[test]
fn changes_at_one_moment_lose_nothing() {
    let site = Site::start();
    let [ash, ..] = wooded(&site);
    let admin = site.admin();
    // Whether each arrived; a busy machine may also say "later", and then nothing was changed.
    let send = |forms: Vec<Vec<u8>>| -> Vec<bool> {
        let answers = together(forms.len(), |n| exchange(site.address, &forms[n]).status);
        assert!(answers.iter().all(|status| matches!(status, 303 | 503)), "{answers:?}");
        answers.iter().map(|status| *status == 303).collect()
    };
    let arrived = send(ash[..20].iter().map(|id| admin.form(TICKS, &[("add", &id.to_string())])).collect());
    let mut expected: BTreeSet<i64> = (0..20).filter(|n| arrived[*n]).map(|n| ash[n]).collect();
    assert!(!expected.is_empty());
    assert_eq!(all_ticked(&admin, "/users?limit=250"), expected);
    // Half of them go while others come.
    let change = |n: usize| if n.is_multiple_of(2) { ("remove", ash[n]) } else { ("add", ash[20 + n]) };
    let forms = (0..20).map(change).map(|(name, id)| admin.form(TICKS, &[(name, &id.to_string())])).collect();
    for (n, _) in send(forms).into_iter().enumerate().filter(|(_, arrived)| *arrived) {
        match change(n) {
            ("remove", id) => expected.remove(&id),
            (_, id) => expected.insert(id),
        };
    }
    assert_eq!(all_ticked(&admin, "/users?limit=250"), expected);
}

#[test]
fn single_people_are_bounded() {
    let site = Site::start();
    let admin = site.admin();
    let a = site.a;
    let ids: Vec<i64> = (0..11)
        .flat_map(|round| {
            site.add((0..1_000).map(|n| UserSample::new("Many", &format!("m{round}.{n}@example.org"), a)).collect())
        })
        .collect();
    for some in ids[..10_000].chunks(2_000) {
        tick(&admin, "add", some);
    }
    assert_eq!(figure(&admin.open("/users")), "10,000");
    let one = ids[10_000].to_string();
    let refused = sent(&admin, &[("add", &one)]).expect(422);
    assert!(refused.readable().contains("Up to 10,000"), "{}", refused.readable());
    assert_eq!(figure(&admin.open("/users")), "10,000", "and nothing is lost");
    // As a search they are no burden; more than 10,000 hits are not counted further.
    assert_eq!(figure(&change(&admin, &[("clear", "yes"), ("whole", "yes"), ("query", "q=many")])), "10,000+");
    assert_eq!(figure(&change(&admin, &[("clear", "yes"), ("whole", "yes"), ("query", "")])), "11,001");
}

#[test]
fn a_selection_is_acted_on() {
    let site = Site::start();
    let [ash, elm, _] = wooded(&site);
    let administrator = site.administrator(site.a);
    administrator.post("/users/deletions", &[("selection", "users")]).expect(422);
    change(&administrator, &[("whole", "yes"), ("query", "q=ash")]);
    tick(&administrator, "remove", &ash[..1]);
    tick(&administrator, "add", &elm[..1]);
    // Ids beside it do not count.
    let stray = elm[5].to_string();
    let planned = administrator.post("/users/deletions", &[("selection", "users"), ("id", &stray)]).expect(303);
    let question = administrator.follow(&planned);
    assert!(question.readable().contains("Delete 60 users?"), "{}", question.readable());
    administrator.post(planned.location(), &[]).expect(303);
    let gone = |id: i64| site.user(id).deleted_at != 0;
    assert!(ash[1..].iter().chain(&elm[..1]).all(|id| gone(*id)));
    assert!(!gone(ash[0]) && elm[1..].iter().all(|id| !gone(*id)));
    // Whoever comes back is not selected any more, unless by what was selected whole.
    let (one, other) = (elm[0].to_string(), ash[1].to_string());
    administrator.post("/users/restorations", &[("id", &one), ("id", &other)]).expect(303);
    assert_eq!(all_ticked(&administrator, "/users?limit=250"), set(&[ash[1]]));
    change(&administrator, &[("clear", "yes")]);
    assert_eq!(figure(&administrator.open("/users")), "");
}

#[test]
fn without_script_one_goes_back_to_the_page() {
    let site = Site::start();
    let [ash, ..] = wooded(&site);
    let admin = site.admin();
    tick(&admin, "add", &ash[..2]);
    let back = admin.post(TICKS, &[("clear", "yes"), ("page", "/users?q=ash")]).expect(303);
    assert_eq!(back.location(), "/users?q=ash");
    assert_eq!(figure(&admin.open("/users")), "");
    let back = admin.post(TICKS, &[("clear", "yes"), ("page", "https://elsewhere.example/")]).expect(303);
    assert_eq!(back.location(), "/users");
    let malformed = admin.post(TICKS, &[("add", "one")]);
    assert_eq!(malformed.status, 400);
}
