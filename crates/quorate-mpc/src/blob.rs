//! Sealed blobs: everything a signer stores on disk.
//!
//! ```text
//! "QSB" | version 1 | kind | salt (32) | AES-256-GCM ciphertext and tag
//! key   = HKDF-SHA-256(IKM = key-encryption key, salt, info = "quorate/blob/v1" | kind)
//! nonce = 12 zero bytes (a key seals one blob), associated data = header | context
//! ```
//!
//! A key of its own per blob makes deleting a blob's salt as good as deleting the blob.

use aes_gcm::{
    Aes256Gcm, KeyInit, Nonce,
    aead::{Aead, Payload},
};
use hkdf::Hkdf;
use rand_core::{OsRng, RngCore};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::error::{Error, ErrorCode};

const MAGIC: &[u8; 4] = b"QSB\x01";
const HEADER: usize = MAGIC.len() + 1 + 32;

/// What a blob holds; part of its key and of its header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Private keys of a signer.
    Identity = 1,
    /// Four safe primes.
    Primes = 2,
    /// Aux info of a roster.
    Aux = 3,
    /// Share of a key.
    Share = 4,
}

/// Seals `plain`; `context` is the associated data beside the header.
pub(crate) fn seal(kek: &[u8; 32], kind: Kind, context: &[u8], plain: &[u8]) -> Vec<u8> {
    let mut blob = Vec::with_capacity(HEADER + plain.len() + 16);
    blob.extend_from_slice(MAGIC);
    blob.push(kind as u8);
    let mut salt = [0; 32];
    OsRng.fill_bytes(&mut salt);
    blob.extend_from_slice(&salt);
    let aad = [blob.as_slice(), context].concat();
    let sealed = cipher(kek, kind, &salt)
        .encrypt(
            Nonce::from_slice(&[0; 12]),
            Payload {
                msg: plain,
                aad: &aad,
            },
        )
        .expect("AES-GCM seals up to 64 GiB");
    blob.extend(sealed);
    blob
}

/// Opens what [`seal`] made. [`ErrorCode::BlobMalformed`] for a foreign header,
/// [`ErrorCode::BlobUnreadable`] for a wrong key, a wrong context and changed bytes alike.
pub(crate) fn open(
    kek: &[u8; 32],
    kind: Kind,
    context: &[u8],
    blob: &[u8],
) -> Result<Zeroizing<Vec<u8>>, Error> {
    let malformed = Error::new(ErrorCode::BlobMalformed);
    let (header, sealed) = blob.split_at_checked(HEADER).ok_or(malformed)?;
    if !header.starts_with(MAGIC) || header[MAGIC.len()] != kind as u8 {
        return Err(malformed);
    }
    let aad = [header, context].concat();
    cipher(kek, kind, &header[MAGIC.len() + 1..])
        .decrypt(
            Nonce::from_slice(&[0; 12]),
            Payload {
                msg: sealed,
                aad: &aad,
            },
        )
        .map(Zeroizing::new)
        .map_err(|_| Error::new(ErrorCode::BlobUnreadable))
}

fn cipher(kek: &[u8; 32], kind: Kind, salt: &[u8]) -> Aes256Gcm {
    let mut key = Zeroizing::new([0; 32]);
    let mut info = b"quorate/blob/v1".to_vec();
    info.push(kind as u8);
    Hkdf::<Sha256>::new(Some(salt), kek)
        .expand(&info, &mut *key)
        .expect("32 bytes are a valid length");
    Aes256Gcm::new_from_slice(&*key).expect("the key has 32 bytes")
}
