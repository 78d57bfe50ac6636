//! One's own work in the background is seen from every page while it runs, and said once when it has ended.

use muster::features::operations::model::MOST_AT_ONCE;

use crate::support::{Person, Site, UserSample};

#[test]
fn what_runs_is_shown_everywhere_and_its_end_is_said_once() {
    let site = Site::start();
    let a = site.a;
    site.add(
        (0..MOST_AT_ONCE + 20)
            .map(|n| UserSample::new(&format!("Ash {n}"), &format!("ash{n}@example.org"), a))
            .collect(),
    );
    let (admin, other) = (site.admin(), site.admin());
    assert!(admin.open("/users").all(".work-entry").is_empty());
    admin.post("/users/selection", &[("whole", "yes"), ("query", "q=ash")]).expect(303);
    let operation = admin.post("/users/deletions", &[("selection", "users")]).expect(303).location().to_owned();
    // On every page but its own, and to nobody else, whatever their browser says.
    assert_eq!(admin.open("/account").attributes(".work-entry", "href"), [operation.as_str()]);
    assert!(admin.open(&operation).all(".work-entry").is_empty());
    assert!(other.open("/account").all(".work-entry").is_empty());
    let thief = {
        let mut cookies = other.cookies();
        cookies.insert("muster-work".into(), admin.cookies()["muster-work"].clone());
        Person::with(&site, cookies)
    };
    assert!(thief.open("/account").all(".work-entry").is_empty());
    // The script asks for the entries alone.
    assert_eq!(admin.open("/operations/work?page=/users").all(".work-entry").len(), 1);
    assert!(admin.open(&format!("/operations/work?page={operation}")).all(".work-entry").is_empty());
    site.run_jobs();
    let ready = admin.open("/users");
    assert!(ready.all(".work-entry").is_empty());
    assert!(ready.readable().contains("The plan is ready."), "{}", ready.readable());
    assert!(!admin.open("/users").readable().contains("The plan is ready."), "said once");
    admin.post(&operation, &[]).expect(303);
    assert_eq!(admin.open("/users").all(".work-entry").len(), 1);
    site.run_jobs();
    let done = admin.open("/users");
    assert!(done.readable().contains("1,020 users were deleted."), "{}", done.readable());
    assert_eq!(done.attributes(".flash form", "action"), [format!("{operation}/undo")]);
    assert!(!admin.cookies().contains_key("muster-work"), "nothing is watched any more");
}

#[test]
fn an_import_is_watched_too() {
    let site = Site::start();
    let admin = site.admin();
    let import = admin.upload_text("Display Name,Email\nElm,elm@example.org\n");
    assert_eq!(admin.open("/users").attributes(".work-entry", "href"), [import.path.as_str()]);
    site.run_jobs();
    assert!(admin.open("/users").readable().contains("Import of people.csv: The preview is ready."));
}
