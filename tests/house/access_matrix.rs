//! Every route and method, and what each kind of person is answered: `access_matrix.txt`.
//!
//! A new route needs a line there (`REWRITE_SNAPSHOTS=1 cargo test --test suite access_matrix`, then read the difference), and if its path holds a
//! parameter or its form an id, a sample in [`Sample::of`]. Whatever the file says, the door and the permission of the route bind: see [`judge`].

use std::fmt::Write;

use diesel::prelude::*;
use muster::access::session::Level;
use muster::access::{BuiltIn, Door, Origin, Scope};
use muster::db::schema::mails;
use muster::features::{customers, imports, roles, sign_in, users, views};
use muster::routes::{Route, site};

use crate::support::{Answer, Person, Role, Site, agrees_with_file};

/// An id that no row has.
const NOBODY: i64 = 987_654_321;

const COLUMNS: [&str; 7] = ["visitor", "half", "account_admin", "administrators", "technician", "users", "foreign"];

/// A request for a route: where, and what the form says.
struct Sample {
    path: String,
    form: Vec<(&'static str, String)>,
}

impl Sample {
    /// For somebody of customer A, about a fresh object of `customer`; or about none that exists.
    fn of(site: &Site, route: &Route, person: &Person<'_>, customer: Option<i64>) -> Sample {
        let user = || customer.map_or(NOBODY, |customer| site.add_user(customer));
        let key = format!("{} {}", route.method, route.path);
        let id = match route.path {
            path if path.starts_with("/operations/{id}") => match customer {
                None => NOBODY,
                // A plan is its maker's own; another customer's is made by somebody there.
                Some(customer) if customer == site.a => {
                    plan(site, person).unwrap_or_else(|| plan(site, &site.admin()).unwrap())
                }
                Some(customer) => plan(site, &site.administrator(customer)).unwrap(),
            },
            // An import is its owner's own, whatever their customers.
            path if path.starts_with("/users/import/{id}") => match customer {
                None => NOBODY,
                Some(customer) if customer == site.a => begin_import(site, person.id),
                Some(customer) => begin_import(site, site.administrator(customer).id),
            },
            // A report is its owner's own.
            path if path.starts_with("/reports/{id}") => match customer {
                None => NOBODY,
                Some(customer) if customer == site.a => make_report(site, person.id),
                Some(customer) => make_report(site, site.administrator(customer).id),
            },
            // A view is its owner's own.
            path if path.contains("/views/{id}") => {
                let list = path.split('/').nth(1).unwrap_or_default();
                match customer {
                    None => NOBODY,
                    Some(customer) if customer == site.a => save_view(site, person.id, list),
                    Some(customer) => save_view(site, site.administrator(customer).id, list),
                }
            }
            path if path.starts_with("/audit/{id}") => match customer {
                None => NOBODY,
                Some(customer) => tell_of(site, customer),
            },
            path if path.starts_with("/users/{id}") => user(),
            path if path.starts_with("/customers/{id}") => match customer {
                None => NOBODY,
                // Nobody archives the customer that they belong to.
                Some(customer) if customer == site.a && !matches!(path, "/customers/{id}" | "/customers/{id}/edit") => {
                    make_customer(site)
                }
                Some(customer) => customer,
            },
            // Roles belong to the whole installation.
            path if path.starts_with("/roles/{id}") => customer.map_or(NOBODY, |_| make_role(site)),
            path if path.starts_with("/groups/{id}") => customer.map_or(NOBODY, |customer| site.add_group(customer)),
            path if path.starts_with("/mails/{id}") => customer.map_or(NOBODY, |_| write_mail(site)),
            // A session is its person's own: nobody here has another one to end.
            path if path.starts_with("/account/sessions/{id}") => NOBODY,
            path if path.contains("{id}") => panic!("{path}: say here what its id stands for"),
            _ => 0,
        };
        let path = match route.path {
            "/static/{hash}/{path:.*}" => format!("{}/css/main.css", site.app.assets.base()),
            "/branding/{version}/{file}" => "/branding/1/logo.png".to_owned(),
            // A link that was never made.
            "/links/{secret}" => format!("/links/{}", "A".repeat(43)),
            path => path.replace("{id}", &id.to_string()),
        };
        assert!(!path.contains('{'), "{path}: say here what its parameters stand for");
        let users_role = site.read(|conn| roles::queries::built_in(conn, BuiltIn::Users)).id;
        let form = match key.as_str() {
            "POST /users" => vec![
                ("name", "Somebody New".into()),
                ("email", format!("new{}@example.org", site.fresh_number())),
                ("customer", customer.unwrap_or(NOBODY).to_string()),
            ],
            "POST /mails/resends" | "POST /mails/revocations" => vec![("id", write_mail(site).to_string())],
            "POST /users/deletions" => vec![("id", user().to_string())],
            "POST /users/selection/paste" => vec![("people", "somebody@example.org".into())],
            "POST /users/password-changes" | "POST /users/recovery-mails" | "POST /users/two-factor-resets" => {
                vec![("id", user().to_string())]
            }
            "POST /users/edits/new" => vec![("id", user().to_string())],
            "POST /users/selection" => vec![("add", user().to_string())],
            "POST /users/restorations" => {
                let id = user();
                if customer.is_some() {
                    site.delete(id);
                }
                vec![("id", id.to_string())]
            }
            "POST /users/{id}" => vec![
                ("name", "Somebody Else".into()),
                ("email", format!("else{id}@example.org")),
                ("version", site.now().to_string()),
            ],
            "POST /users/{id}/groups" => {
                vec![("group", customer.map_or(NOBODY, |customer| site.add_group(customer)).to_string())]
            }
            "POST /users/{id}/groups/removal" | "POST /users/{id}/groups/removals" => {
                vec![("id", customer.map_or(NOBODY, |customer| site.add_group(customer)).to_string())]
            }
            "POST /groups" => vec![
                ("name", format!("Group {}", site.fresh_number())),
                ("customer", customer.unwrap_or(NOBODY).to_string()),
            ],
            "POST /groups/{id}" => {
                vec![("name", format!("Group {}", site.fresh_number())), ("version", site.now().to_string())]
            }
            "POST /groups/deletions" | "POST /groups/selection" => {
                let field = if path.ends_with("selection") { "add" } else { "id" };
                vec![(field, customer.map_or(NOBODY, |customer| site.add_group(customer)).to_string())]
            }
            "POST /groups/{id}/removals" => vec![("id", user().to_string())],
            "POST /users/group-additions/new" | "POST /users/group-removals/new" => vec![("id", user().to_string())],
            "POST /users/group-additions" | "POST /users/group-removals" => {
                vec![("group", customer.map_or(NOBODY, |customer| site.add_group(customer)).to_string())]
            }
            "POST /users/exports" => vec![("separator", "comma".into())],
            path if path.ends_with("/views") || path.ends_with("/views/{id}") => {
                vec![("name", format!("View {}", site.fresh_number()))]
            }
            "POST /customers" | "POST /customers/{id}" => {
                vec![("name", format!("Customer {}", site.fresh_number()))]
            }
            "POST /customers/switch" => vec![("customer", customer.unwrap_or(NOBODY).to_string())],
            "POST /roles" | "POST /roles/{id}" => {
                vec![("name", format!("Role {}", site.fresh_number())), ("permission", "users.view".into())]
            }
            "POST /users/{id}/status" => vec![("status", "disabled".into())],
            "POST /users/{id}/roles" => vec![("role", users_role.to_string())],
            _ => Vec::new(),
        };
        Sample { path, form }
    }

