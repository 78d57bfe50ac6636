//! The upload itself, however odd: what is sent is staged byte for byte, or refused with a page; never a fault, never a worker that goes down.

use diesel::prelude::*;
use muster::db::schema::{imports, upload_chunks};
use muster::features::imports::file::CHUNK;

use crate::support::{Answer, BOUNDARY, Part, Site, multipart};

const GOOD: &[u8] = b"Display Name,Email\nOne,one@example.org\n";
const KIND: &str = "Content-Type";

impl Site {
    fn imports_begun(&self) -> i64 {
        self.read(|conn| Ok(imports::table.count().get_result(conn)?))
    }

    /// The bytes of an upload as they are staged.
    fn staged(&self, import: i64) -> Vec<u8> {
        let chunks: Vec<Vec<u8>> = self
            .app
            .staging
            .read_now(|conn| {
                let ours = upload_chunks::table.filter(upload_chunks::import_id.eq(import));
                Ok(ours.order(upload_chunks::seq).select(upload_chunks::body).load(conn)?)
            })
            .unwrap();
        chunks.concat()
    }
}

#[track_caller]
fn says_at_the_field(answer: &Answer, what: &str) {
    assert_eq!(answer.status, 422, "{}", answer.readable());
    assert!(answer.errors().iter().any(|error| error.contains(what)), "{:?}", answer.errors());
    let described = answer.attributes("input[type=file]", "aria-describedby").concat();
    let messages: Vec<String> = described.split(' ').flat_map(|id| answer.all(&format!("#{id}"))).collect();
    assert!(messages.iter().any(|message| message.contains(what)), "{described:?}: {messages:?}");
}

#[test]
fn the_token_comes_first_or_nothing_is_taken() {
    let site = Site::start();
    let admin = site.admin();
    let token = admin.csrf();
    let others = site.admin().csrf();
    for parts in [
        vec![Part::File("people.csv", GOOD)],
        vec![Part::File("people.csv", GOOD), Part::Text("csrf", &token)],
        vec![Part::Text("encoding", "utf-8"), Part::Text("csrf", &token), Part::File("people.csv", GOOD)],
        vec![Part::Text("csrf", ""), Part::File("people.csv", GOOD)],
        vec![Part::Text("csrf", "wrong"), Part::File("people.csv", GOOD)],
        vec![Part::Text("csrf", &others), Part::File("people.csv", GOOD)],
        vec![Part::Text("csrf", "wrong"), Part::Text("csrf", &token), Part::File("people.csv", GOOD)],
        vec![],
    ] {
        let answer = admin.post_parts(&parts);
        assert_eq!(answer.status, 403, "{parts:?}: {}", answer.readable());
    }
    assert_eq!(site.imports_begun(), 0);
}

#[test]
fn no_file_or_an_empty_one_is_said_at_the_field() {
    let site = Site::start();
    let admin = site.admin();
    let token = admin.csrf();
    let csrf = Part::Text("csrf", &token);
    // A browser sends the part without a name when nothing was chosen.
    says_at_the_field(&admin.post_parts(&[csrf, Part::File("", b"")]), "Choose a CSV file.");
    says_at_the_field(&admin.post_parts(&[csrf]), "Choose a CSV file.");
    says_at_the_field(&admin.post_parts(&[csrf, Part::Text("file", "people.csv")]), "Choose a CSV file.");
    let empty = admin.post_parts(&[csrf, Part::Text("delimiter", "semicolon"), Part::File("people.csv", b"")]);
    says_at_the_field(&empty, "empty");
    assert_eq!(empty.field("delimiter").as_deref(), Some("semicolon"), "what was chosen stays");
    assert_eq!(site.imports_begun(), 0);
}

#[test]
fn other_kinds_of_body_are_415() {
    let site = Site::start();
    let admin = site.admin();
    let token = admin.csrf();
    let body = multipart(&[Part::Text("csrf", &token), Part::File("people.csv", GOOD)]);
    let kind = format!("multipart/form-data; boundary={BOUNDARY}");
    for headers in [
        vec![],
        vec![(KIND, "text/csv")],
        vec![(KIND, "application/x-www-form-urlencoded")],
        vec![(KIND, "multipart/mixed; boundary=x")],
        vec![(KIND, kind.as_str()), ("Content-Encoding", "gzip")],
    ] {
        let answer = admin.send("POST", "/users/import", &headers, &body);
        assert_eq!(answer.status, 415, "{headers:?}: {}", answer.readable());
    }
    assert_eq!(site.imports_begun(), 0);
}

