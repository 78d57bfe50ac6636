//! Taking a file in.

use super::advance;
use crate::access::Origin;
use crate::app::App;
use crate::clock::MINUTE;
use crate::db::Conn;
use crate::features::imports::model::{Options, State};
use crate::features::imports::queries::{self, staging};
use crate::jobs::{self, Kind, queue};
use crate::refusal::Refusal;

/// So many files of one person may be staged and not ended.
const MOST_UNFINISHED: i64 = 20;
/// An upload that began so long ago and has not arrived does not count as one of them.
const LONGEST_UPLOAD: i64 = 10 * MINUTE;
/// Most characters of a file's name that are kept.
const LONGEST_NAME: usize = 255;

/// Notes a file that is on its way; its chunks come next, then [`submit`].
///
/// # Errors
/// The person has left too many files unfinished.
pub fn begin(conn: &mut Conn, origin: &Origin, file_name: &str, options: &Options) -> Result<i64, Refusal> {
    if let Some(owner) = origin.actor_id
        && queries::unfinished(conn, owner, origin.at - LONGEST_UPLOAD)? >= MOST_UNFINISHED
    {
        return Err(Refusal::Conflict(format!(
            "You have {MOST_UNFINISHED} imports that were not finished. Finish or cancel one of them first."
        )));
    }
    queries::insert(conn, origin.actor_id, &bare_name(file_name), options, origin.at)
}

/// Keeps the next chunk of a file; all but the last are [`crate::features::imports::file::CHUNK`] long.
pub fn keep_chunk(
    app: &App,
    import_id: i64,
    seq: i64,
    body: Vec<u8>,
) -> impl Future<Output = Result<(), Refusal>> + use<> {
    let staging = app.staging.clone();
    async move { staging.write(move |conn| staging::add_chunk(conn, import_id, seq, &body)).await }
}

/// The file is complete: a job may read it. Ring the bell once this has committed. Gives the job.
pub fn submit(conn: &mut Conn, origin: &Origin, import_id: i64, bytes: i64) -> Result<i64, Refusal> {
    queries::set_bytes(conn, import_id, bytes)?;
    advance(conn, import_id, State::Uploading, State::Reading, origin.at)?;
    let job = jobs::queue::enqueue(conn, origin, Kind::ImportRead, import_id)?;
    queries::set_job(conn, import_id, job)?;
    Ok(job)
}

/// A file's name without folders (old browsers send them) and without what would garble a page.
fn bare_name(sent: &str) -> String {
    let name = sent.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = name.chars().filter(|c| !c.is_control()).take(LONGEST_NAME).collect();
    if name.trim().is_empty() { "file.csv".into() } else { name }
}

/// Asks for a job on an import, which goes from one state to the next with it.
pub(super) fn hand_over(
    conn: &mut Conn,
    origin: &Origin,
    import_id: i64,
    kind: Kind,
    from: State,
    to: State,
) -> Result<i64, Refusal> {
    advance(conn, import_id, from, to, origin.at)?;
    let job = queue::enqueue(conn, origin, kind, import_id)?;
    queries::set_job(conn, import_id, job)?;
    Ok(job)
}
