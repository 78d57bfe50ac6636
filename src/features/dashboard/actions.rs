//! Reckoning the figures of days, in the background.

use super::model::{DAYS, Figure};
use super::queries::{self, ByCustomer};
use crate::app::App;
use crate::clock::DAY;
use crate::db::sqlite;
use crate::refusal::Refusal;

/// Reckons today and what was not reckoned to its end yet. Who may sign in and has 2FA is known of today alone.
pub fn reckon(app: &App) -> Result<(), Refusal> {
    let today = app.clock.now().div_euclid(DAY);
    let earliest = today - DAYS + 1;
    let first = app.db.read_now(queries::last_day)?.map_or(earliest, |last| last.clamp(earliest, today));
    for day in first..=today {
        // Counted on a reader, so that nobody waits to write meanwhile.
        let figures: Vec<(Figure, ByCustomer)> = app.db.read_now(|conn| {
            sqlite::in_passing(conn, |conn| {
                let mut figures = vec![
                    (Figure::NewUsers, queries::new_users(conn, day)?),
                    (Figure::SignIns, queries::sign_ins(conn, day)?),
                ];
                if day == today {
                    let (signing_in, protected) = queries::covered(conn)?;
                    figures.extend([(Figure::SigningIn, signing_in), (Figure::Protected, protected)]);
                }
                Ok(figures)
            })
        })?;
        app.db.write_now(move |conn| {
            figures.iter().try_for_each(|(figure, by_customer)| queries::put(conn, day, *figure, by_customer))
        })?;
    }
    app.db.write_now(move |conn| queries::forget(conn, earliest))
}
