//! Rows made ready to be written, ahead of the transaction that writes them: while one batch is written, the next is read and checked.

use crate::app::App;
use crate::features::imports::model::{Applied, Fields, StagedRow, Verdict};
use crate::features::imports::queries::staging;
use crate::features::users::model::{Home, Stored, UserRow};
use crate::refusal::Refusal;

/// A staged row with its fields.
pub(super) struct Ready {
    pub row: StagedRow,
    pub fields: Fields,
    /// Of a row that makes a user: that user, but for customer and time; or why there can be none.
    new: Option<Result<UserRow, String>>,
}

impl Ready {
    fn of(row: StagedRow) -> Ready {
        let fields = row.fields();
        let home = Home { id: 0, key: String::new() };
        let new = (row.verdict() == Some(Verdict::New)).then(|| {
            let parsed = fields.parsed(row.row).map_err(|error| error.to_string())?;
            let ownership = fields.ownership.map_or(0, Stored::number);
            Ok(UserRow { ownership, ..UserRow::new(&parsed.new_user(), &home, 0) })
        });
        Ready { row, fields, new }
    }

    /// The user that this row makes.
    ///
    /// # Errors
    /// It makes none: a rule has become stricter since it was staged.
    pub fn new_user(&self, home: &Home, now: i64) -> Result<UserRow, Refusal> {
        let unfit = |why: &str| Refusal::Broken(format!("row {} was staged and is not good: {why}", self.row.row));
        match &self.new {
            Some(Ok(user)) => Ok(UserRow {
                customer_id: home.id,
                customer_key: home.key.clone(),
                created_at: now,
                changed_at: now,
                ..user.clone()
            }),
            Some(Err(why)) => Err(unfit(why)),
            None => Err(unfit("it is no new user")),
        }
    }
}

/// The rows that come next behind what is applied so far.
pub(super) fn next(app: &App, import_id: i64, so_far: &Applied, size: i64) -> Result<Vec<Ready>, Refusal> {
    let rows = app.staging.read_now(|conn| match so_far.at_devices {
        false => staging::to_apply(conn, import_id, so_far.row, size),
        true => staging::further_devices(conn, import_id, so_far.row, size),
    })?;
    Ok(rows.into_iter().map(Ready::of).collect())
}
