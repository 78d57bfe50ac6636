//! Writing a list of people to a file: asked for and made by the job `users.export`, or by the command line at once.
//!
//! The file is the list as it stood at one moment, read as one state of the database. Whether whoever asked may still see it all is asked anew all the
//! while. What breaks off begins again from the start.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::mpsc;
use std::thread;

use crate::access::permit::{Action, ExportUsers, ViewGroups, ViewUsers};
use crate::access::{Permit, Scope};
use crate::app::App;
use crate::db::Conn;
use crate::features::audit::actions::record;
use crate::features::audit::model::{Change, Entry};
use crate::features::groups::input::in_a_cell;
use crate::features::reports::actions::{self as reports, Wanted};
use crate::features::reports::file::{CsvFile, Staged, Store, Written};
use crate::features::reports::model::Separator;
use crate::features::reports::queries as kept;
use crate::features::selections;
use crate::features::users::actions::selection::{self, Selected};
use crate::features::users::input::listing::{self, LIST, SELECTED, SPEC};
use crate::features::users::input::{Source, Status, TfaStatus};
use crate::features::users::model::Listed;
use crate::features::users::model::Stored;
use crate::features::users::queries;
use crate::features::{customers, groups};
use crate::jobs::{End, Kind, Running};
use crate::refusal::Refusal;
use crate::web::dates::iso;
use crate::web::list::{Column, State, Total};

/// Of the customers' names, so many at most are known beforehand.
const MOST_CUSTOMERS: i64 = i64::MAX;

/// What somebody would get: how many people, and what they are narrowed to, in words.
#[derive(Debug)]
pub struct Preview {
    pub total: Total,
    pub words: Vec<String>,
}

/// Looks at what an export of a list's URL would hold.
pub fn preview(conn: &mut Conn, permit: &Permit<ViewUsers>, state: &State) -> Result<Preview, Refusal> {
    let selected = selection::selected(conn, permit)?;
    let total = queries::total(conn, &narrow(permit.scope(), permit.now(), state, selected))?;
    let names = queries::names(conn, permit.scope(), state)?;
    let mut words = state.in_words(&names);
    if state.filter(SELECTED).is_some() {
        words.retain(|word| word != "All users");
        words.insert(0, "Those who are selected".into());
    }
    Ok(Preview { total, words })
}

fn narrow(scope: &Scope, now: i64, state: &State, selected: Option<Selected>) -> queries::Narrow {
    let mut narrow = listing::narrow(scope, now, state);
    if state.filter(SELECTED).is_some() {
        narrow.picked = Some(selected.map(|selected| selected.picked).unwrap_or_default());
    }
    narrow
}

/// Asks for the file of a list's URL. Gives the report; ring the bell once this has committed.
///
/// # Errors
/// Nobody is selected; too many reports.
pub fn begin(
    conn: &mut Conn,
    permit: &Permit<ExportUsers>,
    state: &State,
    separator: Separator,
) -> Result<i64, Refusal> {
    let view = permit.also::<ViewUsers>()?;
    let found = preview(conn, &view, state)?;
    if found.total.at_least() == 0 {
        return Err(Refusal::Unfit("Nobody is on this list, so there is nothing to export.".into()));
    }
    let query = state.query();
    let file_name = format!("users-{}.csv", iso(permit.now()).get(..10).unwrap_or_default());
    let words = found.words.join(". ");
    let wanted =
        Wanted { list: LIST, query: query.trim_start_matches('?'), words: &words, separator, file_name: &file_name };
    let id = reports::begin(conn, permit, Kind::UsersExport, &wanted)?;
    if state.filter(SELECTED).is_some()
        && let Some(session) = permit.session_id()
        && let Some(selection) = selections::queries::find(conn, session, LIST)?
    {
        selections::actions::pin_for_report(conn, &selection, id, permit.now())?;
    }
    audit(conn, permit, state, id)?;
    Ok(id)
}

fn audit<A: Action>(conn: &mut Conn, permit: &Permit<A>, state: &State, id: i64) -> Result<(), Refusal> {
    let columns: Vec<&str> = state.columns.iter().map(|column| column.key).collect();
    let changes = vec![
        Change::new("filter", "", state.narrowing()),
        Change::new("columns", "", columns.join(",")),
        Change::new("order", "", state.sort_code()),
    ];
    let customer = match permit.scope().ids().as_deref() {
        Some([one]) => *one,
        _ => 0,
    };
    record(conn, permit.origin(), &Entry::new("users.export", "report", id).of_customer(customer).changes(changes))?;
    Ok(())
}

/// The job `users.export`.
pub fn run(running: &Running) -> Result<End, Refusal> {
    let id = running.job.subject_id;
    let app = &running.app;
    let (report, reach) = app.db.read_now(|conn| Ok((kept::find(conn, id)?, rights(conn, running)?)))?;
    let scope = &reach.users;
    let (state, reached) = (State::parse(&SPEC, &report.query), scope.clone());
    app.db.write_now(move |conn| reports::reaches(conn, id, &reached))?;
    let interrupted = Cell::new(None);
    let written = app.db.read_snapshot_now(|conn| {
        let selected = match selections::queries::pinned_for_report(conn, id)? {
            Some(pinned) => Some(selection::of(conn, scope, report.created_at, pinned)?),
            None => None,
        };
        let narrow = narrow(scope, report.created_at, &state, selected);
        let total = queries::total(conn, &narrow)?;
        let total = if let Total::Exactly(number) = total { number } else { 0 };
        let store = Staged::new(app, id, running.job.attempts);
        write(conn, &reach, &narrow, &state, report.separator(), store, |rows| {
            interrupted.set(running.interrupted());
            if interrupted.get().is_some() {
                return Ok(false);
            }
            running.note(rows, total)?;
            // Looked at with other eyes than the file is written with, which see the database as it was.
            let now = app.db.read_now(|conn| rights(conn, running))?;
            if now.covers(&reach) {
                return Ok(true);
            }
            Err(Refusal::Forbidden("What you may see has changed meanwhile. Export the list again.".into()))
        })
    })?;
    match (written, interrupted.get()) {
        (Some(written), _) => reports::finish(running, written).map(|()| End::Done),
        (None, end) => Ok(end.unwrap_or(End::Cancelled)),
    }
}

