//! Refused rows as a CSV file: as they were sent, with the reasons, and good to be sent again.

use crate::support::{Import, Person, Site};

/// The lines of the file, taken apart; the byte order mark is off.
fn lines(person: &Person<'_>, import: &Import<'_, '_>) -> Vec<Vec<String>> {
    let answer = person.get(&format!("{}/refused", import.path)).expect(200);
    let disposition = answer.header("content-disposition").unwrap_or_default();
    assert!(disposition.starts_with("attachment; filename=\"people"), "{disposition}");
    let text = answer.text();
    let text = text.strip_prefix('\u{feff}').expect("spreadsheets know the encoding by it");
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    reader.records().map(|line| line.unwrap().iter().map(str::to_owned).collect()).collect()
}

#[test]
fn they_come_back_with_their_reasons_and_are_good_after_repair() {
    let site = Site::start();
    let _working = site.work();
    let admin = site.admin();
    let file =
        "Mail;Wer;Abteilung\none@example.org;One;Sales\ntwo;=1+1;\"=cmd\"\n;Three;-\nfour@example.org;Four;x;y\n";
    let import = admin.upload_text(file);
    admin
        .post(
            &format!("{}/columns", import.path),
            &[("column", "email"), ("column", "display-name"), ("column", "ignore")],
        )
        .expect(303);
    let page = import.page();
    assert_eq!(page.attributes("a[download]", "href"), [format!("{}/refused", import.path)], "{}", page.readable());
    import.correct(&[(4, 0, "three")]).expect(422);
    let text = admin.get(&format!("{}/refused", import.path)).expect(200).text();
    let expected = "\u{feff}Mail;Wer;Abteilung;Reason\r\ntwo;'=1+1;'=cmd;Enter an e-mail address";
    assert!(text.starts_with(expected), "{text}");
    let rows: Vec<&str> = text.lines().collect();
    assert!(rows[2].starts_with("three;Three;-;"), "as it was corrected: {text}");
    assert!(rows[3].starts_with("four@example.org;Four;x;This row has 4 values") && rows[3].ends_with(";y"), "{text}");
    import.add_all();
    assert_eq!(admin.get(&format!("{}/refused", import.path)).expect(200).text(), text, "also from the result");

    // Sent again as it is: nobody asks what its columns mean, and all are refused again, for the same reasons.
    let again = admin.upload_bytes("people-refused.csv", text.as_bytes());
    assert_eq!((again.count("Refused"), again.count("New")), (3, 0), "{}", again.page().readable());
    let twice = admin.get(&format!("{}/refused", again.path)).expect(200).text();
    assert_eq!(
        twice.lines().take(3).collect::<Vec<_>>(),
        text.lines().take(3).collect::<Vec<_>>(),
        "one column of reasons"
    );
    // Repaired.
    let mended = text.replace("two;", "two@example.org;").replace("three;", "three@example.org;");
    let mended = mended.lines().take(3).collect::<Vec<_>>().join("\r\n");
    let last = admin.upload_bytes("people-refused.csv", mended.as_bytes());
    last.add_all();
    assert_eq!(site.name_of("two@example.org"), "=1+1");
    assert_eq!(site.name_of("three@example.org"), "Three");
}

#[test]
fn a_file_without_titles_gets_titles() {
    let site = Site::start();
    let _working = site.work();
    let admin = site.admin();
    let import = admin.upload_text("one@example.org,One,Lee,,112\ntwo@example.org,Two,Lee,,call me\n");
    assert_eq!(import.count("Refused"), 1);
    let rows = lines(&admin, &import);
    assert_eq!(rows[0], ["Email", "First name", "Last name", "Middle initial", "Mobile", "Reason"]);
    assert_eq!(rows[1][..5], ["two@example.org", "Two", "Lee", "", "call me"]);
    let text = format!("{}\n{}", rows[0].join(","), rows[1][..5].join(",").replace("call me", "113"));
    let again = admin.upload_text(&text);
    assert_eq!(again.count("New"), 1, "{}", again.page().readable());
}

#[test]
fn rows_that_others_stand_in_the_way_of_come_as_they_were_sent() {
    let site = Site::start();
    let _working = site.work();
    let administrator = site.administrator(site.a);
    let theirs = site.user(site.add_user(site.b));
    let file =
        format!("First name,Last name,Status,Email\nAnn,Lee,kept,{}\nBob,Lee,kept,bob@example.org\n", theirs.email);
    let import = administrator.upload_text(&file);
    let rows = lines(&administrator, &import);
    assert_eq!(rows.len(), 2, "{rows:?}");
    assert_eq!(rows[1], ["Ann", "Lee", "kept", &theirs.email, "This e-mail address is not available here."]);
    import.correct(&[(2, 3, "bob@@example.org")]).expect(422);
    let rows = lines(&administrator, &import);
    assert_eq!(rows[1][..4], ["Ann", "Lee", "kept", "bob@@example.org"]);
    import.correct(&[(2, 3, "ann@example.org")]).expect(303);
    import.add_all();
    assert_eq!(site.name_of("ann@example.org"), "Ann Lee");
    // Somebody else's.
    site.admin().get(&format!("{}/refused", import.path)).expect(404);
}
