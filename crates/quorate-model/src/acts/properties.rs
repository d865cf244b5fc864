//! What must hold of acts in every state that can be reached, and what can be reached though one might not wish it.

use stateright::Property;

use super::model::Acts;
use super::state::State;

/// Names of the properties, as reports and tests give them.
pub mod names {
    /// With f < 2t−n: no two acts of one number are both certified.
    pub const ONE_CERTIFICATE: &str = "one number, one certified act";
    /// With f < 2t−n: no two honest signers apply different acts for one number.
    pub const ONE_HISTORY: &str = "one number, one act in everybody's state";
    /// With f ≤ m−(n−t+1), m being the stores that the client was told of: no quorum says yes to a request of the revoked
    /// credential that nobody had seen before the answer.
    pub const REVOCATION_IS_OBEYED: &str = "an answered revocation is obeyed by every quorum";
    /// Reachable: the revocation is certified and answered.
    pub const ANSWERED: &str = "a revocation is answered";
    /// Reachable exactly with f ≥ 2t−n: two acts of one number, both certified.
    pub const TWO_CERTIFICATES: &str = "two acts of one number are certified";
    /// Reachable exactly with f ≥ 2t−n, where signers obey what is counted: a quorum says yes after the answer, with one
    /// liar more than the m that was told allows.
    pub const DISOBEYED: &str = "with too many liars a quorum disobeys an answered revocation";
    /// Reachable: with rivals every honest signer has given its word, and no act of the number can be certified without a
    /// liar's. Nothing but a liar can ever move the organisation again.
    pub const STUCK: &str = "rival acts block the number for good";
}

pub(super) fn all() -> Vec<Property<Acts>> {
    vec![
        Property::always(names::ONE_CERTIFICATE, one_certificate),
        Property::always(names::ONE_HISTORY, one_history),
        Property::always(names::REVOCATION_IS_OBEYED, revocation_is_obeyed),
        Property::sometimes(names::ANSWERED, |_: &Acts, state: &State| {
            state.answered.is_some()
        }),
        Property::sometimes(names::TWO_CERTIFICATES, |model: &Acts, state: &State| {
            certificates(model, state) > 1
        }),
        Property::sometimes(names::DISOBEYED, is_disobeyed),
        Property::sometimes(names::STUCK, is_stuck),
    ]
}

fn certificates(model: &Acts, state: &State) -> usize {
    (0..model.acts)
        .filter(|&act| model.is_certified(state, act))
        .count()
}

fn one_certificate(model: &Acts, state: &State) -> bool {
    !model.roster.quorums_share_an_honest_signer() || certificates(model, state) <= 1
}

fn one_history(model: &Acts, state: &State) -> bool {
    let applied = |act: usize| state.count(|signer| signer.applied == Some(act as u8)) > 0;
    !model.roster.quorums_share_an_honest_signer()
        || (0..model.acts).filter(|&act| applied(act)).count() <= 1
}

/// The m that was told suffices against this roster's liars: f ≤ m−(n−t+1).
fn is_promised(model: &Acts, stores: u8) -> bool {
    let roster = model.roster;
    roster.liars + roster.signers - roster.threshold < usize::from(stores)
}

fn quorum_says_yes(model: &Acts, state: &State) -> bool {
    state.count(|signer| signer.yes) + model.roster.liars >= model.roster.quorum()
}

fn revocation_is_obeyed(model: &Acts, state: &State) -> bool {
    !state
        .answered
        .is_some_and(|stores| is_promised(model, stores))
        || !quorum_says_yes(model, state)
}

fn is_disobeyed(model: &Acts, state: &State) -> bool {
    state
        .answered
        .is_some_and(|stores| !is_promised(model, stores))
        && quorum_says_yes(model, state)
}

fn is_stuck(model: &Acts, state: &State) -> bool {
    let all_said = state.count(|signer| signer.remembered.is_some()) == model.roster.honest();
    let most = (0..model.acts)
        .map(|act| state.acknowledgements(act))
        .max()
        .unwrap_or(0);
    model.roster.honest_signers_suffice() && all_said && most < model.roster.quorum()
}
