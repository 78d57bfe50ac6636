//! Creating and editing: all faults at once, nothing typed is lost, nothing is overwritten unseen.

use crate::support::Site;

#[test]
fn a_user_is_created_and_told_of() {
    let site = Site::start();
    let admin = site.administrator(site.a);
    let customer = site.a.to_string();
    let form = [
        ("name", "Zoë Śliwa"),
        ("email", "Zoe@Example.org"),
        ("phone", "+48 22 555 01"),
        ("customer", customer.as_str()),
    ];
    let created = admin.post("/users", &form).expect(303);
    let page = admin.follow(&created);
    assert!(page.flash().unwrap().contains("Zoë Śliwa was created"));
    for text in ["Zoë Śliwa", "Zoe@Example.org", "+48 22 555 01", "Alder Works", "Not logged in yet"] {
        assert!(page.readable().contains(text), "{text}: {}", page.readable());
    }
    // The same address in another case is the same person.
    let again = admin
        .post("/users", &[("name", "Other"), ("email", "zoe@EXAMPLE.org"), ("customer", customer.as_str())])
        .expect(422);
    assert_eq!(again.field("name").as_deref(), Some("Other"));
    assert!(again.errors()[0].contains("has this e-mail address already"), "{:?}", again.errors());
}

#[test]
fn all_faults_come_at_once_and_what_was_typed_stays() {
    let site = Site::start();
    let admin = site.admin();
    let long = "x".repeat(300);
    let page = admin
        .post("/users", &[("name", &long), ("email", "two@@example.org"), ("phone", "-1"), ("customer", "987654321")])
        .expect(422);
    assert!(page.errors().len() >= 3, "{:?}", page.errors());
    for (name, value) in [("name", long.as_str()), ("email", "two@@example.org"), ("phone", "-1")] {
        assert_eq!(page.field(name).as_deref(), Some(value));
        assert_eq!(page.attributes(&format!("#{name}"), "aria-invalid"), ["true"], "{name}");
    }
    // Every line of the summary leads to a field that is there.
    for href in page.attributes(".error-summary li a", "href") {
        assert!(!page.all(&href).is_empty() || !page.attributes(&href, "name").is_empty(), "{href}");
    }
    let hostile = "<script>alert(1)</script>";
    let page = admin.post("/users", &[("name", hostile), ("email", "no")]).expect(422);
    assert!(!page.text().contains(hostile) && page.field("name").as_deref() == Some(hostile));
}

#[test]
fn hostile_text_is_shown_as_the_text_it_is() {
    let site = Site::start();
    let admin = site.admin();
    let name = "<img src=x onerror=alert(1)>\"'&{{7*7}}";
    let id = site.add(vec![crate::support::UserSample::new(name, "hostile@example.org", site.a)])[0];
    for path in
        ["/users", &format!("/users/{id}"), &format!("/users/{id}/edit"), &format!("/users/{id}/roles"), "/users?q=img"]
    {
        let page = admin.open(path);
        assert!(!page.text().contains("<img src=x") && page.text().contains("&#60;img src=x"), "{path}");
    }
}

#[test]
fn somebody_elses_edit_is_not_overwritten_unseen() {
    let site = Site::start();
    let (one, two) = (site.administrator(site.a), site.technician(site.a));
    let id = site.add_user(site.a);
    let path = format!("/users/{id}");
    let (first, second) = (one.open(&format!("{path}/edit")), two.open(&format!("{path}/edit")));
    let (mine, theirs) = (first.field("version").unwrap(), second.field("version").unwrap());
    site.app.clock.advance(1_000);
    one.post(&path, &[("name", "From One"), ("email", "one@example.org"), ("phone", ""), ("version", &mine)])
        .expect(303);
    site.app.clock.advance(1_000);
    let page = two
        .post(&path, &[("name", "From Two"), ("email", "two@example.org"), ("phone", ""), ("version", &theirs)])
        .expect(409);
    assert_eq!(page.field("name").as_deref(), Some("From Two"), "what was typed stays");
    assert!(page.readable().contains("From One"), "what is stored is shown");
    assert_eq!(site.user(id).name, "From One");
    let version = page.field("version").unwrap();
    two.post(&path, &[("name", "From Two"), ("email", "two@example.org"), ("phone", ""), ("version", &version)])
        .expect(303);
    assert_eq!(site.user(id).name, "From Two");
}

