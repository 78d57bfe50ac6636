//! Groups: one that everybody is added to by query, beside a bulk edit of as many; the page of its members, and the list of ten thousand groups.

use diesel::prelude::*;
use muster::features::groups::model::NewGroup;
use muster::features::groups::queries;

use super::Bench;
use crate::arguments::Arguments;
use crate::cases;
use crate::load::{self, Dice};
use crate::report::Report;

const GROUPS: i64 = 10_000;
/// Distinct requests of a page.
const REQUESTS: usize = 200;

pub fn measure(bench: &mut Bench, arguments: &Arguments, report: &mut Report) {
    let kind = bench.kind;
    let edit = bench.select_imported().post("/users/edits", &[("status", "disabled")]);
    let edited = bench.carry_out("bulk edit", &edit, report);
    let customer = own_customer(bench);
    let group = bench.visitor().post("/groups", &[("name", "Everybody"), ("customer", &customer.to_string())]);
    let id = group.rsplit('/').next().unwrap_or_default().to_owned();
    let addition = bench.select_imported().post("/users/group-additions", &[("group", &id)]);
    let added = bench.carry_out("add to a group", &addition, report);
    report.share(&format!("{kind}: add to a group, to the rate of a bulk edit"), edited / added, 0.5);
    fill(bench, customer);
    let mut dice = Dice::new();
    let mut letters =
        || format!("{}{}", char::from(b'a' + dice.below(26) as u8), char::from(b'a' + dice.below(26) as u8));
    let floor = if bench.ground.url.is_some() { 0.04 } else { 0.10 };
    for (name, path) in [
        ("members of a group, first page", &mut (|| group.clone()) as &mut dyn FnMut() -> String),
        ("members of a group, last page", &mut || format!("{group}?before=end")),
        ("members of a group, jump to a name", &mut || format!("{group}?from={}", letters())),
        ("groups, first page", &mut || "/groups".to_owned()),
        ("groups, last page", &mut || "/groups?before=end".to_owned()),
        ("groups, by number of users", &mut || "/groups?sort=-users".to_owned()),
        ("groups, by time, last page", &mut || "/groups?sort=created&before=end".to_owned()),
    ] {
        let cookies = &bench.ground.readers[0].cookies;
        let requests: Vec<Vec<u8>> =
            (0..REQUESTS).map(|number| load::get(&path(), &cookies[number % cookies.len()])).collect();
        let (ratio, _) = cases::ratio(arguments, &bench.server, &requests);
        report.share(&format!("{kind}: {name}"), ratio, floor);
    }
}

/// Whose the imported people are.
fn own_customer(bench: &Bench) -> i64 {
    use muster::db::schema::users;
    let whose = users::table.filter(users::email.like("%@imported.example")).select(users::customer_id);
    bench.app.db.read_now(|conn| Ok(whose.first(conn)?)).unwrap()
}

/// Makes it ten thousand groups, each but the first of nobody.
fn fill(bench: &Bench, customer: i64) {
    let now = bench.app.clock.now();
    bench
        .app
        .db
        .write_now(move |conn| {
            for number in 1..GROUPS {
                let name = format!(
                    "{} {number}",
                    ["Night shift", "Éditeurs", "Field staff", "Übersetzer"][number as usize % 4]
                );
                queries::insert(conn, &NewGroup::new(customer, &name, (None, "bench"), now - number))?;
            }
            // As the housekeeping does: people make groups one by one, not ten thousand at a time.
            queries::fold_counts(conn)
        })
        .unwrap();
    // As large work does when it ends: each group has left two rows of totals behind.
    bench.app.db.look_over(3 * GROUPS);
    // What is measured next are pages, not PostgreSQL's writing down hundreds of thousands of changes, which takes minutes.
    if let Some(url) = &bench.ground.url {
        let mut conn = diesel::PgConnection::establish(url).unwrap();
        diesel::sql_query("CHECKPOINT").execute(&mut conn).unwrap();
    }
}
