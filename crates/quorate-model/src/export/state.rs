//! The whole network at one moment.

use super::signer::{Bits, Part, Signer, bit};
use crate::roster::MOST;

/// All honest signers, and what an observer remembers of the past.
///
/// There is no network in it: a message is the fact that somebody has signed it. Loss is never hearing of it, delay is
/// hearing of it late, a replay is hearing of it twice, and the order is whatever it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct State {
    /// The honest ones first; the rest stay as they began and never act.
    pub signers: [Signer; MOST],
    /// Requests with the yes of a quorum. Who said it makes no difference any more.
    pub approved: Bits,
    /// Sessions that the server has called.
    pub called: Bits,
    /// Observer: somebody contributed after its own tombstone.
    pub contributed_retired: bool,
    /// Observer: sessions to which somebody sent a first message when a ciphertext had left already.
    pub begun_late: Bits,
    /// Observer: sessions to which somebody sent a first message when n−t+1 honest signers had their tombstones.
    pub begun_dead: Bits,
    /// Observer: sessions to which somebody sent a last message when a ciphertext had left already.
    pub ended_late: Bits,
}

impl State {
    /// Honest signers that have said yes to this request, or a quorum's number where it is approved.
    #[must_use]
    pub fn yeses(&self, request: usize) -> usize {
        self.count(|signer| signer.yes & bit(request) != 0)
    }

    /// Honest signers with a tombstone for this request on disk.
    #[must_use]
    pub fn tombstones(&self, request: usize) -> usize {
        self.count(|signer| signer.tombstone & bit(request) != 0)
    }

    /// Honest signers of whom this holds.
    pub fn count(&self, holds: impl Fn(&Signer) -> bool) -> usize {
        self.signers.iter().filter(|signer| holds(signer)).count()
    }

    /// Whether any honest signer's ciphertext has left.
    #[must_use]
    pub fn anything_left(&self) -> bool {
        self.signers.iter().any(Signer::has_let_go)
    }

    /// Each honest participant has sent everything: with the liars' messages there is a signature.
    #[must_use]
    pub fn is_signed(&self, session: usize) -> bool {
        self.called & bit(session) != 0
            && self
                .parts(session)
                .all(|part| part.sent().is_none_or(|sent| sent == 2))
    }

    /// Each honest participant has sent its first message.
    #[must_use]
    pub fn is_begun_by_all(&self, session: usize) -> bool {
        self.parts(session)
            .all(|part| part.sent().is_none_or(|sent| sent >= 1))
    }

    fn parts(&self, session: usize) -> impl Iterator<Item = Part> {
        self.signers.iter().map(move |signer| signer.parts[session])
    }

    /// The same state with the signers in one fixed order: who is who makes no difference. The ones that never act are
    /// like those that have not acted yet, and come last with them.
    #[must_use]
    pub fn in_order(&self) -> Self {
        let mut ordered = self.clone();
        ordered.signers.sort_unstable_by(|a, b| b.cmp(a));
        ordered
    }
}