#[test]
fn a_broken_body_is_refused_with_a_page() {
    let site = Site::start();
    let admin = site.admin();
    let token = admin.csrf();
    let whole = multipart(&[Part::Text("csrf", &token), Part::File("people.csv", GOOD)]);
    let line = format!("--{BOUNDARY}\r\n");
    let head = "Content-Disposition: form-data; name=\"csrf\"";
    let csrf = format!("{line}{head}\r\n\r\n{token}\r\n");
    let file = "Content-Disposition: form-data; name=\"file\"; filename=\"p.csv\"";
    // Broken before or behind the token: 403 or 400, with a page either way.
    for body in [
        String::new(),
        "nothing of the kind".into(),
        line.clone(),
        format!("{line}{head}"),
        format!("{line}\r\n{token}\r\n--{BOUNDARY}--\r\n"),
        format!("{line}Content-Disposition: nonsense\r\n\r\n{token}\r\n--{BOUNDARY}--\r\n"),
        format!("{line}{head}\n\n{token}\n--{BOUNDARY}--\n"),
        format!("{line}{}\r\n\r\n", "X: y\r\n".repeat(5_000)),
        "\r\n".repeat(10_000),
    ] {
        let answer = admin.post_multipart(body.as_bytes());
        assert!(matches!(answer.status, 400 | 403 | 413), "{:.80}: {} {}", body, answer.status, answer.readable());
    }
    for body in [
        csrf.clone(),
        format!("{csrf}{line}"),
        format!("{csrf}{line}{file}"),
        format!("{csrf}{line}{file}\r\n\r\nDisplay Name,Email\nOne,one@exam"),
        format!("{csrf}{line}\r\nno name at all\r\n"),
    ] {
        let answer = admin.post_multipart(body.as_bytes());
        assert_eq!(answer.status, 400, "{body:?}: {}", answer.readable());
    }
    // Broken off at any place: never a fault, and the server goes on.
    for end in (0..whole.len()).step_by(7) {
        let answer = admin.post_multipart(&whole[..end]);
        assert!(matches!(answer.status, 303 | 400 | 403 | 422), "{end}: {} {}", answer.status, answer.readable());
    }
    // What had arrived of those that broke off is gone again.
    let arrived =
        site.read(|conn| Ok(imports::table.filter(imports::bytes.gt(0)).select(imports::id).load::<i64>(conn)?));
    site.until("what broke off is taken away", || {
        let staged: Vec<i64> = site
            .app
            .staging
            .read_now(|conn| Ok(upload_chunks::table.select(upload_chunks::import_id).load(conn)?))
            .unwrap();
        site.imports_begun() == arrived.len() as i64 && staged.iter().all(|id| arrived.contains(id))
    });
    let no_boundary = admin.send("POST", "/users/import", &[(KIND, "multipart/form-data")], &whole);
    assert!(matches!(no_boundary.status, 400 | 415), "{}", no_boundary.status);
    admin.open("/users/import");
}

#[test]
fn limits_hold() {
    let site = Site::start();
    let admin = site.admin();
    let token = admin.csrf();
    let csrf = Part::Text("csrf", &token);
    let long = "x".repeat(5_000);
    admin.post_parts(&[Part::Text("csrf", &long)]).expect(413);
    admin.post_parts(&[csrf, Part::Text("encoding", &long), Part::File("people.csv", GOOD)]).expect(413);
    let names: Vec<String> = (0..40).map(|number| format!("field{number}")).collect();
    let mut parts = vec![csrf];
    parts.extend(names.iter().map(|name| Part::Text(name, "x")));
    parts.push(Part::File("people.csv", GOOD));
    admin.post_parts(&parts).expect(413);
    // The stated length alone is enough to refuse it.
    let cookie = format!("muster={}", admin.cookie("muster").unwrap());
    let head = format!(
        "POST /users/import HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nCookie: {cookie}\r\nContent-Type: multipart/form-data; boundary={BOUNDARY}\r\nContent-Length: {}\r\n\r\n",
        2_u64 << 30
    );
    assert_eq!(crate::support::exchange(site.address, head.as_bytes()).status, 413);
    assert_eq!(site.imports_begun(), 0);
}

