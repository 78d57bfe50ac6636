//! Who is it, and what may they?
//!
//! A request carries a session (`session.rs`), the session names an [`Actor`] with [`Rights`], and a handler can only be written with a
//! [`Permit`] in its first argument, which only this folder makes. A right is a pair of a [`Permission`] and a [`Scope`] of customers. What the
//! built-in roles hold is one exhaustive match in `policy.rs`; a snapshot of it is in `tests/house/policy.txt`.

pub mod actor;
pub mod credentials;
pub mod csrf;
pub mod doors;
pub mod guesses;
pub mod hashing;
pub mod keyring;
pub mod known_browsers;
pub mod links;
pub mod one_time;
pub mod password;
pub mod permit;
pub mod policy;
pub mod purge;
pub mod qr;
pub mod random;
pub mod rotation;
pub mod scope;
pub mod session;
pub mod throttle;
pub mod totp;

pub use actor::{Actor, Origin, Rights};
pub use doors::{Door, Visitor};
pub use permit::{Action, Anyone, HalfSignedIn, Permit, SignedIn, SteppedUp};
pub use policy::{BuiltIn, Permission};
pub use scope::Scope;
