//! The made-up organisation of `muster demo`: customers and people, any number of them, the same every time.
//!
//! Nothing about them is random: [`Organisation`] is a function of a number of people and a moment, and
//! person 17 of a thousand is the same on every machine. Names are drawn from the languages that customers speak, addresses
//! lie in the top-level domain `example` (RFC 2606) so that no mail can reach anyone, telephone numbers come from ranges set
//! aside for fiction where a country has one. Nobody has a password.

pub mod actions;
mod customers;
mod dice;
mod languages;
mod names;
mod people;
mod queries;
#[cfg(test)]
mod tests;

pub use customers::DemoCustomer;
pub use people::{DemoPerson, DemoRole, DemoSource, DemoStatus, DemoTwoFactor, Organisation, People};
