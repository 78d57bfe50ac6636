//! The queue: rows of `jobs`, from asking to the end.

use diesel::prelude::*;

use super::Kind;
use crate::access::Origin;
use crate::clock::SECOND;
use crate::db::Conn;
use crate::db::schema::jobs;
use crate::each_backend;
use crate::refusal::Refusal;

/// How long a worker holds a job without a sign of life.
pub const LOCK: i64 = 10 * SECOND;
/// A job that was taken up so often and got nowhere has failed.
const MOST_ATTEMPTS: i64 = 8;

/// How far a job has got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Waiting,
    Running,
    Done,
    Cancelled,
    Failed,
}

impl State {
    pub fn number(self) -> i16 {
        match self {
            State::Waiting => 1,
            State::Running => 2,
            State::Done => 3,
            State::Cancelled => 4,
            State::Failed => 5,
        }
    }

    /// None for what a newer version stored.
    pub fn from_number(number: i16) -> Option<State> {
        [State::Waiting, State::Running, State::Done, State::Cancelled, State::Failed]
            .into_iter()
            .find(|state| state.number() == number)
    }

    pub fn has_ended(self) -> bool {
        !matches!(self, State::Waiting | State::Running)
    }
}

/// One row of `jobs`.
#[derive(Debug, Clone, Queryable)]
pub struct Job {
    pub id: i64,
    pub kind: String,
    /// What it is about: the id of an import, say.
    pub subject_id: i64,
    pub state: i16,
    pub attempts: i64,
    pub run_at: i64,
    pub locked_by: String,
    pub locked_until: i64,
    pub created_at: i64,
    pub finished_at: i64,
    /// None: the command line or the server itself.
    pub actor_id: Option<i64>,
    pub address: String,
    pub request_id: String,
    pub done: i64,
    /// 0: not known yet.
    pub total: i64,
    pub cancel: bool,
    /// Why it failed, for people.
    pub problem: String,
}

impl Job {
    pub fn state(&self) -> State {
        State::from_number(self.state).unwrap_or(State::Failed)
    }
}

/// Asks for work, in the transaction of the caller. Ring the [`super::Bell`] once that has committed.
pub fn enqueue(conn: &mut Conn, origin: &Origin, kind: Kind, subject_id: i64) -> Result<i64, Refusal> {
    let row = (
        jobs::kind.eq(kind.word()),
        jobs::subject_id.eq(subject_id),
        jobs::state.eq(State::Waiting.number()),
        jobs::attempts.eq(0),
        jobs::run_at.eq(origin.at),
        jobs::locked_by.eq(""),
        jobs::locked_until.eq(0),
        jobs::created_at.eq(origin.at),
        jobs::finished_at.eq(0),
        jobs::actor_id.eq(origin.actor_id),
        jobs::address.eq(&origin.address),
        jobs::request_id.eq(&origin.request_id),
        jobs::done.eq(0),
        jobs::total.eq(0),
        jobs::cancel.eq(false),
        jobs::problem.eq(""),
    );
    Ok(each_backend!(conn, c => diesel::insert_into(jobs::table).values(row).returning(jobs::id).get_result(c))?)
}

pub fn find(conn: &mut Conn, id: i64) -> Result<Option<Job>, Refusal> {
    Ok(jobs::table.find(id).first(conn).optional()?)
}

/// The job that is due, if there is one: it waits, or whoever ran it gave no sign of life.
pub fn due(conn: &mut Conn, now: i64) -> Result<Option<i64>, Refusal> {
    let waiting = jobs::table
        .filter(jobs::state.eq(State::Waiting.number()))
        .filter(jobs::run_at.le(now))
        .order((jobs::run_at, jobs::id))
        .select(jobs::id);
    if let Some(id) = waiting.first(conn).optional()? {
        return Ok(Some(id));
    }
    let left = jobs::table
        .filter(jobs::state.eq(State::Running.number()))
        .filter(jobs::locked_until.lt(now))
        .order((jobs::run_at, jobs::id))
        .select(jobs::id);
    Ok(left.first(conn).optional()?)
}

