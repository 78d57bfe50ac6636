//! Search finds what people mean, in every script, and nothing else.

use muster::db::fold::{digits, fold};

use crate::support::{Site, UserSample, encoded, on_postgres};

const PEOPLE: [(&str, &str, &str); 16] = [
    ("Jörg Strauß", "joerg@example.org", "+49 30 5139"),
    ("Anna Strasser", "strasser@example.org", ""),
    ("Łucja Wiśniewska", "lucja@example.org", "22 555 01 99"),
    ("Søren Kierkegård", "soren@example.org", ""),
    ("José Núñez", "nunez@example.org", "(555) 0142"),
    ("محمد علي", "mali@example.org", ""),
    ("Иван Иванов", "ivanov@example.org", ""),
    ("田中 太郎", "tanaka@example.org", "03-1234-5678"),
    ("Nguyễn Văn An", "nguyen@example.org", ""),
    ("O'Brien \"Bob\" 100%", "bob_b@example.org", ""),
    ("Zoe\u{308} Miller", "zoe@example.org", ""),
    ("İbrahim Çelik", "celik@example.org", ""),
    ("Σωκράτης Παππάς", "sokratis@example.org", ""),
    ("A B", "ab@example.org", ""),
    ("Müller-Lüdenscheidt", "ml@example.org", ""),
    ("ﬁnn ﬂannery", "finn@example.org", ""),
];

const QUERIES: [&str; 62] = [
    "strauß",
    "STRAUSS",
    "strauss",
    "stra",
    "łucja",
    "lucja",
    "LUCJA",
    "wisniewska",
    "søren",
    "soren",
    "kierkegard",
    "jose",
    "josé",
    "nunez",
    "NÚÑEZ",
    "محمد",
    "علي",
    "иван",
    "Иванов",
    "ИВАНОВ",
    "田中",
    "田中 太",
    "太郎",
    "nguyen",
    "văn an",
    "o'brien",
    "\"bob\"",
    "100%",
    "%",
    "_",
    "bob_",
    "\\",
    "zoë",
    "zoe",
    "celik",
    "ibrahim",
    "σωκρατης",
    "ΣΩΚΡΆΤΗΣ",
    "a b",
    "a",
    "ab",
    "müller-l",
    "finn flannery",
    "5550142",
    "555 01",
    "5139",
    "example.org",
    "nobody at all",
    "+49 30 5139",
    "+49305139",
    "(555) 0142",
    "555-0142",
    "03 1234 5678",
    "0312345678",
    "22 555",
    "lucja 22 555 01",
    "22 lucja",
    "al",
    "ng an",
    "kie so",
    "太",
    "2 5",
];

#[test]
fn search_agrees_with_the_naive_reading() {
    let site = Site::start();
    let ids = site.add(
        PEOPLE
            .iter()
            .map(|(name, email, phone)| UserSample { phone: (*phone).into(), ..UserSample::new(name, email, site.a) })
            .collect(),
    );
    let admin = site.admin();
    for query in QUERIES {
        let page = admin.open(&format!("/users?{}", encoded(&[("q", query), ("limit", "250")])));
        let mut shown: Vec<i64> = page.ids().into_iter().filter(|id| ids.contains(id)).collect();
        shown.sort_unstable();
        let expected: Vec<i64> = PEOPLE
            .iter()
            .zip(&ids)
            .filter(|((name, email, phone), _)| fits(query, name, email, phone))
            .map(|(_, id)| *id)
            .collect();
        assert_eq!(shown, expected, "{query}");
    }
}

/// The naive reading. Every word is somewhere in the name, the address or the number; one or two letters begin a word. Words that stand beside each
/// other and look like parts of a phone number may also be found by their digits.
fn fits(query: &str, name: &str, email: &str, phone: &str) -> bool {
    let stored = |text: &str| unicode_normalization::UnicodeNormalization::nfc(text).collect::<String>();
    let fields = [fold(&stored(name)), fold(email), fold(phone), digits(phone)];
    let has = |word: &str| match word.chars().count() {
        0..=2 => fields.iter().flat_map(|field| field.split(' ')).any(|stored| stored.starts_with(word)),
        _ => fields.iter().any(|field| field.contains(word)),
    };
    let number = |word: &str| {
        word.contains(|c: char| c.is_ascii_digit()) && word.chars().all(|c| c.is_ascii_digit() || "+().-/".contains(c))
    };
    let query = fold(query);
    let mut words = query.split_whitespace().peekable();
    while let Some(word) = words.next() {
        let mut run = vec![word];
        while number(word) && words.peek().is_some_and(|next| number(next)) {
            run.extend(words.next());
        }
        let dialled = digits(&run.concat());
        let by_digits = number(word) && dialled.len() >= 3 && fields.iter().any(|field| field.contains(&dialled));
        if !by_digits && !run.iter().all(|word| has(word)) {
            return false;
        }
    }
    true
}

