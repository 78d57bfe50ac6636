//! Rows of imports in the main database; `staging` has those beside it.

pub mod staging;

use diesel::dsl::exists;
use diesel::prelude::*;

use super::mapping::Field;
use super::model::{Counts, Found, Import, KEPT, NewImport, Options, State};
use crate::access::Scope;
use crate::db::Conn;
use crate::db::schema::{customers, import_mappings, imports, jobs, operation_rows, role_assignments, roles, users};
use crate::each_backend;
use crate::features::operations::model::Verdict as Outcome;
use crate::features::users::input::{Source, Status};
use crate::features::users::model::{Stored, User};
use crate::refusal::Refusal;

fn json<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// Notes a file that is on its way, and gives its id.
pub fn insert(
    conn: &mut Conn,
    owner_id: Option<i64>,
    file_name: &str,
    options: &Options,
    now: i64,
) -> Result<i64, Refusal> {
    let options = json(options);
    let row = NewImport {
        job_id: 0,
        owner_id,
        state: State::Uploading.number(),
        file_name,
        bytes: 0,
        dialect: "",
        mapping: "",
        options: &options,
        counts: "",
        problem: "",
        created_at: now,
        changed_at: now,
        expires_at: now + KEPT,
    };
    Ok(each_backend!(conn, c => diesel::insert_into(imports::table).values(row).returning(imports::id).get_result(c))?)
}

pub fn find(conn: &mut Conn, id: i64) -> Result<Import, Refusal> {
    Ok(imports::table.find(id).first(conn)?)
}

/// The import of somebody that an operation is of.
pub fn of_operation(conn: &mut Conn, operation_id: i64, owner_id: i64) -> Result<Option<i64>, Refusal> {
    let theirs = imports::table.filter(imports::owner_id.eq(owner_id)).filter(imports::operation_id.eq(operation_id));
    Ok(theirs.select(imports::id).first(conn).optional()?)
}

/// The imports of somebody: all that have not ended, and the last of those that have. The newest comes first.
pub fn recent(conn: &mut Conn, owner_id: i64, limit: i64) -> Result<Vec<Import>, Refusal> {
    let ended = [State::Done, State::Cancelled, State::Failed].map(State::number);
    let open = [State::Reading, State::Mapping, State::Judging, State::Preview, State::Applying].map(State::number);
    let theirs = || imports::table.filter(imports::owner_id.eq(owner_id)).order(imports::id.desc());
    let mut all: Vec<Import> = theirs().filter(imports::state.eq_any(open)).load(conn)?;
    all.extend(theirs().filter(imports::state.eq_any(ended)).limit(limit).load::<Import>(conn)?);
    Ok(all)
}

/// How many files of somebody are staged and not ended. One that has been on its way since before `broken_off` counts no more: nobody can see or
/// end it any more, say after a crash.
pub fn unfinished(conn: &mut Conn, owner_id: i64, broken_off: i64) -> Result<i64, Refusal> {
    let ended: Vec<i16> = [State::Done, State::Cancelled, State::Failed].map(State::number).to_vec();
    let on_its_way = imports::created_at.ge(broken_off).or(imports::state.ne(State::Uploading.number()));
    Ok(imports::table
        .filter(imports::owner_id.eq(owner_id))
        .filter(imports::state.ne_all(ended))
        .filter(on_its_way)
        .count()
        .get_result(conn)?)
}

/// Moves an import on. False: it was not in `from` any more, somebody else was first.
pub fn advance(conn: &mut Conn, id: i64, from: State, to: State, now: i64) -> Result<bool, Refusal> {
    let target = imports::table.find(id).filter(imports::state.eq(from.number()));
    let set = (imports::state.eq(to.number()), imports::changed_at.eq(now), imports::expires_at.eq(now + KEPT));
    Ok(diesel::update(target).set(set).execute(conn)? > 0)
}

pub fn set_job(conn: &mut Conn, id: i64, job_id: i64) -> Result<(), Refusal> {
    diesel::update(imports::table.find(id)).set(imports::job_id.eq(job_id)).execute(conn)?;
    Ok(())
}

pub fn set_bytes(conn: &mut Conn, id: i64, bytes: i64) -> Result<(), Refusal> {
    diesel::update(imports::table.find(id)).set(imports::bytes.eq(bytes)).execute(conn)?;
    Ok(())
}

pub fn set_found(conn: &mut Conn, id: i64, found: &Found) -> Result<(), Refusal> {
    diesel::update(imports::table.find(id)).set(imports::dialect.eq(json(found))).execute(conn)?;
    Ok(())
}

pub fn set_columns(conn: &mut Conn, id: i64, columns: &[Field]) -> Result<(), Refusal> {
    diesel::update(imports::table.find(id)).set(imports::mapping.eq(json(&columns))).execute(conn)?;
    Ok(())
}

pub fn set_options(conn: &mut Conn, id: i64, options: &Options) -> Result<(), Refusal> {
    diesel::update(imports::table.find(id)).set(imports::options.eq(json(options))).execute(conn)?;
    Ok(())
}

pub fn set_counts(conn: &mut Conn, id: i64, counts: &Counts) -> Result<(), Refusal> {
    diesel::update(imports::table.find(id)).set(imports::counts.eq(json(counts))).execute(conn)?;
    Ok(())
}

