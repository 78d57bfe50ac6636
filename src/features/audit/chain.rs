//! What a seal is made of. A row's hash covers every column of `audit`, and through `values_hash` the values beside it. A seal's MAC covers the
//! hashes of its rows and the MAC of the seal before; its key comes from the key ring, so whoever has only the database cannot make one.

use std::fmt;
use std::str::FromStr;

use data_encoding::HEXLOWER;
use diesel::prelude::*;
use sha2::{Digest, Sha256};

use crate::access::keyring::KeyRing;
use crate::db::schema::{audit_checkpoints, audit_seals};

const SEAL: &str = "audit seal";
const CHECKPOINT: &str = "audit checkpoint";
/// Bytes of a row's hash.
pub const HASH: usize = 32;

/// One row of `audit`, every column.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct AuditRow {
    pub id: i64,
    pub at: i64,
    pub actor_id: i64,
    pub address: String,
    pub request_id: String,
    pub action: String,
    pub object_kind: String,
    pub object_id: i64,
    pub customer_id: i64,
    pub operation_id: i64,
    pub outcome: i16,
    pub values_hash: Vec<u8>,
}

impl AuditRow {
    pub fn hash(&self) -> [u8; HASH] {
        self.hash_as(self.id)
    }

    /// The hash that the same content would have under another id.
    pub fn hash_as(&self, id: i64) -> [u8; HASH] {
        let mut hash = Sha256::new();
        hash.update(b"muster audit row 1");
        for number in [id, self.at, self.actor_id, self.object_id, self.customer_id, self.operation_id] {
            hash.update(number.to_be_bytes());
        }
        hash.update(self.outcome.to_be_bytes());
        for text in [&self.address, &self.request_id, &self.action, &self.object_kind] {
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text);
        }
        hash.update(&self.values_hash);
        hash.finalize().into()
    }
}

/// What stands in `audit.values_hash` for values and their salt.
pub fn values_hash(salt: &[u8], data: &str) -> [u8; HASH] {
    Sha256::new().chain_update(salt).chain_update(data).finalize().into()
}

/// One seal.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = audit_seals)]
pub struct Seal {
    /// Its place in the chain, from 1.
    pub number: i64,
    pub at: i64,
    pub first_id: i64,
    pub last_id: i64,
    /// No gap up to here can be filled any more.
    pub settled_id: i64,
    /// [`Ids`] from first to last where no row was to be seen.
    pub gaps: String,
    /// [`Ids`] of earlier gaps whose rows came late.
    pub late: String,
    /// The hashes of its rows by id, then of those that came late.
    pub hashes: Vec<u8>,
    pub mac: Vec<u8>,
}

impl Seal {
    /// The same with its MAC; `before` is that of the seal before, empty for the first.
    pub fn signed(mut self, keys: &KeyRing, before: &[u8]) -> Seal {
        let numbers = self.numbers();
        self.mac = keys.mac(SEAL, &self.parts(&numbers, before)).to_vec();
        self
    }

    /// Whether this installation made it, behind that seal.
    pub fn is_genuine(&self, keys: &KeyRing, before: &[u8]) -> bool {
        let numbers = self.numbers();
        keys.verify_mac(SEAL, &self.parts(&numbers, before), &self.mac)
    }

    pub fn head(&self) -> Head {
        Head { number: self.number, mac: self.mac.clone() }
    }

    fn numbers(&self) -> [u8; 40] {
        let mut bytes = [0; 40];
        let numbers = [self.number, self.at, self.first_id, self.last_id, self.settled_id];
        for (place, number) in bytes.chunks_mut(8).zip(numbers) {
            place.copy_from_slice(&number.to_be_bytes());
        }
        bytes
    }

    fn parts<'a>(&'a self, numbers: &'a [u8], before: &'a [u8]) -> [&'a [u8]; 5] {
        [numbers, self.gaps.as_bytes(), self.late.as_bytes(), &self.hashes, before]
    }
}

/// What stands in place of the seals up to `number`.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = audit_checkpoints)]
pub struct Checkpoint {
    pub number: i64,
    pub at: i64,
    pub last_id: i64,
    /// How many rows have been removed so far.
    pub removed: i64,
    pub seal_mac: Vec<u8>,
    pub mac: Vec<u8>,
}

impl Checkpoint {
    pub fn signed(mut self, keys: &KeyRing) -> Checkpoint {
        self.mac = keys.mac(CHECKPOINT, &[&self.numbers(), &self.seal_mac]).to_vec();
        self
    }

    pub fn is_genuine(&self, keys: &KeyRing) -> bool {
        keys.verify_mac(CHECKPOINT, &[&self.numbers(), &self.seal_mac], &self.mac)
    }

    fn numbers(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        let numbers = [self.number, self.at, self.last_id, self.removed];
        for (place, number) in bytes.chunks_mut(8).zip(numbers) {
            place.copy_from_slice(&number.to_be_bytes());
        }
        bytes
    }
}

/// The end of the chain, to be kept elsewhere: `412-9f3c…`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    pub number: i64,
    pub mac: Vec<u8>,
}

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.number, HEXLOWER.encode(&self.mac))
    }
}

