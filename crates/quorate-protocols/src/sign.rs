//! Interactive signing of a 32-byte digest by exactly t signers.

use cggmp24::{
    ExecutionId, KeyShare, PrehashedDataToSign, Signature,
    signing::{AnyDataToSign, msg::Msg},
};
use generic_ec::{Point, Scalar};
use rand_core::OsRng;
use sha2::Sha256;

use crate::{
    Curve,
    aux::AuxInfo,
    drive::{Slot, drive},
    failure::{Code, Failure},
    share::CoreShare,
    wire::Wire,
};

/// Largest message, in bytes; the real ones stay below 30 KB.
pub const LIMIT: usize = 64 * 1024;

/// What a signer must have before it starts.
pub struct Input {
    /// Equal for all signers of this session, never used before.
    pub execution_id: [u8; 32],
    /// Own position in `signers`, from 0.
    pub me: u16,
    /// Positions at key generation of those who sign, ascending.
    pub signers: Vec<u16>,
    /// Own share of the key.
    pub share: CoreShare,
    /// Aux info of the roster; the caller has checked that both belong to the same one.
    pub aux: AuxInfo,
    /// What is signed, already hashed: 32 bytes, taken big-endian modulo the group order.
    pub digest: [u8; 32],
}

/// A signature that verifies under the share's public key; `s` is in the lower half.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// 32 bytes, big-endian.
    pub r: [u8; 32],
    /// 32 bytes, big-endian.
    pub s: [u8; 32],
    /// Parity of the nonce point's y, 0 or 1.
    pub recid: u8,
}

type Message = Msg<Curve, Sha256>;

/// Runs signing to its end and verifies the signature before it is handed out.
pub fn run(input: Input, wire: &mut dyn Wire) -> Result<Signed, Failure> {
    let Input {
        execution_id,
        me,
        signers,
        share,
        aux,
        digest,
    } = input;
    fits(me, &signers, &share, &aux)?;
    let public_key = *share.0.shared_public_key;
    let key_share = KeyShare::from_parts((share.0, (*aux.0).clone())).map_err(|_| {
        Failure::new(
            Code::BadInput,
            "signing: share and aux info do not belong together",
        )
    })?;
    let data = PrehashedDataToSign::from_scalar(Scalar::from_be_bytes_mod_order(digest));
    let mut rng = OsRng;
    let machine = cggmp24::signing(ExecutionId::new(&execution_id), me, &signers, &key_share)
        .enforce_reliable_broadcast(true)
        .sign_sync(&mut rng, &data);
    let signature =
        drive(machine, wire, LIMIT, slot)?.map_err(|error| Failure::from_protocol(&error))?;
    finish(signature.normalize_s(), &public_key, &data)
}

/// The protocol crate trusts these and indexes with them.
fn fits(me: u16, signers: &[u16], share: &CoreShare, aux: &AuxInfo) -> Result<(), Failure> {
    let ascending = signers.windows(2).all(|pair| pair[0] < pair[1]);
    let in_range = signers.last().is_some_and(|last| *last < share.parties());
    if !ascending || !in_range || signers.len() != usize::from(share.threshold()) {
        return Err(Failure::new(
            Code::BadInput,
            "signing: the signers are not t of the key's, ascending",
        ));
    }
    if signers.get(usize::from(me)) != Some(&share.index()) {
        return Err(Failure::new(
            Code::BadInput,
            "signing: the share belongs to another position",
        ));
    }
    if aux.parties() != share.parties() {
        return Err(Failure::new(
            Code::BadInput,
            "signing: aux info of another number of signers",
        ));
    }
    Ok(())
}

fn slot(message: &Message) -> Slot {
    match message {
        Message::Round1a(_) => Slot {
            round: "round 1 broadcast",
            broadcast: true,
        },
        Message::Round1b(_) => Slot {
            round: "round 1 private",
            broadcast: false,
        },
        Message::ReliabilityCheck(_) => Slot {
            round: "echo",
            broadcast: true,
        },
        Message::Round2(_) => Slot {
            round: "round 2",
            broadcast: false,
        },
        Message::Round3(_) => Slot {
            round: "round 3",
            broadcast: true,
        },
        Message::Round4(_) => Slot {
            round: "round 4",
            broadcast: true,
        },
    }
}

fn finish(
    signature: Signature<Curve>,
    public_key: &Point<Curve>,
    data: &PrehashedDataToSign<Curve>,
) -> Result<Signed, Failure> {
    let invalid = || {
        Failure::new(
            Code::SignatureInvalid,
            "signing: the result does not verify",
        )
    };
    signature.verify(public_key, data).map_err(|_| invalid())?;
    let recid = recovery_id(&signature, public_key, data.to_scalar()).ok_or_else(invalid)?;
    Ok(Signed {
        r: bytes(&signature.r),
        s: bytes(&signature.s),
        recid,
    })
}

/// Tries both parities: Q = r⁻¹·(s·R − z·G), SEC 1 §4.1.6. An r that overflowed the group order
/// (probability 2⁻¹²⁷) yields none.
fn recovery_id(
    signature: &Signature<Curve>,
    public_key: &Point<Curve>,
    z: Scalar<Curve>,
) -> Option<u8> {
    let inverse = signature.r.invert();
    (0..=1).find(|parity| {
        let mut encoded = [2 + parity; 33];
        encoded[1..].copy_from_slice(&bytes(&signature.r));
        let Ok(nonce) = Point::<Curve>::from_bytes(encoded) else {
            return false;
        };
        (nonce * signature.s - Point::generator() * z) * inverse == *public_key
    })
}

fn bytes(scalar: &Scalar<Curve>) -> [u8; 32] {
    scalar
        .to_be_bytes()
        .as_bytes()
        .try_into()
        .expect("scalars have 32 bytes")
}
