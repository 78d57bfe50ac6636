//! What moves between the preview and its end: rows that others changed, and people who call it off.

use crate::support::{Site, UserSample};

#[test]
fn a_row_that_changed_meanwhile_is_left_alone_and_named() {
    let site = Site::start();
    let _working = site.work();
    let admin = site.admin();
    let ids = site.add(vec![
        UserSample::new("One", "one@example.org", site.a),
        UserSample::new("Two", "two@example.org", site.a),
        UserSample::new("Three", "three@example.org", site.a),
    ]);
    let import = admin.upload_text(
        "Display Name,Email\nOne New,one@example.org\nTwo New,two@example.org\nThree New,three@example.org\nFour,four@example.org\nFive,five@example.org\n",
    );
    import.carry_on(&import.preview().set("existing", "replace"));
    let preview = import.preview();
    let version = site.user(ids[0]).changed_at.to_string();
    let form = [("name", "One Meanwhile"), ("email", "one@example.org"), ("version", version.as_str())];
    admin.post(&format!("/users/{}", ids[0]), &form).expect(303);
    site.delete(ids[1]);
    site.add(vec![UserSample::new("Four Already", "four@example.org", site.a)]);
    let page = import.add(&preview);
    assert_eq!((import.count("Added"), import.count("Changed"), import.count("Skipped")), (1, 1, 3));
    let said = page.all(".facts > div");
    for (who, why) in [
        ("One New", "Name was changed meanwhile."),
        ("Two New", "This user was deleted meanwhile."),
        ("Four", "Somebody else has got this address meanwhile."),
    ] {
        assert!(said.iter().any(|line| line.contains(who) && line.contains(why)), "{who}: {said:?}");
    }
    assert_eq!(site.name_of("one@example.org"), "One Meanwhile");
    assert_eq!(site.name_of("two@example.org"), "Two");
    assert_eq!(site.name_of("three@example.org"), "Three New");
    assert_eq!(site.name_of("four@example.org"), "Four Already");
    assert_eq!(site.name_of("five@example.org"), "Five");
}

#[test]
fn a_preview_that_is_given_up_writes_nothing() {
    let site = Site::start();
    let _working = site.work();
    let admin = site.admin();
    let import = admin.upload("users-bare.csv");
    let preview = import.preview();
    let before = site.fingerprint();
    let answer = admin.post(&format!("{}/cancellation", import.path), &[]);
    assert!(admin.follow(&answer).flash().is_some_and(|said| said.contains("cancelled")));
    assert_eq!(import.page().one(".badge").as_deref(), Some("Cancelled"));
    for to in ["options", "additions", "remapping", "cancellation"] {
        import.send(to, &preview).expect(409);
    }
    assert_eq!(site.fingerprint(), before);
}

#[test]
fn what_is_called_off_before_its_turn_writes_nothing() {
    let site = Site::start();
    let admin = site.admin();
    let working = site.work();
    let import = admin.upload("users-with-headers.csv");
    let preview = import.preview();
    drop(working);
    let people = site.people();
    import.send("additions", &preview).expect(303);
    assert!(admin.open(&import.path).readable().contains("Stop"));
    admin.post(&format!("{}/cancellation", import.path), &[]).expect(303);
    site.run_jobs();
    let page = import.page();
    assert_eq!(page.one(".badge").as_deref(), Some("Stopped"), "{}", page.readable());
    assert_eq!((import.count("Added"), site.people()), (0, people));
}

/// Twice the same press, and a press on an import that is being written.
#[test]
fn pressing_add_twice_adds_once() {
    let site = Site::start();
    let _working = site.work();
    let admin = site.admin();
    let import = admin.upload("users-bare.csv");
    let people = site.people();
    let preview = import.preview();
    let statuses = std::thread::scope(|scope| {
        let presses: Vec<_> = (0..3).map(|_| scope.spawn(|| import.send("additions", &preview).status)).collect();
        presses.into_iter().map(|press| press.join().unwrap()).collect::<Vec<_>>()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 303).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| matches!(status, 303 | 409)), "{statuses:?}");
    assert_eq!(import.page().one(".badge").as_deref(), Some("Done"));
    assert_eq!((import.count("Added"), site.people()), (200, people + 200));
}
