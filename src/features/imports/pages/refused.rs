//! `GET /users/import/{id}/refused`: the refused rows as a CSV file.

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use futures_util::stream;

use super::own;
use crate::access::Permit;
use crate::access::permit::ImportUsers;
use crate::app::App;
use crate::features::imports::actions::{self, RefusedFile};
use crate::features::imports::model::State;
use crate::refusal::Refusal;
use crate::web::answer::Answer;

/// Most characters of the sent file's name that the new one takes over.
const LONGEST_STEM: usize = 100;

pub async fn show(permit: Permit<ImportUsers>, path: web::Path<i64>, app: web::Data<App>) -> Answer {
    let import = own(&app, &permit, *path).await?;
    if !(import.state() == State::Preview || import.state().has_ended()) {
        return Err(Refusal::NotFound.into());
    }
    let file = RefusedFile::begin(&app, &import)?;
    let name = name(&import.file_name);
    let taken = name.clone();
    app.db.write(move |conn| actions::record_download(conn, &permit, &import, &taken)).await?;
    let pieces = stream::try_unfold(file, |mut file| async move {
        let read =
            web::block(move || file.piece().map(|piece| piece.map(|piece| (web::Bytes::from(piece), file)))).await;
        // The answer has begun: breaking off is all that is left to say that it is not whole.
        read.map_err(actix_web::Error::from)?
            .map_err(|refusal| actix_web::error::ErrorInternalServerError(refusal.to_string()))
    });
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .streaming(pieces))
}

/// `people.csv` becomes `people-refused.csv`; what a header cannot hold is left out.
fn name(sent: &str) -> String {
    let stem = sent.rsplit_once('.').map_or(sent, |(stem, _)| stem);
    let plain = |c: &char| c.is_ascii_alphanumeric() || matches!(c, ' ' | '-' | '_' | '.' | '(' | ')');
    let stem: String = stem.chars().filter(plain).take(LONGEST_STEM).collect();
    // Refused a second time.
    let stem = stem.trim().trim_end_matches("-refused");
    if stem.is_empty() { "refused.csv".into() } else { format!("{stem}-refused.csv") }
}

#[cfg(test)]
mod tests {
    use super::name;

    #[test]
    fn the_file_is_named_after_what_was_sent() {
        assert_eq!(name("people.csv"), "people-refused.csv");
        assert_eq!(name("people-refused.csv"), "people-refused.csv");
        assert_eq!(name("a\"b;ü.v2.csv"), "ab.v2-refused.csv");
        assert_eq!(name("人.csv"), "refused.csv");
    }
}