/// Two edits within one millisecond are two edits, too.
#[test]
fn edits_at_the_same_moment_are_told_apart() {
    let site = Site::start();
    let (one, two) = (site.administrator(site.a), site.technician(site.a));
    let id = site.add_user(site.a);
    let path = format!("/users/{id}");
    let version = one.open(&format!("{path}/edit")).field("version").unwrap();
    one.post(&path, &[("name", "From One"), ("email", "one@example.org"), ("phone", ""), ("version", &version)])
        .expect(303);
    two.post(&path, &[("name", "From Two"), ("email", "two@example.org"), ("phone", ""), ("version", &version)])
        .expect(409);
    assert_eq!(site.user(id).name, "From One");
}

#[test]
fn what_an_edit_changed_is_in_the_audit() {
    let site = Site::start();
    let technician = site.technician(site.a);
    let id = site.add(vec![crate::support::UserSample::new("Old Name", "old@example.org", site.a)])[0];
    let version = site.user(id).changed_at.to_string();
    technician
        .post(
            &format!("/users/{id}"),
            &[("name", "New Name"), ("email", "old@example.org"), ("phone", ""), ("version", &version)],
        )
        .expect(303);
    let audit = site.audit();
    let entry = audit.last().unwrap();
    assert_eq!(
        (entry.action.as_str(), entry.object_id, entry.actor_id, entry.customer_id),
        ("user.edit", id, technician.id, site.a)
    );
    assert!(
        entry.data.contains("Old Name") && entry.data.contains("New Name") && !entry.data.contains("old@example.org"),
        "{}",
        entry.data
    );
    // Saving what is there already changes nothing and leaves no trace.
    let version = site.user(id).changed_at.to_string();
    technician
        .post(
            &format!("/users/{id}"),
            &[("name", "New Name"), ("email", "old@example.org"), ("phone", ""), ("version", &version)],
        )
        .expect(303);
    assert_eq!(site.audit().len(), audit.len());
}

#[test]
fn an_address_taken_elsewhere_says_nothing_of_whom() {
    let site = Site::start();
    let administrator = site.administrator(site.a);
    site.add(vec![crate::support::UserSample::new("Secret Person", "taken@example.org", site.b)]);
    let customer = site.a.to_string();
    let ask = || {
        administrator
            .post("/users", &[("name", "X Y"), ("email", "taken@example.org"), ("customer", customer.as_str())])
    };
    let page = ask().expect(422);
    assert!(
        page.errors()[0].contains("not available here") && !page.text().contains("Secret Person"),
        "{:?}",
        page.errors()
    );
    // Asked too often, no more is said; and each time is on record.
    for _ in 0..25 {
        ask();
    }
    ask().expect(429);
    assert!(site.audit().iter().filter(|entry| entry.actor_id == administrator.id).count() >= 20);
}

/// Everything that is wrong with a form comes at once, a taken address included.
#[test]
fn a_taken_address_is_named_beside_other_faults() {
    let site = Site::start();
    let admin = site.admin();
    let taken = site.user(site.add_user(site.a)).email;
    let customer = site.a.to_string();
    let form = [("name", "Ada"), ("email", taken.as_str()), ("phone", "no number"), ("customer", customer.as_str())];
    let page = admin.post("/users", &form).expect(422);
    assert_eq!(page.errors().len(), 2, "{:?}", page.errors());
    assert!(page.errors().iter().any(|error| error.contains("has this e-mail address already")), "{:?}", page.errors());
}
