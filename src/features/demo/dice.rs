//! Repeatable choices: a row's number decides everything about the row.

/// splitmix64 (Steele, Lea, Flood 2014). Plain integer arithmetic, so every platform rolls the same.
pub(super) struct Dice {
    state: u64,
}

impl Dice {
    /// Dice for one `row` of one `purpose`; different purposes of the same row roll independently.
    pub(super) fn new(purpose: u64, row: u64) -> Self {
        let mut dice = Self { state: purpose.wrapping_mul(0x5851_F42D_4C95_7F2D) ^ row };
        dice.state = dice.next().wrapping_add(row);
        dice
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `sides`; 0 when there are no sides.
    pub(super) fn roll(&mut self, sides: usize) -> usize {
        (self.next() % sides.max(1) as u64) as usize
    }

    /// True in `percent` of 100 rolls.
    pub(super) fn chance(&mut self, percent: usize) -> bool {
        self.roll(100) < percent
    }

    /// A number below `sides`, small ones more often: half of all rolls fall in the lowest quarter.
    pub(super) fn roll_low(&mut self, sides: usize) -> usize {
        let fraction = self.next() >> 32;
        ((((fraction * fraction) >> 32) * sides as u64) >> 32) as usize
    }

    /// One of `choices`, which must not be empty.
    pub(super) fn pick<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        let index = self.roll(choices.len());
        &choices[index]
    }

    /// A span of milliseconds from 0 to `span`, short ones much more often.
    pub(super) fn short_span(&mut self, span: i64) -> i64 {
        let per_mille = self.roll(1000) as i64;
        span / 1000 * per_mille / 1000 * per_mille / 1000 * per_mille
    }
}
