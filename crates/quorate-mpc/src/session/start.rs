//! Starts the three kinds of session. What a session was given is opened and checked on its own
//! thread, since even that takes milliseconds.

use std::sync::{Arc, atomic::AtomicUsize};

use quorate_protocols::{Code, Failure, aux, dkg, sign};

use super::{
    AuxSpec, DkgSpec, Done, Event, SessionSpec, SignSpec,
    thread::{Protocol, Session, spawn},
};
use crate::{Error, Vault};

static LIVE_AUX: AtomicUsize = AtomicUsize::new(0);
static LIVE_DKG: AtomicUsize = AtomicUsize::new(0);
static LIVE_SIGN: AtomicUsize = AtomicUsize::new(0);

impl Vault {
    /// Makes aux info of a roster.
    pub fn start_aux(
        self: &Arc<Self>,
        spec: AuxSpec,
        emit: impl Fn(Event) + Send + Sync + 'static,
    ) -> Session {
        let vault = Arc::clone(self);
        let AuxSpec {
            session,
            primes,
            primes_context,
            context,
        } = spec;
        let protocol = Protocol {
            limit: aux::LIMIT,
            most: 16,
            live: &LIVE_AUX,
        };
        spawn(protocol, session, emit, move |spec, line| {
            whole_roster(spec)?;
            let primes = vault
                .open_primes(&primes, &primes_context)
                .map_err(bad_input)?;
            let input = aux::Input {
                execution_id: spec.execution_id,
                me: spec.me,
                parties: spec.parties.len() as u16,
                primes,
            };
            let info = aux::run(&input, line)?;
            Ok(Done::Aux {
                sealed_aux: vault.seal_aux(&info, &context).map_err(bad_input)?,
            })
        })
    }

    /// Makes a key.
    pub fn start_dkg(
        self: &Arc<Self>,
        spec: DkgSpec,
        emit: impl Fn(Event) + Send + Sync + 'static,
    ) -> Session {
        let vault = Arc::clone(self);
        let DkgSpec {
            session,
            threshold,
            context,
        } = spec;
        let protocol = Protocol {
            limit: dkg::LIMIT,
            most: 128,
            live: &LIVE_DKG,
        };
        spawn(protocol, session, emit, move |spec, line| {
            whole_roster(spec)?;
            let input = dkg::Input {
                execution_id: spec.execution_id,
                me: spec.me,
                parties: spec.parties.len() as u16,
                threshold,
            };
            let share = dkg::run(&input, line)?;
            Ok(Done::Dkg {
                sealed_share: vault.seal_share(&share, &context),
                public_key: share.public_key(),
                public_shares: share.public_shares(),
            })
        })
    }

    /// Signs a digest.
    pub fn start_sign(
        self: &Arc<Self>,
        spec: SignSpec,
        emit: impl Fn(Event) + Send + Sync + 'static,
    ) -> Session {
        let vault = Arc::clone(self);
        let SignSpec {
            session,
            sealed_share,
            context,
            aux,
            digest,
        } = spec;
        let protocol = Protocol {
            limit: sign::LIMIT,
            most: 64,
            live: &LIVE_SIGN,
        };
        spawn(protocol, session, emit, move |spec, line| {
            fits(spec)?;
            if !context.same_roster(aux.context()) {
                let text = "share and aux info belong to different rosters or epochs";
                return Err(Failure::new(Code::BadInput, text));
            }
            let input = sign::Input {
                execution_id: spec.execution_id,
                me: spec.me,
                signers: spec.parties.iter().map(|party| party.index).collect(),
                share: vault
                    .open_share(&sealed_share, &context)
                    .map_err(bad_input)?,
                aux: (*aux.info()).clone(),
                digest,
            };
            let sign::Signed { r, s, recid } = sign::run(input, line)?;
            Ok(Done::Sign { r, s, recid })
        })
    }
}

/// Participants in order, this one among them with its own key.
fn fits(spec: &SessionSpec) -> Result<(), Failure> {
    let ascending = spec
        .parties
        .windows(2)
        .all(|pair| pair[0].index < pair[1].index);
    let own = spec
        .parties
        .get(usize::from(spec.me))
        .map(|party| party.sealing_key);
    if spec.parties.len() < 2 || !ascending || own != Some(spec.identity.public().sealing_key) {
        return Err(Failure::new(
            Code::BadInput,
            "the parties are not a session of this identity",
        ));
    }
    Ok(())
}

/// Besides, that all of the roster take part: the indexes are 0, 1, 2 and so on.
fn whole_roster(spec: &SessionSpec) -> Result<(), Failure> {
    fits(spec)?;
    if spec
        .parties
        .iter()
        .enumerate()
        .any(|(rank, party)| usize::from(party.index) != rank)
    {
        return Err(Failure::new(
            Code::BadInput,
            "the whole roster must take part",
        ));
    }
    Ok(())
}

fn bad_input(error: Error) -> Failure {
    Failure::new(Code::BadInput, error.to_string())
}
