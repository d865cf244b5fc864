//! Protocol sessions: one thread each, messages in by [`Session::push`], events out by a callback.
//!
//! The caller is the authenticated link: it says who sent a message. Everything behind it is
//! distrusted: bodies are capped, walked, opened and counted before a protocol sees them, and any
//! doubt ends the session with the culprit's position. A session that ended is never resumed.

mod inbox;
mod line;
mod start;
mod thread;

use std::{sync::Arc, time::SystemTime};

use quorate_protocols::Failure;

use crate::{Aux, Identity, SealContext};

pub use inbox::Pushed;
pub use thread::Session;

/// One participant of a session.
#[derive(Clone, Debug)]
pub struct Party {
    /// Rank at key generation, from 0.
    pub index: u16,
    /// X25519 key that its private messages are sealed to.
    pub sealing_key: [u8; 32],
}

/// What every session starts with.
#[derive(Clone)]
pub struct SessionSpec {
    /// Own keys.
    pub identity: Arc<Identity>,
    /// Equal for all participants, never used before; bound into every proof and every sealed body.
    pub execution_id: [u8; 32],
    /// Ascending by index; for aux info and key generation all of the roster.
    pub parties: Vec<Party>,
    /// Own position in `parties`.
    pub me: u16,
    /// When the session fails if it has not ended.
    pub deadline: SystemTime,
}

/// Aux info: what [`crate::Vault::start_aux`] needs besides.
pub struct AuxSpec {
    /// Common part.
    pub session: SessionSpec,
    /// Sealed primes.
    pub primes: Vec<u8>,
    /// Context that the primes were sealed for.
    pub primes_context: SealContext,
    /// Context that the result is sealed for.
    pub context: SealContext,
}

/// Key generation: what [`crate::Vault::start_dkg`] needs besides.
pub struct DkgSpec {
    /// Common part.
    pub session: SessionSpec,
    /// Signers that a signature will need.
    pub threshold: u16,
    /// Context that the share is sealed for.
    pub context: SealContext,
}

/// Signing: what [`crate::Vault::start_sign`] needs besides.
pub struct SignSpec {
    /// Common part.
    pub session: SessionSpec,
    /// Sealed share.
    pub sealed_share: Vec<u8>,
    /// Context that the share was sealed for.
    pub context: SealContext,
    /// Aux info of the same roster and epoch.
    pub aux: Arc<Aux>,
    /// What is signed, already hashed.
    pub digest: [u8; 32],
}

/// What a session says to its owner, from its own thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Deliver this: to everybody (`None`) or to one position, then already sealed to it.
    Message {
        /// Receiver.
        to: Option<u16>,
        /// Counts this sender's messages of the session from 0.
        seq: u32,
        /// CBOR, or HPKE of it.
        body: Vec<u8>,
    },
    /// The result; nothing follows.
    Done(Done),
    /// No result; nothing follows.
    Failed(Failure),
}

/// Result of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Done {
    /// Aux info of the roster.
    Aux {
        /// Blob for the vault that started the session.
        sealed_aux: Vec<u8>,
    },
    /// A key.
    Dkg {
        /// Blob for the vault that started the session.
        sealed_share: Vec<u8>,
        /// Compressed public key.
        public_key: [u8; 33],
        /// Compressed public shares in the order of key generation.
        public_shares: Vec<[u8; 33]>,
    },
    /// A signature that verifies; `s` is in the lower half.
    Sign {
        /// Big-endian.
        r: [u8; 32],
        /// Big-endian.
        s: [u8; 32],
        /// 0 or 1.
        recid: u8,
    },
}
