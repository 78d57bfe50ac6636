//! The lists of groups and customers have the manners of the User List: ticks that stay, all that match, views; and groups can be found without script.

use std::collections::BTreeSet;

use crate::support::{Answer, Person, Site, encoded};

/// 60 groups called Crew and 30 called Desk of A, 20 called Crew of B. Gives the ids of the three.
fn grouped(site: &Site) -> [Vec<i64>; 3] {
    [(60, "Crew", site.a), (30, "Desk", site.a), (20, "Crew", site.b)].map(|(number, name, customer)| {
        (0..number).map(|n| site.add_group_called(customer, &format!("{name} {n:02}"))).collect()
    })
}

/// Sends a change as the page's script does.
fn change(person: &Person<'_>, fields: &[(&str, &str)]) -> Answer {
    let token = person.csrf();
    let mut all = vec![("csrf", token.as_str())];
    all.extend_from_slice(fields);
    let headers = [("Content-Type", "application/x-www-form-urlencoded"), ("X-Fragment", "tray")];
    person.send("POST", "/groups/selection", &headers, encoded(&all).as_bytes())
}

fn tick(person: &Person<'_>, name: &str, ids: &[i64]) -> Answer {
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    change(person, &ids.iter().map(|id| (name, id.as_str())).collect::<Vec<_>>())
}

fn text(answer: &Answer) -> String {
    answer.attributes("[data-selection-tray]", "data-selection-text").into_iter().next().unwrap_or_default()
}

fn ticked(answer: &Answer) -> BTreeSet<i64> {
    answer.attributes("input[data-tick][checked]", "value").iter().map(|id| id.parse().unwrap()).collect()
}

fn set(ids: &[i64]) -> BTreeSet<i64> {
    ids.iter().copied().collect()
}

#[test]
fn ticked_groups_stay_ticked_and_are_deleted_together() {
    let site = Site::start();
    let [crew, desk, other] = grouped(&site);
    let admin = site.admin();
    let chosen = [crew[0], crew[59], desk[3], other[1]];
    assert_eq!(text(&tick(&admin, "add", &chosen).expect(200)), "4 groups selected");
    assert_eq!(ticked(&admin.open("/groups?q=desk")), set(&[desk[3]]));
    assert_eq!(ticked(&admin.open("/groups?limit=250&sort=-name")), set(&chosen));
    let review = admin.open("/groups?selected=yes");
    assert_eq!(set(&review.ids()), set(&chosen));
    assert!(review.all(".tray a").iter().all(|link| !link.contains("Export")), "there is no file of groups");
    assert_eq!(text(&tick(&admin, "remove", &[desk[3]]).expect(200)), "3 groups selected");
    let plan = admin.post("/groups/deletions", &[("selection", "groups")]).expect(303);
    let asked = admin.follow(&plan).readable();
    assert!(asked.contains("Delete 3 groups?"), "{asked}");
    admin.post(plan.location(), &[]).expect(303);
    assert!([crew[0], crew[59], other[1]].iter().all(|id| site.group(*id).is_none()));
    assert!(site.group(desk[3]).is_some());
    // What is gone is selected no more, should it come back or not.
    assert_eq!(text(&admin.open("/groups")), "");
    admin.post("/groups/deletions", &[("selection", "groups")]).expect(422);
}

#[test]
fn all_groups_that_match_are_selected_but_for_some() {
    let site = Site::start();
    let [crew, desk, other] = grouped(&site);
    let admin = site.admin();
    let list = admin.open("/groups?q=crew");
    assert_eq!(list.attributes("[data-selection-offer]", "data-selection-offer"), ["q=crew"]);
    let whole = change(&admin, &[("whole", "yes"), ("query", "q=crew")]).expect(200);
    assert_eq!(text(&whole), "80 groups selected");
    assert_eq!(text(&tick(&admin, "remove", &[crew[1], other[2]]).expect(200)), "78 groups selected");
    assert_eq!(text(&tick(&admin, "add", &[desk[0]]).expect(200)), "79 groups selected");
    // One that comes to match is selected too.
    let late = site.add_group_called(site.b, "Night crew");
    assert!(ticked(&admin.open("/groups?q=night")).contains(&late));
    assert_eq!(text(&admin.open("/groups")), "80 groups selected");
    let mine = admin.open("/groups?selected=yes&limit=250");
    assert!(!mine.ids().contains(&crew[1]) && mine.ids().contains(&desk[0]) && mine.ids().contains(&late));
    assert_eq!(mine.ids().len(), 80);
    assert_eq!(text(&change(&admin, &[("clear", "yes")]).expect(200)), "");
}

