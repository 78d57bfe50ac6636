//! What belongs to another customer looks like nothing, byte for byte: over every route there is, by every parameter that can name it.
//!
//! `house/access_matrix` sends the ids in paths and single forms; here are filters, searches, cursors, jumps, and bulk forms with one foreign id
//! among a hundred. Routes come from the site map, so one that is new is looked at too.

use diesel::prelude::*;
use diesel::sql_query;
use muster::access::session::Level;
use muster::db::Conn;
use muster::db::schema::users;
use muster::features::customers;
use muster::routes::site as routes;
use muster::web::list::{Cursor, Value};

use crate::support::{Answer, Person, Role, Site, UserSample};

/// An id that no row has.
const NOBODY: &str = "987654321";

/// Ids from here on are so large that they stand in a page only if they were put there.
const LARGE: i64 = 876_000_000;

/// An answer without what was asked for, where it repeats that.
fn without(answer: &Answer, asked: &str) -> Vec<String> {
    let (status, headers, body) = answer.essence();
    let encoded: String = url::form_urlencoded::byte_serialize(asked.as_bytes()).collect();
    let body = body.replace(&encoded, "…").replace(asked, "…").replace(&asked.replace('@', "%40"), "…");
    let told = headers.iter().filter(|(name, _)| !matches!(name.as_str(), "content-length" | "set-cookie"));
    let head = told.map(|(name, value)| format!("{name}: {}", value.replace(asked, "…")));
    std::iter::once(status.to_string()).chain(head).chain(body.lines().map(str::to_owned)).collect()
}

/// Two answers say the same, but for what each was asked for.
#[track_caller]
fn assert_alike(what: &str, (one, asked): (&Answer, &str), (other, instead): (&Answer, &str)) {
    let (one, other) = (without(one, asked), without(other, instead));
    let differs = one.iter().zip(&other).find(|(one, other)| one != other);
    assert!(
        one.len() == other.len() && differs.is_none(),
        "{what}: {} and {} lines, {differs:?}",
        one.len(),
        other.len()
    );
}

struct Two<'s> {
    site: &'s Site,
    /// The other customer.
    customer: i64,
    reader: Person<'s>,
    ours: i64,
    theirs: i64,
}

impl Two<'_> {
    /// Every address that the reader may open and that is a page of its own.
    fn pages(&self) -> Vec<String> {
        let fits =
            |path: &str| !path.starts_with("/static") && !path.starts_with("/links") && !path.starts_with("/login");
        routes()
            .into_iter()
            .filter(|route| route.method == "GET" && fits(route.path) && route.path != "/gallery")
            .map(|route| match route.path.starts_with("/users/{id}") {
                true => route.path.replace("{id}", &self.ours.to_string()),
                false => route.path.replace("{id}", "1"),
            })
            .collect()
    }
}

fn two(site: &Site) -> Two<'_> {
    let ours = site.add(vec![UserSample::new("Zelda Ours", "zelda@example.org", site.a)])[0];
    let reader = site.person(Role::Administrators(site.a), Level::Full);
    site.write(|conn| {
        for table in ["users", "customers", "operations", "user_groups"] {
            match conn {
                Conn::Sqlite(c) => {
                    sql_query(format!("DELETE FROM sqlite_sequence WHERE name = '{table}'")).execute(c)?;
                    sql_query(format!("INSERT INTO sqlite_sequence (name, seq) VALUES ('{table}', {LARGE})"))
                        .execute(c)?;
                }
                Conn::Postgres(c) => {
                    sql_query(format!("ALTER TABLE {table} ALTER COLUMN id RESTART WITH {LARGE}")).execute(c)?;
                }
            }
        }
        Ok(())
    });
    let now = site.now();
    let customer = site.write(move |conn| customers::queries::insert(conn, "Birchwood", now));
    let theirs = site.add(vec![UserSample::new("Zebulon Quist", "zebulon@example.org", customer)])[0];
    assert!(customer >= LARGE && theirs >= LARGE);
    Two { site, customer, reader, ours, theirs }
}

