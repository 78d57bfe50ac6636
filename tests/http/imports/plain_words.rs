//! What the pages of an import say to somebody who sees them for the first time.

use crate::support::Site;

const HEAD: &str = "Display Name,Email,Mobile,Ownership\n";

#[test]
fn the_same_file_again_says_that_all_is_here() {
    let site = Site::start();
    let _working = site.work();
    let admin = site.admin();
    let file = format!("{HEAD}One,one@example.org,112 113,Corporate\n");
    admin.upload_text(&file).add_all();
    let again = admin.upload_text(&file);
    let page = again.page();
    assert!(page.readable().contains("Everything in this file is already here."), "{}", page.readable());
    let buttons = page.all("#preview .form-actions .button");
    assert_eq!(buttons, ["Back to User List"], "nothing to press that does nothing");
    assert!(admin.open("/users/import").readable().contains("Nothing to add"));
}

#[test]
fn what_happens_to_existing_users_is_one_of_three() {
    let site = Site::start();
    let _working = site.work();
    let admin = site.admin();
    admin.upload_text(&format!("{HEAD}One,one@example.org,112 113,\n")).add_all();
    let import = admin.upload_text(&format!("{HEAD}Uno,one@example.org,,\n"));
    let page = import.page();
    assert_eq!(page.attributes("input[name=existing]", "type"), ["radio"; 3]);
    assert_eq!(page.attributes("input[name=existing][checked]", "value"), ["keep"]);
    assert!(page.all("label").contains(&"Replace existing user(s)".to_owned()));
    // An empty cell is called that.
    let details = page.one(".import-rows .wrap .change:nth-of-type(2)").unwrap_or_default();
    assert!(page.text().contains("it is empty in the file") || !details.contains("Mobile"), "{}", page.readable());
    assert!(!page.text().contains("“<bdi></bdi>”"));
    // "Continue" stays on the rows that one was looking at.
    let preview = import.preview().set("existing", "replace").set("back", "show=kept");
    assert!(import.send("options", &preview).expect(303).location().ends_with("?show=kept"));
    import.page();
}

#[test]
fn what_was_refused_is_shown_beside_the_reason() {
    let site = Site::start();
    let _working = site.work();
    let admin = site.admin();
    let import =
        admin.upload_text(&format!("{HEAD}One,one@example.org,call me,Leased\nTwo,two@example.org,112 113,Personal\n"));
    assert_eq!(import.refused().len(), 1);
    assert_eq!(import.page().attributes("#row-2 [data-correct]", "value"), ["call me", "Leased"]);
    let page = import.page().readable();
    assert!(page.contains("Mobile: 112 113") && page.contains("Ownership: Personal"), "{page}");
    import.add_all();
    let list = admin.open("/users/import").readable();
    assert!(list.contains("Done, 1 refused"), "{list}");
}

#[test]
fn a_list_of_devices_is_called_what_it_is() {
    let site = Site::start();
    let _working = site.work();
    let admin = site.admin();
    let import = admin.upload_text("Email,Serial Number\none@example.org,PF-1\n");
    let page = import.page();
    let said = page.one("#names-devices").unwrap();
    assert!(said.contains("another import that this console does not have yet"), "{said}");
    let list = admin.open("/users/import");
    assert_eq!(list.all("tbody .col-number"), ["–"], "nothing was counted");
}

#[test]
fn a_picture_is_no_csv_file() {
    let site = Site::start();
    let admin = site.admin();
    for (name, content, what) in [
        ("list.png", b"\x89PNG\r\n\x1a\n rest".as_slice(), "a picture"),
        ("list.xlsx", b"PK\x03\x04 rest".as_slice(), "a spreadsheet"),
        ("list.pdf", b"%PDF-1.7 rest".as_slice(), "a PDF document"),
    ] {
        let page = admin.post_file(name, content, &[]).expect(422);
        assert!(page.errors()[0].contains(what), "{:?}", page.errors());
    }
}
