//! Who may bring in whom, where, and as what.

use muster::access::BuiltIn;

use crate::support::Site;

const REPLACE: (&str, &str) = ("existing", "replace");

fn file(name: &str, email: &str) -> String {
    format!("Display Name,Email\n{name},{email}\nGood,good@example.org\n")
}

#[test]
fn nobody_imports_over_those_who_may_do_more() {
    let site = Site::start();
    let _working = site.work();
    let administrator = site.administrator(site.a);
    let admin = site.user(site.admin().id);
    assert_eq!(admin.customer_id, site.a);
    let import = administrator.upload_text(&file("Taken Over", &admin.email));
    import.carry_on(&import.preview().set(REPLACE.0, REPLACE.1));
    let refused = import.refused();
    assert_eq!(refused.len(), 1, "{}", import.page().readable());
    import.add_all();
    assert_eq!(format!("{:?}", site.user(admin.id)), format!("{admin:?}"));
    assert_eq!(site.name_of("good@example.org"), "Good");
}

#[test]
fn another_customers_address_is_not_available() {
    let site = Site::start();
    let _working = site.work();
    let administrator = site.administrator(site.a);
    let theirs = site.user(site.add_user(site.b));
    let gone = site.user(site.add_user(site.b));
    site.delete(gone.id);
    for user in [&theirs, &gone] {
        let user = site.user(user.id);
        let import = administrator.upload_text(&file("Taken Over", &user.email));
        let refused = vec![(2, "This e-mail address is not available here.".to_owned())];
        assert_eq!(import.refused(), refused);
        import.carry_on(&import.preview().set(REPLACE.0, REPLACE.1).set("restore", "yes"));
        assert_eq!(import.refused(), refused);
        // It says nothing about who they are.
        let page = import.page().text();
        assert!(!page.contains(&user.name) && !page.contains(&format!("/users/{}\"", user.id)), "{page}");
        import.add(&import.preview());
        assert_eq!(format!("{:?}", site.user(user.id)), format!("{user:?}"));
    }
}

#[test]
fn who_may_only_see_imports_nothing() {
    let site = Site::start();
    for person in [site.technician(site.a), site.nobody(site.a)] {
        person.get("/users/import").expect(403);
        person.post_file("people.csv", file("One", "one@example.org").as_bytes(), &[]).expect(403);
    }
    site.visitor().post_file("people.csv", b"x", &[]).expect(303);
}

#[test]
fn new_users_get_the_customer_and_role_that_were_chosen() {
    let site = Site::start();
    let _working = site.work();
    let admin = site.admin();
    let import = admin.upload_text(&file("One", "one@example.org"));
    let technician = site.role(BuiltIn::Technician).to_string();
    import.carry_on(&import.preview().set("customer", &site.b.to_string()).set("role", &technician));
    import.add_all();
    let one = site.with_address("one@example.org").unwrap();
    assert_eq!(one.customer_id, site.b);
    assert_eq!(site.holders(BuiltIn::Technician), 2);
    assert!(admin.open(&format!("/users/{}/roles", one.id)).readable().contains("Technician"));
}

#[test]
fn nobody_gives_by_import_what_they_do_not_hold() {
    let site = Site::start();
    let _working = site.work();
    let administrator = site.administrator(site.a);
    let import = administrator.upload_text(&file("One", "one@example.org"));
    let before = site.fingerprint();
    let preview = import.preview();
    let account_admin = site.role(BuiltIn::AccountAdmin).to_string();
    for (name, value) in [
        ("customer", site.b.to_string()),
        ("customer", "987654321".into()),
        ("customer", "-1".into()),
        ("role", account_admin),
        ("role", "987654321".into()),
    ] {
        for to in ["options", "additions"] {
            let answer = import.send(to, &preview.clone().set(name, &value)).expect(422);
            assert!(!answer.errors().is_empty(), "{name}={value}: {}", answer.readable());
        }
    }
    assert_eq!(site.fingerprint(), before);
    import.add_all();
    let one = site.with_address("one@example.org").unwrap();
    assert_eq!(one.customer_id, site.a);
}

/// Rights count when they are used: what was asked for before somebody was demoted is not done after it.
#[test]
fn who_was_demoted_meanwhile_writes_nothing() {
    let site = Site::start();
    let administrator = site.administrator(site.a);
    let working = site.work();
    let import = administrator.upload_text(&file("One", "one@example.org"));
    let preview = import.preview();
    drop(working);
    import.send("additions", &preview).expect(303);
    let people = site.people();
    let demoted = administrator.id;
    site.database.execute(&format!("DELETE FROM role_assignment_customers WHERE assignment_id IN (SELECT id FROM role_assignments WHERE user_id = {demoted}); DELETE FROM role_assignments WHERE user_id = {demoted}")).unwrap();
    site.run_jobs();
    assert_eq!(site.people(), people);
    assert!(site.with_address("one@example.org").is_none());
    administrator.get(&import.path).expect(403);
    let state = site.read(|conn| muster::features::imports::queries::find(conn, import.id()));
    assert_eq!(state.state(), muster::features::imports::model::State::Failed);
    assert!(!state.problem.is_empty());
}

#[test]
fn another_persons_import_does_not_exist() {
    let site = Site::start();
    let _working = site.work();
    let administrator = site.administrator(site.a);
    let import = administrator.upload_text(&file("One", "one@example.org"));
    let preview = import.preview();
    let form: Vec<(&str, &str)> = preview.fields.iter().map(|(name, value)| (&**name, &**value)).collect();
    for other in [site.admin(), site.administrator(site.a), site.administrator(site.b)] {
        other.get(&import.path).expect(404);
        for to in ["columns", "remapping", "options", "additions", "cancellation"] {
            other.post(&format!("{}/{to}", import.path), &form).expect(404);
        }
        assert!(!other.open("/users/import").text().contains("people.csv"));
    }
    assert_eq!(import.count("New"), 2);
    import.add_all();
}

/// Rows of a form that do not belong to this import change nothing in another one.
#[test]
fn rows_of_another_import_are_out_of_reach() {
    let site = Site::start();
    let _working = site.work();
    let (mine, theirs) = (site.administrator(site.a), site.administrator(site.b));
    let import = theirs.upload_text(&file("One", "one@example.org"));
    let other = mine.upload_text("Display Name,Email\nAda,ada@example.org\n");
    let odd = other.preview().set("shown", "3").set("tick", "999999999999").set("choice", "3:replace");
    other.carry_on(&odd);
    assert_eq!(import.count("New"), 2);
    import.add_all();
    assert_eq!(import.count("Added"), 2);
}