impl FromStr for Head {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong =
            || format!("{text:?} is not a head such as 412-9f3c…, as `muster audit verify` and the log show it");
        let (number, mac) = text.trim().split_once('-').ok_or_else(wrong)?;
        let number = number.parse().map_err(|_| wrong())?;
        let mac = HEXLOWER.decode(mac.to_ascii_lowercase().as_bytes()).map_err(|_| wrong())?;
        if mac.len() == HASH { Ok(Head { number, mac }) } else { Err(wrong()) }
    }
}

/// Ids in ascending order, kept as ranges: `5 7-9`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ids(Vec<(i64, i64)>);

impl Ids {
    /// Adds ids behind those that are there.
    pub fn push(&mut self, first: i64, last: i64) {
        match self.0.last_mut() {
            _ if first > last => {}
            Some(before) if before.1 + 1 == first => before.1 = last,
            _ => self.0.push((first, last)),
        }
    }

    pub fn ranges(&self) -> &[(i64, i64)] {
        &self.0
    }

    pub fn contains(&self, id: i64) -> bool {
        let place = self.0.partition_point(|(_, last)| *last < id);
        self.0.get(place).is_some_and(|(first, _)| *first <= id)
    }

    /// Every id, one by one.
    pub fn each(&self) -> impl Iterator<Item = i64> + '_ {
        self.0.iter().flat_map(|(first, last)| *first..=*last)
    }

    /// None for what this program never wrote.
    pub fn parse(text: &str) -> Option<Ids> {
        let mut ids = Ids::default();
        for word in text.split_ascii_whitespace() {
            let (first, last) = word.split_once('-').unwrap_or((word, word));
            ids.push(first.parse().ok()?, last.parse().ok()?);
        }
        Some(ids)
    }
}

impl fmt::Display for Ids {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, (first, last)) in self.0.iter().enumerate() {
            let gap = if place == 0 { "" } else { " " };
            match first == last {
                true => write!(f, "{gap}{first}")?,
                false => write!(f, "{gap}{first}-{last}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::access::random::CountingRandom;

    fn row() -> AuditRow {
        AuditRow {
            id: 7,
            at: 1,
            actor_id: 2,
            address: "a".into(),
            request_id: "b".into(),
            action: "c".into(),
            object_kind: "d".into(),
            object_id: 3,
            customer_id: 4,
            operation_id: 5,
            outcome: 1,
            values_hash: vec![6],
        }
    }

    #[test]
    fn every_column_counts() {
        let changes: [fn(&mut AuditRow); 12] = [
            |row| row.id += 1,
            |row| row.at += 1,
            |row| row.actor_id += 1,
            |row| row.address.push('x'),
            |row| row.request_id.push('x'),
            |row| row.action.push('x'),
            |row| row.object_kind.push('x'),
            |row| row.object_id += 1,
            |row| row.customer_id += 1,
            |row| row.operation_id += 1,
            |row| row.outcome += 1,
            |row| row.values_hash[0] += 1,
        ];
        for change in changes {
            let mut other = row();
            change(&mut other);
            assert_ne!(other.hash(), row().hash(), "{other:?}");
        }
        // Nor can text move from one column to the next.
        let moved = AuditRow { address: "ab".into(), request_id: String::new(), ..row() };
        assert_ne!(moved.hash(), row().hash());
    }

    #[test]
    fn every_part_of_a_seal_counts() {
        let keys = KeyRing::generate(&CountingRandom::default());
        let seal = Seal {
            number: 2,
            at: 1,
            first_id: 1,
            last_id: 9,
            settled_id: 0,
            gaps: "3".into(),
            late: String::new(),
            hashes: vec![1, 2],
            mac: Vec::new(),
        }
        .signed(&keys, b"before");
        assert!(seal.is_genuine(&keys, b"before") && !seal.is_genuine(&keys, b"another"));
        let changes: [fn(&mut Seal); 9] = [
            |seal| seal.number += 1,
            |seal| seal.at += 1,
            |seal| seal.first_id += 1,
            |seal| seal.last_id += 1,
            |seal| seal.settled_id += 1,
            |seal| seal.gaps.push('x'),
            |seal| seal.late.push('x'),
            |seal| seal.hashes[0] += 1,
            |seal| seal.mac[0] ^= 1,
        ];
        for change in changes {
            let mut other = seal.clone();
            change(&mut other);
            assert!(!other.is_genuine(&keys, b"before"), "{other:?}");
        }
        assert!(!seal.is_genuine(&KeyRing::generate(&crate::access::random::SystemRandom), b"before"));
    }

    #[test]
    fn ids_and_heads_are_read_as_they_are_written() {
        let mut ids = Ids::default();
        for (first, last) in [(5, 5), (7, 8), (9, 9), (12, 11)] {
            ids.push(first, last);
        }
        assert_eq!(ids.to_string(), "5 7-9");
        assert_eq!(Ids::parse("5 7-9"), Some(ids.clone()));
        assert_eq!((1..12).filter(|id| ids.contains(*id)).collect::<Vec<_>>(), [5, 7, 8, 9]);
        assert_eq!(Ids::parse("").unwrap().to_string(), "");
        assert_eq!(Ids::parse("five"), None);
        let head = Head { number: 412, mac: vec![0x9f; HASH] };
        assert_eq!(head.to_string().parse(), Ok(head));
        for wrong in ["", "412", "412-zz", "412-9f", "x-9f"] {
            assert!(wrong.parse::<Head>().is_err(), "{wrong}");
        }
    }
}
