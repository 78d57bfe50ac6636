//! What floats above a list: asked for when it is wanted, with figures that hold, within the reader's scope.

use std::collections::BTreeMap;

use super::user_list::crowded;
use crate::support::{Answer, Person, Role, Site, UserSample, encoded};
use muster::access::session::Level;

/// A panel alone, as the page's script asks for it.
#[track_caller]
fn panel(person: &Person<'_>, path: &str) -> Answer {
    person.send("GET", path, &[("X-Fragment", "panel")], b"").expect(200)
}

/// The choices of the filters: parameter, value, and the figure beside the label, if there is one.
fn choices(panel: &Answer) -> Vec<(String, String, Option<i64>)> {
    let figure = |text: &str| {
        let (_, figure) = text.strip_suffix(')')?.rsplit_once('(')?;
        figure.replace(',', "").parse().ok()
    };
    let mut all = Vec::new();
    for key in panel.attributes("form select", "name") {
        let values = panel.attributes(&format!("select[name='{key}'] option"), "value");
        let labels = panel.all(&format!("select[name='{key}'] option"));
        all.extend(values.into_iter().zip(labels).skip(1).map(|(value, label)| (key.clone(), value, figure(&label))));
    }
    for (href, label) in panel.attributes(".suggestions a", "href").into_iter().zip(panel.all(".suggestions a")) {
        let value = parameters(&href).remove("idle").expect("a suggestion sets its filter");
        all.push(("idle".to_owned(), value, figure(&label)));
    }
    all
}

fn parameters(href: &str) -> BTreeMap<String, String> {
    let query = href.split_once('?').map_or("", |(_, query)| query);
    url::form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

#[test]
fn an_ordinary_page_carries_no_panel() {
    let site = crowded();
    let admin = site.admin();
    let page = admin.open("/users");
    assert!(page.attributes("[data-panel-content]", "class").is_empty());
    for name in ["Birch", "Technician"] {
        assert!(!page.text().contains(name), "{name}");
    }
    // Without script the same address with one more parameter has it.
    for name in ["filters", "columns"] {
        let link = page.attributes(&format!("a[data-panel='{name}']"), "href").remove(0);
        let open = admin.open(&link);
        assert_eq!(open.attributes("[data-panel-content]", "class").len(), 1);
        assert_eq!(open.ids(), page.ids());
        assert_eq!(open.attributes(&format!("a[data-panel='{name}']"), "href"), ["/users"], "it closes again");
        // Alone it is nothing but itself.
        let alone = panel(&admin, &link);
        assert_eq!(alone.attributes("[data-panel-content]", "class").len(), 1);
        assert!(alone.ids().is_empty() && alone.one("nav").is_none());
    }
    assert_eq!(admin.send("GET", "/users", &[("X-Fragment", "panel")], b"").status, 404);
    assert_eq!(admin.send("GET", "/users?panel=nonsense", &[("X-Fragment", "panel")], b"").status, 404);
}

#[test]
fn every_figure_is_what_the_choice_leaves() {
    let site = crowded();
    let customer = site.a.to_string();
    let readers =
        [site.admin(), site.administrator(site.a), site.person(Role::TechnicianOfBoth(site.a, site.b), Level::Full)];
    let states: [&[(&str, &str)]; 7] = [
        &[],
        &[("q", "ann")],
        &[("tfa", "active")],
        &[("status", "disabled"), ("source", "local")],
        &[("customer", &customer), ("login", "never")],
        &[("idle", "45"), ("devices", "none")],
        &[("q", "nobody of this name")],
    ];
    for reader in &readers {
        for state in states {
            let mut asked = state.to_vec();
            asked.push(("panel", "filters"));
            let offered = choices(&panel(reader, &format!("/users?{}", encoded(&asked))));
            assert!(offered.len() > 15, "{offered:?}");
            for (key, value, figure) in offered {
                let set = state.iter().any(|(name, _)| *name == key);
                let Some(figure) = figure else {
                    // Given up for lack of time, which what is not set never is.
                    assert!(set, "{key}={value} of {state:?}");
                    continue;
                };
                let mut chosen: Vec<(&str, &str)> = state.iter().copied().filter(|(name, _)| *name != key).collect();
                chosen.extend([(key.as_str(), value.as_str()), ("limit", "250")]);
                let page = reader.open(&format!("/users?{}", encoded(&chosen)));
                assert_eq!(i64::try_from(page.ids().len()).unwrap(), figure, "{chosen:?}");
            }
        }
    }
}

/// A list too long to be looked at one by one is counted by its indexes.
#[test]
fn figures_of_a_long_list_hold_too() {
    use muster::features::users::input::{Source, Status, TfaStatus};
    let site = Site::start();
    let samples = (0..2_100_usize).map(|n| {
        let mut user =
            UserSample::new("Many", &format!("many{n}@example.org"), if n % 3 == 0 { site.b } else { site.a });
        user.tfa = TfaStatus::ALL[n % 4];
        user.status = Status::ALL[n / 4 % 2];
        user.source = Source::ALL[n / 8 % 3];
        user.devices = (n % 3) as i64;
        user.last_login_at = if n % 5 == 0 { 0 } else { site.now() - (n as i64 % 400) * 24 * 3_600_000 };
        user
    });
    site.add(samples.collect());
    let admin = site.admin();
    for state in ["", "status=disabled"] {
        let offered = choices(&panel(&admin, &format!("/users?{state}&panel=filters")));
        let counted = offered.iter().filter(|(_, _, figure)| figure.is_some()).count();
        assert!(counted > 0, "{offered:?}");
        for (key, value, figure) in offered {
            let Some(figure) = figure else { continue };
            let query = if state.starts_with(&key) { String::new() } else { format!("&{state}") };
            let page = admin.open(&format!("/users?limit=25&{key}={value}{query}"));
            let total = page.attributes("[data-list-region]", "data-total").remove(0);
            let total: i64 = total.split(' ').next().unwrap().replace(',', "").parse().unwrap();
            assert_eq!(total, figure, "{key}={value} {state}");
        }
    }
}

/// A figure is left away where there was no time for it, whatever the customer.
fn without_figures(text: &str) -> String {
    let figure = |word: &str| {
        let digits = word.strip_prefix('(').and_then(|word| word.split_once(')')).map(|(digits, _)| digits);
        digits.is_some_and(|digits| !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit()))
    };
    let words = text.split(' ').map(|word| if figure(word) { word.split_once(')').unwrap().1 } else { word });
    words
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
        .replace(" </option>", "</option>")
        .replace(" <", "<")
}

