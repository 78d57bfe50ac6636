//! Who guesses at a sign-in learns nothing from how long it takes: everybody costs one hash, whether they exist or not.

use std::time::{Duration, Instant};

use crate::support::{PASSWORD, Person, Role, Site, UserSample};

const HOUR: i64 = 3_600_000;
const ROUNDS: usize = 21;

/// An address of each kind that does not let its guesser in, the known one first.
fn kinds(site: &Site) -> Vec<(&'static str, String)> {
    let admin = site.admin();
    let known = site.member(Role::Technician(site.a));
    let disabled = site.member(Role::Technician(site.a));
    admin.post(&format!("/users/{}/status", disabled.id), &[("status", "disabled")]).expect(303);
    let deleted = site.member(Role::Technician(site.a));
    site.delete(deleted.id);
    // Somebody who may sign in but never chose a password, and somebody who may not.
    let invited = site.member(Role::Technician(site.a));
    site.database.execute(&format!("DELETE FROM credentials WHERE user_id = {}", invited.id)).unwrap();
    site.add(vec![UserSample::new("Plain", "plain@example.org", site.a)]);
    vec![
        ("wrong password", known.email),
        ("unknown", "nobody@example.org".into()),
        ("disabled", disabled.email),
        ("deleted", deleted.email),
        ("without a password", invited.email),
        ("without a role", "plain@example.org".into()),
    ]
}

fn attempt(site: &Site, browser: &Person<'_>, email: &str) -> Duration {
    let before = site.app.gate.begun();
    let begun = Instant::now();
    let answer = browser.post("/login", &[("email", email), ("password", "not the password")]);
    let took = begun.elapsed();
    answer.expect(422);
    assert_eq!(site.app.gate.begun() - before, 1, "{email}");
    took
}

/// What each of them took in the quickest quarter of the rounds: taken in turns, so that whatever else the machine does hits all alike, and well
/// below the middle, which on a busy machine tells of the others there.
fn typical(site: &Site, browser: &Person<'_>, kinds: &[(&str, String)]) -> Vec<Duration> {
    let mut took = vec![Vec::new(); kinds.len()];
    for round in 0..ROUNDS {
        // Nobody is held for what was tried before.
        site.wait(2 * HOUR);
        for place in 0..kinds.len() {
            let kind = (round + place) % kinds.len();
            took[kind].push(attempt(site, browser, &kinds[kind].1));
        }
    }
    took.iter_mut()
        .map(|times| {
            times.sort_unstable();
            times[ROUNDS / 4]
        })
        .collect()
}

#[test]
fn everybody_costs_the_same_time() {
    let site = Site::start_at_full_cost();
    let kinds = kinds(&site);
    let browser = site.visitor();
    browser.csrf();
    let mut measured = Vec::new();
    // A machine under load may spoil one measurement. What tells people apart spoils all of them.
    for _ in 0..4 {
        let times = typical(&site, &browser, &kinds);
        let (least, most) = (times.iter().min().unwrap(), times.iter().max().unwrap());
        assert!(*least > Duration::from_millis(5), "no hash is as quick as that: {times:?}");
        if most.as_secs_f64() <= least.as_secs_f64() * 1.25 {
            return;
        }
        measured.push(times);
    }
    panic!("{:?}: {measured:?}", kinds.iter().map(|(kind, _)| kind).collect::<Vec<_>>());
}

#[test]
fn who_has_to_wait_costs_nothing() {
    let site = Site::start();
    let member = site.member(Role::Technician(site.a));
    for email in [member.email.as_str(), "nobody@example.org"] {
        let browser = site.visitor();
        for _ in 0..5 {
            attempt(&site, &browser, email);
        }
        let before = site.app.gate.begun();
        browser.post("/login", &[("email", email), ("password", PASSWORD)]).expect(429);
        assert_eq!(site.app.gate.begun(), before, "{email}");
    }
}