    fn names_an_object(&self, route: &Route) -> bool {
        // Mails belong to the whole installation.
        if route.path.starts_with("/mails/") {
            return false;
        }
        route.path.contains("{id}") && !route.path.starts_with("/roles/")
            || self.form.iter().any(|(name, _)| matches!(*name, "id" | "customer" | "add" | "group"))
    }

    fn send(&self, route: &Route, person: &Person<'_>) -> Answer {
        let form: Vec<(&str, &str)> = self.form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        match route.method.as_str() {
            "GET" => person.get(&self.path),
            "POST" => person.post(&self.path, &form),
            other => panic!("{other}: say here how it is sent"),
        }
    }
}

/// A row of the audit that a customer's administrators may read.
fn tell_of(site: &Site, customer: i64) -> i64 {
    let origin = muster::access::Origin::console(site.now());
    let entry = muster::features::audit::model::Entry::new("user.edit", "user", NOBODY).of_customer(customer);
    site.write(move |conn| muster::features::audit::actions::record(conn, &origin, &entry))
}

/// A file on its way, of somebody.
fn begin_import(site: &Site, owner: i64) -> i64 {
    let now = site.now();
    let owner = (owner != 0).then_some(owner);
    site.write(move |conn| {
        imports::queries::insert(conn, owner, "people.csv", &imports::model::Options::default(), now)
    })
}

/// A report of somebody that is ready, with nothing in it.
fn make_report(site: &Site, owner: i64) -> i64 {
    use diesel::prelude::*;
    use muster::db::schema::reports;
    let now = site.now();
    let row = (
        (reports::job_id.eq(NOBODY), reports::owner_id.eq(owner), reports::list.eq("users"), reports::query.eq("")),
        (reports::words.eq("All users"), reports::delimiter.eq("comma"), reports::file_name.eq("users.csv")),
        (reports::scope.eq("[]"), reports::run.eq(1), reports::rows.eq(0), reports::bytes.eq(0)),
        (reports::created_at.eq(now), reports::expires_at.eq(now + 1_000_000)),
    );
    site.write(move |conn| {
        Ok(muster::each_backend!(conn, c => diesel::insert_into(reports::table)
            .values(row)
            .returning(reports::id)
            .get_result(c))?)
    })
}

/// A view that somebody keeps of a list; of nobody there is none.
fn save_view(site: &Site, owner: i64, list: &str) -> i64 {
    let (name, now, list) = (format!("View {}", site.fresh_number()), site.now(), list.to_owned());
    if owner == 0 {
        return NOBODY;
    }
    let wanted = views::model::Wanted { name, role_id: None, query: String::new() };
    site.write(move |conn| Ok(views::queries::insert(conn, owner, &list, &wanted, now)?.unwrap()))
}

/// A customer that nobody belongs to.
fn make_customer(site: &Site) -> i64 {
    let (name, now) = (format!("Customer {}", site.fresh_number()), site.now());
    site.write(move |conn| customers::queries::insert(conn, &name, now))
}

/// A role of the installation's own that nobody holds.
fn make_role(site: &Site) -> i64 {
    let (name, now) = (format!("Role {}", site.fresh_number()), site.now());
    site.write(move |conn| Ok(roles::queries::insert(conn, &name, now)?.unwrap()))
}

/// Plans to delete a fresh user of the person's customer, if they may.
fn plan(site: &Site, person: &Person<'_>) -> Option<i64> {
    let home = site.home(person.id)?;
    let answer = person.post("/users/deletions", &[("id", &site.add_user(home).to_string())]);
    answer.location().rsplit('/').next()?.parse().ok()
}

#[test]
fn every_route_answers_as_the_matrix_says() {
    let house = Site::start();
    // So that no column's person is ever the last administrator.
    let _keeper = house.admin();
    let mut text = format!("{:<7}{:<34}", "", "");
    for column in COLUMNS {
        write!(text, "{column:<15}").unwrap();
    }
    text = format!("{}\n", text.trim_end());
    for route in site() {
        let mut line = format!("{:<7}{:<34}", route.method.as_str(), route.path);
        for column in COLUMNS {
            let status = match column {
                "foreign" => foreign(&house, &route),
                column => Some(cell(&house, &route, column)),
            };
            write!(line, "{:<15}", status.map_or("-".to_owned(), |status| status.to_string())).unwrap();
        }
        writeln!(text, "{}", line.trim_end()).unwrap();
    }
    agrees_with_file("tests/house/access_matrix.txt", &text);
}

fn person<'s>(house: &'s Site, column: &str) -> Person<'s> {
    match column {
        "visitor" => house.visitor(),
        "half" => house.person(Role::AccountAdmin, Level::CodeDue),
        "account_admin" => house.admin(),
        "administrators" => house.administrator(house.a),
        "technician" => house.technician(house.a),
        _ => house.nobody(house.a),
    }
}

