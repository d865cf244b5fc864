//! Threshold key generation: three rounds and an echo of the first broadcast.

use cggmp24::{ExecutionId, keygen::ThresholdMsg};
use rand_core::OsRng;
use sha2::Sha256;

use crate::{
    Curve, Level,
    drive::{Slot, drive},
    failure::{Code, Failure},
    share::CoreShare,
    wire::Wire,
};

/// Largest message, in bytes; the real ones stay below 600.
pub const LIMIT: usize = 4 * 1024;

/// What a party must know before it starts.
pub struct Input {
    /// Equal for all parties, never used before.
    pub execution_id: [u8; 32],
    /// Own position, from 0.
    pub me: u16,
    /// Number of parties, at least 2.
    pub parties: u16,
    /// Signers that a signature will need, 2 to `parties`.
    pub threshold: u16,
}

type Message = ThresholdMsg<Curve, Level, Sha256>;

/// Runs key generation to its end. The share can derive children (SLIP-10, non-hardened).
pub fn run(input: &Input, wire: &mut dyn Wire) -> Result<CoreShare, Failure> {
    if input.parties < 2
        || input.me >= input.parties
        || !(2..=input.parties).contains(&input.threshold)
    {
        return Err(Failure::new(
            Code::BadInput,
            "key generation: impossible numbers",
        ));
    }
    let machine = cggmp24::keygen::<Curve>(
        ExecutionId::new(&input.execution_id),
        input.me,
        input.parties,
    )
    .set_threshold(input.threshold)
    .enforce_reliable_broadcast(true)
    .hd_wallet(true);
    let mut rng = OsRng;
    drive(machine.into_state_machine(&mut rng), wire, LIMIT, slot)?
        .map(CoreShare)
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
        Message::Round2Broad(_) => Slot {
            round: "round 2 broadcast",
            broadcast: true,
        },
        Message::Round2Uni(_) => Slot {
            round: "round 2 private",
            broadcast: false,
        },
        Message::Round3(_) => Slot {
            round: "round 3",
            broadcast: true,
        },
    }
}
