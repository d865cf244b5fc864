//! What honest signers can always do from here, while liars say nothing: the completing paths.

use super::parameters::{Exports, Hearing};
use super::signer::{MOST_ENCRYPTION_KEYS, bit};
use super::state::State;
use super::step::Step;

impl Exports {
    /// Whether the honest signers can finish every export that any of them has a tombstone for: they carry the
    /// tombstones on (`resume` and `remind` in `exporter.ts`), and the request is repeated. Nobody crashes on the way and
    /// no liar helps, but anything may have happened before.
    #[must_use]
    pub fn can_finish(&self, state: &State) -> bool {
        let alone = Self {
            liars_are_silent: true,
            ..*self
        };
        let begun: Vec<usize> = (0..self.requests.len())
            .filter(|&request| state.tombstones(request) > 0)
            .collect();
        let mut now = state.clone();
        while let Some(next) = alone.carry_on(&now, &begun) {
            now = next;
        }
        begun
            .iter()
            .all(|&request| self.is_answered(&now, self.encryption_key(request)))
    }

    /// One more step towards the end of these requests; `None` when there is none.
    fn carry_on(&self, state: &State, begun: &[usize]) -> Option<State> {
        let honest = 0..self.roster.honest();
        let mut steps = Vec::new();
        for signer in honest.clone() {
            steps.push(Step::Retire(signer));
            for &request in begun {
                if self.hearing == Hearing::OneByOne {
                    steps.extend(
                        honest
                            .clone()
                            .map(|from| Step::HearTombstone(signer, from, request)),
                    );
                }
                steps.push(Step::Follow(signer, request));
                steps.push(Step::Release(signer, request));
                let encryption_key = self.encryption_key(request);
                if state.signers[signer].left[encryption_key] == 0 {
                    steps.push(Step::Answer(signer, encryption_key));
                }
            }
        }
        steps
            .into_iter()
            .filter(|&step| self.allows(state, step))
            .map(|step| self.after(state, step))
            .next()
    }

    /// A threshold of ciphertexts for this encryption key has left: the owner has the key.
    #[must_use]
    pub fn is_answered(&self, state: &State, encryption_key: usize) -> bool {
        encryption_key < MOST_ENCRYPTION_KEYS
            && state.count(|signer| signer.left[encryption_key] != 0) >= self.roster.threshold
    }

    /// Whether the honest signers can make a signature in a session of their own. Who is just writing a tombstone may
    /// crash instead: then nothing was written.
    #[must_use]
    pub fn can_sign(&self, state: &State) -> bool {
        let alone = Self {
            liars_are_silent: true,
            ..*self
        };
        let mut now = state.clone();
        for signer in 0..self.roster.honest() {
            if now.signers[signer].writing.is_some() {
                now = alone.after(&now, Step::Crash(signer));
            }
            now.signers[signer].parts = Default::default();
        }
        now.called = 0;
        let able = (0..self.roster.honest()).filter(|&signer| !now.signers[signer].mute);
        let participants = able
            .take(self.roster.threshold)
            .fold(0, |set, signer| set | bit(signer));
        if (participants.count_ones() as usize) < self.roster.threshold {
            return false;
        }
        now = alone.after(&now, Step::Call(0, participants));
        for signer in (0..self.roster.honest()).chain(0..self.roster.honest()) {
            let step = Step::Contribute(signer, 0);
            if alone.allows(&now, step) {
                now = alone.after(&now, step);
            }
        }
        now.is_signed(0)
    }
}
