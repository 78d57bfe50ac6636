//! The audit as people read it: who may, what they see of it, how it is narrowed, and how it leaves as a file.

use diesel::prelude::*;
use muster::access::Origin;
use muster::db::schema::guess_counters;
use muster::features::audit::actions::{record, tally};
use muster::features::audit::model::{ACTIONS, Change, Entry};

use crate::support::{Answer, Person, Role, Site, files};

/// The numbers of the entries of a list, as its links say them.
fn entries(answer: &Answer) -> Vec<i64> {
    let hrefs = answer.attributes("tbody th a", "href");
    hrefs.iter().map(|href| href.rsplit('/').next().unwrap().parse().unwrap()).collect()
}

fn edit(site: &Site, person: &Person<'_>, id: i64, name: &str) {
    let version = site.user(id).changed_at.to_string();
    let email = format!("edited{id}@example.org");
    let form = [("name", name), ("email", email.as_str()), ("version", version.as_str())];
    person.post(&format!("/users/{id}"), &form).expect(303);
}

#[test]
fn a_change_is_told_with_old_and_new() {
    let site = Site::start();
    let admin = site.admin();
    let id = site.add_user(site.a);
    let before = site.user(id).name;
    edit(&site, &admin, id, "Ida Newname");
    let list = admin.open("/audit");
    let row = &list.all("tbody tr")[0];
    for part in ["User edited", "Ida Newname", "Done", &format!("name: {before} → Ida Newname"), "Person"] {
        assert!(row.contains(part), "{part:?} is not in {row}");
    }
    let entry = admin.open(&format!("/audit/{}", entries(&list)[0]));
    let text = entry.readable();
    for part in ["User edited", "user.edit", "127.0.0.1", "Alder Works", &before, "Ida Newname", &format!("no. {id}")] {
        assert!(text.contains(part), "{part:?} is not in {text}");
    }
    assert!(entry.attributes("dd a", "href").contains(&format!("/users/{id}")));
    // And on their own page.
    let page = admin.open(&format!("/users/{id}"));
    assert!(page.readable().contains("User edited"));
    assert!(page.attributes("a", "href").contains(&format!("/audit?person={id}")));
    assert_eq!(entries(&admin.open(&format!("/audit?person={id}"))).len(), 1);
}

#[test]
fn newest_first_a_page_at_a_time() {
    let site = Site::start();
    let admin = site.admin();
    let last = site.tell(60);
    site.wait(1_000);
    site.tell(10);
    let first = admin.open("/audit?limit=25");
    let ids = entries(&first);
    assert_eq!(ids.len(), 25);
    assert!(ids.is_sorted_by(|one, other| one > other));
    assert_eq!(ids[10], last);
    let mut all = ids;
    let mut page = first;
    while let Some(next) = page.attributes("a.pager-step[title='Next page']", "href").first() {
        page = admin.open(next);
        all.extend(entries(&page));
    }
    assert_eq!(all.len(), site.audit().len());
    assert!(all.is_sorted_by(|one, other| one > other), "none twice, none left out: {all:?}");
    let back = page.attributes("a.pager-step[title='Previous page']", "href").remove(0);
    assert_eq!(entries(&admin.open(&back)).len(), 25);
    assert!(page.text().contains("70 entries"));
}