fn cell(house: &Site, route: &Route, column: &str) -> u16 {
    let person = person(house, column);
    let sample = Sample::of(house, route, &person, Some(house.a));
    let before = house.fingerprint();
    let answer = sample.send(route, &person);
    judge(route, column, &answer);
    let refused = answer.status == 403 || answer.location().starts_with("/login") && route.door != Door::Public;
    assert!(
        !refused || before == house.fingerprint(),
        "{} {} as {column}: refused, and yet something changed",
        route.method,
        route.path
    );
    answer.status
}

/// What follows from the route's own words, whatever the file says.
fn judge(route: &Route, column: &str, answer: &Answer) {
    let what = format!("{} {} as {column}: {} {}", route.method, route.path, answer.status, answer.location());
    assert!(answer.status < 500 && answer.status >= 200, "{what}\n{}", answer.readable());
    let role = BuiltIn::ALL.into_iter().find(|role| role.word() == column);
    match (route.door, column, role) {
        (Door::Public, ..) => {}
        (_, "visitor", _) => assert!(answer.status == 303 && answer.location().starts_with("/login"), "{what}"),
        (Door::SignedIn, "half", _) => {
            assert!(answer.status == 303 && answer.location().starts_with("/login/"), "{what}")
        }
        (Door::SignedIn, _, Some(role)) => {
            let permitted = route.permission.is_none_or(|permission| role.allows(permission));
            assert_eq!(permitted, answer.status != 403, "{what}");
            assert!(!answer.location().starts_with("/login"), "{what}");
        }
        (Door::HalfSignedIn, _, Some(_)) => assert_eq!(answer.status, 303, "{what}"),
        _ => {}
    }
}

