//! The people of the made-up organisation.

use std::collections::HashMap;

use super::customers::{AddressStyle, DemoCustomer, customers};
use super::dice::Dice;
use super::languages::LANGUAGES;
use super::names::{FullName, Lexicon};

const PURPOSE: u64 = 2;
const HOUR: i64 = 3_600_000;
pub(super) const DAY: i64 = 24 * HOUR;
/// How long ago the installation began to fill.
pub(super) const HISTORY: i64 = 8 * 365 * DAY;

/// One made-up person. Times are unix milliseconds in UTC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemoPerson {
    pub name: String,
    /// Unique among the people of an [`Organisation`]; lower-case ASCII.
    pub email: String,
    /// Empty when unknown.
    pub phone: String,
    /// Index into [`Organisation::customers`].
    pub customer: usize,
    pub status: DemoStatus,
    pub source: DemoSource,
    pub two_factor: DemoTwoFactor,
    pub role: DemoRole,
    pub created_at: i64,
    /// 0 for never.
    pub last_login_at: i64,
    /// 0 for a person who is still there; otherwise within the last 30 days.
    pub deleted_at: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DemoStatus {
    Active,
    Disabled,
}

/// Where a person comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DemoSource {
    Local,
    Directory,
    IdentityProvider,
}

/// State of the second factor; not available for people who come from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DemoTwoFactor {
    Active,
    NotActive,
    NotConfigured,
    NotAvailable,
}

/// The built-in role that a person holds: an account administrator everywhere, the others in their own customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DemoRole {
    AccountAdmin,
    Administrator,
    Technician,
    User,
}

/// A made-up organisation of a given size, as it stands at a given moment.
pub struct Organisation {
    size: u64,
    now: i64,
    customers: Vec<DemoCustomer>,
    lexicons: Vec<Lexicon>,
}

impl Organisation {
    /// An organisation of `size` people, seen at `now` (unix milliseconds).
    pub fn new(size: u64, now: i64) -> Self {
        let lexicons: Vec<Lexicon> = LANGUAGES.iter().map(Lexicon::new).collect();
        Self { size, now, customers: customers(size, &lexicons), lexicons }
    }

    /// The organisations that it consists of; the first is "Default Customer".
    pub fn customers(&self) -> &[DemoCustomer] {
        &self.customers
    }

    /// Everyone, in the order in which they were added.
    pub fn people(&self) -> People<'_> {
        People { organisation: self, next: 0, taken: HashMap::new(), led: vec![false; self.customers.len()] }
    }
}

/// Iterator over the people of an [`Organisation`].
pub struct People<'a> {
    organisation: &'a Organisation,
    next: u64,
    /// How often an address was wanted, by its fingerprint: two addresses of one fingerprint only get a needless number.
    taken: HashMap<u64, u32>,
    /// Whether a customer has its administrator yet.
    led: Vec<bool>,
}

impl Iterator for People<'_> {
    type Item = DemoPerson;

    fn next(&mut self) -> Option<DemoPerson> {
        let row = self.next;
        if row >= self.organisation.size {
            return None;
        }
        self.next += 1;
        Some(self.person(row))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = usize::try_from(self.organisation.size - self.next).unwrap_or(usize::MAX);
        (left, Some(left))
    }
}

impl People<'_> {
    fn person(&mut self, row: u64) -> DemoPerson {
        let Organisation { size, now, customers, lexicons } = self.organisation;
        let mut dice = Dice::new(PURPOSE, row);
        let index = if row < 2 { 0 } else { dice.roll_low(customers.len()) };
        let customer = &customers[index];
        let role = self.role(row, index, &mut dice);

        // Seven in eight speak their firm's language.
        let language = if dice.chance(87) { customer.language } else { dice.roll(lexicons.len()) };
        let lexicon = &lexicons[language];
        let name = lexicon.full_name(&mut dice);
        let email = self.address(customer, &name);
        let phone =
            if dice.chance(12) { String::new() } else { phone(lexicons[customer.language].language.phones, &mut dice) };

        let source = source(customer.source, role, &mut dice);
        let status = if role == DemoRole::User && dice.chance(4) { DemoStatus::Disabled } else { DemoStatus::Active };
        let created_at = created_at(row, *size, *now, &mut dice);
        DemoPerson {
            name: name.text,
            email,
            phone,
            customer: index,
            status,
            source,
            two_factor: two_factor(source, role, &mut dice),
            role,
            created_at,
            last_login_at: last_login_at(created_at, *now, status, role, &mut dice),
            deleted_at: deleted_at(created_at, *now, role, &mut dice),
        }
    }

    /// The first two own the installation; the first of each other customer, and a few more, administer it.
    fn role(&mut self, row: u64, customer: usize, dice: &mut Dice) -> DemoRole {
        let roll = dice.roll(1000);
        if row == 0 || (row == 1 && self.organisation.size >= 20) {
            return DemoRole::AccountAdmin;
        }
        if !std::mem::replace(&mut self.led[customer], true) || roll < 3 {
            return DemoRole::Administrator;
        }
        if roll < 18 { DemoRole::Technician } else { DemoRole::User }
    }

    /// An address in the customer's manner; whoever comes second gets a number.
    fn address(&mut self, customer: &DemoCustomer, name: &FullName) -> String {
        let FullName { given, family, .. } = name;
        let local = match customer.address {
            AddressStyle::GivenDotFamily => format!("{given}.{family}"),
            AddressStyle::InitialDotFamily => {
                format!("{}.{family}", given.get(..1).unwrap_or(given))
            }
            AddressStyle::FamilyDotGiven => format!("{family}.{given}"),
            AddressStyle::GivenFamily => format!("{given}{family}"),
        };
        let domain = &customer.domain;
        let wanted = self.taken.entry(fingerprint(&local, domain)).or_insert(0);
        *wanted += 1;
        // No name ends in a digit, so a numbered address is nobody's plain one.
        if *wanted == 1 { format!("{local}@{domain}") } else { format!("{local}{wanted}@{domain}") }
    }
}