#[test]
fn every_filter_narrows() {
    let site = Site::start();
    let (admin, other) = (site.admin(), site.admin());
    let (id, elsewhere) = (site.add_user(site.a), site.add_user(site.b));
    edit(&site, &admin, id, "Nils Holger");
    edit(&site, &other, elsewhere, "Somebody Else");
    site.wait(3 * 86_400_000);
    site.tell(1);
    let reader = site.admin();
    let count = |query: &str| entries(&reader.open(&format!("/audit?{query}"))).len();
    assert_eq!(count(""), 3);
    assert_eq!(count(&format!("who={}", admin.id)), 1);
    assert_eq!(count("who=console"), 1);
    assert_eq!(count(&format!("who={}", site.user(other.id).email)), 1);
    assert_eq!(count("who=nobody@example.org"), 0);
    assert_eq!(count(&format!("person={id}")), 1);
    assert_eq!(count(&format!("person={}", site.user(elsewhere).email)), 1);
    assert_eq!(count("action=user.edit"), 2);
    assert_eq!(count("action=user.create"), 0);
    assert_eq!(count(&format!("customer={}", site.a)), 1);
    assert_eq!(count("outcome=done"), 3);
    assert_eq!(count("outcome=refused"), 0);
    assert_eq!(count("operation=99"), 0);
    assert_eq!(count("since=2026-11-25"), 1);
    assert_eq!(count("until=2026-11-22"), 2);
    assert_eq!(count("since=2026-11-23&until=2026-11-24"), 0);
    assert_eq!(count("q=Holger"), 1);
    assert_eq!(count("q=nobody%20of%20that%20name"), 0);
    // Together, and what the one says does not undo the other.
    assert_eq!(count(&format!("action=user.edit&who={}&customer={}", admin.id, site.a)), 1);
    assert_eq!(count(&format!("action=user.edit&who={}&customer={}", admin.id, site.b)), 0);
    assert_eq!(count("q=Holger&action=user.edit&since=2026-11-22&outcome=done"), 1);
    assert_eq!(count("q=Holger&since=2026-11-25"), 0);
    let none = reader.open("/audit?action=user.purge");
    assert!(none.readable().contains("Nothing fits"), "{}", none.readable());
    let panel = reader.open("/audit?panel=filters");
    assert_eq!(panel.attributes("input[type=date]", "name"), ["since", "until"]);
}

#[test]
fn a_search_stops_and_goes_on_from_there() {
    use diesel::prelude::*;
    use muster::db::schema::audit;
    let site = Site::start();
    let admin = site.admin();
    // Two things that many rows have, and few have both: the oldest and the newest of 70,000.
    let at = site.now();
    let a = site.a;
    site.write(move |conn| {
        for piece in 0..700_i64 {
            let rows: Vec<_> = (0..100_i64)
                .map(|row| {
                    let number = piece * 100 + row;
                    let rare = number == 0 || number == 69_999;
                    let action = if rare || number % 2 == 0 { "user.edit" } else { "user.create" };
                    let customer = if rare || number % 2 == 1 { a } else { 0 };
                    (
                        audit::at.eq(at + number),
                        audit::actor_id.eq(0),
                        audit::address.eq(""),
                        audit::request_id.eq(""),
                        audit::action.eq(action),
                        audit::object_kind.eq("thing"),
                        audit::object_id.eq(1),
                        audit::customer_id.eq(customer),
                        audit::operation_id.eq(0),
                        audit::outcome.eq(1),
                        audit::values_hash.eq(vec![0_u8]),
                    )
                })
                .collect();
            muster::each_backend!(conn, c => diesel::insert_into(audit::table).values(rows).execute(c))?;
        }
        Ok(())
    });
    let mut page = admin.open(&format!("/audit?action=user.edit&customer={a}"));
    let mut found = entries(&page);
    assert_eq!(found.len(), 1, "the newest at once");
    let mut steps = 0;
    while let Some(further) = page.attributes("a.pager-step[title='Next page']", "href").first() {
        assert!(page.readable().contains("Look further back"));
        page = admin.open(further);
        found.extend(page.attributes("tbody th a", "href").iter().map(|_| 0));
        steps += 1;
        // Where nothing was found in a stretch, the way on is in the middle of the page.
        if let Some(on) = page.attributes(".empty-actions a", "href").first().filter(|_| found.len() < 2) {
            page = admin.open(on);
            found.extend(entries(&page));
            steps += 1;
        }
        assert!(steps < 9);
    }
    assert_eq!(found.len(), 2);
}

#[test]
fn everybody_reads_within_their_scope() {
    let site = Site::start();
    let (admin, administrator) = (site.admin(), site.administrator(site.a));
    let (here, there) = (site.add_user(site.a), site.add_user(site.b));
    edit(&site, &admin, here, "Here");
    edit(&site, &admin, there, "There");
    site.tell(1);
    let all = entries(&admin.open("/audit"));
    assert_eq!(all.len(), 3);
    let theirs = administrator.open("/audit");
    assert_eq!(entries(&theirs), [all[2]]);
    assert!(!theirs.text().contains("There"));
    for foreign in &all[..2] {
        administrator.get(&format!("/audit/{foreign}")).expect(404);
    }
    assert!(entries(&administrator.open(&format!("/audit?customer={}", site.b))).is_empty());
    assert!(entries(&administrator.open(&format!("/audit?person={there}"))).is_empty());
    site.technician(site.a).get("/audit").expect(403);
    assert!(!site.technician(site.a).open(&format!("/users/{here}")).readable().contains("History"));
}

