//! The model's parameters: the roster, the bounds, and what is wrong on purpose.

use super::signer::{MOST_REQUESTS, MOST_SESSIONS};
use crate::roster::Roster;

/// How messages between signers arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hearing {
    /// Whoever acts on statements has just heard all that it needs. Nothing is lost by that: hearing changes nothing but
    /// what its hearer may do next, so it can always be put off until then. A test compares the two.
    AtOnce,
    /// Each message is heard in a step of its own, and forgotten in a crash.
    OneByOne,
}

/// A defect put in on purpose, to see that the properties notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mistake {
    /// q−1 tombstone statements are enough.
    ReleasesOneShort,
    /// The release does not wait for the signer's own tombstone to be on disk.
    ReleasesBeforeItRetires,
    /// The tombstone statement goes out while the tombstone is being written.
    SaysBeforeItWrites,
    /// After a restart the signer does not read its tombstones before it takes part in sessions.
    ForgetsInACrash,
    /// The signer falls silent only after the tombstone is written.
    FallsSilentLate,
    /// A repeat under a new challenge encrypts the share again.
    EncryptsAgain,
    /// A tombstone comes without the proof that lets peers follow.
    PeersDoNotFollow,
}

/// Exports of one key in a roster. Crashes, losses, delays and replays are without number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exports {
    /// Who takes part.
    pub roster: Roster,
    /// The requests, each by the number of its encryption key: `[0, 0]` is a repeat under a new challenge.
    pub requests: &'static [usize],
    /// How many sessions the server can call.
    pub sessions: usize,
    /// How messages arrive.
    pub hearing: Hearing,
    /// What is wrong, if anything.
    pub mistake: Option<Mistake>,
    /// Liars sign nothing: for asking what honest signers can do alone.
    pub liars_are_silent: bool,
}

impl Exports {
    /// The code as it should be.
    #[must_use]
    pub const fn new(roster: Roster, requests: &'static [usize], sessions: usize) -> Self {
        assert!(requests.len() <= MOST_REQUESTS && sessions <= MOST_SESSIONS);
        Self {
            roster,
            requests,
            sessions,
            hearing: Hearing::AtOnce,
            mistake: None,
            liars_are_silent: false,
        }
    }

    /// The same with a mistake in it.
    #[must_use]
    pub const fn with(self, mistake: Mistake) -> Self {
        Self {
            mistake: Some(mistake),
            ..self
        }
    }

    pub(super) const fn encryption_key(&self, request: usize) -> usize {
        self.requests[request]
    }
}
