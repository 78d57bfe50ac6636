//! Nothing is lost: backups, upgrades, kills, disks that fail.

mod backup;
