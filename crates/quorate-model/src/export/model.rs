//! The model of exports as the checker sees it: where it begins, and every step there is.

use stateright::{Model, Property};

use super::parameters::{Exports, Hearing};
use super::properties;
use super::signer::{MOST_ENCRYPTION_KEYS, bit};
use super::state::State;
use super::step::Step;

impl Exports {
    fn each_step(&self, mut take: impl FnMut(Step)) {
        let honest = 0..self.roster.honest();
        for signer in honest.clone() {
            for request in 0..self.requests.len() {
                take(Step::SayYes(signer, request));
                take(Step::Agree(signer, request));
                take(Step::Release(signer, request));
                if self.hearing == Hearing::OneByOne {
                    take(Step::Follow(signer, request));
                    for from in honest.clone() {
                        take(Step::HearYes(signer, from, request));
                        take(Step::HearTombstone(signer, from, request));
                    }
                }
            }
            take(Step::Retire(signer));
            take(Step::FallSilent(signer));
            for encryption_key in 0..MOST_ENCRYPTION_KEYS {
                take(Step::Answer(signer, encryption_key));
            }
            for session in 0..self.sessions {
                take(Step::Contribute(signer, session));
            }
            take(Step::Crash(signer));
        }
        for session in 0..self.sessions {
            for participants in 1..bit(self.roster.honest()) {
                let count = participants.count_ones() as usize;
                if count <= self.roster.threshold
                    && count + self.roster.liars >= self.roster.threshold
                {
                    take(Step::Call(session, participants));
                }
            }
        }
    }
}

impl Model for Exports {
    type State = State;
    type Action = Step;

    fn init_states(&self) -> Vec<State> {
        let mut state = State::default();
        for request in 0..self.requests.len() {
            self.settle(&mut state, request);
        }
        vec![state]
    }

    fn actions(&self, state: &State, steps: &mut Vec<Step>) {
        self.each_step(|step| {
            if self.allows(state, step) {
                steps.push(step);
            }
        });
    }

    fn next_state(&self, state: &State, step: Step) -> Option<State> {
        let next = self.after(state, step);
        (next != *state).then_some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        properties::all()
    }
}
