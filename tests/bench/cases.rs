//! What is asked for: pages of the User List in every order and place, searches, filters, the page of a user, the dashboard and the search for everything.

use std::collections::BTreeMap;
use std::time::Duration;

use muster::features::users::model::User;
use muster::features::users::queries::place_of;

use crate::arguments::Arguments;
use crate::ground::Ground;
use crate::load::{self, Dice, Turn};
use crate::report::{Figure, Report};
use crate::server::Server;
use crate::yardstick::Yardstick;

/// Distinct requests of a case.
const REQUESTS: usize = 400;
const SORTS: [&str; 10] =
    ["name", "email", "phone", "devices", "tfa", "last-login", "customer", "status", "source", "created"];

/// Which share of the yardstick's requests a second a case must reach: on SQLite, on PostgreSQL.
#[derive(Clone, Copy)]
struct Floor(f64, f64);

const PAGE: Floor = Floor(0.10, 0.04);
const SEARCH: Floor = Floor(0.02, 0.01);
const ANY: Floor = Floor(0.0005, 0.0002);

struct Case {
    name: String,
    floor: Floor,
    requests: Vec<Vec<u8>>,
}

/// Median milliseconds by case.
pub type Medians = BTreeMap<String, f64>;

/// Runs the cases that are wanted; beside the medians of a smaller installation, if there are some.
pub fn run(
    arguments: &Arguments,
    ground: &Ground,
    server: &Server,
    report: &mut Report,
    few: Option<&Medians>,
) -> Medians {
    let mut medians = Medians::new();
    for case in cases(ground).into_iter().filter(|case| arguments.wants(&case.name) && !case.requests.is_empty()) {
        let (ratio, ours) = ratio(arguments, server, &case.requests);
        let median = ours.latencies[ours.latencies.len() / 2];
        let floor = if ground.url.is_some() { case.floor.1 } else { case.floor.0 };
        report.figure(Figure {
            users: ground.users,
            ratio,
            floor,
            per_second: ours.per_second(),
            median,
            of_few: few.and_then(|few| few.get(&case.name)).map(|few| median / few),
            // What it costs to find the hits grows with them, and so with the people.
            flat: case.floor.0 == PAGE.0,
            kilobytes: ours.mean_bytes() as f64 / 1_000.0,
            name: case.name.clone(),
        });
        medians.insert(case.name, median);
    }
    medians
}

/// The median of ours to the yardstick, and the turn in the middle.
pub fn ratio(arguments: &Arguments, server: &Server, requests: &[Vec<u8>]) -> (f64, Turn) {
    let turn = Duration::from_millis(arguments.turn);
    let bytes = load::turn(server.address, requests, turn / 4).mean_bytes();
    let yardstick = Yardstick::start(bytes);
    let bare = vec![load::get("/", "")];
    load::turn(yardstick.address, &bare, turn / 4);
    let mut rounds: Vec<(f64, Turn)> = (0..arguments.rounds.max(1))
        .map(|_| {
            let theirs = load::turn(yardstick.address, &bare, turn / 2).per_second();
            let ours = load::turn(server.address, requests, turn);
            (ours.per_second() / theirs, ours)
        })
        .collect();
    rounds.sort_by(|one, other| one.0.total_cmp(&other.0));
    let middle = rounds.len() / 2;
    rounds.swap_remove(middle)
}

fn cases(ground: &Ground) -> Vec<Case> {
    let samples = &ground.samples;
    let mut cases = Vec::new();
    for (number, reader) in ground.readers.iter().enumerate() {
        let mut add = |name: &str, floor: Floor, path: &mut dyn FnMut(&mut Dice) -> Option<String>| {
            let mut dice = Dice::new();
            let requests = (0..REQUESTS)
                .filter_map(|_| Some(load::get(&path(&mut dice)?, pick(&reader.cookies, &mut dice)?)))
                .collect();
            cases.push(Case { name: format!("{name} · {}", reader.name), floor, requests });
        };
        let people = &samples.people[number];
        add("first page", PAGE, &mut |_| Some("/users".into()));
        add("last page", PAGE, &mut |_| Some("/users?before=end".into()));
        for sort in SORTS {
            add(&format!("random page by {sort}"), PAGE, &mut |dice| {
                let minus = if dice.below(2) == 0 { "" } else { "-" };
                let way = if dice.below(2) == 0 { "after" } else { "before" };
                Some(format!("/users?sort={minus}{sort}&{way}={}", place_of(sort, person(people, dice)).sealed(None)))
            });
        }
        add("jump to a name", PAGE, &mut |dice| {
            Some(format!("/users?from={}", encoded(&person(people, dice).name_key.chars().take(4).collect::<String>())))
        });
        add("user page", PAGE, &mut |dice| Some(format!("/users/{}", person(people, dice).id)));
        let terms = |terms: &'static str| move |term: &str| format!("/users?q={}{terms}", encoded(term));
        for (name, floor, words) in [
            ("search, few hits", SEARCH, &samples.rare),
            ("search, up to 100 hits", SEARCH, &samples.hundred),
            ("search, 1 % hit", ANY, &samples.percent),
            ("search, 50 % hit", ANY, &samples.half),
            ("search, a prefix of two", ANY, &samples.prefixes),
        ] {
            add(name, floor, &mut |dice| pick(words, dice).map(|word| terms("")(word)));
        }
        add("search, 50 % hit, by last login", ANY, &mut |dice| {
            pick(&samples.half, dice).map(|word| terms("&sort=-last-login")(word))
        });
        add("search and filter", ANY, &mut |dice| {
            pick(&samples.percent, dice).map(|word| terms("&status=disabled")(word))
        });
        for (name, query) in [
            ("filter 2FA active", "tfa=active"),
            ("filter 2FA not configured", "tfa=not-configured"),
            ("filter disabled", "status=disabled"),
            ("filter source", "source=directory"),
            ("filter never signed in", "login=never"),
            ("filter idle for 90 days", "idle=90"),
            ("filter no devices", "devices=none"),
            ("filter may sign in without 2FA", "status=active&access=may&tfa=not-active"),
            ("filter activation pending", "access=pending"),
            ("filters that hit nobody", "login=never&tfa=active&status=disabled&source=directory"),
            ("filter disabled, by created", "status=disabled&sort=-created"),
        ] {
            add(name, ANY, &mut |_| Some(format!("/users?{query}")));
        }
        add("dashboard", ANY, &mut |_| Some("/dashboard".into()));
        add("search for everything", ANY, &mut |dice| {
            pick(&samples.rare, dice).map(|word| format!("/search?q={}", encoded(word)))
        });
        add("filter role", ANY, &mut |dice| pick(&samples.roles, dice).map(|role| format!("/users?role={role}")));
        add("filter customer", PAGE, &mut |dice| {
            samples.people[number]
                .get(dice.below(people.len()))
                .map(|user| format!("/users?customer={}", user.customer_id))
        });
    }
    cases
}

fn pick<'a, T>(things: &'a [T], dice: &mut Dice) -> Option<&'a T> {
    if things.is_empty() { None } else { things.get(dice.below(things.len())) }
}

fn person<'a>(people: &'a [User], dice: &mut Dice) -> &'a User {
    &people[dice.below(people.len())]
}

fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}
