//! The rows of the outbox.

mod list;

use diesel::prelude::*;

use super::model::{HELD, Mail, State};
use super::{Letter, LetterLink};
use crate::db::Conn;
use crate::db::fold::fold;
use crate::db::schema::{mails, one_time_links};
use crate::each_backend;
use crate::refusal::Refusal;

pub use list::{Narrow, count, link_states, list};

/// Writes a mail without its body. Gives its number.
pub fn insert(conn: &mut Conn, letter: &Letter, message_id: &str, now: i64) -> Result<i64, Refusal> {
    let (link_id, link_expires_at) =
        letter.link.as_ref().map_or((0, 0), |link: &LetterLink| (link.id, link.expires_at));
    let row = (
        mails::kind.eq(letter.kind.word()),
        mails::user_id.eq(letter.user_id),
        mails::recipient.eq(&letter.email),
        mails::recipient_key.eq(fold(&letter.email)),
        mails::subject.eq(&letter.subject),
        mails::message_id.eq(message_id),
        mails::body.eq(Vec::<u8>::new()),
        mails::state.eq(State::Queued.number()),
        mails::attempts.eq(0_i64),
        mails::created_at.eq(now),
        mails::due_at.eq(now),
        mails::ended_at.eq(0_i64),
        mails::held_by.eq(""),
        mails::held_until.eq(0_i64),
        mails::answer.eq(""),
        mails::link_id.eq(link_id),
        mails::link_expires_at.eq(link_expires_at),
        mails::link_used_at.eq(0_i64),
    );
    Ok(each_backend!(conn, c => diesel::insert_into(mails::table).values(row).returning(mails::id).get_result(c))?)
}

pub fn set_body(conn: &mut Conn, id: i64, body: &[u8]) -> Result<(), Refusal> {
    diesel::update(mails::table.find(id)).set(mails::body.eq(body)).execute(conn)?;
    Ok(())
}

pub fn find(conn: &mut Conn, id: i64) -> Result<Mail, Refusal> {
    mails::table.find(id).first(conn).optional()?.ok_or(Refusal::NotFound)
}

/// Whether there is anything for a worker: a mail that is due, or one whose worker is gone.
pub fn due(conn: &mut Conn, now: i64) -> Result<Option<i64>, Refusal> {
    let waiting = mails::table
        .filter(mails::state.eq(State::Queued.number()))
        .filter(mails::due_at.le(now))
        .order((mails::due_at, mails::id));
    Ok(waiting.select(mails::id).first(conn).optional()?)
}

/// Those whose worker gave no sign of life.
pub fn orphans(conn: &mut Conn, now: i64) -> Result<Vec<i64>, Refusal> {
    let held = [State::Sending, State::HandingOver].map(State::number);
    let held = mails::table.filter(mails::state.eq_any(held)).filter(mails::held_until.lt(now));
    Ok(held.order(mails::id).limit(100).select(mails::id).load(conn)?)
}

/// Puts a mail back whose worker is gone; what may have been handed over is uncertain and waits for a person.
pub fn release(conn: &mut Conn, id: i64, now: i64) -> Result<(), Refusal> {
    let gone = mails::table.find(id).filter(mails::held_until.lt(now));
    diesel::update(gone.filter(mails::state.eq(State::Sending.number())))
        .set((mails::state.eq(State::Queued.number()), mails::due_at.eq(now)))
        .execute(conn)?;
    diesel::update(gone.filter(mails::state.eq(State::HandingOver.number())))
        .set((
            mails::state.eq(State::Uncertain.number()),
            mails::ended_at.eq(now),
            mails::answer.eq("The program ended while this was handed over."),
        ))
        .execute(conn)?;
    forget_words(conn, id)
}

/// Leaves to people what waited when a backup was made: it may have been sent since. Links in it are dropped with its words.
pub fn doubt_all(conn: &mut Conn, now: i64) -> Result<(), Refusal> {
    let open = mails::table
        .filter(mails::state.eq_any([State::Queued, State::Sending, State::HandingOver].map(State::number)));
    for id in open.select(mails::id).load::<i64>(conn)? {
        diesel::update(mails::table.find(id))
            .set((
                mails::state.eq(State::Uncertain.number()),
                mails::ended_at.eq(now),
                mails::answer.eq("It waited when the backup was made that was restored, and may have been sent since."),
            ))
            .execute(conn)?;
        forget_words(conn, id)?;
    }
    Ok(())
}

/// Takes a mail up. None: somebody else was first.
pub fn claim(conn: &mut Conn, id: i64, holder: &str, now: i64) -> Result<Option<Mail>, Refusal> {
    let free = mails::table.find(id).filter(mails::state.eq(State::Queued.number())).filter(mails::due_at.le(now));
    let taken = diesel::update(free)
        .set((
            mails::state.eq(State::Sending.number()),
            mails::held_by.eq(holder),
            mails::held_until.eq(now + HELD),
            mails::attempts.eq(mails::attempts + 1),
        ))
        .execute(conn)?;
    if taken == 1 { find(conn, id).map(Some) } else { Ok(None) }
}