/// Who is looked for by the person is still read within the customers, and counted within them.
#[test]
fn of_one_who_moved_only_what_is_of_ones_customers_is_read() {
    let site = Site::start();
    let (admin, administrator) = (site.admin(), site.administrator(site.a));
    let moved = site.add_user(site.b);
    for name in ["One", "Two", "Three"] {
        edit(&site, &admin, moved, name);
    }
    admin.post("/users/edits/new", &[("id", &moved.to_string())]).expect(303);
    let plan = admin.post("/users/edits", &[("customer", &site.a.to_string())]).expect(303).location().to_owned();
    admin.post(&plan, &[]).expect(303);
    edit(&site, &admin, moved, "Four");
    let address = format!("/audit?person={moved}");
    let (all, theirs) = (admin.open(&address), administrator.open(&address));
    assert_eq!((entries(&all).len(), entries(&theirs).len()), (4, 1), "{}", theirs.readable());
    assert_eq!(theirs.all("[data-list-total]"), ["1 entry"]);
    assert!(theirs.readable().contains("Three → Four"));
    let history = administrator.open(&format!("/users/{moved}")).readable();
    assert!(history.contains("Three → Four") && !history.contains("Two → Three"), "{history}");
}

#[test]
fn refused_sign_ins_are_added_up_by_the_minute() {
    let site = Site::start();
    let member = site.member(Role::AccountAdmin);
    let admin = site.admin();
    let wrong = |email: &str| {
        let browser = site.visitor();
        browser.post("/login", &[("email", email), ("password", "not the password")]).status
    };
    for _ in 0..5 {
        assert_eq!(wrong(&member.email), 422);
    }
    assert_eq!(wrong(&member.email), 429);
    wrong("nobody@example.org");
    let list = || admin.open("/audit?action=sign-in.refused");
    assert_eq!(entries(&list()).len(), 2, "the first of each at once");
    let write_up = || {
        let now = site.now();
        site.write(move |conn| tally::write_up(conn, now));
    };
    write_up();
    assert_eq!(entries(&list()).len(), 2, "the minute is not over");
    site.wait(60_000);
    write_up();
    write_up();
    let page = list();
    assert_eq!(entries(&page).len(), 3);
    let sum = page.all("tbody tr").into_iter().find(|row| row.contains("times")).unwrap();
    assert!(sum.contains("times: 5") && sum.contains("Refused"), "{sum}");
    // The right password is told, too.
    site.wait(3_600_000);
    member.signed_in();
    let page = site.admin().open(&format!("/audit?person={}", member.id));
    assert!(page.readable().contains("Signed in"));
}

#[test]
fn the_export_is_what_the_list_shows() {
    let site = Site::start();
    let admin = site.admin();
    let (id, _) = (site.add_user(site.a), site.tell(2_500));
    edit(&site, &admin, id, "=HYPERLINK(\"http://x.example\")");
    let file = admin.post("/audit/exports", &[("query", "")]).expect(200);
    assert_eq!(file.header("content-type"), Some("text/csv; charset=utf-8"));
    assert!(file.header("content-disposition").unwrap().contains("audit.csv"));
    let text = file.text();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let lines: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let told: std::collections::BTreeSet<String> = lines.iter().map(|line| line[0].to_owned()).collect();
    // All that was told before, the edit in two lines, and the export itself, which comes first.
    assert_eq!(told.len(), 2_502);
    assert_eq!(&lines[0][4], "audit.export");
    let name = lines.iter().find(|line| &line[8] == "name").unwrap();
    assert_eq!(&name[10], "'=HYPERLINK(\"http://x.example\")");
    let few = admin.post("/audit/exports", &[("query", &format!("person={id}"))]).expect(200).text();
    assert_eq!(few.lines().count(), 3, "{few}");
    // Nobody else's rows, and nothing without a fresh code.
    let administrator = site.administrator(site.b);
    let theirs = administrator.post("/audit/exports", &[("query", "")]).expect(200).text();
    assert_eq!(theirs.lines().count(), 1, "{theirs}");
    site.wait(11 * 60_000);
    assert!(admin.post("/audit/exports", &[("query", "")]).expect(303).location().starts_with("/login/confirm"));
    site.technician(site.a).post("/audit/exports", &[("query", "")]).expect(403);
}

