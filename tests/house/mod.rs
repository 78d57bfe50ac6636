//! The house itself: what no reader of one file would notice.

mod access_matrix;
mod direction;
mod licences;
mod policy;
mod templates;
