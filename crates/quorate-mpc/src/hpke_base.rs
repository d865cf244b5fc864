//! HPKE base mode, RFC 9180: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM.
//! A sealed message is the encapsulated key (32 bytes) and the ciphertext.

use hpke::{
    Deserializable, Kem as _, OpModeR, OpModeS, Serializable, aead::AesGcm256, kdf::HkdfSha256,
    kem::X25519HkdfSha256 as Kem,
};
use rand_core::OsRng;
use zeroize::Zeroizing;

use crate::error::{Error, ErrorCode};

const ENCAPSULATED: usize = 32;

type PrivateKey = <Kem as hpke::Kem>::PrivateKey;
type PublicKey = <Kem as hpke::Kem>::PublicKey;

/// A private key and its public half, 32 bytes each.
pub(crate) fn generate() -> (Zeroizing<[u8; 32]>, [u8; 32]) {
    let (private, public) = Kem::gen_keypair(&mut OsRng);
    (
        Zeroizing::new(private.to_bytes().into()),
        public.to_bytes().into(),
    )
}

/// The public half of a private key.
pub(crate) fn public_key(private: &[u8; 32]) -> Result<[u8; 32], Error> {
    let private = PrivateKey::from_bytes(private).map_err(unreadable)?;
    Ok(Kem::sk_to_pk(&private).to_bytes().into())
}

/// Seals to a public key. A key of small order is refused.
pub(crate) fn seal(to: &[u8], info: &[u8], aad: &[u8], plain: &[u8]) -> Result<Vec<u8>, Error> {
    let to = PublicKey::from_bytes(to).map_err(unreadable)?;
    let (encapsulated, sealed) = hpke::single_shot_seal::<AesGcm256, HkdfSha256, Kem, _>(
        &OpModeS::Base,
        &to,
        info,
        plain,
        aad,
        &mut OsRng,
    )
    .map_err(unreadable)?;
    Ok([&encapsulated.to_bytes(), sealed.as_slice()].concat())
}

/// Opens what [`seal`] made.
pub(crate) fn open(
    private: &[u8; 32],
    info: &[u8],
    aad: &[u8],
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, Error> {
    let (encapsulated, body) = sealed
        .split_at_checked(ENCAPSULATED)
        .ok_or(Error::new(ErrorCode::SealUnreadable))?;
    let private = PrivateKey::from_bytes(private).map_err(unreadable)?;
    let encapsulated =
        <Kem as hpke::Kem>::EncappedKey::from_bytes(encapsulated).map_err(unreadable)?;
    hpke::single_shot_open::<AesGcm256, HkdfSha256, Kem>(
        &OpModeR::Base,
        &private,
        &encapsulated,
        info,
        body,
        aad,
    )
    .map(Zeroizing::new)
    .map_err(unreadable)
}

fn unreadable(_: hpke::HpkeError) -> Error {
    Error::new(ErrorCode::SealUnreadable)
}
