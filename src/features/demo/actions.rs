//! Writing the made-up organisation into an empty installation.

use std::collections::BTreeMap;
use std::sync::mpsc;

use super::queries;
use super::{DemoPerson, DemoRole, DemoSource, DemoStatus, DemoTwoFactor, Organisation};
use crate::access::{BuiltIn, Origin, Scope};
use crate::db::{Conn, Db};
use crate::features::audit::actions::record;
use crate::features::audit::model::{Change, Entry};
use crate::features::groups::model::NewGroup;
use crate::features::roles::model::Wanted;
use crate::features::users::input::{Email, Name, NewUser, Phone, Source, Status, TfaStatus};
use crate::features::users::model::{Home, Stored, UserRow};
use crate::features::users::queries::Narrow;
use crate::features::{customers, groups, roles, users};
use crate::refusal::{FieldError, Refusal};

/// People to a step: what is in memory at a time.
const CHUNK: usize = 5_000;
/// Chunks that are made up ahead.
const AHEAD: usize = 2;

/// Fills an installation without people with `size` of them, as they are at `now` (unix milliseconds); tells `progress` how many are there.
///
/// One transaction: all of it or nothing. Nobody else can write meanwhile, which is why it goes into an empty installation only.
///
/// # Errors
/// A conflict if there are people already.
pub fn fill(db: &Db, size: u64, now: i64, progress: impl FnMut(u64) + Send + 'static) -> Result<Filled, Refusal> {
    let filled = db
        .write_now(move |conn| write_all(conn, &Organisation::new(size, now), &Origin::console(now), size, progress))?;
    db.look_over(i64::try_from(filled.people).unwrap_or(i64::MAX));
    Ok(filled)
}

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Filled {
    pub people: u64,
    pub customers: usize,
}

/// Present and deleted people by customer.
type Totals = BTreeMap<i64, (i64, i64)>;

fn write_all(
    conn: &mut Conn,
    organisation: &Organisation,
    origin: &Origin,
    size: u64,
    mut progress: impl FnMut(u64),
) -> Result<Filled, Refusal> {
    queries::alone(conn)?;
    refuse_people(conn)?;
    let change = Change::new("people", "0", size.to_string());
    record(conn, origin, &Entry::new("demo.fill", "installation", 0).changes(vec![change]))?;
    let homes = homes(conn, organisation, origin.at)?;
    let indexes = queries::drop_indexes(conn)?;
    let (mut done, mut totals) = (0, Totals::new());
    std::thread::scope(|scope| {
        // People are made up on one core while those before them are written on another.
        let (made, chunks) = mpsc::sync_channel(AHEAD);
        scope.spawn(|| make_up(organisation, &homes, made));
        for chunk in chunks {
            let (plain, others): Rows = chunk?;
            write(conn, &plain, &others)?;
            for row in plain.iter().chain(others.iter().map(|other| &other.row)) {
                let total = totals.entry(row.customer_id).or_default();
                if row.deleted_at == 0 { total.0 += 1 } else { total.1 += 1 }
            }
            done += (plain.len() + others.len()) as u64;
            progress(done);
        }
        Ok::<(), Refusal>(())
    })?;
    for (customer_id, total) in totals {
        users::queries::count(conn, customer_id, total)?;
    }
    queries::index_all(conn)?;
    queries::make_indexes(conn, &indexes)?;
    groups(conn, &homes, origin)?;
    Ok(Filled { people: done, customers: homes.len() })
}

/// Groups of the first customers: what each is called, and of how many people one is in it.
const GROUPS: [(&str, usize); 5] =
    [("Office", 2), ("Field staff", 5), ("On call", 12), ("Contractors", 20), ("Leadership", 45)];
const WITH_GROUPS: usize = 40;
/// Of so many people at most a customer's groups are made.
const LOOKED_AT: i64 = 500;

fn groups(conn: &mut Conn, homes: &[Home], origin: &Origin) -> Result<(), Refusal> {
    for home in homes.iter().take(WITH_GROUPS) {
        let narrow = Narrow { customers: Some(vec![home.id]), ..Narrow::default() };
        let ids = users::queries::ids_after(conn, &narrow, 0, LOOKED_AT)?;
        let people = users::queries::with_ids(conn, &Scope::All, &ids)?;
        for (name, of) in GROUPS {
            let row = NewGroup::new(home.id, name, (None, &origin.actor_name), origin.at);
            let Some(group) = groups::queries::insert(conn, &row)? else { continue };
            let members: Vec<(i64, &str)> =
                people.iter().step_by(of).map(|user| (user.id, user.name_key.as_str())).collect();
            groups::queries::add_members(conn, group, &members, origin.at)?;
        }
    }
    Ok(())
}