#[test]
fn what_people_type_is_found() {
    let site = Site::start();
    let ids = site.add(
        PEOPLE
            .iter()
            .map(|(name, email, phone)| UserSample { phone: (*phone).into(), ..UserSample::new(name, email, site.a) })
            .collect(),
    );
    let technician = site.technician(site.a);
    for (query, person) in [
        ("strauss", 0),
        ("lucja", 2),
        ("soren", 3),
        ("nunez", 4),
        ("محمد", 5),
        ("иванов", 6),
        ("田中", 7),
        ("zoe", 10),
        ("25550199", 2),
        ("0142", 4),
    ] {
        let page = technician.open(&format!("/users?{}", encoded(&[("q", query)])));
        let found = page.ids().contains(&ids[person]);
        // The digits of a number count from its start, or three and more anywhere.
        assert!(found || query == "25550199" && page.ids().contains(&ids[2]), "{query}: {}", page.readable());
    }
}

#[test]
fn an_edited_name_is_found_and_the_old_one_is_not() {
    let site = Site::start();
    let admin = site.admin();
    let id = site.add(vec![UserSample::new("Before Marriage", "same@example.org", site.a)])[0];
    let version = site.user(id).changed_at.to_string();
    admin
        .post(
            &format!("/users/{id}"),
            &[("name", "After Wedding"), ("email", "same@example.org"), ("phone", ""), ("version", &version)],
        )
        .expect(303);
    assert!(admin.open("/users?q=wedding").ids().contains(&id));
    assert!(!admin.open("/users?q=marriage").ids().contains(&id));
}

#[test]
fn another_customers_people_are_not_found() {
    let site = Site::start();
    let ours = site.add(vec![UserSample::new("Common Name", "one@example.org", site.a)])[0];
    let theirs = site.add(vec![UserSample::new("Common Name", "two@example.org", site.b)])[0];
    let technician = site.technician(site.a);
    for path in [
        "/users",
        "/users?q=common",
        "/users?q=co",
        "/users?q=two@example.org",
        &format!("/users?customer={}", site.b),
        "/users?sort=-email&before=end",
        "/users?from=C",
    ] {
        let page = technician.open(path);
        assert!(!page.ids().contains(&theirs), "{path}");
        assert!(!page.text().contains("two@example.org") || path.contains("two@"), "{path}");
        assert!(!page.text().contains("Birch"), "{path}: the name of another customer");
    }
    assert!(technician.open("/users?q=common").ids().contains(&ours));
}

#[test]
fn a_place_of_another_kind_of_value_is_read_as_in_the_whole_list() {
    let site = Site::start();
    let admin = site.admin();
    let id = site.add(vec![UserSample::new("Common Name", "one@example.org", site.a)])[0];
    // ["z",1] and [5,3], as somebody has them who changes the order in the address by hand.
    for (sort, place) in [("devices", "WyJ6IiwxXQ"), ("name", "WzUsM10")] {
        let all = admin.open(&format!("/users?sort={sort}&after={place}")).ids();
        let found = admin.open(&format!("/users?sort={sort}&after={place}&q=common")).ids();
        assert_eq!((all.contains(&id), found), (true, vec![id]), "{sort}");
    }
}

/// Each part of SQLite's index is asked for everything, and each write leaves one.
#[test]
fn after_much_was_written_the_index_becomes_one_part() {
    let site = Site::start();
    let admin = site.admin();
    for number in 0..40 {
        let (name, email) = (format!("Hawthorn {number}"), format!("hawthorn{number}@example.org"));
        site.add(vec![UserSample::new(&name, &email, site.a)]);
    }
    let found = || (admin.open("/users?q=hawthorn&limit=50").ids().len(), admin.open("/users?q=thorn+39").ids().len());
    let many = site.search_parts();
    assert!(many > 2 || on_postgres());
    // Too little was written to be worth it.
    site.app.db.wrote_searchable(19_999);
    site.app.db.merge_search_index().unwrap();
    assert_eq!((site.search_parts(), found()), (many, (40, 1)));
    site.app.db.wrote_searchable(1);
    site.app.db.merge_search_index().unwrap();
    assert_eq!((site.search_parts(), found()), (1, (40, 1)));
    // What is written later is found, and is no reason to write all of it again.
    site.add(vec![UserSample::new("Hawthorn 40", "hawthorn40@example.org", site.a)]);
    let many = site.search_parts();
    site.app.db.merge_search_index().unwrap();
    assert_eq!((site.search_parts(), found()), (many, (41, 1)));
}
