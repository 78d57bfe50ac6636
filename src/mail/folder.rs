//! Mails as files, where no server is set: `<data directory>/mail/<number>.eml`, for their owner alone. They hold live links.

use std::io::Write;
use std::path::Path;

use super::Outcome;
use super::message::Message;
use crate::data_dir;

/// Writes a mail whole or not at all. The same mail again takes the place of the one before.
pub fn write(folder: &Path, message: &Message) -> Outcome {
    let (path, draft) = (folder.join(format!("{}.eml", message.name)), folder.join(format!("{}.part", message.name)));
    match written(folder, &draft, &path, &message.bytes) {
        Ok(()) => Outcome::Sent(format!("Written to mail/{}.eml", message.name)),
        Err(why) => Outcome::Unreachable(why),
    }
}

fn written(folder: &Path, draft: &Path, path: &Path, bytes: &[u8]) -> Result<(), String> {
    data_dir::make_private(folder)?;
    let in_a_line = |error: std::io::Error| format!("cannot write {}: {error}", path.display());
    if draft.exists() {
        std::fs::remove_file(draft).map_err(in_a_line)?;
    }
    let mut file = data_dir::new_file(draft)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(in_a_line)?;
    std::fs::rename(draft, path).map_err(in_a_line)?;
    data_dir::sync_folder(folder)
}
