//! What is kept of a day.

/// So many days are shown, today among them.
pub const DAYS: i64 = 30;

/// What a figure in `day_figures` counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Figure {
    /// Users who were added on that day and are still there.
    NewUsers,
    SignIns,
    /// Local, active users who may sign in.
    SigningIn,
    /// Those of them whose 2FA is active.
    Protected,
}

impl Figure {
    pub const ALL: [Figure; 4] = [Figure::NewUsers, Figure::SignIns, Figure::SigningIn, Figure::Protected];

    /// The number in `day_figures.kind`.
    pub fn number(self) -> i16 {
        match self {
            Figure::NewUsers => 1,
            Figure::SignIns => 2,
            Figure::SigningIn => 3,
            Figure::Protected => 4,
        }
    }

    /// None for what a newer version stored.
    pub fn from_number(number: i16) -> Option<Figure> {
        Figure::ALL.into_iter().find(|figure| figure.number() == number)
    }
}

/// One day (since 1970, UTC) as the reader's customers had it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Day {
    pub day: i64,
    pub new_users: i64,
    pub sign_ins: i64,
    pub signing_in: i64,
    pub protected: i64,
}

impl Day {
    pub fn add(&mut self, figure: Figure, number: i64) {
        match figure {
            Figure::NewUsers => self.new_users += number,
            Figure::SignIns => self.sign_ins += number,
            Figure::SigningIn => self.signing_in += number,
            Figure::Protected => self.protected += number,
        }
    }

    /// How many of a hundred who may sign in have 2FA; None where nobody may, or it was not reckoned yet.
    pub fn coverage(&self) -> Option<i64> {
        (self.signing_in > 0).then(|| self.protected * 100 / self.signing_in)
    }
}
