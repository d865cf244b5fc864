//! The model of acts: a revocation, the acts that a hostile server offers in its place, and a request that it forbids.

use stateright::{Model, Property};

use super::properties;
use super::state::{Signer, State};
use crate::export::bit;
use crate::roster::Roster;

/// From when on a signer refuses what the revocation forbids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obeys {
    /// From its own acknowledgement on.
    Acknowledged,
    /// From the certificate on, which only the server has at first. `chain.ts` does this.
    Certified,
}

/// Which signers are counted in the m of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stores {
    /// Those that have acknowledged the act. `authority.ts` of the server does this.
    Acknowledged,
    /// Those that have said that they have applied it.
    Applied,
}

/// A defect put in on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forgetting {
    /// Acknowledgements are remembered for good.
    Never,
    /// A restart forgets them: a second act for the number is acknowledged.
    InACrash,
}

/// Acts for one number. Act 0 is the revocation; the others are rivals that users have signed too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Acts {
    /// Who takes part.
    pub roster: Roster,
    /// How many acts there are for the number.
    pub acts: usize,
    /// What signers go by.
    pub obeys: Obeys,
    /// What the client is told.
    pub stores: Stores,
    /// What is wrong, if anything.
    pub forgetting: Forgetting,
}

/// An honest signer, by its place in the state.
pub type Who = usize;
/// An act, by its place among those for the number.
pub type Act = usize;

/// One step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The server offers the act and the signer acknowledges it: `acknowledge` in `chain.ts`.
    Acknowledge(Who, Act),
    /// The server shows a certificate and the signer applies the act: `apply` in `chain.ts`.
    Apply(Who, Act),
    /// The client gets the revocation's certificate, with the names of so many liars in it.
    Answer(usize),
    /// The server hands the signer a request that the revocation forbids, and it says yes or takes part.
    SayYes(Who),
    /// The signer stops and starts again.
    Crash(Who),
}

impl Acts {
    /// The revocation and its rivals, with the rules that the code has.
    #[must_use]
    pub const fn new(roster: Roster, acts: usize) -> Self {
        let (obeys, stores) = (Obeys::Acknowledged, Stores::Acknowledged);
        Self {
            roster,
            acts,
            obeys,
            stores,
            forgetting: Forgetting::Never,
        }
    }

    /// Whether q acknowledgements of this act exist.
    #[must_use]
    pub fn is_certified(&self, state: &State, act: usize) -> bool {
        state.acknowledgements(act) + self.roster.liars >= self.roster.quorum()
    }

    fn can_acknowledge(signer: &Signer, act: usize) -> bool {
        let offered = Some(act as u8);
        signer.acknowledged & bit(act) == 0
            && (signer.remembered.is_none() || signer.remembered == offered)
            && (signer.applied.is_none() || signer.applied == offered)
    }

    fn knows_of_the_revocation(&self, signer: &Signer) -> bool {
        match self.obeys {
            Obeys::Acknowledged => signer.applied.or(signer.remembered) == Some(0),
            Obeys::Certified => signer.applied == Some(0),
        }
    }

    fn stores(&self, state: &State) -> usize {
        match self.stores {
            Stores::Acknowledged => state.acknowledgements(0),
            Stores::Applied => state.count(|signer| signer.applied == Some(0)),
        }
    }

    fn allows(&self, state: &State, step: Step) -> bool {
        let who = |signer: usize| &state.signers[signer];
        match step {
            Step::Acknowledge(signer, act) => Self::can_acknowledge(who(signer), act),
            Step::Apply(signer, act) => {
                who(signer).applied.is_none() && self.is_certified(state, act)
            }
            Step::Answer(liars) => {
                state.answered.is_none()
                    && self.is_certified(state, 0)
                    && self.stores(state) + liars >= self.roster.quorum()
            }
            Step::SayYes(signer) => {
                state.answered.is_some()
                    && !who(signer).yes
                    && !self.knows_of_the_revocation(who(signer))
            }
            Step::Crash(_) => true,
        }
    }

    fn after(&self, state: &State, step: Step) -> State {
        let mut next = state.clone();
        match step {
            Step::Acknowledge(signer, act) => {
                next.signers[signer].acknowledged |= bit(act);
                next.signers[signer].remembered = Some(act as u8);
            }
            Step::Apply(signer, act) => next.signers[signer].applied = Some(act as u8),
            Step::Answer(liars) => next.answered = Some((self.stores(state) + liars) as u8),
            Step::SayYes(signer) => next.signers[signer].yes = true,
            Step::Crash(signer) => {
                if self.forgetting == Forgetting::InACrash {
                    next.signers[signer].remembered = None;
                }
            }
        }
        next
    }
}

impl Model for Acts {
    type State = State;
    type Action = Step;

    fn init_states(&self) -> Vec<State> {
        vec![State::default()]
    }

    fn actions(&self, state: &State, steps: &mut Vec<Step>) {
        for signer in 0..self.roster.honest() {
            for act in 0..self.acts {
                steps.extend([Step::Acknowledge(signer, act), Step::Apply(signer, act)]);
            }
            steps.extend([Step::SayYes(signer), Step::Crash(signer)]);
        }
        steps.extend((0..=self.roster.liars).map(Step::Answer));
        steps.retain(|&step| self.allows(state, step));
    }

    fn next_state(&self, state: &State, step: Step) -> Option<State> {
        let next = self.after(state, step);
        (next != *state).then_some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        properties::all()
    }
}
