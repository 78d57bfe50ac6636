//! More people than are counted: pages of narrowed lists agree with the naive reading whichever way their rows are found.

use std::collections::BTreeSet;

use diesel::prelude::*;
use muster::db::schema::{role_assignments, roles, users};
use muster::db::search::Terms;
use muster::features::demo;
use muster::features::users::input::{Access, Source, Status, TfaStatus};
use muster::features::users::model::{Stored, User};
use muster::features::users::queries::{self, Narrow, place_of};
use muster::web::list::{COUNT_CAP, Place, Total};

use crate::support::Site;

const SORTS: [&str; 10] =
    ["name", "email", "phone", "devices", "tfa", "last-login", "customer", "status", "source", "created"];
const LIMIT: usize = 50;

type Fits = Box<dyn Fn(&User) -> bool>;

#[test]
fn pages_of_many_agree_with_the_naive_reading() {
    let site = Site::start();
    demo::actions::fill(&site.app.db, 12_500, site.now(), |_| {}).unwrap();
    let everybody: Vec<User> = site.read(|conn| Ok(users::table.filter(users::deleted_at.eq(0)).load(conn)?));
    let ordinary = site.role(muster::access::BuiltIn::Users);
    let holders: BTreeSet<i64> = site.read(|conn| {
        let held = role_assignments::table.filter(role_assignments::role_id.eq(ordinary));
        Ok(held.select(role_assignments::user_id).load::<i64>(conn)?.into_iter().collect())
    });
    let signing_in: BTreeSet<i64> = site.read(|conn| {
        let held = role_assignments::table.inner_join(roles::table).filter(roles::may_sign_in.eq(true));
        Ok(held.select(role_assignments::user_id).load::<i64>(conn)?.into_iter().collect())
    });
    let most_common = everybody[0].customer_id;
    let others: BTreeSet<i64> = everybody.iter().map(|user| user.customer_id).filter(|id| *id != most_common).collect();
    let month_ago = site.now() - 30 * 86_400_000;
    let cases: Vec<(&str, Narrow, Fits)> = vec![
        (
            "active",
            Narrow { status: Some(Status::Active.number()), ..Narrow::default() },
            Box::new(|user| user.status() == Status::Active),
        ),
        (
            "of a directory",
            Narrow { source: Some(Source::Directory.number()), ..Narrow::default() },
            Box::new(|user| user.source() == Source::Directory),
        ),
        (
            "ordinary",
            Narrow { role: Some(ordinary), ..Narrow::default() },
            Box::new(move |user| holders.contains(&user.id)),
        ),
        (
            "in every address, but where no word begins",
            Narrow { terms: Terms::of("@"), status: Some(Status::Active.number()), ..Narrow::default() },
            Box::new(|_| false),
        ),
        (
            "a common ending",
            Narrow { terms: Terms::of("exa"), ..Narrow::default() },
            Box::new(|user| user.search.contains("exa")),
        ),
        (
            "idle, without 2FA",
            Narrow { tfa: Some(TfaStatus::NotActive.number()), idle_since: Some(month_ago), ..Narrow::default() },
            Box::new(move |user| {
                user.tfa() == TfaStatus::NotActive && user.last_login_at > 0 && user.last_login_at < month_ago
            }),
        ),
        (
            "signed in before, active",
            Narrow { status: Some(Status::Active.number()), idle_since: Some(site.now()), ..Narrow::default() },
            Box::new({
                let now = site.now();
                move |user| user.status() == Status::Active && user.last_login_at > 0 && user.last_login_at < now
            }),
        ),
        (
            "may sign in",
            Narrow { access: Some((Access::May, site.now())), ..Narrow::default() },
            one_of(&signing_in, |_| true),
        ),
        (
            "active, may sign in without 2FA",
            Narrow {
                access: Some((Access::May, site.now())),
                status: Some(Status::Active.number()),
                tfa: Some(TfaStatus::NotActive.number()),
                ..Narrow::default()
            },
            one_of(&signing_in, |user| user.status() == Status::Active && user.tfa() == TfaStatus::NotActive),
        ),
        (
            "pending, never signed in",
            Narrow { access: Some((Access::Pending, site.now())), never_signed_in: true, ..Narrow::default() },
            one_of(&signing_in, |user| {
                (user.status(), user.source()) == (Status::Active, Source::Local)
                    && (user.password_changed_at, user.last_login_at) == (0, 0)
            }),
        ),
        (
            "may sign in, not of one customer",
            Narrow {
                access: Some((Access::May, site.now())),
                customers: Some(others.iter().copied().collect()),
                source: Some(Source::Local.number()),
                ..Narrow::default()
            },
            one_of(&signing_in, {
                let others = others.clone();
                move |user| others.contains(&user.customer_id) && user.source() == Source::Local
            }),
        ),
        (
            "everybody but of one customer",
            Narrow { customers: Some(others.iter().copied().collect()), no_devices: true, ..Narrow::default() },
            Box::new({
                let others = others.clone();
                move |user| others.contains(&user.customer_id)
            }),
        ),
        (
            "some names, not of one customer",
            Narrow { terms: Terms::of("mar"), customers: Some(others.iter().copied().collect()), ..Narrow::default() },
            Box::new({
                let others = others.clone();
                move |user| others.contains(&user.customer_id) && user.search.contains("mar")
            }),
        ),
        (
            "a common ending, of some customers, may sign in",
            Narrow {
                terms: Terms::of("exa"),
                access: Some((Access::May, site.now())),
                customers: Some(others.iter().copied().take(5).collect()),
                ..Narrow::default()
            },
            one_of(&signing_in, {
                let others = others.clone();
                move |user| others.iter().take(5).any(|id| *id == user.customer_id)
            }),
        ),
        (
            "of nine customers",
            Narrow { customers: Some(others.iter().copied().take(9).collect()), ..Narrow::default() },
            Box::new({
                let others = others.clone();
                move |user| others.iter().take(9).any(|id| *id == user.customer_id)
            }),
        ),
        (
            "of some customers",
            Narrow { customers: Some(others.iter().copied().take(5).collect()), ..Narrow::default() },
            Box::new(move |user| others.iter().take(5).any(|id| *id == user.customer_id)),
        ),
    ];
    for (name, narrow, fits) in &cases {
        let hits: Vec<&User> = everybody.iter().filter(|user| fits(user)).collect();
        assert_eq!(hits.is_empty(), name.starts_with("in every address"), "{name}");
        agrees(&site, name, narrow, &hits);
        let ids: Vec<i64> = everybody.iter().map(|user| user.id).collect();
        let left = site.read(|conn| queries::among(conn, narrow, &ids));
        assert_eq!(left, hits.iter().map(|user| user.id).collect(), "{name}, of everybody");
    }
    for customers in [None, Some(vec![most_common]), Some(Vec::new())] {
        let narrows: Vec<Narrow> =
            cases.iter().map(|(_, narrow, _)| Narrow { customers: customers.clone(), ..narrow.clone() }).collect();
        let each: Vec<Total> = site.read(|conn| narrows.iter().map(|narrow| queries::total(conn, narrow)).collect());
        assert_eq!(site.read(|conn| queries::totals(conn, &narrows)), each, "of {customers:?}");
        assert!(customers.is_some_and(|ids| ids.is_empty()) || each.iter().any(|total| total.at_least() > 0));
    }
}

