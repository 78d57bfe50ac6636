//! The ledger as people read it: newest first, narrowed, a page at a time.

use std::collections::BTreeMap;

use diesel::prelude::*;

use crate::db::Conn;
use crate::db::schema::{mails, one_time_links};
use crate::db::search::prefix_end;
use crate::features::mail::model::{LinkState, Mail, State};
use crate::newest_first;
use crate::refusal::Refusal;
use crate::web::list::{Page, Place};

/// What narrows the ledger.
#[derive(Debug, Clone, Default)]
pub struct Narrow {
    /// How the address begins, folded.
    pub prefix: String,
    pub state: Option<State>,
    pub kind: Option<&'static str>,
}

impl Narrow {
    fn query<'a>(&self) -> mails::BoxedQuery<'a, <Conn as diesel::Connection>::Backend> {
        let mut query = mails::table.into_boxed();
        if !self.prefix.is_empty() {
            query = query
                .filter(mails::recipient_key.ge(self.prefix.clone()))
                .filter(mails::recipient_key.lt(prefix_end(&self.prefix)));
        }
        if let Some(state) = self.state {
            let states: Vec<i16> = match state {
                State::Sending | State::HandingOver => [State::Sending, State::HandingOver].map(State::number).to_vec(),
                other => vec![other.number()],
            };
            query = query.filter(mails::state.eq_any(states));
        }
        if let Some(kind) = self.kind {
            query = query.filter(mails::kind.eq(kind));
        }
        query
    }
}

/// One page of mails, the newest first.
pub fn list(conn: &mut Conn, narrow: &Narrow, place: &Place, limit: i64) -> Result<Page<Mail>, Refusal> {
    Ok(newest_first!(conn, narrow.query(), mails::id, place, limit))
}

/// How many there are, counted up to `most`.
pub fn count(conn: &mut Conn, narrow: &Narrow, most: i64) -> Result<i64, Refusal> {
    let ids: Vec<i64> = narrow.query().select(mails::id).limit(most).load(conn)?;
    Ok(i64::try_from(ids.len()).unwrap_or(most))
}

/// How the link in each of these mails stands.
pub fn link_states(conn: &mut Conn, of: &[Mail], now: i64) -> Result<BTreeMap<i64, LinkState>, Refusal> {
    let ids: Vec<i64> = of.iter().map(|mail| mail.link_id).filter(|id| *id != 0).collect();
    let voided: Vec<i64> = one_time_links::table
        .filter(one_time_links::id.eq_any(ids))
        .filter(one_time_links::voided_at.ne(0))
        .select(one_time_links::id)
        .load(conn)?;
    Ok(of.iter().map(|mail| (mail.id, mail.link(voided.contains(&mail.link_id), now))).collect())
}
