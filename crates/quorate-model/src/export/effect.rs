//! What each step does to the network.

use super::parameters::{Exports, Hearing, Mistake};
use super::signer::{Part, Signer, bit};
use super::state::State;
use super::step::{Session, Step, Who};

impl Exports {
    /// `retire` in `retirement.ts`, up to its write.
    fn begin(&self, who: &mut Signer, request: usize) {
        who.writing = Some(request as u8);
        if self.mistake == Some(Mistake::SaysBeforeItWrites) {
            who.said |= bit(request);
        }
        if self.mistake != Some(Mistake::FallsSilentLate) {
            who.fall_silent();
        }
    }

    /// `retire` in `store/exports.ts`: one transaction. A first ciphertext stays.
    fn retire(&self, who: &mut Signer) {
        let Some(request) = who.writing.take().map(usize::from) else {
            return;
        };
        let again = self.mistake == Some(Mistake::EncryptsAgain);
        let ciphertext = &mut who.ciphertext[self.encryption_key(request)];
        *ciphertext = if *ciphertext == 0 {
            1
        } else {
            *ciphertext + u8::from(again)
        };
        who.tombstone |= bit(request);
        who.said |= bit(request);
    }

    /// `contribute` in `sessions.ts`, and what an observer sees of it.
    fn contribute(&self, state: &mut State, signer: Who, session: Session) {
        let roster = self.roster;
        let left = state.anything_left();
        let dead = state.count(Signer::is_retired) > roster.signers - roster.threshold;
        let who = &mut state.signers[signer];
        state.contributed_retired |= who.is_retired();
        if who.parts[session] == Part::Open(0) {
            who.parts[session] = Part::Open(1);
            state.begun_late |= if left { bit(session) } else { 0 };
            state.begun_dead |= if dead { bit(session) } else { 0 };
        } else {
            who.parts[session] = Part::Over(2);
            state.ended_late |= if left { bit(session) } else { 0 };
        }
    }

    fn crash(&self, who: &mut Signer) {
        who.writing = None;
        who.mute = who.is_retired() && self.mistake != Some(Mistake::ForgetsInACrash);
        who.heard_yes = Default::default();
        who.heard_tombstone = Default::default();
        who.leave_sessions();
    }

    /// The state after a step that is allowed.
    #[must_use]
    pub fn after(&self, state: &State, step: Step) -> State {
        let mut next = state.clone();
        match step {
            Step::SayYes(signer, request) => {
                next.signers[signer].yes |= bit(request);
                if self.hearing == Hearing::OneByOne {
                    next.signers[signer].heard_yes[request] |= bit(signer);
                }
                self.settle(&mut next, request);
            }
            Step::HearYes(signer, from, request) => {
                next.signers[signer].heard_yes[request] |= bit(from)
            }
            Step::Agree(signer, request) | Step::Follow(signer, request) => {
                self.begin(&mut next.signers[signer], request)
            }
            Step::Retire(signer) => self.retire(&mut next.signers[signer]),
            Step::FallSilent(signer) => next.signers[signer].fall_silent(),
            Step::HearTombstone(signer, from, request) => {
                next.signers[signer].heard_tombstone[request] |= bit(from)
            }
            Step::Release(signer, request) => {
                let encryption_key = self.encryption_key(request);
                let who = &mut next.signers[signer];
                who.release[encryption_key] = Some(request as u8);
                who.ciphertext[encryption_key] = who.ciphertext[encryption_key].max(1);
            }
            Step::Answer(signer, encryption_key) => {
                let who = &mut next.signers[signer];
                who.left[encryption_key] |= bit(usize::from(who.ciphertext[encryption_key]));
            }
            Step::Call(session, participants) => {
                next.called |= bit(session);
                for (index, signer) in next
                    .signers
                    .iter_mut()
                    .enumerate()
                    .filter(|(index, _)| participants & bit(*index) != 0)
                {
                    debug_assert!(index < self.roster.honest());
                    signer.parts[session] = Part::Open(0);
                }
            }
            Step::Contribute(signer, session) => self.contribute(&mut next, signer, session),
            Step::Crash(signer) => self.crash(&mut next.signers[signer]),
        }
        next
    }

    /// Where messages are heard at once, a quorum's yes is one fact, whoever said it.
    pub(super) fn settle(&self, state: &mut State, request: usize) {
        if self.hearing == Hearing::OneByOne
            || state.yeses(request) + self.roster.liars < self.roster.quorum()
        {
            return;
        }
        state.approved |= bit(request);
        for signer in &mut state.signers {
            signer.yes &= !bit(request);
        }
    }

    /// The state as it is where messages are heard at once.
    #[must_use]
    pub fn without_inboxes(&self, state: &State) -> State {
        let mut plain = state.clone();
        for signer in &mut plain.signers {
            signer.heard_yes = Default::default();
            signer.heard_tombstone = Default::default();
        }
        for request in 0..self.requests.len() {
            self.settle(&mut plain, request);
        }
        plain
    }
}