/// The customers whose users, and whose groups, somebody may read.
struct Reach {
    users: Scope,
    groups: Option<Scope>,
}

impl Reach {
    fn of(permit: &Permit<ExportUsers>) -> Reach {
        let groups = permit.also::<ViewGroups>().ok().map(|permit| permit.scope().clone());
        Reach { users: permit.scope().clone(), groups }
    }

    fn covers(&self, other: &Reach) -> bool {
        let covers = |theirs: &Scope| self.groups.as_ref().is_some_and(|ours| ours.covers(theirs));
        self.users.covers(&other.users) && other.groups.as_ref().is_none_or(covers)
    }
}

/// What the one who asked may read now.
fn rights(conn: &mut Conn, running: &Running) -> Result<Reach, Refusal> {
    let origin = running.origin(conn)?;
    Ok(Reach::of(&Permit::of_absent(conn, origin)?))
}

/// Writes the list of a query to a stream at once, for the console. Gives how many people.
///
/// # Errors
/// It cannot be read or written.
pub fn to_stream(
    app: &App,
    permit: &Permit<ExportUsers>,
    state: &State,
    separator: Separator,
    store: impl Store,
) -> Result<Written, Refusal> {
    let (audited, mine) = (state.clone(), permit.clone());
    app.db.write_now(move |conn| audit(conn, &mine, &audited, 0))?;
    let narrow = narrow(permit.scope(), permit.now(), state, None);
    app.db.read_snapshot_now(|conn| {
        write(conn, &Reach::of(permit), &narrow, state, separator, store, |_| Ok(true))?
            .ok_or_else(|| Refusal::Broken("an export was interrupted by nobody".into()))
    })
}

/// Writes the file; None if `go_on`, asked now and then with the rows so far, says no.
fn write(
    conn: &mut Conn,
    reach: &Reach,
    narrow: &queries::Narrow,
    state: &State,
    separator: Separator,
    store: impl Store,
    mut go_on: impl FnMut(i64) -> Result<bool, Refusal>,
) -> Result<Option<Written>, Refusal> {
    let customers: BTreeMap<i64, String> = if state.shows("customer") {
        let all = customers::queries::by_names(conn, &reach.users, MOST_CUSTOMERS)?;
        all.into_iter().map(|customer| (customer.id, customer.name)).collect()
    } else {
        BTreeMap::new()
    };
    let titles: Vec<&str> = state.columns.iter().map(|column| column.label).collect();
    let mut file = CsvFile::begin(store, separator, &titles)?;
    // The next stretch is read while one is written.
    thread::scope(|threads| {
        let (sender, stretches) = mpsc::sync_channel(1);
        let reading = threads.spawn(move || {
            queries::in_stretches(conn, narrow, state.sort.key, state.descending, |conn, people| {
                let groups = match reach.groups.as_ref().filter(|_| state.shows("groups")) {
                    Some(scope) => {
                        let ids: Vec<i64> = people.iter().map(|one| one.id).collect();
                        groups::queries::group_names(conn, scope, &ids)?
                    }
                    None => BTreeMap::new(),
                };
                // Refused once nobody writes any more.
                Ok(sender.send((people, groups)).is_ok())
            })
        });
        for (people, groups) in stretches {
            for one in &people {
                let theirs = groups.get(&one.id).map_or(&[][..], Vec::as_slice);
                file.line(state.columns.iter().map(|column| text(one, column, &customers, theirs)))?;
            }
            if !go_on(file.rows)? {
                return Ok(None);
            }
        }
        match reading.join() {
            Ok(read) => read.and_then(|_| file.end().map(Some)),
            Err(_) => Err(Refusal::Broken("what an export reads ended at once".into())),
        }
    })
}

/// What a file says in a column. Names, addresses and numbers stand as they are stored, so that importing them changes nothing; "never" and "none" are
/// empty.
fn text<'a>(one: &'a Listed, column: &Column, customers: &'a BTreeMap<i64, String>, groups: &[String]) -> Cow<'a, str> {
    let time = |at: i64| if at == 0 { Cow::from("") } else { Cow::from(iso(at)) };
    match column.key {
        "name" => Cow::from(&one.name),
        "email" => Cow::from(&one.email),
        "phone" => Cow::from(&one.phone),
        "devices" => Cow::from(one.device_count.to_string()),
        "tfa" => Cow::from(TfaStatus::from_number(one.tfa).unwrap_or(TfaStatus::NotActive).as_str()),
        "last-login" => time(one.last_login_at),
        "customer" => Cow::from(customers.get(&one.customer_id).map_or("", String::as_str)),
        "groups" => Cow::from(in_a_cell(groups)),
        "status" => Cow::from(Status::from_number(one.status).unwrap_or(Status::Disabled).as_str()),
        "source" => match Source::from_number(one.source) {
            Some(Source::Local) | None => Cow::from(Source::Local.as_str()),
            Some(_) => Cow::from(&one.domain),
        },
        _ => time(one.created_at),
    }
}
