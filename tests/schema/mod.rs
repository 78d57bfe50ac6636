//! The two databases: that they agree, that evidence stays and its chain holds, that a wrong start touches nothing, that a thief gains nothing.

mod agreement;
mod chain;
mod demo;
mod evidence;
mod start;
mod stolen;
mod tables;
