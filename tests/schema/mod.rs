//! The two databases: that they agree, that evidence stays and its chain holds, that a wrong start touches nothing, that a thief gains nothing, that every
//! earlier schema is upgraded with all that is in it.

mod agreement;
mod chain;
mod demo;
mod evidence;
mod past;
mod plans;
mod start;
mod stolen;
mod tables;
mod upgrades;