/// FNV-1a (Fowler, Noll, Vo) of an address.
pub(super) fn fingerprint(local: &str, domain: &str) -> u64 {
    local
        .bytes()
        .chain([b'@'])
        .chain(domain.bytes())
        .fold(0xCBF2_9CE4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3))
}

/// A pattern with its `#` filled in.
fn phone(patterns: &[&str], dice: &mut Dice) -> String {
    dice.pick(patterns)
        .chars()
        .map(|sign| if sign == '#' { char::from(b'0' + dice.roll(10) as u8) } else { sign })
        .collect()
}

/// Most people come from where their customer keeps its people; whoever signs in here with a password is at home here.
fn source(usual: DemoSource, role: DemoRole, dice: &mut Dice) -> DemoSource {
    if role != DemoRole::User || dice.chance(12) { DemoSource::Local } else { usual }
}

fn two_factor(source: DemoSource, role: DemoRole, dice: &mut Dice) -> DemoTwoFactor {
    if source != DemoSource::Local {
        return DemoTwoFactor::NotAvailable;
    }
    let (active, not_configured) = if role == DemoRole::User { (35, 8) } else { (80, 10) };
    match dice.roll(100) {
        roll if roll < active => DemoTwoFactor::Active,
        roll if roll < active + not_configured => DemoTwoFactor::NotConfigured,
        _ => DemoTwoFactor::NotActive,
    }
}

/// People join evenly over the years, one after the other, on working days and in working hours.
fn created_at(row: u64, size: u64, now: i64, dice: &mut Dice) -> i64 {
    const HOURS: i64 = 11 * HOUR;
    // 1 January 1970 was a Thursday: weeks begin three days before.
    let yesterday = now.div_euclid(DAY) - 1 + 3;
    let days = yesterday.div_euclid(7) * 5 + (yesterday.rem_euclid(7) + 1).min(5);
    // Time at work: of each week five days of eleven hours.
    let span = HISTORY / DAY * 5 / 7 * HOURS;
    let each = span / size as i64;
    let worked = days * HOURS - span + each * row as i64 + dice.roll(each as usize) as i64;
    let (day, time) = (worked.div_euclid(HOURS), worked.rem_euclid(HOURS));
    (day.div_euclid(5) * 7 + day.rem_euclid(5) - 3) * DAY + 7 * HOUR + time
}

/// Most of those who may sign in were here lately, some never; the disabled not for months. Whose role lets nobody in never was.
fn last_login_at(created_at: i64, now: i64, status: DemoStatus, role: DemoRole, dice: &mut Dice) -> i64 {
    if role == DemoRole::User || dice.chance(7) {
        return 0;
    }
    let until = match status {
        DemoStatus::Active => now,
        DemoStatus::Disabled => now - (now - created_at) / 2,
    };
    // To the second, since the span comes in steps.
    let lately = until - dice.short_span(until - created_at) - dice.roll(2 * DAY as usize) as i64;
    lately.max(created_at)
}

/// A few were deleted in the last 30 days, after which a purge would have taken them.
fn deleted_at(created_at: i64, now: i64, role: DemoRole, dice: &mut Dice) -> i64 {
    if role != DemoRole::User || !dice.chance(1) {
        return 0;
    }
    (now - DAY / 2 - dice.roll(29 * DAY as usize) as i64).max(created_at)
}
