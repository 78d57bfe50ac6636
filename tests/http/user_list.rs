//! The User List: every order visits everybody once, filters combine, and no parameter resets another.

use std::collections::BTreeMap;

use muster::features::users::input::listing::SPEC;
use muster::features::users::input::{Source, Status, TfaStatus};
use muster::features::users::model::{Stored, User};
use muster::features::users::queries::place_of;

use crate::support::{Answer, Person, Role, Site, UserSample, encoded};
use muster::access::session::Level;

const DAY: i64 = 24 * 3_600_000;

/// 85 people of A and B with few different values in every column, so that each order has ties.
pub(super) fn crowded() -> Site {
    let site = Site::start();
    let samples = (0..85_usize)
        .map(|n| {
            let customer = if n % 3 == 0 { site.b } else { site.a };
            let mut user = UserSample::new(
                ["Ann Lee", "Zoë Śliwa", "Иван Петров", "田中 太郎", "ann lee"][n % 5],
                &format!("u{:03}@example.org", (n * 37) % 130),
                customer,
            );
            user.phone = ["", "+44 20 5139", "030 123456"][n % 3].into();
            user.tfa = TfaStatus::WORDS[n % 4];
            user.status = Status::WORDS[n / 7 % 2];
            user.source = Source::WORDS[n / 11 % 3];
            user.devices = (n % 4) as i64;
            user.last_login_at = [0, site.now() - DAY, site.now() - 40 * DAY, site.now() - 400 * DAY][n / 5 % 4];
            user.created_at = site.now() - (n / 10) as i64 * DAY;
            user
        })
        .collect();
    site.add(samples);
    site
}

/// Everybody whom a reader of these customers may see.
fn everybody(site: &Site, customers: &[i64]) -> Vec<User> {
    use diesel::prelude::*;
    use muster::db::schema::users;
    site.read(|conn| {
        Ok(users::table.filter(users::deleted_at.eq(0)).filter(users::customer_id.eq_any(customers)).load(conn)?)
    })
}

/// All ids from a page on, following a step of the pager.
fn walk(person: &Person<'_>, from: &str, step: &str) -> Vec<Vec<i64>> {
    let mut pages = Vec::new();
    let mut next = Some(from.to_owned());
    while let Some(path) = next {
        let page = person.open(&path);
        pages.push(page.ids());
        next = page.attributes(&format!("a.pager-step[title='{step}']"), "href").into_iter().next();
        assert!(pages.len() < 50, "{from}: it never ends");
    }
    pages
}

#[test]
fn every_order_visits_everybody_once_both_ways() {
    let site = crowded();
    let readers = [
        (site.admin(), vec![site.a, site.b]),
        (site.administrator(site.a), vec![site.a]),
        (site.person(Role::TechnicianOfBoth(site.a, site.b), Level::Full), vec![site.a, site.b]),
    ];
    for (reader, customers) in &readers {
        let people = everybody(&site, customers);
        for column in SPEC.columns.iter().filter(|column| column.sorts) {
            for minus in ["", "-"] {
                let mut expected: Vec<&User> = people.iter().collect();
                expected.sort_by_key(|user| place_of(column.key, user));
                if minus == "-" {
                    expected.reverse();
                }
                let expected: Vec<i64> = expected.iter().map(|user| user.id).collect();
                let base = format!("/users?limit=25&sort={minus}{}", column.key);
                let forward = walk(reader, &base, "Next page");
                assert_eq!(forward.concat(), expected, "{base}");
                let mut backward = walk(reader, &format!("{base}&before=end"), "Previous page");
                backward.reverse();
                assert_eq!(backward.concat(), expected, "{base} backwards");
            }
        }
    }
}

/// Somebody who comes or goes meanwhile moves nobody else.
#[test]
fn a_page_stays_where_it_is_when_rows_move() {
    let site = crowded();
    let admin = site.admin();
    let first = admin.open("/users?limit=25&sort=email");
    let next = first.attributes("a.pager-step[title='Next page']", "href").remove(0);
    let before = admin.open(&next).ids();
    site.add(vec![UserSample::new("Early", "a@example.org", site.a)]);
    site.delete(first.ids()[3]);
    assert_eq!(admin.open(&next).ids(), before);
}

