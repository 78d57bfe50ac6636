//! The file that a key ring lies in: read with suspicion, written whole or not at all.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use zeroize::Zeroizing;

use super::KeyError;

/// Room for hundreds of keys; a file beyond that is something else.
const LARGEST: u64 = 64 * 1024;

/// Reads a key file whole. `check_mode` refuses one that group or others may touch.
pub(super) fn read(path: &Path, check_mode: bool) -> Result<Zeroizing<String>, KeyError> {
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => KeyError::Missing(path.to_owned()),
        _ => KeyError::Io { path: path.to_owned(), source },
    };
    // Looked at before opening, so that a link is seen as one and a pipe does not make us wait for a writer.
    let named = fs::symlink_metadata(path).map_err(failed)?;
    if !named.is_file() {
        return Err(KeyError::NotAFile(path.to_owned()));
    }
    let file = File::open(path).map_err(failed)?;
    let opened = file.metadata().map_err(failed)?;
    if (opened.dev(), opened.ino()) != (named.dev(), named.ino()) {
        return Err(KeyError::NotAFile(path.to_owned()));
    }
    let mode = opened.mode() & 0o7777;
    if check_mode && mode & 0o077 != 0 {
        return Err(KeyError::LooseMode { path: path.to_owned(), mode });
    }
    let refuse = |problem: &str| KeyError::Content {
        origin: format!("key file {}", path.display()),
        problem: problem.to_owned(),
    };
    if opened.len() > LARGEST {
        return Err(refuse("is too large to be a key file"));
    }
    let mut text = Zeroizing::new(String::with_capacity(opened.len() as usize));
    file.take(LARGEST).read_to_string(&mut text).map_err(|e| match e.kind() {
        io::ErrorKind::InvalidData => refuse("is not text"),
        _ => failed(e),
    })?;
    Ok(text)
}

/// Writes a new key file: mode 0600 from its first moment, on the disk when this returns, never over another.
pub(super) fn create(path: &Path, text: &str) -> Result<(), KeyError> {
    let failed = |source| KeyError::Io { path: path.to_owned(), source };
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    // It gets its name only when it is complete, so a crash leaves no half a key in its place.
    let mut file = tempfile::Builder::new()
        .prefix(".new-key-")
        .permissions(fs::Permissions::from_mode(0o600))
        .tempfile_in(folder)
        .map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    file.persist_noclobber(path).map_err(|e| match e.error.kind() {
        io::ErrorKind::AlreadyExists => KeyError::Exists(path.to_owned()),
        _ => failed(e.error),
    })?;
    File::open(folder).and_then(|f| f.sync_all()).map_err(failed)
}