#[test]
fn nobody_selects_groups_of_others() {
    let site = Site::start();
    let [crew, _, other] = grouped(&site);
    let bound = site.administrator(site.a);
    tick(&bound, "add", &[crew[0], other[0]]).expect(404);
    assert_eq!(text(&bound.open("/groups")), "");
    assert_eq!(text(&change(&bound, &[("whole", "yes"), ("query", "q=crew")]).expect(200)), "60 groups selected");
    let technician = site.technician(site.a);
    assert_eq!(technician.open("/groups").all("[data-selection-offer], .tray"), Vec::<String>::new());
}

#[test]
fn what_a_list_of_groups_or_customers_shows_is_saved_as_a_view() {
    let site = Site::start();
    grouped(&site);
    let admin = site.admin();
    for (list, query, title) in [
        ("/groups", format!("q=crew&customer={}&sort=-users&limit=25", site.b), "Groups"),
        ("/customers", "state=active&sort=-created".to_owned(), "Customers"),
    ] {
        let shown = admin.open(&format!("{list}?{query}"));
        let panel = admin.open(&format!("{list}?{query}&panel=views"));
        let form = admin.open(&panel.attributes(".views-save", "href").remove(0));
        assert_eq!(form.field("query").as_deref(), Some(query.as_str()));
        assert!(form.all(".breadcrumb a").contains(&title.to_owned()), "{:?}", form.all(".breadcrumb a"));
        let saved =
            admin.post(&format!("{list}/views"), &[("name", "Mine"), ("role", ""), ("query", &query)]).expect(303);
        assert_eq!(saved.location(), format!("{list}?{query}"));
        assert_eq!(admin.follow(&saved).ids(), shown.ids());
        let panel = admin.open(&format!("{list}?panel=views"));
        assert_eq!(panel.attributes(".views-mine .view-link", "href"), [format!("{list}?{query}")]);
        let edit = panel.attributes(".views-mine a[data-dialog-page]", "href").remove(0);
        let edit = edit.split('?').next().unwrap();
        assert!(edit.starts_with(list), "{edit}");
        // A view belongs to its list.
        admin.get(&edit.replace(list, "/users")).expect(404);
        admin.post(&format!("{edit}/deletion"), &[]).expect(303);
        assert!(admin.open(&format!("{list}?panel=views")).all(".views-mine .view-link").is_empty());
    }
}

#[test]
fn a_group_beyond_those_offered_is_found_without_script() {
    let site = Site::start();
    for n in 0..502 {
        site.add_group_called(site.a, &format!("Crew {n:03}"));
    }
    let last = site.add_group_called(site.a, "Zebra");
    let user = site.add_user(site.a);
    let admin = site.admin();
    tick_user(&admin, user);
    for path in [format!("/users/{user}/groups/new"), "/users/group-additions/new".to_owned()] {
        let page = admin.open(&path);
        assert_eq!(page.all("select[name=group] option").len(), 500, "{path}");
        let found = admin.open(&format!("{path}?find=zEbR"));
        assert_eq!(found.attributes("select[name=group] option", "value"), [last.to_string()]);
        assert_eq!(found.field("find").as_deref(), Some("zEbR"));
        let none = admin.open(&format!("{path}?find=%00quagga"));
        assert!(none.readable().contains("No group’s name holds that"), "{}", none.readable());
    }
}

fn tick_user(person: &Person<'_>, id: i64) {
    let token = person.csrf();
    let fields = [("csrf", token.as_str()), ("add", &id.to_string())];
    let headers = [("Content-Type", "application/x-www-form-urlencoded"), ("X-Fragment", "tray")];
    person.send("POST", "/users/selection", &headers, encoded(&fields).as_bytes()).expect(200);
}
