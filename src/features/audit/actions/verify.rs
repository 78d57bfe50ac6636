//! Verifying the audit: reads rows and seals side by side, page by page, and stops at the first fault.

use std::collections::{HashMap, VecDeque};
use std::fmt;

use data_encoding::HEXLOWER;

use crate::access::keyring::KeyRing;
use crate::db::Conn;
use crate::features::audit::chain::{AuditRow, HASH, Head, Ids, Seal, values_hash};
use crate::features::audit::queries::chain::{self as queries, Tip, Told};
use crate::features::audit::queries::{latest_of_operation, purged};
use crate::features::operations;
use crate::features::operations::model::KEPT;
use crate::refusal::Refusal;

const ROWS: i64 = 1_000;
const SEALS: i64 = 100;

/// The first thing that is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    RowAltered(i64),
    RowMissing(i64),
    /// A row stands where another one was.
    RowMoved {
        id: i64,
        from: i64,
    },
    /// Put in after the seal over its place was made.
    RowAdded(i64),
    ValuesAltered(i64),
    ValuesMissing(i64),
    /// Emptied, though nobody whom they are about was purged.
    ValuesEmptied(i64),
    OperationAltered {
        operation: i64,
        row: i64,
    },
    OperationMissing {
        operation: i64,
        row: i64,
    },
    SealAltered(i64),
    SealMissing(i64),
    CheckpointAltered(i64),
    /// The chain ends before the head that was given.
    TailCut {
        head: i64,
        end: i64,
    },
    /// Another seal stands where the head was.
    NotTheHead(i64),
    /// The head that was given is older than the audit is kept.
    HeadTooOld(i64),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::RowAltered(id) => write!(f, "row {id} was altered"),
            Fault::RowMissing(id) => write!(f, "row {id} is missing"),
            Fault::RowMoved { id, from } => write!(f, "the rows were reordered: row {id} holds what row {from} held"),
            Fault::RowAdded(id) => write!(f, "row {id} was put in after its place had been sealed"),
            Fault::ValuesAltered(id) => write!(f, "the values of row {id} were altered"),
            Fault::ValuesMissing(id) => write!(f, "the values of row {id} are missing"),
            Fault::ValuesEmptied(id) => {
                write!(f, "the values of row {id} were emptied, though whom they are about was not purged")
            }
            Fault::OperationAltered { operation, row } => {
                write!(f, "the rows of operation {operation} are not those that row {row} recorded")
            }
            Fault::OperationMissing { operation, row } => write!(f, "operation {operation} of row {row} is missing"),
            Fault::SealAltered(number) => {
                write!(f, "seal {number} was altered, or made with a key that is not in the key ring")
            }
            Fault::SealMissing(number) => write!(f, "seal {number} is missing"),
            Fault::CheckpointAltered(number) => {
                write!(f, "the checkpoint in place of the seals up to {number} was altered")
            }
            Fault::TailCut { head, end } => {
                write!(f, "the tail was cut: the chain ends with seal {end}, the head given is seal {head}")
            }
            Fault::NotTheHead(number) => {
                write!(f, "the tail was cut: seal {number} is not the one that the head given names")
            }
            Fault::HeadTooOld(number) => {
                write!(
                    f,
                    "the head given is seal {number}, which was removed with the rows past their time: give a later one"
                )
            }
        }
    }
}

/// What was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    pub rows: i64,
    pub seals: i64,
    /// Rows whose values were emptied by a purge.
    pub emptied: i64,
    /// Operations whose rows were compared.
    pub operations: i64,
    /// Rows removed since they were past their time.
    pub removed: i64,
    /// Rows behind the last seal.
    pub unsealed: i64,
    pub head: Option<Head>,
    pub fault: Option<Fault>,
}

/// Up to where, against which head.
#[derive(Debug, Clone, Default)]
pub struct Extent<'a> {
    pub head: Option<&'a Head>,
    /// The last seal to look at; None: all, and what is not sealed yet.
    pub last_seal: Option<i64>,
}

/// The head of a chain that ends there.
pub fn head(tip: &Tip) -> Head {
    Head { number: tip.number, mac: tip.mac.clone() }
}