pub fn set_operation(conn: &mut Conn, id: i64, operation_id: i64) -> Result<(), Refusal> {
    diesel::update(imports::table.find(id)).set(imports::operation_id.eq(operation_id)).execute(conn)?;
    Ok(())
}

/// Notes why an import stopped or came back; empty takes it away.
pub fn set_problem(conn: &mut Conn, id: i64, problem: &str) -> Result<(), Refusal> {
    diesel::update(imports::table.find(id)).set(imports::problem.eq(problem)).execute(conn)?;
    Ok(())
}

/// Imports whose time is over, and uploads that broke off before `abandoned`.
pub fn expired(conn: &mut Conn, now: i64, abandoned: i64) -> Result<Vec<i64>, Refusal> {
    let broken_off = imports::state.eq(State::Uploading.number()).and(imports::changed_at.lt(abandoned));
    Ok(imports::table
        .filter(imports::expires_at.lt(now).or(broken_off))
        .order(imports::id)
        .select(imports::id)
        .limit(20)
        .load(conn)?)
}

pub fn delete(conn: &mut Conn, id: i64) -> Result<(), Refusal> {
    diesel::delete(imports::table.find(id)).execute(conn)?;
    Ok(())
}

/// Deletes an import whose file has not arrived.
pub fn delete_unarrived(conn: &mut Conn, id: i64) -> Result<(), Refusal> {
    diesel::delete(imports::table.find(id).filter(imports::state.eq(State::Uploading.number()))).execute(conn)?;
    Ok(())
}

/// How the columns under such a header were mapped last time.
pub fn remembered(conn: &mut Conn, fingerprint: &str) -> Result<Option<Vec<Field>>, Refusal> {
    let kept: Option<String> =
        import_mappings::table.find(fingerprint).select(import_mappings::mapping).first(conn).optional()?;
    Ok(kept.and_then(|kept| serde_json::from_str(&kept).ok()))
}

/// Remembers how the columns under such a header are mapped.
pub fn remember(conn: &mut Conn, fingerprint: &str, columns: &[Field], now: i64) -> Result<(), Refusal> {
    let mapping = json(&columns);
    let row = (
        import_mappings::fingerprint.eq(fingerprint),
        import_mappings::mapping.eq(&mapping),
        import_mappings::changed_at.eq(now),
    );
    let again = (import_mappings::mapping.eq(&mapping), import_mappings::changed_at.eq(now));
    each_backend!(conn, c => diesel::insert_into(import_mappings::table).values(row).on_conflict(import_mappings::fingerprint).do_update().set(again).execute(c))?;
    Ok(())
}

/// The users who have these addresses, in any scope, deleted or not.
pub fn users_with(conn: &mut Conn, email_keys: &[&str]) -> Result<Vec<User>, Refusal> {
    Ok(users::table.filter(users::email_key.eq_any(email_keys)).load(conn)?)
}

/// Those whom an import touched, within a scope, who may sign in but have no password yet: the first of them.
pub fn to_activate(conn: &mut Conn, scope: &Scope, operation_id: i64, limit: i64) -> Result<Vec<User>, Refusal> {
    let signs_in = role_assignments::table
        .inner_join(roles::table)
        .filter(role_assignments::user_id.eq(users::id))
        .filter(roles::may_sign_in.eq(true));
    let query = users::table
        .inner_join(operation_rows::table.on(operation_rows::object_id.eq(users::id)))
        .filter(operation_rows::operation_id.eq(operation_id))
        .filter(operation_rows::verdict.eq(Outcome::Change.number()))
        .filter(users::password_changed_at.eq(0))
        .filter(users::deleted_at.eq(0))
        .filter(users::status.eq(Status::Active.number()))
        .filter(users::source.eq(Source::Local.number()))
        .filter(exists(signs_in))
        .into_boxed();
    let query = match scope.ids() {
        None => query,
        Some(ids) => query.filter(users::customer_id.eq_any(ids)),
    };
    Ok(query.order(operation_rows::object_id).limit(limit).select(users::all_columns).load(conn)?)
}

/// The name of a customer.
pub fn customer_name(conn: &mut Conn, id: i64) -> Result<String, Refusal> {
    Ok(customers::table.find(id).select(customers::name).first(conn)?)
}

/// Ends all imports, since the files and rows that were staged for them are gone: nothing more of them is written.
pub fn end_all(conn: &mut Conn, why: &str, now: i64) -> Result<(), Refusal> {
    let writing = imports::state.eq(State::Applying.number());
    let at_it = imports::table.filter(writing).select(imports::job_id);
    // The job ends it as it does when somebody stops it: with its operation and its line of audit.
    diesel::update(jobs::table.filter(jobs::id.eq_any(at_it))).set(jobs::cancel.eq(true)).execute(conn)?;
    let ended = [State::Done, State::Cancelled, State::Failed, State::Applying].map(State::number);
    diesel::update(imports::table.filter(imports::state.ne_all(ended)))
        .set((imports::state.eq(State::Failed.number()), imports::problem.eq(why), imports::changed_at.eq(now)))
        .execute(conn)?;
    Ok(())
}
