//! What `muster demo` leaves in the database.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use diesel::prelude::*;
use diesel::sql_types::BigInt;
use muster::access::{BuiltIn, Scope};
use muster::db::Conn;
use muster::db::schema::{credentials, user_counts, users};
use muster::features::demo::actions::fill;
use muster::features::roles;
use muster::features::users::input::Status;
use muster::features::users::model::{Stored, User};

use crate::support::{Site, on_postgres};

pub fn filled(size: u64) -> Site {
    let site = Site::start();
    let told = Arc::new(AtomicU64::new(0));
    let hears = told.clone();
    let filled = fill(&site.app.db, size, site.now(), move |done| hears.store(done, Ordering::SeqCst)).unwrap();
    assert_eq!((filled.people, told.load(Ordering::SeqCst)), (size, size));
    site
}

/// The indexes of the list, which are away while it is filled.
fn indexes(site: &Site) -> Vec<String> {
    #[derive(diesel::QueryableByName)]
    struct Index {
        #[diesel(sql_type = diesel::sql_types::Text)]
        definition: String,
    }
    let lines: Vec<Index> = site.read(|conn| {
        Ok(match conn {
            Conn::Sqlite(c) => diesel::sql_query(
                "SELECT sql AS definition FROM sqlite_master WHERE tbl_name = 'users' AND sql <> '' ORDER BY name",
            )
            .load(c)?,
            Conn::Postgres(c) => diesel::sql_query(
                "SELECT indexdef AS definition FROM pg_indexes WHERE tablename = 'users' ORDER BY indexname",
            )
            .load(c)?,
        })
    });
    lines.into_iter().map(|line| line.definition).collect()
}

#[test]
fn every_index_is_there_again() {
    let fresh = indexes(&Site::start());
    assert!(fresh.len() > 20);
    assert_eq!(indexes(&filled(30)), fresh);
}

fn everybody(site: &Site) -> Vec<User> {
    site.read(|conn| Ok(users::table.order(users::email_key).load(conn)?))
}

#[test]
fn the_made_up_organisation_is_whole() {
    let site = filled(6_000);
    let people = everybody(&site);
    assert_eq!(people.len(), 6_000);

    // Totals.
    let mut counted: BTreeMap<i64, (i64, i64)> = BTreeMap::new();
    for user in &people {
        let total = counted.entry(user.customer_id).or_default();
        if user.deleted_at == 0 { total.0 += 1 } else { total.1 += 1 }
    }
    let kept: Vec<(i64, i64, i64)> = site.read(|conn| {
        Ok(user_counts::table
            .select((user_counts::customer_id, user_counts::present, user_counts::deleted))
            .load(conn)?)
    });
    assert_eq!(kept.len(), counted.len(), "folded: one row a customer");
    assert_eq!(
        kept.into_iter().map(|(id, present, deleted)| (id, (present, deleted))).collect::<BTreeMap<_, _>>(),
        counted
    );

    // Roles: everybody has exactly one; who may sign in is local, active and within their own customer.
    let roles = [BuiltIn::AccountAdmin, BuiltIn::Administrators, BuiltIn::Technician, BuiltIn::Users]
        .map(|role| site.holders(role));
    assert_eq!(roles.iter().sum::<i64>(), 6_000);
    assert!(roles.iter().all(|holders| *holders > 1), "{roles:?}");
    for user in people.iter().step_by(97).chain(people.iter().filter(|user| user.email.starts_with('b')).take(200)) {
        let held = site.read(|conn| roles::queries::held(conn, user.id));
        assert_eq!(held.len(), 1);
        if held[0].role.may_sign_in {
            assert!(user.is_local() && user.status() == Status::Active && user.deleted_at == 0, "{user:?}");
            let own = Scope::of([user.customer_id]);
            assert_eq!(held[0].scope, if held[0].role.is(BuiltIn::AccountAdmin) { Scope::All } else { own });
        }
    }

    // Nobody can sign in, and nobody administers the installation: the set-up link is still there to be used.
    assert_eq!(site.read(|conn| Ok(credentials::table.count().get_result::<i64>(conn)?)), 0);
    assert_eq!(site.read(|conn| roles::queries::administrators(conn, true)), 0);

    // Found by name: the search index holds them.
    let admin = site.admin();
    let user = people.iter().find(|user| user.deleted_at == 0 && user.name.contains('ł')).expect("a Polish name");
    let page = admin
        .open(&format!("/users?q={}", url::form_urlencoded::byte_serialize(user.email.as_bytes()).collect::<String>()));
    assert!(page.ids().contains(&user.id), "{}", page.readable());
    assert!(Status::ALL.iter().all(|status| people.iter().any(|user| user.status == status.number())));
}

#[test]
fn it_is_the_same_every_time() {
    let essence = |site: &Site| -> Vec<String> {
        everybody(site).into_iter().map(|user| format!("{user:?}").replace(&format!("id: {}", user.id), "")).collect()
    };
    // Both sites have the same ids of customers, since they began alike.
    assert_eq!(essence(&filled(700)), essence(&filled(700)));
}

#[test]
fn it_goes_into_an_empty_installation_only() {
    let site = Site::start();
    site.add_user(site.a);
    let before = site.fingerprint();
    let refused = fill(&site.app.db, 100, site.now(), |_| {}).unwrap_err();
    assert!(refused.to_string().contains("people already"), "{refused}");
    assert_eq!(before, site.fingerprint());
    // Somebody who is deleted is somebody, too.
    let site = Site::start();
    site.delete(site.add_user(site.a));
    assert!(fill(&site.app.db, 100, site.now(), |_| {}).is_err());
}

/// Each part is asked for every trigram that is searched for.
#[test]
fn sqlites_index_for_searching_is_one_part() {
    #[derive(QueryableByName)]
    struct Options {
        #[diesel(sql_type = BigInt)]
        number: i64,
    }
    let site = filled(6_000);
    if on_postgres() {
        return;
    }
    assert_eq!(site.search_parts(), 1);
    // What is written later is gathered and merged as it is by default.
    let set = "SELECT COUNT(*) AS number FROM users_search_config WHERE (k, v) IN (VALUES ('hashsize', 1048576), ('automerge', 4))";
    assert_eq!(site.read(|conn| Ok(diesel::sql_query(set).get_result::<Options>(conn)?.number)), 2);
}
