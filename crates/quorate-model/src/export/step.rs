//! What can happen next, and when: the guards. What it then does stands in `model`.

use super::parameters::{Exports, Hearing, Mistake};
use super::signer::{Bits, Part, Signer, bit};
use super::state::State;

/// An honest signer, by its place in the state.
pub type Who = usize;
/// A request, by its place among the model's.
pub type Request = usize;
/// An encryption key, likewise.
pub type EncryptionKey = usize;
/// A signing session, likewise.
pub type Session = usize;

/// One step of the network. Whom it concerns is the hostile server's choice, and the line's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The signer is asked for this request and says yes to its peers. Nothing is durable.
    SayYes(Who, Request),
    /// A peer's yes arrives.
    HearYes(Who, Who, Request),
    /// With the yes of a quorum the signer begins to retire the key: it falls silent and starts to write.
    Agree(Who, Request),
    /// A peer's tombstone, with the yes of a quorum, makes it do the same.
    Follow(Who, Request),
    /// The tombstone, the ciphertext and its own statement are on disk.
    Retire(Who),
    /// Only where it is a mistake: the signer falls silent as a step of its own.
    FallSilent(Who),
    /// A peer's tombstone statement arrives.
    HearTombstone(Who, Who, Request),
    /// With the statements of a quorum the release is on disk.
    Release(Who, Request),
    /// The ciphertext leaves: the answer to this request or to any later one with the same encryption key.
    Answer(Who, EncryptionKey),
    /// The server calls a session of these honest signers; liars make up the threshold.
    Call(Session, Bits),
    /// The signer sends its next message of a session.
    Contribute(Who, Session),
    /// The signer stops and starts again.
    Crash(Who),
}

impl Exports {
    /// Statements of honest signers, and the liars' if they speak.
    pub(super) const fn with_liars(&self, honest: usize) -> usize {
        if self.liars_are_silent {
            honest
        } else {
            honest + self.roster.liars
        }
    }

    fn can_say_yes(&self, state: &State, signer: usize, request: usize) -> bool {
        let who = &state.signers[signer];
        let said = match self.hearing {
            Hearing::AtOnce => who.yes | state.approved,
            Hearing::OneByOne if who.heard_yes[request] & bit(signer) != 0 => bit(request),
            Hearing::OneByOne => 0,
        };
        (said | who.tombstone) & bit(request) == 0
    }

    fn may_begin(who: &Signer, request: usize) -> bool {
        who.writing.is_none() && who.tombstone & bit(request) == 0
    }

    /// `yesesAt` in `quorum.ts`.
    fn can_agree(&self, state: &State, signer: usize, request: usize) -> bool {
        let who = &state.signers[signer];
        let approved = match self.hearing {
            Hearing::AtOnce => state.approved & bit(request) != 0,
            Hearing::OneByOne => {
                let yeses = who.heard_yes[request];
                yeses & bit(signer) != 0
                    && self.with_liars(yeses.count_ones() as usize) >= self.roster.quorum()
            }
        };
        Self::may_begin(who, request) && approved
    }

    /// `proofIn` in `quorum.ts`: an honest peer's tombstone brings the proof that is stored with it; a liar must have it.
    fn can_follow(&self, state: &State, who: &Signer, request: usize) -> bool {
        let honest = match self.hearing {
            Hearing::AtOnce => state.count(|peer| peer.said & bit(request) != 0) > 0,
            Hearing::OneByOne => who.heard_tombstone[request] != 0,
        };
        let proven = state.approved & bit(request) != 0
            || state.yeses(request) + self.roster.liars >= self.roster.quorum();
        let lying = self.with_liars(0) > 0 && proven;
        self.mistake != Some(Mistake::PeersDoNotFollow)
            && Self::may_begin(who, request)
            && (honest || lying)
    }

    /// `storeMore` in `retirement.ts` and `release` in `store/exports.ts`.
    fn can_release(&self, state: &State, signer: usize, request: usize) -> bool {
        let who = &state.signers[signer];
        let own = who.tombstone & bit(request) != 0
            || self.mistake == Some(Mistake::ReleasesBeforeItRetires)
                && who.writing == Some(request as u8);
        let needed =
            self.roster.quorum() - usize::from(self.mistake == Some(Mistake::ReleasesOneShort));
        let statements = match self.hearing {
            Hearing::AtOnce => state.count(|peer| peer.said & bit(request) != 0),
            Hearing::OneByOne => (who.heard_tombstone[request] | bit(signer)).count_ones() as usize,
        };
        // Its own, which the mistake has in hand without having written it.
        let own_unsaid =
            usize::from(self.hearing == Hearing::AtOnce && who.said & bit(request) == 0);
        own && who.release[self.encryption_key(request)].is_none()
            && self.with_liars(statements + own_unsaid) >= needed
    }

    fn can_contribute(&self, state: &State, who: &Signer, session: usize) -> bool {
        match who.parts[session] {
            Part::Open(0) => !who.mute,
            Part::Open(1) => !who.mute && state.is_begun_by_all(session),
            _ => false,
        }
    }

    /// Whether this step can be taken. `HearYes` and `HearTombstone` exist only where messages are heard one by one.
    #[must_use]
    pub fn allows(&self, state: &State, step: Step) -> bool {
        let who = |signer: usize| &state.signers[signer];
        match step {
            Step::SayYes(signer, request) => self.can_say_yes(state, signer, request),
            Step::HearYes(signer, from, request) => {
                signer != from
                    && who(from).yes & bit(request) != 0
                    && who(signer).heard_yes[request] & bit(from) == 0
            }
            Step::Agree(signer, request) => self.can_agree(state, signer, request),
            Step::Follow(signer, request) => self.can_follow(state, who(signer), request),
            Step::Retire(signer) => who(signer).writing.is_some(),
            Step::FallSilent(signer) => who(signer).is_retired() && !who(signer).mute,
            Step::HearTombstone(signer, from, request) => {
                signer != from
                    && who(from).said & bit(request) != 0
                    && who(signer).heard_tombstone[request] & bit(from) == 0
            }
            Step::Release(signer, request) => self.can_release(state, signer, request),
            Step::Answer(signer, encryption_key) => who(signer).release[encryption_key].is_some(),
            Step::Call(session, ..) => state.called & bit(session) == 0,
            Step::Contribute(signer, session) => self.can_contribute(state, who(signer), session),
            Step::Crash(_) => true,
        }
    }
}
