//! How far each roster is checked: the bounds, and what they cost.

use crate::acts::{self, Acts, Obeys, Stores};
use crate::check::{Outcome, exhaust};
use crate::export::{Exports, State};
use crate::roster::Roster;

/// The export requests of one search, each by the number of its encryption key, and the sessions.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// `[0, 0]` is a repeat under a new challenge, `[0, 1]` one with a new encryption key.
    pub requests: &'static [usize],
    /// Signing sessions that the server may call, with whomever it likes.
    pub sessions: usize,
    /// Seconds do not suffice: for `--ignored`.
    pub long: bool,
}

impl Bounds {
    const fn short(requests: &'static [usize], sessions: usize) -> Self {
        Self {
            requests,
            sessions,
            long: false,
        }
    }

    const fn long(requests: &'static [usize], sessions: usize) -> Self {
        Self {
            requests,
            sessions,
            long: true,
        }
    }
}

/// With three signers.
const FEW: [Bounds; 6] = [
    Bounds::short(&[0, 0], 1),
    Bounds::short(&[0, 1], 1),
    Bounds::short(&[0, 0, 1], 0),
    Bounds::short(&[0], 2),
    Bounds::long(&[0, 0, 1], 1),
    Bounds::long(&[0, 1], 2),
];

/// With five.
const MANY: [Bounds; 4] = [
    Bounds::short(&[0], 1),
    Bounds::short(&[0, 0], 0),
    Bounds::short(&[0, 1], 0),
    Bounds::long(&[0, 0], 1),
];

/// How far exports of this roster are checked.
#[must_use]
pub const fn bounds_of(roster: Roster) -> &'static [Bounds] {
    if roster.signers <= 3 { &FEW } else { &MANY }
}

/// Acts offered for one number: the revocation and two rivals.
pub const ACTS: usize = 3;

/// Checks exports of this roster within these bounds.
#[must_use]
pub fn check_exports(roster: Roster, bounds: Bounds) -> Outcome {
    let outcome = exhaust(
        Exports::new(roster, bounds.requests, bounds.sessions),
        State::in_order,
    );
    println!(
        "{roster:<13} exports {:<9} sessions {} {outcome}",
        format!("{:?}", bounds.requests),
        bounds.sessions
    );
    outcome
}

/// Checks acts of this roster under these rules.
#[must_use]
pub fn check_acts(roster: Roster, obeys: Obeys, stores: Stores) -> Outcome {
    let model = Acts {
        obeys,
        stores,
        ..Acts::new(roster, ACTS)
    };
    let outcome = exhaust(model, acts::State::in_order);
    println!("{roster:<13} acts {ACTS}, obeyed when {obeys:?}, m counts {stores:?}: {outcome}");
    outcome
}
