//! The two databases: that they agree, that evidence stays, that a wrong start touches nothing, that a thief gains nothing.

mod agreement;
mod demo;
mod evidence;
mod start;
mod stolen;
mod tables;
