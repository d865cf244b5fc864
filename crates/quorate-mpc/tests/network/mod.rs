//! Several signers in one process, with a mailman between them that a test can corrupt.

#![allow(dead_code, reason = "each test binary uses its part of this")]

use std::{
    collections::VecDeque,
    sync::{Arc, mpsc},
    time::{Duration, SystemTime},
};

use quorate_mpc::{
    DkgSpec, Done, Event, Failure, Identity, Party, SealContext, Session, SessionSpec, Vault,
};
use zeroize::Zeroizing;

/// One signer of a test roster.
pub struct Signer {
    pub vault: Arc<Vault>,
    pub identity: Arc<Identity>,
    pub context: SealContext,
}

pub fn roster(n: usize) -> Vec<Signer> {
    (0..n)
        .map(|rank| {
            let vault = Arc::new(Vault::new(Zeroizing::new([rank as u8 + 1; 32])));
            let (_, identity) = vault.create_identity();
            let context = SealContext {
                org: "org".into(),
                key: "key".into(),
                signer: format!("signer {rank}"),
                roster: "roster".into(),
                epoch: 0,
                version: 1,
            };
            Signer {
                vault,
                identity: Arc::new(identity),
                context,
            }
        })
        .collect()
}

/// The session of position `me` among the signers with these ranks.
pub fn spec(roster: &[Signer], ranks: &[u16], me: usize, id: u8) -> SessionSpec {
    let party = |rank: &u16| Party {
        index: *rank,
        sealing_key: roster[usize::from(*rank)].identity.public().sealing_key,
    };
    SessionSpec {
        identity: Arc::clone(&roster[usize::from(ranks[me])].identity),
        execution_id: [id; 32],
        parties: ranks.iter().map(party).collect(),
        me: me as u16,
        deadline: SystemTime::now() + Duration::from_secs(600),
    }
}

/// A message on its way.
#[derive(Clone)]
pub struct Letter {
    pub from: u32,
    pub to: usize,
    pub seq: u32,
    pub broadcast: bool,
    pub body: Vec<u8>,
}

pub type Outcome = Result<Done, Failure>;

/// Delivers until every session has ended. `mailman` sees each letter once per receiver and says
/// what arrives instead.
pub fn run(
    n: usize,
    start: impl Fn(usize, Box<dyn Fn(Event) + Send + Sync>) -> Session,
    mut mailman: impl FnMut(Letter) -> Vec<Letter>,
) -> Vec<Outcome> {
    let (events, received) = mpsc::channel();
    let sessions: Vec<Session> = (0..n)
        .map(|me| {
            let events = events.clone();
            start(me, Box::new(move |event| drop(events.send((me, event)))))
        })
        .collect();
    let mut outcomes: Vec<Option<Outcome>> = vec![None; n];
    let mut waiting = VecDeque::new();
    while outcomes.iter().any(Option::is_none) {
        let (me, event) = received
            .recv_timeout(Duration::from_secs(600))
            .expect("sessions end");
        match event {
            Event::Done(done) => outcomes[me] = Some(Ok(done)),
            Event::Failed(failure) => outcomes[me] = Some(Err(failure)),
            Event::Message { to, seq, body } => {
                let all = (0..n).filter(|other| *other != me);
                for to_one in all.filter(|other| to.is_none_or(|to| usize::from(to) == *other)) {
                    waiting.extend(mailman(Letter {
                        from: me as u32,
                        to: to_one,
                        seq,
                        broadcast: to.is_none(),
                        body: body.clone(),
                    }));
                }
            }
        }
        while let Some(letter) = waiting.pop_front() {
            sessions[letter.to].push(letter.from, letter.seq, letter.broadcast, &letter.body);
        }
        // A failed party tells the others, as a signer's daemon does.
        if outcomes
            .iter()
            .any(|outcome| matches!(outcome, Some(Err(_))))
        {
            std::thread::sleep(Duration::from_millis(50));
            sessions.iter().for_each(Session::cancel);
        }
    }
    outcomes
        .into_iter()
        .map(|outcome| outcome.expect("all have ended"))
        .collect()
}

pub fn honest(letter: Letter) -> Vec<Letter> {
    vec![letter]
}

/// Key generation by the whole roster, three to sign.
pub fn dkg(roster: &[Signer], id: u8, mailman: impl FnMut(Letter) -> Vec<Letter>) -> Vec<Outcome> {
    let ranks: Vec<u16> = (0..roster.len() as u16).collect();
    let start = |me: usize, emit| {
        let signer: &Signer = &roster[me];
        let spec = DkgSpec {
            session: spec(roster, &ranks, me, id),
            threshold: 3.min(ranks.len() as u16),
            context: signer.context.clone(),
        };
        signer.vault.start_dkg(spec, emit)
    };
    run(roster.len(), start, mailman)
}

/// Shares and public data of a key, or a panic naming who failed.
pub struct Key {
    pub shares: Vec<Vec<u8>>,
    pub public_key: [u8; 33],
    pub public_shares: Vec<[u8; 33]>,
}

pub fn key(outcomes: Vec<Outcome>) -> Key {
    let mut shares = Vec::new();
    let mut common = None;
    for outcome in outcomes {
        let Ok(Done::Dkg {
            sealed_share,
            public_key,
            public_shares,
        }) = outcome
        else {
            panic!("key generation failed: {outcome:?}");
        };
        shares.push(sealed_share);
        let expected = common.get_or_insert_with(|| (public_key, public_shares.clone()));
        assert_eq!(*expected, (public_key, public_shares));
    }
    let (public_key, public_shares) = common.expect("somebody took part");
    Key {
        shares,
        public_key,
        public_shares,
    }
}