/// Whoever is among these and is so.
fn one_of(ids: &BTreeSet<i64>, is_so: impl Fn(&User) -> bool + 'static) -> Fits {
    let ids = ids.clone();
    Box::new(move |user| ids.contains(&user.id) && is_so(user))
}

/// First page, last page and both neighbours of somebody in the middle, in every order both ways.
fn agrees(site: &Site, name: &str, narrow: &Narrow, hits: &[&User]) {
    for (number, sort) in SORTS.iter().enumerate() {
        let mut expected = hits.to_vec();
        expected.sort_by_cached_key(|user| place_of(sort, user));
        let descending = number % 2 == 1;
        if descending {
            expected.reverse();
        }
        let ids: Vec<i64> = expected.iter().map(|user| user.id).collect();
        let mut places =
            vec![(Place::First, 0..ids.len().min(LIMIT)), (Place::Last, ids.len().saturating_sub(LIMIT)..ids.len())];
        if ids.len() > 3 * LIMIT {
            let middle = ids.len() / 2;
            let cursor = place_of(sort, expected[middle]);
            places.push((Place::After(cursor.clone()), middle + 1..middle + 1 + LIMIT));
            places.push((Place::Before(cursor), middle - LIMIT..middle));
        }
        for (place, range) in places {
            let (page, total) = site.read(|conn| queries::list(conn, narrow, sort, descending, &place, LIMIT as i64));
            let shown: Vec<i64> = page.rows.iter().map(|row| row.user.id).collect();
            assert_eq!(shown, ids[range.clone()], "{name}, by {sort}, {place:?}");
            assert_eq!((page.more_before, page.more_after), (range.start > 0, range.end < ids.len()), "{name}, {sort}");
            match total {
                Total::Exactly(number) => assert_eq!(number, ids.len() as i64, "{name}"),
                Total::MoreThan(number) => assert!(number == COUNT_CAP && ids.len() as i64 > COUNT_CAP, "{name}"),
            }
        }
    }
}
