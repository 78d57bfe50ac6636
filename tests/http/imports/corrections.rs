//! Cells at fault are corrected in the preview: judged as if they had stood in the file, together with what depends on them.

use diesel::prelude::*;
use muster::db::schema::audit;

use crate::support::{Answer, Person, Site, count, encoded};

const FILE: &str = "Display Name,Email,Mobile,Status\n\
One,one@example.org,112,a\n\
Two,two.example.org,call me,b\n\
,three@example.org,,c\n";

fn word(page: &Answer, row: i64) -> String {
    page.one(&format!("#row-{row} .badge")).unwrap_or_default()
}

/// Sends cells as the script does.
fn asking(person: &Person<'_>, path: &str, fields: &[(&str, &str)]) -> Answer {
    let headers = [("Content-Type", "application/x-www-form-urlencoded"), ("X-Fragment", "rows")];
    person.send("POST", path, &headers, encoded(fields).as_bytes())
}

#[test]
fn a_cell_is_corrected_and_judged_anew() {
    let site = Site::start();
    let _working = site.work();
    let admin = site.admin();
    let import = admin.upload_text(FILE);
    let page = import.page();
    assert_eq!((count(&page, "New"), count(&page, "Refused")), (1, 2), "{}", page.readable());
    assert_eq!(page.attributes("#row-3-2", "aria-invalid"), ["true"]);
    assert_eq!(page.attributes("#row-3-2", "value"), ["two.example.org"]);
    assert!(page.all("#row-3-2-error")[0].contains("@"), "{:?}", page.all("#row-3-2-error"));
    assert_eq!(page.all("#row-3 .cell-entry").len(), 2, "the phone too, and not the name, which is good");
    assert!(page.all("#row-2 [data-correct]").is_empty(), "a good row is not for typing");

    // One of the two: still refused, and what was typed is kept.
    let answer = import.correct(&[(3, 1, "two@example.org")]);
    assert_eq!(answer.status, 422, "{}", answer.readable());
    assert_eq!(word(&answer, 3), "Refused");
    assert_eq!(answer.attributes("#row-3-2", "value"), ["two@example.org"]);
    assert!(answer.attributes("#row-3-2", "aria-invalid").is_empty());
    assert_eq!(answer.attributes("#row-3-3", "aria-invalid"), ["true"]);
    assert!(answer.errors().iter().any(|error| error.starts_with("Row 3:")), "{:?}", answer.errors());
    assert_eq!((count(&answer, "New"), count(&answer, "Refused")), (1, 2));

    assert_eq!(import.correct(&[(3, 2, "113")]).status, 303);
    assert_eq!(import.correct(&[(4, 0, "Three")]).status, 303);
    let page = import.page();
    assert_eq!((count(&page, "New"), count(&page, "Refused"), count(&page, "All rows")), (3, 0, 3));
    assert_eq!(page.attributes("#row-4-1", "value"), ["Three"], "it can be corrected again");
    import.add_all();
    assert_eq!(site.name_of("two@example.org"), "Two");
    assert_eq!(site.with_address("two@example.org").unwrap().phone, "113");
    let recorded: i64 =
        site.read(|conn| Ok(audit::table.filter(audit::action.eq("import.correct")).count().get_result(conn)?));
    assert_eq!(recorded, 3);
}

#[test]
fn rows_of_the_same_address_follow() {
    let site = Site::start();
    let _working = site.work();
    let admin = site.admin();
    let import = admin
        .upload_text("Display Name,Email\nFirst,same@example.org\nSecond,same.example.org\nThird,other@example.org\n");
    import.correct(&[(3, 1, "same@example.org")]).expect(303);
    let page = import.page();
    assert_eq!((count(&page, "New"), count(&page, "Repeated"), count(&page, "Refused")), (2, 1, 0));
    assert_eq!((word(&page, 2).as_str(), word(&page, 3).as_str()), ("Repeated", "New"));
    // Corrected once more: the first counts again.
    import.correct(&[(3, 1, "another@example.org")]).expect(303);
    let page = import.page();
    assert_eq!((count(&page, "New"), count(&page, "Repeated")), (3, 0));
    // And into something wrong: the row is refused again, with what was typed.
    let page = import.correct(&[(3, 1, "another")]).expect(422);
    assert_eq!((count(&page, "New"), count(&page, "Refused")), (2, 1));
    assert_eq!(page.attributes("#row-3-2", "value"), ["another"]);
}

