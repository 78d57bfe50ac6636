//! "Paste a list": matched, to choose from, not found; then a selection.

use std::collections::BTreeSet;

use muster::access::session::{IDLE, Level};

use crate::support::{Answer, Person, Role, Site, UserSample};

const PASTE: &str = "/users/selection/paste";

struct People {
    ann: i64,
    zoe: i64,
    ambers: [i64; 2],
    theirs: i64,
}

fn peopled(site: &Site) -> People {
    let add = |name: &str, email: &str, phone: &str, customer| {
        let mut sample = UserSample::new(name, email, customer);
        sample.phone = phone.into();
        site.add(vec![sample])[0]
    };
    People {
        ann: add("Ann Lee", "ann@example.org", "+44 20 5139-0000", site.a),
        zoe: add("Zoë Śliwa", "ZOE@Example.org", "", site.a),
        ambers: [
            add("Amber Fox", "amber.one@example.org", "555 100", site.a),
            add("AMBER FÓX", "amber.two@example.org", "555 200", site.a),
        ],
        theirs: add("Amber Fox", "theirs@example.org", "555 300", site.b),
    }
}

fn paste(person: &Person<'_>, people: &str) -> Answer {
    person.post(PASTE, &[("people", people)])
}

/// The ids that are offered, and those that are ticked.
fn offered(answer: &Answer) -> (Vec<i64>, Vec<i64>) {
    let ids = |selector: &str| answer.attributes(selector, "value").iter().map(|id| id.parse().unwrap()).collect();
    (ids("input[name=add]"), ids("input[name=add][checked]"))
}

fn lists(answer: &Answer) -> Vec<String> {
    answer.all(".panel .plain-list li")
}

#[test]
fn a_mixture_becomes_matched_ambiguous_and_unmatched() {
    let site = Site::start();
    let people = peopled(&site);
    let administrator = site.administrator(site.a);
    assert!(administrator.open("/users").attributes("a", "href").contains(&PASTE.to_owned()), "a link leads there");
    let typed = "Lee <ANN@example.org>; zoe sliwa,amber fox\n555-200\tnobody@example.org\nno@one@all\n44 20 51390000, ann@EXAMPLE.org";
    let found = paste(&administrator, typed).expect(200);
    let (all, ticked) = offered(&found);
    assert_eq!(ticked, [people.ann, people.zoe, people.ambers[1]]);
    let choices: BTreeSet<i64> = all[..2].iter().copied().collect();
    assert_eq!(choices, BTreeSet::from(people.ambers), "to choose from, none ticked");
    assert_eq!(lists(&found), ["nobody@example.org", "no@one@all"]);
    assert!(found.readable().contains("3 found, 1 to choose, 2 not found; 1 named twice"), "{}", found.readable());
    assert_eq!(found.all("textarea")[0].split_whitespace().count(), typed.split_whitespace().count(), "kept");
    // Chosen ones become the selection, and nothing else is in it.
    let ids = [people.ann, people.zoe, people.ambers[0]];
    let (one, two, three) = (ids[0].to_string(), ids[1].to_string(), ids[2].to_string());
    let select = [("clear", "yes"), ("page", "/users?selected=yes"), ("add", &one), ("add", &two), ("add", &three)];
    let review = administrator.post("/users/selection", &select).expect(303);
    assert_eq!(review.location(), "/users?selected=yes");
    let selected: BTreeSet<i64> = administrator.follow(&review).ids().into_iter().collect();
    assert_eq!(selected, BTreeSet::from(ids));
    // With something selected, more can be added.
    let more = paste(&administrator, "amber.two@example.org").expect(200);
    assert!(more.readable().contains("Add to the 3 users selected"), "{}", more.readable());
}

#[test]
fn who_is_out_of_scope_is_not_found_exactly_as_who_does_not_exist() {
    let site = Site::start();
    let people = peopled(&site);
    let administrator = site.administrator(site.a);
    for (theirs, nobody) in
        [("theirs@example.org", "nobody@example.org"), ("Birch Only", "Beech Only"), ("555 300", "555 999")]
    {
        site.add(vec![UserSample::new("Birch Only", &format!("b{}@example.org", site.fresh_number()), site.b)]);
        let same = |typed: &str| paste(&administrator, typed).expect(200).text().replace(typed, "TYPED");
        assert_eq!(same(theirs), same(nobody), "{theirs}");
    }
    // The name that somebody of theirs has too is no more ambiguous for it.
    let (all, _) = offered(&paste(&administrator, "Amber Fox").expect(200));
    assert_eq!(all.len(), 2);
    let (all, _) = offered(&paste(&site.admin(), "Amber Fox").expect(200));
    assert_eq!(all.len(), 3);
    let both = site.person(Role::TechnicianOfBoth(site.a, site.b), Level::Full);
    let page = paste(&both, "Amber Fox").expect(200);
    assert!(page.readable().contains("Birch & Sons"), "the customer tells them apart");
    // Who is deleted is not found either.
    site.delete(people.theirs);
    assert_eq!(lists(&paste(&both, "theirs@example.org").expect(200)), ["theirs@example.org"]);
    let foreign = people.theirs.to_string();
    administrator.post("/users/selection", &[("clear", "yes"), ("add", &foreign)]).expect(404);
}

#[test]
fn two_hundred_at_once_and_the_bounds() {
    let site = Site::start();
    let a = site.a;
    let ids = site.add(
        (0..1_000).map(|n| UserSample::new(&format!("Many {}", n % 20), &format!("m{n}@example.org"), a)).collect(),
    );
    let admin = site.admin();
    let list: Vec<String> = (0..200).map(|n| format!("m{n}@example.org")).collect();
    let found = paste(&admin, &list.join("\n")).expect(200);
    assert_eq!(offered(&found).1, ids[..200]);
    let all: Vec<String> = (0..1_000).map(|n| format!("m{n}@example.org")).collect();
    assert_eq!(offered(&paste(&admin, &all.join(";")).expect(200)).1.len(), 1_000);
    // A name that fifty share offers ten and says so.
    let crowd = paste(&admin, "many 7").expect(200);
    assert_eq!(offered(&crowd).0.len(), 10);
    assert!(crowd.readable().contains("More than 10 people fit"));
    for bad in ["", " ,;\n", &format!("{}\none@more.example", all.join("\n"))] {
        let refused = paste(&admin, bad).expect(422);
        assert_eq!(refused.errors().len(), 1);
        assert_eq!(refused.all("textarea")[0], bad.split_whitespace().collect::<Vec<_>>().join(" "), "kept");
    }
}

#[test]
fn what_was_typed_is_kept_over_a_session_that_ended() {
    let site = Site::start();
    let member = site.member(Role::AccountAdmin);
    let browser = member.signed_in();
    browser.open(PASTE);
    browser.csrf();
    site.wait(IDLE + 1);
    let late = browser.post(PASTE, &[("people", "ann@example.org"), ("page", PASTE)]).expect(303);
    assert!(late.location().starts_with("/login"), "{}", late.location());
    member.signs_in(&browser);
    assert_eq!(browser.open(PASTE).all("textarea"), ["ann@example.org"]);
}