#[test]
fn somebody_held_back_in_their_own_browser_is_shown() {
    let site = Site::start();
    let member = site.member(Role::Technician(site.a));
    let admin = site.admin();
    let page = format!("/users/{}", member.id);
    let own = member.signed_in();
    own.post("/logout", &[]).expect(303);
    for _ in 0..5 {
        own.post("/login", &[("email", &member.email), ("password", "not the password")]).expect(422);
    }
    member.types_password(&own).expect(429);
    // What is counted of the person themselves comes from setting the second factor up, and is forgotten in time.
    let own_lane = guess_counters::lane.eq(format!("user:{}", member.id));
    let forgotten = site.write(|conn| Ok(diesel::delete(guess_counters::table.filter(own_lane)).execute(conn)?));
    assert_eq!(forgotten, 1);
    assert!(admin.open(&page).readable().contains("Held back"));
}

#[test]
fn somebody_held_back_is_unlocked() {
    let site = Site::start();
    let member = site.member(Role::Technician(site.a));
    let admin = site.admin();
    let page = format!("/users/{}", member.id);
    assert!(!admin.open(&page).readable().contains("Held back"));
    let stranger = site.visitor();
    for _ in 0..5 {
        stranger.post("/login", &[("email", &member.email), ("password", "not the password")]).expect(422);
    }
    member.types_password(&site.visitor()).expect(429);
    assert!(admin.open(&page).readable().contains("After 5 wrong passwords or codes"));
    let unlock = format!("{page}/unlock");
    let done = admin.post(&unlock, &[]).expect(303);
    assert!(admin.follow(&done).flash().unwrap().contains("may try to sign in again"));
    member.types_password(&site.visitor()).expect(303);
    assert!(site.audit().iter().any(|entry| entry.action == "user.unlock" && entry.object_id == member.id));
    // Another time nothing is done, and nothing told.
    let told = site.audit().len();
    let done = admin.post(&unlock, &[]).expect(303);
    assert!(admin.follow(&done).flash().unwrap().contains("was not held back"));
    assert_eq!(site.audit().len(), told);
    // The rank rule, scope, and a fresh code.
    let above = format!("/users/{}/unlock", admin.id);
    site.technician(site.a).post(&above, &[]).expect(403);
    site.technician(site.b).post(&unlock, &[]).expect(404);
    site.wait(11 * 60_000);
    assert!(admin.post(&unlock, &[]).expect(303).location().starts_with("/login/confirm"));
}

#[test]
fn what_hostile_people_are_called_is_text() {
    let site = Site::start();
    let admin = site.admin();
    let name = "<script>alert(1)</script>\u{202e}\"'&";
    let origin = Origin { actor_name: name.into(), ..Origin::console(site.now()) };
    let id = site.write(move |conn| {
        record(conn, &origin, &Entry::new("thing.touch", "thing", 1).changes(vec![Change::new("name", name, name)]))
    });
    for page in ["/audit".to_owned(), format!("/audit/{id}")] {
        let page = admin.open(&page).text();
        assert!(!page.contains("<script>alert") && page.contains("&#60;script&#62;"), "{page}");
    }
}

/// Whatever the program records has words of its own.
#[test]
fn every_action_has_a_name() {
    for (file, text) in files("src", ".rs") {
        for (_, rest) in text.match_indices("Entry::new(\"").map(|(place, found)| text.split_at(place + found.len())) {
            let action = rest.split('"').next().unwrap();
            assert!(ACTIONS.iter().any(|(code, _)| *code == action), "{file}: {action}");
        }
    }
}
