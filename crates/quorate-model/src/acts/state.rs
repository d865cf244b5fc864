//! What one honest signer knows of the chain, and the network at one moment.

use crate::export::{Bits, bit};
use crate::roster::MOST;

/// An honest signer between act k−1 and act k, for which the server may offer one of several acts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Signer {
    /// Said: acknowledgements of these acts.
    pub acknowledged: Bits,
    /// Disk: the act it has acknowledged; what it goes by when another is offered.
    pub remembered: Option<u8>,
    /// Disk: the certified act that its state has in it.
    pub applied: Option<u8>,
    /// Said: a yes to the request of the revoked credential, which nobody had seen before the revocation was answered.
    pub yes: bool,
}

/// All honest signers, and what the client was told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct State {
    /// The honest ones first; the rest stay as they began and never act.
    pub signers: [Signer; MOST],
    /// The number m of stores with which the revocation was answered.
    pub answered: Option<u8>,
}

impl State {
    /// Honest signers that have acknowledged this act.
    #[must_use]
    pub fn acknowledgements(&self, act: usize) -> usize {
        self.count(|signer| signer.acknowledged & bit(act) != 0)
    }

    /// Honest signers of whom this holds.
    pub fn count(&self, holds: impl Fn(&Signer) -> bool) -> usize {
        self.signers.iter().filter(|signer| holds(signer)).count()
    }

    /// The same state with the signers in one fixed order.
    #[must_use]
    pub fn in_order(&self) -> Self {
        let mut ordered = self.clone();
        ordered.signers.sort_unstable_by(|a, b| b.cmp(a));
        ordered
    }
}