/// Once a worker of the server went down over a file of less than a chunk: the part was asked for more behind its end.
#[test]
fn files_of_every_size_arrive_byte_for_byte() {
    let site = Site::start();
    let _working = site.work();
    let admin = site.admin();
    for size in [1, GOOD.len(), CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK] {
        let content: Vec<u8> = (0..=250).cycle().take(size).collect();
        let import = admin.upload_bytes("people.csv", &content);
        assert!(site.staged(import.id()) == content, "{size} bytes");
        admin.post(&format!("{}/cancellation", import.path), &[]);
    }
    // Parts behind the file are nobody's business.
    let token = admin.csrf();
    let parts = [Part::Text("csrf", &token), Part::File("people.csv", GOOD), Part::Text("more", "and more")];
    admin.post_parts(&parts).expect(303);
    let parts = [Part::Text("csrf", &token), Part::File("people.csv", GOOD), Part::File("other.csv", GOOD)];
    admin.post_parts(&parts).expect(303);
}

#[test]
fn whatever_is_in_a_file_its_page_says_what_came_of_it() {
    let site = Site::start();
    let _working = site.work();
    let admin = site.admin();
    let people = site.people();
    let mut noise: u32 = 7;
    let mut random = || {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        noise.to_be_bytes()[0]
    };
    let junk: Vec<u8> = (0..300_000).map(|_| random()).collect();
    let files: Vec<(&str, Vec<u8>)> = vec![
        ("junk", junk),
        ("NUL", vec![0; 10_000]),
        ("a picture", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x01\0".to_vec()),
        ("an archive", b"PK\x03\x04\x14\0\x06\0\x08\0\0\0!\0".to_vec()),
        ("a mark alone", b"\xef\xbb\xbf".to_vec()),
        ("half a letter of UTF-16", b"\xff\xfea".to_vec()),
        ("UTF-16 without pairs", [b"\xff\xfe".as_slice(), &[0, 0xd8].repeat(500)].concat()),
        ("empty lines", b"\n\r\n\n  \n".to_vec()),
        ("a header alone", b"Display Name,Email\n".to_vec()),
        ("no e-mail column", b"a,b,c\n1,2,3\n4,5,6\n".to_vec()),
        ("an open quote", [b"Display Name,Email\n\"One,".as_slice(), &b"x\n".repeat(200_000)].concat()),
        ("quotes", b"\"".repeat(30_001)),
        ("delimiters", b",".repeat(100_000)),
        ("one long line", b"x".repeat(3_000_000)),
        ("carriage returns", b"Display Name,Email\rOne,nowhere\r".to_vec()),
        ("more cells than columns", b"Display Name,Email\nOne,no,one@example.org,x,y,z\n".to_vec()),
    ];
    for (what, content) in files {
        let answer = admin.post_file(&format!("{what}.csv"), &content, &[]);
        if matches!(what, "a picture" | "an archive") {
            // Known by their first bytes: refused at once, by name.
            assert!(answer.expect(422).text().contains(what), "{what}");
            continue;
        }
        let answer = answer.expect(303);
        let path = answer.location().to_owned();
        site.until(what, || {
            let page = admin.get(&path);
            assert_eq!(page.status, 200, "{what}: {}", page.readable());
            page.all("[data-progress]").is_empty()
        });
        let page = admin.open(&path);
        let says = !page.all(".flash-problem").is_empty()
            || page.readable().contains("What do the columns hold?")
            || page.readable().contains("Nothing to add");
        assert!(says, "{what}: {}", page.readable());
        admin.post(&format!("{path}/cancellation"), &[]);
    }
    // Wrong words about a good file are not trusted either.
    for said in [("encoding", "utf-16le"), ("delimiter", "pipe"), ("header", "no"), ("encoding", "nonsense")] {
        let answer = admin.post_file("good.csv", GOOD, &[said]).expect(303);
        site.until(said.1, || admin.open(answer.location()).all("[data-progress]").is_empty());
    }
    assert_eq!(site.people(), people);
}

#[test]
fn a_files_name_is_text() {
    let site = Site::start();
    let _working = site.work();
    let admin = site.admin();
    for name in
        ["../../etc/passwd", "C:\\Users\\Ada\\people.csv", "<script>alert(1)</script>.csv", "مريم.csv", "\u{202e}vsc"]
    {
        let import = admin.upload_bytes(name, GOOD);
        let page = import.page();
        assert!(!page.text().contains("<script>alert") && !page.readable().contains(".."), "{name}");
    }
    assert!(!admin.open("/users/import").text().contains("<script>alert"));
}