/// Somebody who may do everything within A asks for what is B's: the answer must be the one for what does not exist at all.
fn foreign(house: &Site, route: &Route) -> Option<u16> {
    let reader = house.all_in(house.a);
    let mut theirs = Sample::of(house, route, &reader, Some(house.b));
    if !theirs.names_an_object(route) {
        return None;
    }
    let mut nothing = Sample::of(house, route, &reader, None);
    // What is typed besides the ids is the same in both.
    for (ours, other) in nothing.form.iter_mut().zip(&mut theirs.form) {
        if !matches!(ours.0, "id" | "customer" | "add" | "group") {
            ours.1 = other.1.clone();
        }
    }
    let before = house.fingerprint();
    let (theirs, nothing) = (theirs.send(route, &reader), nothing.send(route, &reader));
    assert_eq!(
        theirs.essence(),
        nothing.essence(),
        "{} {}: what belongs to another customer looks different from nothing",
        route.method,
        route.path
    );
    assert_eq!(before, house.fingerprint(), "{} {}", route.method, route.path);
    assert!(matches!(theirs.status, 404 | 422), "{} {}: {}", route.method, route.path, theirs.status);
    Some(theirs.status)
}

/// A mail with a link, to somebody who may sign in.
fn write_mail(site: &Site) -> i64 {
    let (app, origin) = (site.app.clone(), Origin::console(site.now()));
    let id = site.member(Role::Technician(site.a)).id;
    site.write(move |conn| {
        let user = users::queries::find(conn, &Scope::All, id)?;
        sign_in::actions::mail_link(conn, &app, &origin, &user)?;
        Ok(mails::table.order(mails::id.desc()).select(mails::id).first(conn)?)
    })
}
