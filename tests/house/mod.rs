//! The house itself: what no reader of one file would notice.

mod licences;
