//! What must hold of exports in every state that can be reached, and what must be reachable lest that be empty.

use stateright::Property;

use super::parameters::Exports;
use super::signer::{Bits, Signer, bit};
use super::state::State;

/// Names of the properties, as reports and tests give them.
pub mod names {
    /// Whatever the liars do, and however many they are: no honest signer sends a message of a session once its own
    /// tombstone is on disk.
    pub const NO_CONTRIBUTION_AFTER_TOMBSTONE: &str = "no contribution after the own tombstone";
    /// For any f: a release rests on one request, for which its signer's own tombstone is on disk and those of at least
    /// q−f honest signers are. (The statements are q; up to f of them may be lies.)
    pub const NO_RELEASE_BEFORE_QUORUM: &str = "no release before the tombstones of a quorum";
    /// With f < 2t−n: once a ciphertext has left, the honest signers without a tombstone and all liars together are
    /// fewer than t.
    pub const NOBODY_LEFT_TO_SIGN: &str = "nobody is left to sign once a ciphertext has left";
    /// With f < 2t−n: a session to which an honest signer sent its first message after a ciphertext had left never ends
    /// in a signature.
    pub const NOTHING_BEGUN_LATE_IS_SIGNED: &str =
        "what begins after a ciphertext has left is never signed";
    /// For any f: a session to which an honest signer sent its first message when n−t+1 honest signers had their
    /// tombstones never ends in a signature. Of m statements that many are true if at most m−(n−t+1) of them lie.
    pub const NOTHING_BEGUN_DEAD_IS_SIGNED: &str =
        "what begins when n-t+1 are retired is never signed";
    /// For any f: for one encryption key only one encryption of a signer's share ever leaves.
    pub const SAME_CIPHERTEXT: &str = "a repeat gives the same ciphertext";
    /// With n−f ≥ t: one tombstone of an honest signer is enough for the honest ones to finish that export by themselves.
    pub const CAN_BE_FINISHED: &str = "an export with a tombstone can be finished";
    /// With n−f ≥ t: while no honest signer has a tombstone, the honest ones can sign by themselves.
    pub const KEY_STILL_SIGNS: &str = "without a tombstone the key signs";
    /// Reachable: the owner has a threshold of ciphertexts.
    pub const EXPORTED: &str = "a key is exported";
    /// Reachable: there is a signature.
    pub const SIGNED: &str = "a signature is made";
    /// Reachable exactly with f ≥ 2t−n: a signature that was begun after a ciphertext had left.
    pub const BEGUN_LATE: &str = "a session is begun after a ciphertext has left, and signed";
    /// Reachable, and so not forbidden by the above: a signature to which somebody without a tombstone sent its last
    /// message when a ciphertext had left already. It was begun by all before.
    pub const ENDED_LATE: &str = "a session under way is signed after a ciphertext has left";
}

pub(super) fn all() -> Vec<Property<Exports>> {
    vec![
        Property::always(
            names::NO_CONTRIBUTION_AFTER_TOMBSTONE,
            no_contribution_after_tombstone,
        ),
        Property::always(names::NO_RELEASE_BEFORE_QUORUM, no_release_before_quorum),
        Property::always(names::NOBODY_LEFT_TO_SIGN, nobody_left_to_sign),
        Property::always(
            names::NOTHING_BEGUN_LATE_IS_SIGNED,
            nothing_begun_late_is_signed,
        ),
        Property::always(
            names::NOTHING_BEGUN_DEAD_IS_SIGNED,
            |model: &Exports, state: &State| !model.is_any_signed(state, state.begun_dead),
        ),
        Property::always(names::SAME_CIPHERTEXT, same_ciphertext),
        Property::always(names::CAN_BE_FINISHED, can_be_finished),
        Property::always(names::KEY_STILL_SIGNS, key_still_signs),
        Property::sometimes(names::EXPORTED, |model: &Exports, state: &State| {
            model.is_answered(state, 0)
        }),
        Property::sometimes(names::SIGNED, |model: &Exports, state: &State| {
            model.is_any_signed(state, Bits::MAX)
        }),
        Property::sometimes(names::BEGUN_LATE, |model: &Exports, state: &State| {
            model.is_any_signed(state, state.begun_late)
        }),
        Property::sometimes(names::ENDED_LATE, |model: &Exports, state: &State| {
            model.is_any_signed(state, state.ended_late & !state.begun_late)
        }),
    ]
}

fn no_contribution_after_tombstone(_: &Exports, state: &State) -> bool {
    !state.contributed_retired
}

fn no_release_before_quorum(model: &Exports, state: &State) -> bool {
    let releases = |signer: &Signer| signer.release.into_iter().flatten().map(usize::from);
    state.signers.iter().all(|signer| {
        releases(signer).all(|request| {
            let honest = state.tombstones(request);
            signer.tombstone & bit(request) != 0
                && honest + model.roster.liars >= model.roster.quorum()
        })
    })
}

fn nobody_left_to_sign(model: &Exports, state: &State) -> bool {
    let roster = model.roster;
    let able = roster.signers - state.count(Signer::is_retired);
    !roster.quorums_share_an_honest_signer() || !state.anything_left() || able < roster.threshold
}

fn nothing_begun_late_is_signed(model: &Exports, state: &State) -> bool {
    !model.roster.quorums_share_an_honest_signer() || !model.is_any_signed(state, state.begun_late)
}

fn same_ciphertext(_: &Exports, state: &State) -> bool {
    state
        .signers
        .iter()
        .flat_map(|signer| signer.left)
        .all(|left| left.count_ones() <= 1)
}

fn can_be_finished(model: &Exports, state: &State) -> bool {
    !model.roster.honest_signers_suffice() || model.can_finish(state)
}

fn key_still_signs(model: &Exports, state: &State) -> bool {
    !model.roster.honest_signers_suffice()
        || state.count(Signer::is_retired) > 0
        || model.can_sign(state)
}

impl Exports {
    fn is_any_signed(&self, state: &State, among: Bits) -> bool {
        (0..self.sessions).any(|session| among & bit(session) != 0 && state.is_signed(session))
    }
}
