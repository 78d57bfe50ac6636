//! The two databases: that they agree, that evidence stays, that a wrong start touches nothing.

mod agreement;
mod demo;
mod evidence;
mod start;
mod tables;