/// Verifies the chain in one snapshot of the database. Memory stays flat however long the chain is.
///
/// # Errors
/// Only the database's; what was found is in the report.
pub fn verify(conn: &mut Conn, keys: &KeyRing, now: i64, extent: &Extent<'_>) -> Result<Report, Refusal> {
    let mut walk =
        Walk { conn, keys, now, report: Report::default(), came_late: HashMap::new(), waiting: HashMap::new() };
    let fault = walk.all(extent)?;
    Ok(Report { fault, ..walk.report })
}

struct Walk<'a> {
    conn: &'a mut Conn,
    keys: &'a KeyRing,
    now: i64,
    report: Report,
    /// Rows that came late, and the seal they came with.
    came_late: HashMap<i64, i64>,
    /// The hashes of those that were read already.
    waiting: HashMap<i64, [u8; HASH]>,
}

type Found = Result<Option<Fault>, Refusal>;

impl Walk<'_> {
    fn all(&mut self, extent: &Extent<'_>) -> Found {
        let checkpoint = queries::checkpoint(self.conn)?;
        let (mut before, mut number, mut last_id) = (Vec::new(), 0, 0);
        if let Some(checkpoint) = checkpoint {
            if !checkpoint.is_genuine(self.keys) {
                return Ok(Some(Fault::CheckpointAltered(checkpoint.number)));
            }
            self.report.removed = checkpoint.removed;
            self.report.head = Some(Head { number: checkpoint.number, mac: checkpoint.seal_mac.clone() });
            (before, number, last_id) = (checkpoint.seal_mac, checkpoint.number, checkpoint.last_id);
        }
        let began = number;
        for (seal, late) in queries::late_after(self.conn, number)? {
            self.came_late.extend(Ids::parse(&late).unwrap_or_default().each().map(|id| (id, seal)));
        }
        let end = extent.last_seal.unwrap_or(i64::MAX);
        let mut pages = Rows { page: VecDeque::new(), after: last_id };
        if let Some(fault) = extent.head.and_then(|head| against_head(head, began, number, &before)) {
            return Ok(Some(fault));
        }
        loop {
            let seals = queries::seals_after(self.conn, number, SEALS)?;
            if seals.is_empty() || number >= end {
                break;
            }
            for seal in seals.into_iter().take_while(|seal| seal.number <= end) {
                if seal.number != number + 1 {
                    return Ok(Some(Fault::SealMissing(number + 1)));
                }
                if !seal.is_genuine(self.keys, &before) || seal.first_id != last_id + 1 {
                    return Ok(Some(Fault::SealAltered(seal.number)));
                }
                if let Some(fault) = self.rows_of(&seal, &mut pages)? {
                    return Ok(Some(fault));
                }
                self.report.seals += 1;
                self.report.head = Some(seal.head());
                (number, last_id, before) = (seal.number, seal.last_id, seal.mac);
                if let Some(fault) = extent.head.and_then(|head| against_head(head, began, number, &before)) {
                    return Ok(Some(fault));
                }
            }
        }
        if let Some(head) = extent.head.filter(|head| head.number > number) {
            return Ok(Some(Fault::TailCut { head: head.number, end: number }));
        }
        if extent.last_seal.is_none() {
            return self.unsealed(&mut pages);
        }
        Ok(None)
    }

    /// Compares the rows of one seal.
    fn rows_of(&mut self, seal: &Seal, pages: &mut Rows) -> Found {
        let (Some(gaps), Some(late)) = (Ids::parse(&seal.gaps), Ids::parse(&seal.late)) else {
            return Ok(Some(Fault::SealAltered(seal.number)));
        };
        let mut hashes = seal.hashes.chunks(HASH);
        let mut expected = Ids::default();
        let mut next = seal.first_id;
        for (first, last) in gaps.ranges() {
            expected.push(next, first - 1);
            next = last + 1;
        }
        expected.push(next, seal.last_id);
        for id in expected.each() {
            let hash = hashes.next().unwrap_or_default();
            loop {
                let Some(told) = pages.next(self.conn, seal.last_id)? else { return Ok(Some(Fault::RowMissing(id))) };
                if told.0.id > id {
                    return Ok(Some(Fault::RowMissing(id)));
                }
                if told.0.id == id {
                    if told.0.hash() != hash {
                        return self.altered(&told.0, hash, seal).map(Some);
                    }
                    if let Some(fault) = self.values(&told)? {
                        return Ok(Some(fault));
                    }
                    break;
                }
                if let Some(fault) = self.between(&told)? {
                    return Ok(Some(fault));
                }
            }
        }
        // Rows in gaps behind the last expected one.
        while let Some(told) = pages.next(self.conn, seal.last_id)? {
            if let Some(fault) = self.between(&told)? {
                return Ok(Some(fault));
            }
        }
        for id in late.each() {
            let hash = hashes.next().unwrap_or_default();
            match self.waiting.remove(&id) {
                None => return Ok(Some(Fault::RowMissing(id))),
                Some(found) if found != hash => return Ok(Some(Fault::RowAltered(id))),
                Some(_) => {}
            }
        }
        Ok(hashes.next().map(|_| Fault::SealAltered(seal.number)))
    }

    /// A row in a gap: one that came late, and waits for the seal it came with, or one that nobody sealed.
    fn between(&mut self, told: &Told) -> Found {
        if !self.came_late.contains_key(&told.0.id) {
            return Ok(Some(Fault::RowAdded(told.0.id)));
        }
        self.waiting.insert(told.0.id, told.0.hash());
        self.values(told)
    }

    /// Tells a row that was altered from one that changed places with another of the same seal.
    fn altered(&mut self, row: &AuditRow, expected: &[u8], seal: &Seal) -> Result<Fault, Refusal> {
        let others = queries::rows_between(self.conn, seal.first_id, seal.last_id, ROWS)?;
        let from = others.iter().find(|other| other.id != row.id && other.hash_as(row.id) == expected);
        Ok(match from {
            // What stood here stands there now; what stands here is what moved.
            Some(other) => Fault::RowMoved { id: other.id, from: row.id },
            None => Fault::RowAltered(row.id),
        })
    }

    /// Compares the values beside a row, and the rows of its operation.
    fn values(&mut self, told: &Told) -> Found {
        let (row, values) = told;
        self.report.rows += 1;
        let Some((salt, data)) = values else { return Ok(Some(Fault::ValuesMissing(row.id))) };
        if salt.is_empty() && data.is_empty() {
            self.report.emptied += 1;
            let known = row.object_kind == "user" && purged(self.conn, row.object_id)?;
            return Ok((!known).then_some(Fault::ValuesEmptied(row.id)));
        }
        if values_hash(salt, data)[..] != row.values_hash {
            return Ok(Some(Fault::ValuesAltered(row.id)));
        }
        if row.operation_id == 0 || row.at + KEPT < self.now {
            return Ok(None);
        }
        let data: serde_json::Value = serde_json::from_str(data).unwrap_or_default();
        let Some(recorded) = data["rows"].as_str() else { return Ok(None) };
        if latest_of_operation(self.conn, row.operation_id)? != Some(row.id) {
            return Ok(None);
        }
        self.report.operations += 1;
        let (operation, row) = (row.operation_id, row.id);
        Ok(match operations::queries::digest(self.conn, operation)? {
            None => Some(Fault::OperationMissing { operation, row }),
            Some(digest) if HEXLOWER.encode(&digest) != recorded => Some(Fault::OperationAltered { operation, row }),
            Some(_) => None,
        })
    }

    /// What is behind the last seal can only be counted, and its values compared.
    fn unsealed(&mut self, pages: &mut Rows) -> Found {
        while let Some(told) = pages.next(self.conn, i64::MAX)? {
            self.report.unsealed += 1;
            if let Some(fault) = self.values(&told)? {
                return Ok(Some(fault));
            }
        }
        Ok(None)
    }
}

fn against_head(head: &Head, began: i64, number: i64, mac: &[u8]) -> Option<Fault> {
    if head.number < began {
        return Some(Fault::HeadTooOld(head.number));
    }
    (head.number == number && head.mac != mac).then_some(Fault::NotTheHead(number))
}

/// The rows by id, a page at a time.
struct Rows {
    page: VecDeque<Told>,
    after: i64,
}

impl Rows {
    /// The next row, if its id is not beyond `last`.
    fn next(&mut self, conn: &mut Conn, last: i64) -> Result<Option<Told>, Refusal> {
        if self.page.is_empty() {
            self.page = queries::told_after(conn, self.after, i64::MAX, ROWS)?.into();
        }
        if self.page.front().is_none_or(|(row, _)| row.id > last) {
            return Ok(None);
        }
        let told = self.page.pop_front();
        self.after = told.as_ref().map_or(self.after, |(row, _)| row.id);
        Ok(told)
    }
}