/// Takes a job up. None: it is not to be had, or it was tried too often and has failed now.
pub fn claim(conn: &mut Conn, id: i64, holder: &str, now: i64) -> Result<Option<Job>, Refusal> {
    let waits = jobs::state.eq(State::Waiting.number()).and(jobs::run_at.le(now));
    let left = jobs::state.eq(State::Running.number()).and(jobs::locked_until.lt(now));
    let claimed = diesel::update(jobs::table.find(id).filter(waits.or(left)))
        .set((
            jobs::state.eq(State::Running.number()),
            jobs::locked_by.eq(holder),
            jobs::locked_until.eq(now + LOCK),
            jobs::attempts.eq(jobs::attempts + 1),
        ))
        .execute(conn)?;
    if claimed == 0 {
        return Ok(None);
    }
    let job: Job = jobs::table.find(id).first(conn)?;
    if job.attempts > MOST_ATTEMPTS {
        end(conn, id, holder, State::Failed, "It was tried several times and never came to its end.", now)?;
        return Ok(None);
    }
    Ok(Some(job))
}

/// Keeps a job for another [`LOCK`] and says whether it is to be cancelled. None: it is not the holder's any more.
pub fn keep(conn: &mut Conn, id: i64, holder: &str, now: i64) -> Result<Option<bool>, Refusal> {
    let kept = diesel::update(held(id, holder)).set(jobs::locked_until.eq(now + LOCK)).execute(conn)?;
    if kept == 0 {
        return Ok(None);
    }
    Ok(Some(jobs::table.find(id).select(jobs::cancel).first(conn)?))
}

/// Notes progress, which also says that this attempt is not in vain. False: the job is not the holder's any more, so what was done with it must not be committed.
pub fn note(conn: &mut Conn, id: i64, holder: &str, done: i64, total: i64, now: i64) -> Result<bool, Refusal> {
    Ok(diesel::update(held(id, holder))
        .set((jobs::done.eq(done), jobs::total.eq(total), jobs::locked_until.eq(now + LOCK), jobs::attempts.eq(1)))
        .execute(conn)?
        > 0)
}

/// Ends a job.
pub fn end(conn: &mut Conn, id: i64, holder: &str, state: State, problem: &str, now: i64) -> Result<(), Refusal> {
    diesel::update(held(id, holder))
        .set((
            jobs::state.eq(state.number()),
            jobs::finished_at.eq(now),
            jobs::locked_until.eq(0),
            jobs::problem.eq(problem),
        ))
        .execute(conn)?;
    Ok(())
}

/// Puts a job back, to be taken up at `run_at`. What was put back on purpose does not count as an attempt.
pub fn put_back(conn: &mut Conn, id: i64, holder: &str, run_at: i64, attempted: bool) -> Result<(), Refusal> {
    let attempts = jobs::attempts - i64::from(!attempted);
    diesel::update(held(id, holder))
        .set((
            jobs::state.eq(State::Waiting.number()),
            jobs::run_at.eq(run_at),
            jobs::locked_until.eq(0),
            jobs::locked_by.eq(""),
            jobs::attempts.eq(attempts),
        ))
        .execute(conn)?;
    Ok(())
}

/// Asks a job to stop; it ends after the batch it is at.
pub fn cancel(conn: &mut Conn, id: i64) -> Result<(), Refusal> {
    diesel::update(jobs::table.find(id)).set(jobs::cancel.eq(true)).execute(conn)?;
    Ok(())
}

/// Forgets jobs that ended before a time.
pub fn purge(conn: &mut Conn, before: i64) -> Result<usize, Refusal> {
    Ok(diesel::delete(jobs::table.filter(jobs::finished_at.gt(0)).filter(jobs::finished_at.lt(before)))
        .execute(conn)?)
}

type Held<'a> = diesel::dsl::Filter<
    diesel::dsl::Filter<diesel::dsl::Find<jobs::table, i64>, diesel::dsl::Eq<jobs::locked_by, &'a str>>,
    diesel::dsl::Eq<jobs::state, i16>,
>;

fn held(id: i64, holder: &str) -> Held<'_> {
    jobs::table.find(id).filter(jobs::locked_by.eq(holder)).filter(jobs::state.eq(State::Running.number()))
}
