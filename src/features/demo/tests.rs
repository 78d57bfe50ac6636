//! What the made-up organisation promises to the command that writes it.

use std::collections::HashSet;

use super::languages::LANGUAGES;
use super::names::Lexicon;
use super::people::{DAY, HISTORY, fingerprint};
use super::{DemoPerson, DemoRole, DemoSource, DemoStatus, DemoTwoFactor, Organisation};

const NOW: i64 = 1_795_000_000_000;

fn people(size: u64) -> Vec<DemoPerson> {
    Organisation::new(size, NOW).people().collect()
}

#[test]
fn the_same_organisation_every_time() {
    let described: String = people(1000).iter().map(|person| format!("{person:?}\n")).collect();
    assert_eq!(fingerprint(&described, ""), 0x7B2B_873B_8F36_8C2B, "the made-up people have changed: was that meant?");
}

#[test]
fn addresses_are_unique_and_lie_in_example_domains() {
    let everyone = people(100_000);
    let addresses: HashSet<&str> = everyone.iter().map(|person| person.email.as_str()).collect();
    assert_eq!(addresses.len(), everyone.len());
    for address in addresses {
        let (local, domain) = address.split_once('@').unwrap();
        assert!(domain.ends_with(".example") && !local.is_empty() && address.len() <= 254, "{address}");
        assert!(address.bytes().all(|byte| byte.is_ascii_graphic()), "{address}");
    }
}

#[test]
fn customers_are_unique_and_the_first_is_the_default() {
    let organisation = Organisation::new(1_000_000, NOW);
    let customers = organisation.customers();
    assert_eq!(customers.len(), 2000);
    assert_eq!(customers[0].name, "Default Customer");
    let names: HashSet<String> = customers.iter().map(|customer| customer.name.to_lowercase()).collect();
    let domains: HashSet<&str> = customers.iter().map(|customer| customer.domain.as_str()).collect();
    assert_eq!((names.len(), domains.len()), (2000, 2000));
}

#[test]
fn every_kind_of_person_occurs() {
    let everyone = people(20_000);
    for two_factor in
        [DemoTwoFactor::Active, DemoTwoFactor::NotActive, DemoTwoFactor::NotConfigured, DemoTwoFactor::NotAvailable]
    {
        assert!(everyone.iter().any(|person| person.two_factor == two_factor), "{two_factor:?}");
    }
    for source in [DemoSource::Local, DemoSource::Directory, DemoSource::IdentityProvider] {
        assert!(everyone.iter().any(|person| person.source == source), "{source:?}");
    }
    for role in [DemoRole::AccountAdmin, DemoRole::Administrator, DemoRole::Technician, DemoRole::User] {
        assert!(everyone.iter().any(|person| person.role == role), "{role:?}");
    }
    assert!(everyone.iter().any(|person| person.status == DemoStatus::Disabled));
    assert!(everyone.iter().any(|person| person.phone.is_empty()));
    assert!(everyone.iter().any(|person| person.last_login_at == 0));
    assert!(everyone.iter().any(|person| person.deleted_at != 0));
}

#[test]
fn only_who_may_sign_in_was_ever_here_and_not_all_at_once() {
    let everyone = people(100_000);
    let mut times: Vec<i64> = everyone.iter().map(|person| person.last_login_at).filter(|at| *at != 0).collect();
    assert!(times.len() > 1_000);
    assert!(everyone.iter().all(|person| person.role != DemoRole::User || person.last_login_at == 0));
    let all = times.len();
    times.iter_mut().for_each(|at| *at /= 1_000);
    times.sort_unstable();
    times.dedup();
    assert!(times.len() * 100 > all * 98, "{} different seconds of {all} logins", times.len());
}

#[test]
fn people_are_added_one_after_the_other_on_working_days() {
    for size in [1, 19, 20_000] {
        let added: Vec<i64> = people(size).iter().map(|person| person.created_at).collect();
        assert!(added.is_sorted());
        assert!(added.iter().all(|at| (at.div_euclid(DAY) + 3).rem_euclid(7) < 5), "somebody was added on a weekend");
        assert!(added.last().is_some_and(|last| NOW - last < HISTORY / size as i64 + 4 * DAY));
    }
}

#[test]
fn everyone_fits_the_limits_of_the_product() {
    for size in [0, 1, 2, 19, 600] {
        assert_eq!(people(size).len() as u64, size);
    }
    for person in people(50_000) {
        assert!((1..=255).contains(&person.name.chars().count()) && !person.name.contains('_'), "{person:?}");
        assert!(
            person.phone.len() <= 32 && person.phone.chars().all(|sign| "0123456789+()./-x ".contains(sign)),
            "{person:?}"
        );
        assert!(person.created_at < NOW && person.created_at > NOW - HISTORY - 30 * DAY, "{person:?}");
        assert!(person.last_login_at == 0 || (person.created_at..=NOW).contains(&person.last_login_at), "{person:?}");
        assert!(person.deleted_at == 0 || (NOW - 30 * DAY..NOW).contains(&person.deleted_at), "{person:?}");
        assert_eq!(person.two_factor == DemoTwoFactor::NotAvailable, person.source != DemoSource::Local, "{person:?}");
    }
}

#[test]
fn words_are_complete() {
    for language in &LANGUAGES {
        let lexicon = Lexicon::new(language);
        assert!(lexicon.is_complete(), "{} {}", language.women, language.stems);
    }
}