#[test]
fn no_parameter_of_any_page_tells_of_another_customer() {
    let site = Site::start();
    let two = two(&site);
    let there = site.administrator(two.customer);
    // Something was done there, and a file of theirs lies ready.
    let plan = there.post("/users/deletions", &[("id", &site.add_user(two.customer).to_string())]).expect(303);
    let operation = plan.location().rsplit('/').next().unwrap().to_owned();
    there.post(plan.location(), &[]).expect(303);
    let (customer, user, actor) = (two.customer.to_string(), two.theirs.to_string(), there.id.to_string());
    let group = there.post("/groups", &[("name", "Quist night shift"), ("customer", &customer)]).expect(303);
    let group = group.location().rsplit('/').next().unwrap().to_owned();
    let cursor = |name: &str, id: i64| Cursor(Value::Text(name.to_owned()), id).sealed(None);
    let table: Vec<(&str, String, String)> = vec![
        ("customer", customer, NOBODY.into()),
        ("person", user.clone(), NOBODY.into()),
        ("person", "zebulon@example.org".into(), "zebulom@example.org".into()),
        ("who", actor, NOBODY.into()),
        ("object", user.clone(), NOBODY.into()),
        ("id", user.clone(), NOBODY.into()),
        ("user", user, NOBODY.into()),
        ("operation", operation, NOBODY.into()),
        ("group", group, NOBODY.into()),
        ("groups", "Quist night shift".into(), "Quisp night shift".into()),
        ("q", "Zebulon Quist".into(), "Zebulom Quisp".into()),
        ("q", "zebulon@example".into(), "zebulom@example".into()),
        ("q", "Birch".into(), "Bjrch".into()),
        ("from", "zebulon quist".into(), "zebulon quisz".into()),
        ("after", cursor("zebulon quist", two.theirs), cursor("zebulon quist", 987_654_321)),
        ("before", cursor("zebulon quist", two.theirs), cursor("zebulon quist", 987_654_321)),
    ];
    let mut asked = 0;
    for page in two.pages() {
        for (name, theirs, nothing) in &table {
            for more in ["", "&limit=250&columns=name,email,customer", "&panel=filters"] {
                let ask = |value: &str| {
                    let value: String = url::form_urlencoded::byte_serialize(value.as_bytes()).collect();
                    two.reader.get(&format!("{page}?{name}={value}{more}"))
                };
                let (mut one, mut other) = (ask(theirs), ask(nothing));
                // How many a choice would leave is said only where counting takes no longer than it may, which on a busy machine it does.
                for _ in 0..5 {
                    if without(&one, theirs) == without(&other, nothing) {
                        break;
                    }
                    (one, other) = (ask(theirs), ask(nothing));
                }
                assert!(one.status < 500, "{page}?{name}={theirs}{more}");
                let told = without(&one, theirs).concat();
                assert!(
                    !told.contains("Quist") && !told.contains("Birch") && !told.contains("zebulon@"),
                    "{page}?{name}={theirs}{more} tells of them"
                );
                assert_alike(&format!("{page}?{name}={theirs}{more}"), (&one, theirs), (&other, nothing));
                asked += 1;
            }
        }
    }
    assert!(asked > 1_000, "{asked}");
}

#[test]
fn one_foreign_id_among_a_hundred_is_as_one_that_does_not_exist() {
    let site = Site::start();
    let samples = (0..99).map(|n| UserSample::new("Ours", &format!("ours{n}@example.org"), site.a)).collect();
    let ours = site.add(samples);
    let two = two(&site);
    let fields: Vec<String> = ours.iter().map(ToString::to_string).collect();
    let theirs = two.theirs.to_string();
    let mut refused = Vec::new();
    for route in routes().into_iter().filter(|route| route.method == "POST" && route.permission.is_some()) {
        // A form that says other things as well says the same in both.
        let path = route.path.replace("{id}", &two.ours.to_string());
        for name in ["id", "add", "user", "member", "group"] {
            let send = |last: &str| {
                let mut form: Vec<(&str, &str)> = fields.iter().map(|id| (name, id.as_str())).collect();
                form.insert(50, (name, last));
                two.reader.post(&path, &form)
            };
            let before = two.site.fingerprint();
            let (one, other) = (send(&theirs), send(NOBODY));
            assert_alike(&format!("POST {path} {name}"), (&one, &theirs), (&other, NOBODY));
            if one.status == 404 && !route.path.contains("{id}") {
                assert_eq!(before, two.site.fingerprint(), "POST {path} {name}");
                refused.push((route.path, name));
            }
        }
    }
    for expected in [
        ("/users/deletions", "id"),
        ("/users/edits/new", "id"),
        ("/users/restorations", "id"),
        ("/users/selection", "add"),
    ] {
        assert!(refused.contains(&expected), "{expected:?} is not refused: {refused:?}");
    }
    let untouched: i64 = site.read(|conn| Ok(users::table.find(two.theirs).select(users::deleted_at).first(conn)?));
    assert_eq!(untouched, 0);
}

#[test]
fn a_file_of_a_list_holds_nobody_of_another_customer() {
    let site = Site::start();
    let two = two(&site);
    for query in [String::new(), format!("customer={}", two.customer), "q=zebulon".into()] {
        let asked = two.reader.post("/users/exports", &[("query", &query), ("separator", "comma")]);
        if !query.is_empty() {
            // Nobody is on such a list.
            asked.expect(422);
            continue;
        }
        asked.expect(303);
        site.run_jobs();
        let href = two.reader.open("/reports").attributes("a[download]", "href").remove(0);
        let file = two.reader.open(&href).text();
        assert!(file.contains("Zelda Ours"), "{file}");
        assert!(!file.contains("Zebulon") && !file.contains("Birch"), "{file}");
    }
}
