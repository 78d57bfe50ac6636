//! Looking for what was typed: everything that the reader may see, and nothing else.

use super::model::{Command, Found, Section};
use crate::access::permit::{ViewCustomers, ViewGroups, ViewUsers};
use crate::access::{Rights, SignedIn};
use crate::db::Conn;
use crate::db::fold::fold;
use crate::db::search::Terms;
use crate::features::users::queries::Narrow;
use crate::features::{customers, groups, users};
use crate::refusal::Refusal;
use crate::routes;
use crate::web::list::{Place, Total};
use crate::web::shell::NavGroup;

/// Most results of a kind; the rest is behind a link to the list.
const MOST: usize = 6;

/// What fits `typed`, by kind. `nav`: the reader's navigation. Of nothing typed: where one can go and what one can begin.
pub fn find(conn: &mut Conn, reader: &SignedIn, nav: &[NavGroup], typed: &str) -> Result<Vec<Section>, Refusal> {
    let words: Vec<String> = fold(typed).split_whitespace().map(str::to_owned).collect();
    let mut sections = vec![commands(&reader.session.actor.rights, &words), pages(nav, &words)];
    if !words.is_empty() {
        sections.push(people(conn, reader, typed)?);
        sections.push(groups(conn, reader, typed)?);
        sections.push(customers(conn, reader, &fold(typed))?);
    }
    sections.retain(|section| !section.results.is_empty());
    Ok(sections)
}

fn fits(text: &str, words: &[String]) -> bool {
    let text = fold(text);
    words.iter().all(|word| text.contains(word.as_str()))
}

fn commands(rights: &Rights, words: &[String]) -> Section {
    let open = routes::open_to(rights);
    let found = |command: &Command| Found {
        title: command.label.to_owned(),
        note: String::new(),
        href: command.path.to_owned(),
    };
    let fitting = Command::ALL.iter().filter(|command| fits(&format!("{} {}", command.label, command.words), words));
    Section { title: "Actions", results: fitting.filter(|command| open.contains(command.path)).map(found).collect() }
}

fn pages(nav: &[NavGroup], words: &[String]) -> Section {
    let of_nav = nav.iter().flat_map(|group| {
        group.items.iter().map(|item| Found {
            title: item.label.to_owned(),
            note: group.label.to_owned(),
            href: format!("{}{}", item.href, item.query),
        })
    });
    let further = [("Your account", "/account"), ("Help", "/help")];
    let further = further.map(|(title, href)| Found { title: title.into(), note: String::new(), href: href.into() });
    let fitting = of_nav.chain(further).filter(|page| fits(&format!("{} {}", page.title, page.note), words));
    Section { title: "Pages", results: fitting.collect() }
}

/// The User List's own search.
fn people(conn: &mut Conn, reader: &SignedIn, typed: &str) -> Result<Section, Refusal> {
    let mut section = Section { title: "Users", results: Vec::new() };
    let Ok(permit) = reader.also::<ViewUsers>() else { return Ok(section) };
    let narrow = Narrow { terms: Terms::of(typed), ..Narrow::to_scope(permit.scope()) };
    if narrow.terms.is_empty() {
        return Ok(section);
    }
    let most = i64::try_from(MOST).unwrap_or(i64::MAX);
    let (page, total) = users::queries::list(conn, &narrow, "name", false, &Place::First, most)?;
    section.results.extend(page.rows.into_iter().map(|row| Found {
        href: format!("/users/{}", row.user.id),
        note: if row.user.name.is_empty() { String::new() } else { row.user.email.clone() },
        title: if row.user.name.is_empty() { row.user.email } else { row.user.name },
    }));
    if page.more_after {
        section.results.push(all_of(total, "users", "/users", typed));
    }
    Ok(section)
}

/// The way to all of them.
fn all_of(total: Total, noun: &str, list: &str, typed: &str) -> Found {
    let query: String = url::form_urlencoded::byte_serialize(typed.as_bytes()).collect();
    Found { title: format!("All {} {noun}", total.figure()), note: String::new(), href: format!("{list}?q={query}") }
}

fn groups(conn: &mut Conn, reader: &SignedIn, typed: &str) -> Result<Section, Refusal> {
    let mut section = Section { title: "Groups", results: Vec::new() };
    let Ok(permit) = reader.also::<ViewGroups>() else { return Ok(section) };
    let most = i64::try_from(MOST).unwrap_or(i64::MAX);
    let found = groups::queries::suggested(conn, permit.scope().ids(), typed, most)?;
    let names = users::queries::customer_names(conn, found.iter().map(|group| group.customer_id))?;
    section.results.extend(found.into_iter().map(|group| Found {
        title: group.name,
        note: names.get(&group.customer_id).cloned().unwrap_or_default(),
        href: format!("/groups/{}", group.id),
    }));
    Ok(section)
}

fn customers(conn: &mut Conn, reader: &SignedIn, key: &str) -> Result<Section, Refusal> {
    let mut section = Section { title: "Customers", results: Vec::new() };
    let Ok(permit) = reader.also::<ViewCustomers>() else { return Ok(section) };
    let found = customers::queries::all(conn, permit.scope())?.into_iter();
    section.results.extend(found.filter(|customer| customer.name_key.contains(key)).take(MOST).map(|customer| Found {
        title: customer.name,
        note: String::new(),
        href: format!("/customers/{}", customer.id),
    }));
    Ok(section)
}
