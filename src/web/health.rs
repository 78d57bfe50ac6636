//! `/` and `/healthz`.

use actix_web::{HttpResponse, web};

use super::answer::{Answer, see};
use crate::access::Anyone;
use crate::app::App;

/// The house has one front room; who is not signed in is shown the door from there.
pub async fn home(_: Anyone) -> Answer {
    Ok(see("/users"))
}

/// 200 when the database answers.
pub async fn show(_: Anyone, app: web::Data<App>) -> Answer {
    app.db.read(|conn| App::stored(conn, "key_check").map(drop)).await?;
    Ok(HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("ok\n"))
}