#[test]
fn a_customer_outside_looks_like_none() {
    let site = crowded();
    let technician = site.technician(site.a);
    let nobody = 987_654;
    for address in ["/users?customer={}", "/users?customer={}&panel=filters", "/users?customer={}&q=ann&sort=-email"] {
        let essence = |id: i64| {
            let (status, headers, text) = technician.get(&address.replace("{}", &id.to_string())).essence();
            let headers: Vec<_> = headers.into_iter().filter(|(name, _)| name != "content-length").collect();
            (status, headers, without_figures(&text).replace(&id.to_string(), "ID"))
        };
        // Ids of few digits stand in many places of a page.
        assert!(site.b < nobody);
        assert_eq!(
            technician.get(&address.replace("{}", &site.b.to_string())).all(".chip"),
            technician
                .get(&address.replace("{}", &nobody.to_string()))
                .all(".chip")
                .into_iter()
                .map(|chip| chip.replace(&nobody.to_string(), &site.b.to_string()))
                .collect::<Vec<_>>()
        );
        let (theirs, none) = (essence(site.b), essence(nobody));
        assert_eq!((theirs.0, theirs.1), (none.0, none.1), "{address}");
        assert_eq!(theirs.2.replace("ID", ""), none.2.replace("ID", "").replace(&site.b.to_string(), ""), "{address}");
    }
}

#[test]
fn two_thousand_customers_can_be_chosen_from() {
    let site = Site::start();
    let now = site.now();
    let last = site.write(move |conn| {
        let mut last = 0;
        for number in 0..2_000 {
            last = muster::features::customers::queries::insert(conn, &format!("Customer {number:04}"), now)?;
        }
        Ok(last)
    });
    let admin = site.admin();
    let panel = panel(&admin, &format!("/users?panel=filters&customer={last}"));
    assert!(panel.attributes("select[name='customer'] option", "value").len() > 2_000);
    assert_eq!(panel.field("customer"), Some(last.to_string()));
}
