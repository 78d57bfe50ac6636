//! Asking for a recovery link from outside. Whoever asks gets the same answer after the same work, whoever it is about: the address is noted. A worker
//! looks later whose it is, so that nothing that one can see or measure tells whether anybody has it.

use super::links::mail_asked_link;
use crate::access::Origin;
use crate::app::App;
use crate::clock::{DAY, HOUR};
use crate::db::Conn;
use crate::features::sign_in::queries;
use crate::features::users;
use crate::features::users::input::Email;
use crate::refusal::Refusal;

/// From one network address in an hour.
const MOST_ASKED: i64 = 20;
/// For one e-mail address in an hour: a link that is on its way is not made void again and again by somebody else.
const MOST_MAILED: i64 = 3;

/// Notes that somebody asked.
///
/// # Errors
/// Too often, from where they are.
pub fn ask_for_link(conn: &mut Conn, origin: &Origin, email: &Email) -> Result<(), Refusal> {
    let asked = queries::requests_from(conn, &origin.address, origin.at - HOUR)?;
    if asked >= MOST_ASKED {
        return Err(Refusal::TooOften { retry_after: 3_600 });
    }
    queries::insert_request(conn, origin, email.key())
}

/// Mails links to those who asked and may sign in. True: there may be more.
///
/// # Errors
/// The database's.
pub fn answer_requests(app: &actix_web::web::Data<App>) -> Result<bool, Refusal> {
    let Some(id) = app.db.read_now(queries::open_request)? else { return Ok(false) };
    let (state, now) = (app.clone(), app.clock.now());
    app.db.write_now(move |conn| answer(conn, &state, id, now))?;
    Ok(true)
}

fn answer(conn: &mut Conn, app: &App, id: i64, now: i64) -> Result<(), Refusal> {
    let Some(request) = queries::take_request(conn, id, now)? else { return Ok(()) };
    let Some(user) = users::queries::by_email(conn, &request.email_key)? else { return Ok(()) };
    let Some(user) = queries::may_sign_in(conn, user.id)? else { return Ok(()) };
    if queries::requests_for(conn, &request.email_key, request.created_at - HOUR, request.id)? >= MOST_MAILED {
        return Ok(());
    }
    let origin = Origin {
        actor_name: "sign-in page".into(),
        address: request.address,
        request_id: request.request_id,
        ..Origin::console(now)
    };
    mail_asked_link(conn, app, &origin, &user)
}

/// Forgets who asked more than a day ago.
pub fn purge_requests(conn: &mut Conn, now: i64) -> Result<(), Refusal> {
    queries::purge_requests(conn, now - DAY)
}