/// Sends everybody, in order and in chunks, until they are all sent, one of them cannot be, or nobody takes them any more.
fn make_up(organisation: &Organisation, homes: &[Home], made: mpsc::SyncSender<Result<Rows, Refusal>>) {
    let mut people = organisation.people();
    loop {
        let chunk: Vec<DemoPerson> = people.by_ref().take(CHUNK).collect();
        let rows = rows(&chunk, homes, organisation);
        if chunk.is_empty() || made.send(rows).is_err() {
            return;
        }
    }
}

fn refuse_people(conn: &mut Conn) -> Result<(), Refusal> {
    match queries::people(conn)? {
        0 => Ok(()),
        there => Err(Refusal::Conflict(format!(
            "This installation has people already ({there}). The made-up organisation goes into an empty one only: choose another --data-dir."
        ))),
    }
}

/// The customers, written where they are not there yet.
fn homes(conn: &mut Conn, organisation: &Organisation, now: i64) -> Result<Vec<Home>, Refusal> {
    organisation
        .customers()
        .iter()
        .map(|customer| {
            let id = match customers::queries::by_name(conn, &customer.name)? {
                Some(there) => there.id,
                None => customers::queries::insert(conn, &customer.name, now)?,
            };
            Ok(Home { id, key: crate::db::fold::fold(&customer.name) })
        })
        .collect()
}

/// Somebody with a role of their own, and where they hold it.
struct Special {
    row: UserRow,
    role: BuiltIn,
    scope: Scope,
}

/// Ordinary people, and those with a role of their own.
type Rows = (Vec<UserRow>, Vec<Special>);

fn rows(chunk: &[DemoPerson], homes: &[Home], organisation: &Organisation) -> Result<Rows, Refusal> {
    let (mut plain, mut others) = (Vec::with_capacity(chunk.len()), Vec::new());
    for person in chunk {
        let (Some(home), Some(customer)) = (homes.get(person.customer), organisation.customers().get(person.customer))
        else {
            return Err(Refusal::Broken("a made-up person without a customer".into()));
        };
        let row = row(person, home, &customer.directory)?;
        let own = || Scope::of([home.id]);
        match person.role {
            DemoRole::User => plain.push(row),
            DemoRole::AccountAdmin => others.push(Special { row, role: BuiltIn::AccountAdmin, scope: Scope::All }),
            DemoRole::Administrator => others.push(Special { row, role: BuiltIn::Administrators, scope: own() }),
            DemoRole::Technician => others.push(Special { row, role: BuiltIn::Technician, scope: own() }),
        }
    }
    Ok((plain, others))
}

fn row(person: &DemoPerson, home: &Home, directory: &str) -> Result<UserRow, Refusal> {
    let fault = |error: FieldError| Refusal::Fields(vec![error]);
    let user = NewUser {
        name: Name::parse(&person.name).map_err(fault)?,
        email: Email::parse(&person.email).map_err(fault)?,
        phone: Phone::parse(&person.phone).map_err(fault)?,
    };
    let mut row = UserRow::new(&user, home, person.created_at);
    row.status = match person.status {
        DemoStatus::Active => Status::Active,
        DemoStatus::Disabled => Status::Disabled,
    }
    .number();
    row.tfa = match person.two_factor {
        DemoTwoFactor::Active => TfaStatus::Active,
        DemoTwoFactor::NotActive => TfaStatus::NotActive,
        DemoTwoFactor::NotConfigured => TfaStatus::NotConfigured,
        DemoTwoFactor::NotAvailable => TfaStatus::NotAvailable,
    }
    .number();
    let source = match person.source {
        DemoSource::Local => Source::Local,
        DemoSource::Directory => Source::Directory,
        DemoSource::IdentityProvider => Source::IdentityProvider,
    };
    row.source = source.number();
    if source != Source::Local {
        row.domain = directory.to_owned();
    }
    row.last_login_at = person.last_login_at;
    row.deleted_at = person.deleted_at;
    Ok(row)
}

/// Writes some people with their roles.
fn write(conn: &mut Conn, plain: &[UserRow], others: &[Special]) -> Result<(), Refusal> {
    let users_role = roles::queries::built_in(conn, BuiltIn::Users)?.id;
    let before = queries::add(conn, plain)?;
    queries::give_all(conn, users_role, before)?;

    let special: Vec<UserRow> = others.iter().map(|other| other.row.clone()).collect();
    let before = queries::add(conn, &special)?;
    let ids: BTreeMap<String, i64> = queries::added(conn, before)?.into_iter().map(|(id, key)| (key, id)).collect();
    for other in others {
        let id = ids.get(&other.row.email_key).copied();
        let id = id.ok_or_else(|| Refusal::Broken("a made-up person was lost".into()))?;
        let role_id = roles::queries::built_in(conn, other.role)?.id;
        roles::queries::assign(conn, id, &Wanted { role_id, scope: other.scope.clone() }, other.row.created_at)?;
    }
    Ok(())
}
