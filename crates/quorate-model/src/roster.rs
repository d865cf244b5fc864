//! Who takes part: how many signers there are, how many must agree, and how many of them lie.

use std::fmt;

/// The most signers of any roster here: the size of a state's arrays.
pub const MOST: usize = 5;

/// A roster with some liars in it.
///
/// Liars have no state. A statement is a fact from the moment it is signed, and a liar may sign anything at any time, so
/// every count of statements has all the liars' at hand, and every wait may go without them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Roster {
    /// n.
    pub signers: usize,
    /// t, which is also the quorum q of acts and exports.
    pub threshold: usize,
    /// f, fewer than t: with t of them there is nothing left to protect.
    pub liars: usize,
}

/// The rosters that are checked: two with a majority, one with more than that, one that needs everybody.
pub const ROSTERS: [Roster; 4] = [
    Roster::of(2, 3),
    Roster::of(3, 5),
    Roster::of(4, 5),
    Roster::of(3, 3),
];

impl Roster {
    /// `threshold` of `signers`, all honest.
    #[must_use]
    pub const fn of(threshold: usize, signers: usize) -> Self {
        assert!(2 * threshold > signers && threshold <= signers && signers <= MOST);
        Self {
            signers,
            threshold,
            liars: 0,
        }
    }

    /// The same roster with so many liars.
    #[must_use]
    pub const fn with_liars(self, liars: usize) -> Self {
        assert!(liars < self.threshold);
        Self { liars, ..self }
    }

    /// This roster with 0, 1, … t−1 liars.
    pub fn with_each_number_of_liars(self) -> impl Iterator<Item = Self> {
        (0..self.threshold).map(move |liars| self.with_liars(liars))
    }

    /// n − f: the signers that have a state, numbered from 0.
    #[must_use]
    pub const fn honest(self) -> usize {
        self.signers - self.liars
    }

    /// q = t.
    #[must_use]
    pub const fn quorum(self) -> usize {
        self.threshold
    }

    /// f < 2t − n: any two quorums share a signer that does not lie.
    #[must_use]
    pub const fn quorums_share_an_honest_signer(self) -> bool {
        self.liars < 2 * self.threshold - self.signers
    }

    /// n − f ≥ t: the honest signers can do everything by themselves.
    #[must_use]
    pub const fn honest_signers_suffice(self) -> bool {
        self.honest() >= self.threshold
    }
}

impl fmt::Display for Roster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}/{}, {} lying",
            self.threshold, self.signers, self.liars
        )
    }
}
