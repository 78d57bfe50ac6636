//! Refusals by the minute: the first is written at once, those after it are added up, and one row tells of them when the minute is over. A flood of
//! guesses must not become a flood of rows, and not be forgotten either.

use crate::access::Origin;
use crate::clock::MINUTE;
use crate::db::Conn;
use crate::features::audit::model::{Change, Entry};
use crate::features::audit::queries::tally as queries;
use crate::features::audit::queries::tally::Tally;
use crate::refusal::Refusal;

/// Rows written in one transaction.
const BATCH: i64 = 500;
/// What is added up. A row needs its words to be constants.
const ACTIONS: [&str; 1] = ["sign-in.refused"];
const KINDS: [&str; 2] = ["user", "unknown address"];

/// Counts a refusal that is not written by itself.
pub fn count(conn: &mut Conn, origin: &Origin, entry: &Entry) -> Result<(), Refusal> {
    queries::add(
        conn,
        &Tally {
            action: entry.action.into(),
            object_kind: entry.object_kind.into(),
            object_id: entry.object_id,
            minute: origin.at.div_euclid(MINUTE),
            customer_id: entry.customer_id,
            address: origin.address.clone(),
            times: 1,
        },
    )
}

/// Writes a row for each sum whose minute is over.
pub fn write_up(conn: &mut Conn, now: i64) -> Result<(), Refusal> {
    for tally in queries::over(conn, now.div_euclid(MINUTE), BATCH)? {
        let known = |words: &[&'static str], word: &str| words.iter().copied().find(|known| *known == word);
        let (Some(action), Some(kind)) = (known(&ACTIONS, &tally.action), known(&KINDS, &tally.object_kind)) else {
            continue;
        };
        if !queries::take(conn, &tally)? {
            continue;
        }
        let origin = Origin {
            actor_name: String::new(),
            address: tally.address.clone(),
            ..Origin::console((tally.minute + 1) * MINUTE - 1)
        };
        let change = Change::new("times", "", tally.times.to_string());
        let entry = Entry::new(action, kind, tally.object_id).of_customer(tally.customer_id).refused();
        super::record(conn, &origin, &entry.changes(vec![change]))?;
    }
    Ok(())
}
