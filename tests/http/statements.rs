//! No list asks its database more often because it has more rows.

use crate::support::{Site, UserSample};

#[test]
fn a_list_sends_as_many_statements_for_many_rows_as_for_few() {
    let site = Site::start();
    let (admin, technician) = (
        site.admin(),
        site.person(crate::support::Role::TechnicianOfBoth(site.a, site.b), muster::access::session::Level::Full),
    );
    let samples = |from: usize, to: usize| -> Vec<UserSample> {
        (from..to)
            .map(|n| {
                UserSample::new(
                    &format!("Somebody {n}"),
                    &format!("some{n}@example.org"),
                    if n % 2 == 0 { site.a } else { site.b },
                )
            })
            .collect()
    };
    let columns = "columns=name,email,phone,devices,tfa,last-login,customer,status,source,created";
    let pages: Vec<String> = [
        "/users?limit=250",
        "/users?limit=250&sort=-email",
        "/users?limit=250&q=somebody",
        "/users?limit=250&q=so",
        "/users?limit=250&tfa=not-active&sort=source",
        "/users?limit=250&before=end",
        "/users/deleted?limit=250",
        "/groups?limit=250",
        "/groups?limit=250&q=g&sort=-users",
        "/audit?limit=250",
        "/users/import",
        "/operations",
        "/roles",
        "/customers",
    ]
    .iter()
    .flat_map(|path| [(*path).to_owned(), format!("{path}{}{columns}", if path.contains('?') { '&' } else { '?' })])
    .collect();
    let count = || -> Vec<usize> {
        let people = [&admin, &technician];
        people
            .iter()
            .flat_map(|person| pages.iter().map(|page| site.statements_of(|| drop(person.get(page)))))
            .collect()
    };
    let add_groups = |from: usize, to: usize| {
        for n in from..to {
            site.add_group(if n % 2 == 0 { site.a } else { site.b });
        }
    };
    add_groups(0, 20);
    site.add(samples(0, 20));
    count();
    let few = count();
    assert!(few.iter().all(|number| *number > 0), "nothing was counted: {few:?}");
    site.add(samples(20, 240));
    add_groups(20, 120);
    let many = count();
    for (place, (few, many)) in few.iter().zip(&many).enumerate() {
        let page = &pages[place % pages.len()];
        assert_eq!(few, many, "{page} sends {few} statements for 20 users and {many} for 240");
    }
}