/// Notes that the text of a mail leaves now. False: it is not this worker's any more.
pub fn begin(conn: &mut Conn, id: i64, holder: &str, now: i64) -> Result<bool, Refusal> {
    let mine = mails::table
        .find(id)
        .filter(mails::state.eq(State::Sending.number()))
        .filter(mails::held_by.eq(holder))
        .filter(mails::held_until.ge(now));
    let set = (mails::state.eq(State::HandingOver.number()), mails::held_until.eq(now + HELD));
    Ok(diesel::update(mine).set(set).execute(conn)? == 1)
}

/// What came of it, if it is still this worker's to say: also after others took it for lost.
pub fn settle(conn: &mut Conn, id: i64, holder: &str, state: State, answer: &str, now: i64) -> Result<bool, Refusal> {
    let open = [State::Sending, State::HandingOver, State::Uncertain].map(State::number);
    let mine = mails::table.find(id).filter(mails::held_by.eq(holder)).filter(mails::state.eq_any(open));
    let settled = diesel::update(mine)
        .set((mails::state.eq(state.number()), mails::answer.eq(answer), mails::ended_at.eq(now)))
        .execute(conn)?;
    if settled == 1 {
        forget_words(conn, id)?;
    }
    Ok(settled == 1)
}

/// Drops the words of a mail that are needed no more: it has gone, or there is a link in it, of which another one is made if it is to be sent again.
fn forget_words(conn: &mut Conn, id: i64) -> Result<(), Refusal> {
    let over = [State::Sent, State::Revoked].map(State::number);
    let stuck = [State::Failed, State::Uncertain].map(State::number);
    let needless = mails::state.eq_any(over).or(mails::state.eq_any(stuck).and(mails::link_id.ne(0)));
    diesel::update(mails::table.find(id).filter(needless)).set(mails::body.eq(Vec::<u8>::new())).execute(conn)?;
    Ok(())
}

/// Puts a mail back for another try.
pub fn put_back(conn: &mut Conn, id: i64, holder: &str, due_at: i64, answer: &str) -> Result<(), Refusal> {
    let mine = mails::table
        .find(id)
        .filter(mails::held_by.eq(holder))
        .filter(mails::state.eq_any([State::Sending, State::HandingOver].map(State::number)));
    diesel::update(mine)
        .set((mails::state.eq(State::Queued.number()), mails::due_at.eq(due_at), mails::answer.eq(answer)))
        .execute(conn)?;
    Ok(())
}

/// Whether the link in a mail still leads somewhere.
pub fn link_is_open(conn: &mut Conn, link_id: i64, now: i64) -> Result<bool, Refusal> {
    let open = one_time_links::table
        .find(link_id)
        .filter(one_time_links::spent_at.eq(0))
        .filter(one_time_links::voided_at.eq(0))
        .filter(one_time_links::expires_at.gt(now));
    Ok(open.select(one_time_links::id).first::<i64>(conn).optional()?.is_some())
}

/// Forgets mails that were written before a time. Gives the numbers of some of them.
pub fn purge(conn: &mut Conn, before: i64) -> Result<Vec<i64>, Refusal> {
    let old: Vec<i64> = mails::table
        .filter(mails::created_at.lt(before))
        .order(mails::created_at)
        .limit(1_000)
        .select(mails::id)
        .load(conn)?;
    for ids in old.chunks(500) {
        diesel::delete(mails::table.filter(mails::id.eq_any(ids))).execute(conn)?;
    }
    Ok(old)
}

/// Puts a mail back into the outbox that failed or is uncertain, as it was written. False: it is not one of these, or its words are gone.
pub fn requeue(conn: &mut Conn, id: i64, now: i64) -> Result<bool, Refusal> {
    let left = mails::table
        .find(id)
        .filter(mails::state.eq_any([State::Failed, State::Uncertain].map(State::number)))
        .filter(mails::body.ne(Vec::<u8>::new()));
    let set = (
        mails::state.eq(State::Queued.number()),
        mails::due_at.eq(now),
        mails::attempts.eq(0_i64),
        // It is tried for as long as one that was written now.
        mails::created_at.eq(now),
        mails::held_by.eq(""),
    );
    Ok(diesel::update(left).set(set).execute(conn)? == 1)
}

/// Calls a mail off that nobody has taken up, or that waits for a person. False: it has gone, or is going.
pub fn call_off(conn: &mut Conn, id: i64, now: i64) -> Result<bool, Refusal> {
    let waiting = [State::Queued, State::Failed, State::Uncertain].map(State::number);
    let waiting = mails::table.find(id).filter(mails::state.eq_any(waiting));
    let set = (
        mails::state.eq(State::Revoked.number()),
        mails::ended_at.eq(now),
        mails::body.eq(Vec::<u8>::new()),
        mails::held_by.eq(""),
    );
    Ok(diesel::update(waiting).set(set).execute(conn)? == 1)
}