#[test]
fn filters_and_search_combine() {
    let site = crowded();
    let admin = site.admin();
    let people = everybody(&site, &[site.a, site.b]);
    let now = site.now();
    type Test = Box<dyn Fn(&User) -> bool>;
    let mut choices: Vec<(&str, Vec<(String, Test)>)> = vec![
        (
            "tfa",
            TfaStatus::WORDS
                .iter()
                .map(|word| (word.code().to_owned(), Box::new(move |user: &User| user.tfa == word.number()) as Test))
                .collect(),
        ),
        (
            "status",
            Status::WORDS
                .iter()
                .map(|word| (word.code().to_owned(), Box::new(move |user: &User| user.status == word.number()) as Test))
                .collect(),
        ),
        (
            "source",
            Source::WORDS
                .iter()
                .map(|word| (word.code().to_owned(), Box::new(move |user: &User| user.source == word.number()) as Test))
                .collect(),
        ),
        (
            "login",
            vec![
                ("never".to_owned(), Box::new(|user: &User| user.last_login_at == 0) as Test),
                // What no filter takes is as if it were not said.
                ("sometimes".to_owned(), Box::new(|_: &User| true)),
            ],
        ),
        (
            "idle",
            vec![30, 45, 399]
                .into_iter()
                .map(|days: i64| {
                    let idle = move |user: &User| user.last_login_at > 0 && user.last_login_at < now - days * DAY;
                    (days.to_string(), Box::new(idle) as Test)
                })
                .chain([("-1".to_owned(), Box::new(|_: &User| true) as Test)])
                .collect(),
        ),
        ("devices", vec![("none".to_owned(), Box::new(|user: &User| user.device_count == 0) as Test)]),
        (
            "q",
            vec![
                ("ann".to_owned(), Box::new(|user: &User| user.name.to_lowercase().contains("ann")) as Test),
                ("sliwa".to_owned(), Box::new(|user: &User| user.name.contains("Śliwa"))),
                ("5139".to_owned(), Box::new(|user: &User| user.phone.contains("5139"))),
            ],
        ),
    ];
    let (a, b) = (site.a, site.b);
    choices.push((
        "customer",
        [a, b, 987_654]
            .into_iter()
            .map(|id| (id.to_string(), Box::new(move |user: &User| user.customer_id == id) as Test))
            .collect(),
    ));
    // Every pair of values of two different filters, and every single one.
    for (n, (left, values)) in choices.iter().enumerate() {
        for (value, test) in values {
            check(&admin, &people, &[(left, value)], &|user| test(user));
            for (right, others) in &choices[n + 1..] {
                for (other, also) in others {
                    check(&admin, &people, &[(left, value), (right, other)], &|user| test(user) && also(user));
                }
            }
        }
    }
}

#[track_caller]
fn check(reader: &Person<'_>, people: &[User], query: &[(&str, &str)], test: &dyn Fn(&User) -> bool) {
    let mut all = query.to_vec();
    all.push(("limit", "250"));
    let page = reader.open(&format!("/users?{}", encoded(&all)));
    let mut shown = page.ids();
    shown.sort_unstable();
    // The reader themself is not of the crowd.
    let mut expected: Vec<i64> = people.iter().filter(|user| test(user)).map(|user| user.id).collect();
    expected.sort_unstable();
    shown.retain(|id| people.iter().any(|user| user.id == *id));
    assert_eq!(shown, expected, "{query:?}");
}

/// What a query says, without the place in the list.
fn parameters(href: &str) -> BTreeMap<String, String> {
    let query = href.split_once('?').map_or("", |(_, query)| query);
    url::form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .filter(|(name, _)| !matches!(name.as_str(), "after" | "before" | "from"))
        .collect()
}

#[test]
fn no_parameter_resets_another() {
    let site = crowded();
    let admin = site.admin();
    let customer = site.a.to_string();
    let all = [
        ("q", "example"),
        ("tfa", "active"),
        ("status", "active"),
        ("source", "local"),
        ("login", "never"),
        ("devices", "none"),
        ("idle", "45"),
        ("customer", customer.as_str()),
        ("role", "4"),
        ("sort", "-email"),
        ("limit", "25"),
        ("density", "compact"),
        ("columns", "name,customer,email"),
    ];
    // Every pair alone, and all at once.
    let mut sets: Vec<Vec<(&str, &str)>> = vec![all.to_vec()];
    for (n, left) in all.iter().enumerate() {
        sets.extend(all[n + 1..].iter().map(|right| vec![*left, *right]));
    }
    for set in sets {
        let page = admin.open(&format!("/users?{}", encoded(&set)));
        let said: BTreeMap<String, String> =
            set.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        links_keep(&page, "thead a, .pager a, a.chip, a[data-panel]", &said);
        forms_carry(&page, &["form[role=search]", "form.list-jump"], &said);
        for panel in ["filters", "columns"] {
            let mut asked = set.clone();
            asked.push(("panel", panel));
            let page = admin.open(&format!("/users?{}", encoded(&asked)));
            links_keep(&page, "[data-panel-content] .suggestions a", &said);
            forms_carry(&page, &["[data-panel-content] form"], &said);
        }
    }
}

/// Each link changes, adds or takes off one thing at most.
fn links_keep(page: &Answer, links: &str, said: &BTreeMap<String, String>) {
    for href in page.attributes(links, "href") {
        let kept = parameters(&href);
        let changed: Vec<&String> =
            said.iter().filter(|(name, value)| kept.get(*name) != Some(value)).map(|(name, _)| name).collect();
        assert!(changed.len() <= 1, "{said:?} -> {href} loses {changed:?}");
        let added: Vec<&String> = kept.keys().filter(|name| !said.contains_key(*name)).collect();
        assert!(added.len() + changed.len() <= 1, "{said:?} -> {href} adds {added:?}");
    }
}

/// Each form of the list sends along what it does not ask for itself.
fn forms_carry(page: &Answer, forms: &[&str], said: &BTreeMap<String, String>) {
    for form in forms {
        let hidden = page.attributes(&format!("{form} input[type=hidden]"), "name");
        let asked = page.attributes(&format!("{form} input:not([type=hidden]), {form} select"), "name");
        for name in said.keys() {
            assert!(hidden.contains(name) || asked.contains(name), "{form} loses {name} of {said:?}");
        }
    }
}
