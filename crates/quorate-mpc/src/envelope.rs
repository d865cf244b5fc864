//! The share envelope of the Dfns format, both directions: contract §9.1 and §9.2.
//!
//! ECIES on secp256k1; the compressed ephemeral point stands at the end. Zero nonce and empty
//! associated data are the format's: the key is used once.

use aes_gcm::{Aes256Gcm, KeyInit, Nonce, aead::Aead};
use generic_ec::{NonZero, Point, Scalar, SecretScalar, curves::Secp256k1};
use hkdf::Hkdf;
use rand_core::OsRng;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::error::{Error, ErrorCode};

const VERSION: u8 = 1;
const POINT: usize = 33;
const TAG: usize = 16;

/// Key that a client wants shares encrypted to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncryptionKey(NonZero<Point<Secp256k1>>);

impl EncryptionKey {
    /// Version byte 1 and a compressed point, 34 bytes. Each thing that is wrong has its own code.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let [version, point @ ..] = bytes else {
            return Err(Error::new(ErrorCode::EncryptionKeyLength));
        };
        if point.len() != POINT {
            return Err(Error::new(ErrorCode::EncryptionKeyLength));
        }
        if *version != VERSION {
            return Err(Error::new(ErrorCode::EncryptionKeyVersion));
        }
        parse_point(point)
            .map(EncryptionKey)
            .ok_or(Error::new(ErrorCode::EncryptionKeyPoint))
    }

    /// Seals with a fresh ephemeral key: 49 bytes longer than `plain`.
    pub fn seal(&self, plain: &[u8]) -> Vec<u8> {
        self.seal_with(
            &NonZero::<SecretScalar<Secp256k1>>::random(&mut OsRng),
            plain,
        )
    }

    /// Seals with the ephemeral key given as 32 bytes, big-endian: for test vectors.
    #[doc(hidden)]
    pub fn seal_with_ephemeral(&self, ephemeral: &[u8], plain: &[u8]) -> Option<Vec<u8>> {
        let scalar = parse_scalar(ephemeral)?;
        Some(self.seal_with(&scalar, plain))
    }

    fn seal_with(&self, ephemeral: &NonZero<SecretScalar<Secp256k1>>, plain: &[u8]) -> Vec<u8> {
        let cipher = cipher(&(self.0 * ephemeral));
        let mut out = cipher
            .encrypt(Nonce::from_slice(&[0; 12]), plain)
            .expect("AES-GCM seals a share");
        out.extend_from_slice(
            (Point::<Secp256k1>::generator() * ephemeral)
                .to_bytes(true)
                .as_bytes(),
        );
        out
    }
}

/// Private half of an [`EncryptionKey`].
#[derive(Clone)]
pub struct DecryptionKey(NonZero<SecretScalar<Secp256k1>>);

impl DecryptionKey {
    /// From 32 bytes, big-endian, below the group order and not zero.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        parse_scalar(bytes).map(DecryptionKey)
    }

    /// The public half as a compressed point, 33 bytes.
    pub fn public_point(&self) -> [u8; 33] {
        let point = Point::<Secp256k1>::generator() * &self.0;
        point
            .to_bytes(true)
            .as_bytes()
            .try_into()
            .expect("compressed points have 33 bytes")
    }

    /// Opens an envelope.
    pub fn open(&self, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
        let unreadable = Error::new(ErrorCode::EnvelopeUnreadable);
        let split = sealed
            .len()
            .checked_sub(POINT)
            .filter(|at| *at >= TAG)
            .ok_or(unreadable)?;
        let (body, point) = sealed.split_at(split);
        let ephemeral = parse_point(point).ok_or(unreadable)?;
        cipher(&(ephemeral * &self.0))
            .decrypt(Nonce::from_slice(&[0; 12]), body)
            .map(Zeroizing::new)
            .map_err(|_| unreadable)
    }
}

/// Key material is the compressed shared point with its parity byte, not only its x.
fn cipher(shared: &Point<Secp256k1>) -> Aes256Gcm {
    let mut key = Zeroizing::new([0; 32]);
    let material = shared.to_bytes(true);
    Hkdf::<Sha256>::new(Some(b"DFNS_KEY_IMPORT"), material.as_bytes())
        .expand(b"ENCRYPTION_KEY", &mut *key)
        .expect("32 bytes are a valid length");
    Aes256Gcm::new_from_slice(&*key).expect("the key has 32 bytes")
}

fn parse_point(bytes: &[u8]) -> Option<NonZero<Point<Secp256k1>>> {
    if bytes.len() != POINT || !matches!(bytes[0], 2 | 3) {
        return None;
    }
    NonZero::from_point(Point::from_bytes(bytes).ok()?)
}

fn parse_scalar(bytes: &[u8]) -> Option<NonZero<SecretScalar<Secp256k1>>> {
    let mut scalar = Scalar::from_be_bytes(bytes).ok()?;
    NonZero::from_secret_scalar(SecretScalar::new(&mut scalar))
}
