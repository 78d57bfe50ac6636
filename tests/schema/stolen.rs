//! A stolen database signs nobody in, and what is moved about in it opens nothing.

use diesel::prelude::*;
use diesel::sql_types::Text;
use muster::access::Origin;
use muster::access::session::Level;
use muster::db::schema::{credentials, known_browsers, recovery_codes, sessions};
use muster::features::sign_in;

use crate::support::{PASSWORD, Role, Site, on_postgres};

const WRONG: &str = "violins under the snow";

/// All that lies in the database, as one text; bytes as PostgreSQL writes them, or as they are.
fn everything(site: &Site) -> Vec<u8> {
    if !on_postgres() {
        let dir = site.database.dir.path();
        return ["muster.sqlite", "muster.sqlite-wal"]
            .iter()
            .flat_map(|file| std::fs::read(dir.join(file)).unwrap())
            .collect();
    }
    #[derive(QueryableByName)]
    struct Content {
        #[diesel(sql_type = Text)]
        content: String,
    }
    let all: Vec<Content> = site.read(|conn| {
        let query = "SELECT query_to_xml(format('SELECT t::text AS t FROM %I t', tablename), true, false, '')::text AS content \
                     FROM pg_tables WHERE schemaname = 'public'";
        Ok(diesel::sql_query(query).load(conn)?)
    });
    all.into_iter().flat_map(|table| table.content.into_bytes()).collect()
}

/// A secret in each way that it could lie there.
fn ways(text: &str, bytes: &[u8]) -> Vec<Vec<u8>> {
    let hex = data_encoding::HEXLOWER.encode(bytes);
    let base64 = data_encoding::BASE64.encode(bytes);
    vec![text.into(), text.replace(['-', ' '], "").into(), bytes.to_vec(), hex.into_bytes(), base64.into_bytes()]
}

#[test]
fn a_stolen_database_signs_nobody_in() {
    let site = Site::start();
    let member = site.member(Role::Technician(site.a));
    let browser = member.signed_in();
    let key = browser.open("/account/two-factor").one("#key").unwrap();
    let answer =
        browser.post("/account/two-factor", &[("code", &crate::support::code_of_key(&key, site.now()))]).expect(200);
    let (app, origin, id) = (site.app.clone(), Origin::console(site.now()), member.id);
    let link = site.write(move |conn| sign_in::actions::recovery_link(conn, &app, &origin, id));

    let base64url = |text: &str| data_encoding::BASE64URL_NOPAD.decode(text.as_bytes()).unwrap();
    let mut secrets = vec![ways(PASSWORD, PASSWORD.as_bytes())];
    for text in [
        browser.cookie("muster").unwrap(),
        browser.cookie("muster-browser").unwrap(),
        link.rsplit('/').next().unwrap().into(),
    ] {
        secrets.push(ways(&text, &base64url(&text)));
    }
    secrets.push(ways(&key, &data_encoding::BASE32_NOPAD.decode(key.replace(' ', "").as_bytes()).unwrap()));
    secrets.extend(answer.all("#codes li").iter().map(|code| ways(code, code.replace('-', "").as_bytes())));
    assert_eq!(secrets.len(), 15);
    let content = everything(&site);
    let holds = |bytes: &[u8]| content.windows(bytes.len()).any(|window| window == bytes);
    assert!(holds(member.email.as_bytes()) && holds(b"127.0.0.1"), "nothing was read");
    // Nor is there a hash that guesses could be run against.
    assert!(!holds(b"$argon2") && !holds(data_encoding::HEXLOWER.encode(b"$argon2").as_bytes()));
    for way in secrets.iter().flatten() {
        assert!(!holds(way), "{:?} lies in the database", String::from_utf8_lossy(way));
    }
}

#[test]
fn what_one_signs_in_with_is_worth_nothing_in_anothers_row() {
    let site = Site::start();
    let (thief, victim) = (site.member(Role::Technician(site.a)), site.member(Role::AccountAdmin));
    let (from, to) = (thief.id, victim.id);
    site.write(move |conn| {
        type Sealed = (Vec<u8>, Vec<u8>);
        let row = credentials::table.find(from).select((credentials::password_hash, credentials::totp_secret));
        let (password, secret): Sealed = row.first(conn)?;
        let set = (credentials::password_hash.eq(password), credentials::totp_secret.eq(secret));
        diesel::update(credentials::table.find(to)).set(set).execute(conn)?;
        diesel::delete(recovery_codes::table.filter(recovery_codes::user_id.eq(to))).execute(conn)?;
        let codes = recovery_codes::table.filter(recovery_codes::user_id.eq(from));
        Ok(diesel::update(codes).set(recovery_codes::user_id.eq(to)).execute(conn)?)
    });
    victim.types_password(&site.visitor()).expect(422);
    for code in [thief.code(), victim.code(), thief.recovery_codes[0].clone()] {
        let half = site.browser_of(to, Level::CodeDue);
        half.post("/login/code", &[("code", &code)]).expect(422);
    }
}

#[test]
fn a_session_that_was_moved_or_raised_is_nobodys() {
    let site = Site::start();
    let (thief, victim) = (site.member(Role::Technician(site.a)), site.admin());
    let is_out = |browser: &crate::support::Person<'_>| {
        assert!(browser.get("/account").expect(303).location().starts_with("/login?"));
        assert_eq!(browser.get("/login/code").expect(303).location(), "/login");
    };
    let browser = thief.signed_in();
    let (from, to) = (thief.id, victim.id);
    site.write(move |conn| {
        let theirs = sessions::table.filter(sessions::user_id.eq(from));
        Ok(diesel::update(theirs).set(sessions::user_id.eq(to)).execute(conn)?)
    });
    is_out(&browser);
    let half = site.browser_of(thief.id, Level::CodeDue);
    site.write(move |conn| {
        let theirs = sessions::table.filter(sessions::user_id.eq(from));
        Ok(diesel::update(theirs).set(sessions::level.eq(Level::Full.number())).execute(conn)?)
    });
    is_out(&half);
}

#[test]
fn a_browser_that_was_moved_is_not_known_to_anybody_else() {
    let site = Site::start();
    let (thief, victim) = (site.member(Role::Technician(site.a)), site.member(Role::Technician(site.a)));
    let browser = thief.signed_in();
    browser.post("/logout", &[]).expect(303);
    let (from, to) = (thief.id, victim.id);
    site.write(move |conn| {
        let theirs = known_browsers::table.filter(known_browsers::user_id.eq(from));
        Ok(diesel::update(theirs).set(known_browsers::user_id.eq(to)).execute(conn)?)
    });
    let wrong = |browser: &crate::support::Person<'_>| {
        browser.post("/login", &[("email", &victim.email), ("password", WRONG)]).status
    };
    let stranger = site.visitor();
    let tested: Vec<u16> = (0..6).map(|_| wrong(&stranger)).collect();
    assert_eq!(tested, [422, 422, 422, 422, 422, 429]);
    assert_eq!(wrong(&browser), 429, "it is counted with the strangers");
}