#[test]
fn the_script_gets_the_rows_that_it_shows() {
    let site = Site::start();
    let _working = site.work();
    let admin = site.admin();
    let import =
        admin.upload_text("Display Name,Email\nFirst,same@example.org\nSecond,same\nThird,other@example.org\n");
    let csrf = admin.csrf();
    let form = [("csrf", csrf.as_str()), ("shown", "2"), ("shown", "3"), ("at", "3:1"), ("cell", "same@example.org")];
    let path = format!("{}/corrections", import.path);
    let answer = asking(&admin, &path, &form);
    assert_eq!(answer.status, 200, "{}", answer.readable());
    assert_eq!(answer.all(".import-rows tbody .col-row"), ["2", "3"]);
    assert_eq!((word(&answer, 2).as_str(), word(&answer, 3).as_str()), ("Repeated", "New"));
    assert_eq!(count(&answer, "Refused"), 0);
    let wrong = [("csrf", csrf.as_str()), ("shown", "3"), ("at", "3:1"), ("cell", "same")];
    let answer = asking(&admin, &path, &wrong);
    assert_eq!((answer.status, word(&answer, 3).as_str()), (200, "Refused"));
    // Options and ticks are none of its business.
    assert_eq!(import.page().form("#preview").iter().filter(|(name, _)| name == "tick").count(), 2);
}

#[test]
fn only_what_is_at_fault_only_ones_own_and_only_before_it_is_written() {
    let site = Site::start();
    let _working = site.work();
    let admin = site.admin();
    let import = admin.upload_text("Display Name,Email,Mobile\nFirst,first@example.org,\nSecond,second,\n");
    let preview = import.preview();
    let path = format!("{}/corrections", import.path);
    let typed = |row: i64, column: usize, text: &str| {
        let mut form = preview.clone();
        form.fields.retain(|(name, _)| name != "at" && name != "cell");
        form.fields.push(("at".into(), format!("{row}:{column}")));
        form.fields.push(("cell".into(), text.into()));
        form
    };
    for (row, column) in [(2, 0), (3, 0), (3, 2), (3, 9)] {
        assert_eq!(import.send("corrections", &typed(row, column, "x@example.org")).status, 409, "{row}:{column}");
    }
    assert_eq!(import.send("corrections", &typed(3, 1, &"x".repeat(1_001))).status, 422);
    let long = typed(3, 1, "x@example.org");
    let mut garbled = long.clone();
    garbled.fields.push(("at".into(), "3:1".into()));
    assert_eq!(import.send("corrections", &garbled).status, 400);
    // Somebody else's import is not there.
    let other = site.administrator(site.a);
    let fields: Vec<(&str, &str)> = [("at", "3:1"), ("cell", "x@example.org")].into();
    other.post(&path, &fields).expect(404);
    assert_eq!(import.count("Refused"), 1);
    // What is typed before "Add" is looked at first.
    let page = import.add(&preview.clone().type_into(&[(3, 1, "second@example.org")]));
    assert_eq!(
        (count(&page, "New"), site.with_address("second@example.org").is_none()),
        (2, true),
        "{}",
        page.readable()
    );
    import.add_all();
    assert_eq!(import.send("corrections", &typed(3, 1, "late@example.org")).status, 409);
    assert_eq!(site.name_of("second@example.org"), "Second");
    assert!(site.with_address("late@example.org").is_none());
}

#[test]
fn addresses_cannot_be_looked_up_by_correcting() {
    let site = Site::start();
    let _working = site.work();
    let administrator = site.administrator(site.a);
    let theirs: Vec<String> = (0..25).map(|_| site.user(site.add_user(site.b)).email).collect();
    let import = administrator.upload_text("Display Name,Email\nOne,nobody\n");
    let mut told = 0;
    let mut refused = 0;
    for email in &theirs {
        let answer = import.correct(&[(2, 1, email)]);
        match answer.status {
            422 => told += 1,
            429 => refused += 1,
            other => panic!("{other}: {}", answer.readable()),
        }
    }
    assert_eq!((told, refused), (20, 5));
}
