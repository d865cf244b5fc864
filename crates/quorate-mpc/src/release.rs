//! Releases a share to the owner's one-time key: contract §9.2 and §9.3, made in one place, so that
//! the plaintext never leaves this function.

use zeroize::Zeroizing;

use crate::{
    SealContext, Vault,
    envelope::EncryptionKey,
    error::{Error, ErrorCode},
};

/// A released share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Released {
    /// Envelope of 281 bytes for secp256k1.
    pub encrypted_key_share: Vec<u8>,
    /// This signer's compressed public share.
    pub public_share: [u8; 33],
    /// All compressed public shares, in the order of key generation.
    pub public_shares: Vec<[u8; 33]>,
    /// Index of this signer, from 1: the point its share belongs to.
    pub index: u16,
}

impl Vault {
    /// Encrypts a share to `encryption_key` (34 bytes). Whether that is allowed is the caller's
    /// decision; what is checked here is that the key is one, and that the share is what its public
    /// share says.
    pub fn release(
        &self,
        sealed_share: &[u8],
        context: &SealContext,
        encryption_key: &[u8],
    ) -> Result<Released, Error> {
        let key = EncryptionKey::parse(encryption_key)?;
        let share = self.open_share(sealed_share, context)?;
        let mismatch = Error::new(ErrorCode::ShareMismatch);
        let secret = share.secret().ok_or(mismatch)?;
        let point = share.evaluation_point().ok_or(mismatch)?;
        let public_shares = share.public_shares();
        Ok(Released {
            encrypted_key_share: key.seal(&plaintext(&point, &secret)),
            public_share: public_shares[usize::from(share.index())],
            public_shares,
            index: share.index() + 1,
        })
    }
}

/// Members in the order that Dfns writes them; 232 bytes.
fn plaintext(point: &[u8; 32], secret: &[u8; 32]) -> Zeroizing<Vec<u8>> {
    let mut out = Zeroizing::new(Vec::with_capacity(232));
    out.extend_from_slice(br#"{"version":1,"index":{"curve":"secp256k1","scalar":""#);
    push_hex(&mut out, point);
    out.extend_from_slice(br#""},"secret_share":{"curve":"secp256k1","scalar":""#);
    push_hex(&mut out, secret);
    out.extend_from_slice(br#""}}"#);
    out
}

/// Lower-case, into a buffer that is wiped; no intermediate strings.
fn push_hex(out: &mut Vec<u8>, bytes: &[u8; 32]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for byte in bytes {
        out.push(DIGITS[usize::from(byte >> 4)]);
        out.push(DIGITS[usize::from(byte & 15)]);
    }
}
