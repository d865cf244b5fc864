//! A signer's share of one key: what key generation yields and signing needs.

use generic_ec::{Point, Scalar};
use key_share::CoreKeyShare;
use zeroize::Zeroizing;

use crate::{Curve, body};

/// Share of a secp256k1 key. The scalar inside wipes itself.
#[derive(Clone)]
pub struct CoreShare(pub(crate) CoreKeyShare<Curve>);

impl CoreShare {
    /// CBOR of the share, a secret.
    pub fn encode(&self) -> Zeroizing<Vec<u8>> {
        body::encode(&self.0).expect("a key share always encodes")
    }

    /// Reads [`CoreShare::encode`]; re-checks that the scalar fits its public share and that the
    /// public shares lie on one polynomial through the public key.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        ciborium::from_reader(bytes).ok().map(CoreShare)
    }

    /// Position at key generation, from 0.
    pub fn index(&self) -> u16 {
        self.0.i
    }

    /// Signers at key generation.
    pub fn parties(&self) -> u16 {
        self.0.public_shares.len() as u16
    }

    /// Signers that a signature needs.
    pub fn threshold(&self) -> u16 {
        self.0
            .vss_setup
            .as_ref()
            .map_or(self.parties(), |setup| setup.min_signers)
    }

    /// Compressed public key of the wallet, 33 bytes.
    pub fn public_key(&self) -> [u8; 33] {
        compressed(&self.0.shared_public_key)
    }

    /// Compressed public shares in the order of key generation.
    pub fn public_shares(&self) -> Vec<[u8; 33]> {
        self.0
            .public_shares
            .iter()
            .map(|point| compressed(point))
            .collect()
    }

    /// Point at which the polynomial was evaluated for this signer: big-endian, 32 bytes.
    pub fn evaluation_point(&self) -> Option<[u8; 32]> {
        let setup = self.0.vss_setup.as_ref()?;
        let point: &Scalar<Curve> = setup.I.get(usize::from(self.0.i))?;
        Some(
            point
                .to_be_bytes()
                .as_bytes()
                .try_into()
                .expect("scalars have 32 bytes"),
        )
    }

    /// The secret scalar, big-endian, if it times the generator is this signer's public share.
    pub fn secret(&self) -> Option<Zeroizing<[u8; 32]>> {
        let scalar: &Scalar<Curve> = self.0.x.as_ref();
        let expected = self.0.public_shares.get(usize::from(self.0.i))?;
        if Point::<Curve>::generator() * scalar != **expected {
            return None;
        }
        let mut bytes = Zeroizing::new([0; 32]);
        bytes.copy_from_slice(scalar.to_be_bytes().as_bytes());
        Some(bytes)
    }
}

fn compressed(point: &Point<Curve>) -> [u8; 33] {
    point
        .to_bytes(true)
        .as_bytes()
        .try_into()
        .expect("compressed points have 33 bytes")
}
