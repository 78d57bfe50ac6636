//! Where in a list a page stands: known from either end, carried along by the links, and never guessed.

use data_encoding::BASE64URL_NOPAD;

use super::user_list::crowded;
use crate::support::{Answer, Person, UserSample};

fn summary(page: &Answer) -> String {
    page.one(".pager-summary").expect("a summary")
}

fn step(page: &Answer, name: &str) -> Option<String> {
    page.attributes(&format!("a.pager-step[title='{name}']"), "href").into_iter().next()
}

/// What each page says on the way from one address on.
fn said(person: &Person<'_>, from: &str, name: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut next = Some(from.to_owned());
    while let Some(path) = next {
        let page = person.open(&path);
        all.push(summary(&page));
        next = step(&page, name);
        assert!(all.len() < 20, "{from} never ends");
    }
    all
}

#[test]
fn every_page_says_where_it_stands() {
    let site = crowded();
    let admin = site.admin();
    let all = summary(&admin.open("/users?limit=250")).rsplit_once("of ").expect("a total").1.to_owned();
    let number: i64 = all.split(' ').next().and_then(|figure| figure.parse().ok()).expect("a number");
    let page = |first: i64| format!("{first}–{} of {all}", (first + 24).min(number));
    let forward: Vec<String> = (0..).map(|n| n * 25 + 1).take_while(|first| *first <= number).map(page).collect();
    for sort in ["name", "-email", "tfa", "-last-login"] {
        let path = format!("/users?limit=25&sort={sort}");
        assert_eq!(said(&admin, &path, "Next page"), forward, "{path}");
        // From the end pages are full as long as there is somebody before them.
        let mut backward = said(&admin, &format!("{path}&before=end"), "Previous page");
        assert_eq!(backward[0], format!("{}–{number} of {all}", number - 24));
        assert_eq!(backward[1], format!("{}–{} of {all}", number - 49, number - 25));
        let first = backward.pop().expect("a page");
        assert!(first.starts_with("1–"), "{first}");
    }
    // There and back again, and a page that is reloaded or linked to.
    let second = step(&admin.open("/users?limit=25"), "Next page").expect("a second page");
    let third = step(&admin.open(&second), "Next page").expect("a third page");
    let back = step(&admin.open(&third), "Previous page").expect("back");
    assert_eq!(summary(&admin.open(&back)), forward[1]);
    assert_eq!(summary(&admin.open(&second)), forward[1]);
    // A filtered list, too.
    assert!(summary(&admin.open("/users?limit=25&q=example&tfa=active")).starts_with("1–"));
}

#[test]
fn what_is_not_known_is_not_said() {
    let site = crowded();
    let admin = site.admin();
    let jump = admin.open("/users?limit=25&from=Z");
    assert!(summary(&jump).ends_with(" users, from Z"), "{}", summary(&jump));
    assert!(!summary(&jump).contains('–'));
    let behind = step(&admin.open("/users?limit=25&from=B"), "Next page").expect("more");
    assert!(!summary(&admin.open(&behind)).contains('–'));
    // What cannot be is not believed: a rank behind the end, or before the beginning.
    let second = step(&admin.open("/users?limit=25"), "Next page").expect("a second page");
    let (path, cursor) = second.split_once("after=").expect("a cursor");
    let told = String::from_utf8(BASE64URL_NOPAD.decode(cursor.as_bytes()).expect("base64")).expect("JSON");
    let (place, _) = told.rsplit_once(',').expect("a rank");
    for rank in ["5000", "-3", "99999999999999999"] {
        let made_up = BASE64URL_NOPAD.encode(format!("{place},{rank}]").as_bytes());
        let said = summary(&admin.open(&format!("{path}after={made_up}")));
        assert!(said.starts_with("25 of "), "{rank}: {said}");
    }
    // Those who come meanwhile are noticed at the end, which is known anew.
    let site_grows = |email: &str| site.add(vec![UserSample::new("Aaron", email, site.a)]);
    site_grows("aaron@example.org");
    let last = summary(&admin.open("/users?limit=25&before=end"));
    let (range, total) = last.split_once(" of ").expect("a range");
    assert!(total.starts_with(range.split_once('–').expect("a range").1), "{last}");
}
