//! Aux info: Paillier and ring-Pedersen parameters of all signers, with their proofs.

use std::sync::Arc;

use cggmp24::{
    ExecutionId, PregeneratedPrimes, backend::Integer, key_refresh::Msg, key_share as shares,
};
use rand_core::OsRng;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::{
    Level, body,
    drive::{Slot, drive},
    failure::{Code, Failure},
    wire::Wire,
};

/// Largest message, in bytes; the real ones stay below 220 KB.
pub const LIMIT: usize = 512 * 1024;

/// What a party must know before it starts.
pub struct Input {
    /// Equal for all parties, never used before.
    pub execution_id: [u8; 32],
    /// Own position, from 0.
    pub me: u16,
    /// Number of parties.
    pub parties: u16,
    /// Four different safe primes of 1536 bits, big-endian. That they are prime is the caller's check.
    pub primes: [Zeroizing<Vec<u8>>; 4],
}

type Message = Msg<Sha256, Level>;

/// Aux info of a roster as one signer holds it: its own secret primes and everybody's moduli.
/// Cloning is cheap.
#[derive(Clone)]
pub struct AuxInfo(pub(crate) Arc<shares::AuxInfo<Level>>);

/// Runs the protocol to its end: about ten seconds of CPU for five parties.
pub fn run(input: &Input, wire: &mut dyn Wire) -> Result<AuxInfo, Failure> {
    if input.parties < 2 || input.me >= input.parties {
        return Err(Failure::new(Code::BadInput, "aux info: impossible numbers"));
    }
    let primes = input
        .primes
        .each_ref()
        .map(|bytes| Integer::from_bytes_msf(bytes));
    let primes = PregeneratedPrimes::<Level>::try_from(primes)
        .map_err(|_| Failure::new(Code::BadInput, "aux info: primes are too small"))?;
    let eid = ExecutionId::new(&input.execution_id);
    let machine = cggmp24::aux_info_gen(eid, input.me, input.parties, primes)
        .enforce_reliable_broadcast(true)
        .precompute_multiexp_tables(false);
    let mut rng = OsRng;
    drive(machine.into_state_machine(&mut rng), wire, LIMIT, slot)?
        .map(|aux| AuxInfo(Arc::new(aux)))
        .map_err(|error| Failure::from_protocol(&error))
}

fn slot(message: &Message) -> Slot {
    match message {
        Message::Round1(_) => Slot {
            round: "round 1",
            broadcast: true,
        },
        Message::ReliabilityCheck(_) => Slot {
            round: "echo",
            broadcast: true,
        },
        Message::Round2(_) => Slot {
            round: "round 2",
            broadcast: true,
        },
        Message::Round3(_) => Slot {
            round: "round 3",
            broadcast: false,
        },
    }
}

impl AuxInfo {
    /// CBOR without tables, a secret.
    pub fn encode(&self) -> Zeroizing<Vec<u8>> {
        let mut plain = shares::DirtyAuxInfo::clone(&self.0);
        plain
            .pedersen_params
            .iter_mut()
            .for_each(|params| params.multiexp = None);
        body::encode(&plain).expect("aux info always encodes")
    }

    /// Reads [`AuxInfo::encode`]; checks sizes, and that the lists have one length.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let aux: shares::AuxInfo<Level> = ciborium::from_reader(bytes).ok()?;
        AuxInfo::checked(aux)
    }

    /// Reads the JSON of the test fixtures.
    pub fn from_json_value<'de, D: serde::Deserializer<'de>>(source: D) -> Option<Self> {
        let aux = serde::Deserialize::deserialize(source).ok()?;
        AuxInfo::checked(aux)
    }

    fn checked(aux: shares::AuxInfo<Level>) -> Option<Self> {
        // The crate indexes one list with the length of the other, and panics if it is short.
        (aux.N.len() == aux.pedersen_params.len()).then(|| AuxInfo(Arc::new(aux)))
    }

    /// Number of signers of the roster.
    pub fn parties(&self) -> u16 {
        self.0.N.len() as u16
    }

    /// Every modulus and the two own primes, big-endian: what a list of published secrets is
    /// compared with.
    pub fn numbers(&self) -> Vec<Zeroizing<Vec<u8>>> {
        let own = [&self.0.p, &self.0.q];
        let pedersen = self.0.pedersen_params.iter().map(|params| &params.hat_N);
        let all = self.0.N.iter().chain(pedersen).chain(own);
        all.map(|number| Zeroizing::new(number.to_bytes_msf()))
            .collect()
    }

    /// True if signing has its tables.
    pub fn has_tables(&self) -> bool {
        self.0
            .pedersen_params
            .iter()
            .all(|params| params.multiexp.is_some())
    }

    /// The same aux info with multi-exponentiation tables (about 3 MB), which make signing a
    /// quarter faster. Takes seconds; `go_on` is asked between signers. `None` if it said no, or
    /// if a table cannot be built.
    pub fn with_tables(&self, mut go_on: impl FnMut() -> bool) -> Option<Self> {
        let mut aux = shares::DirtyAuxInfo::clone(&self.0);
        for params in &mut aux.pedersen_params {
            if !go_on() {
                return None;
            }
            params.precompute_multiexp_table::<Level>().ok()?;
        }
        shares::Validate::validate(aux)
            .ok()
            .and_then(AuxInfo::checked)
    }
}
