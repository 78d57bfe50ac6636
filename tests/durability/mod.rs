//! Nothing is lost: backups, upgrades, kills, disks that fail.

mod backup;
mod crash;
mod write_errors;
