//! Many Ed25519 signatures at once, for signers that read thousands of acts.
//!
//! What counts is exactly what WebCrypto in Node counts: the equation without cofactor, with S below
//! the group order, and neither key nor R of small order. A batch in one equation would accept other
//! signatures than that, so each one is verified by itself.

use std::collections::HashMap;

use ed25519_dalek::{Signature, VerifyingKey};

use crate::error::{Error, ErrorCode};

const KEY: usize = 32;
const SIGNATURE: usize = 64;
const LENGTH: usize = 4;

/// Verifies signatures one after the other.
///
/// `packed` holds for each of them the public key (32 bytes), the signature (64 bytes), the
/// message's length (u32, little-endian) and the message. The answer holds one byte for each: 1 if
/// it is good, else 0.
pub fn verify_packed(packed: &[u8]) -> Result<Vec<u8>, Error> {
    let mut keys: HashMap<[u8; KEY], Option<VerifyingKey>> = HashMap::new();
    let mut good = Vec::new();
    let mut rest = packed;
    while !rest.is_empty() {
        let key = take::<KEY>(&mut rest)?;
        let signature = take::<SIGNATURE>(&mut rest)?;
        let length = u32::from_le_bytes(take::<LENGTH>(&mut rest)?) as usize;
        let (message, after) = rest.split_at_checked(length).ok_or_else(bad_input)?;
        rest = after;
        let key = keys
            .entry(key)
            .or_insert_with(|| VerifyingKey::from_bytes(&key).ok());
        let valid = key.as_ref().is_some_and(|key| {
            key.verify_strict(message, &Signature::from_bytes(&signature))
                .is_ok()
        });
        good.push(u8::from(valid));
    }
    Ok(good)
}

/// Whether each of the public keys (32 bytes, one after the other) is the one encoding of a point of
/// the prime-order group that is not the identity: one byte each, 1 or 0.
pub fn sound_keys(keys: &[u8]) -> Result<Vec<u8>, Error> {
    let (keys, []) = keys.as_chunks::<KEY>() else {
        return Err(bad_input());
    };
    Ok(keys.iter().map(|key| u8::from(is_sound(key))).collect())
}

fn is_sound(bytes: &[u8; KEY]) -> bool {
    let Ok(key) = VerifyingKey::from_bytes(bytes) else {
        return false;
    };
    let point = key.to_edwards();
    // Decoding takes more encodings of a point than one.
    point.compress().as_bytes() == bytes && !key.is_weak() && point.is_torsion_free()
}

fn take<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], Error> {
    let (first, after) = rest.split_first_chunk::<N>().ok_or_else(bad_input)?;
    *rest = after;
    Ok(*first)
}

fn bad_input() -> Error {
    Error::new(ErrorCode::BadInput)
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::{Signer as _, SigningKey};

    use super::{sound_keys, verify_packed};

    fn pack(key: &[u8; 32], signature: &[u8; 64], message: &[u8]) -> Vec<u8> {
        let length = u32::try_from(message.len()).expect("short");
        [&key[..], signature, &length.to_le_bytes(), message].concat()
    }

    #[test]
    fn each_signature_gets_its_own_answer() {
        let signing = SigningKey::from_bytes(&[7; 32]);
        let key = signing.verifying_key().to_bytes();
        let good = signing.sign(b"one").to_bytes();
        let mut bad = good;
        bad[0] ^= 1;
        let packed = [
            pack(&key, &good, b"one"),
            pack(&key, &good, b"two"),
            pack(&key, &bad, b"one"),
            pack(&[2; 32], &good, b"one"),
            pack(&key, &signing.sign(b"").to_bytes(), b""),
        ]
        .concat();
        assert_eq!(verify_packed(&packed).expect("whole"), [1, 0, 0, 0, 1]);
        assert!(verify_packed(&[]).expect("whole").is_empty());
    }

    #[test]
    fn keys_outside_the_group_or_encoded_otherwise_are_not_sound() {
        let good = SigningKey::from_bytes(&[7; 32]).verifying_key().to_bytes();
        let mut identity = [0; 32];
        identity[0] = 1;
        let mut minus_zero = identity;
        minus_zero[31] = 0x80;
        // y = p + 1, another encoding of the identity.
        let mut beyond = [0xff; 32];
        beyond[0] = 0xee;
        beyond[31] = 0x7f;
        let order_two = {
            let mut bytes = [0xff; 32];
            bytes[0] = 0xec;
            bytes[31] = 0x7f;
            bytes
        };
        let off_the_curve = {
            let mut bytes = [0; 32];
            bytes[0] = 2;
            bytes
        };
        let keys = [
            good,
            identity,
            minus_zero,
            beyond,
            order_two,
            off_the_curve,
            good,
        ]
        .concat();
        assert_eq!(sound_keys(&keys).expect("whole"), [1, 0, 0, 0, 0, 0, 1]);
        assert!(sound_keys(&keys[1..]).is_err());
    }

    #[test]
    fn what_is_cut_short_is_refused() {
        let signing = SigningKey::from_bytes(&[7; 32]);
        let key = signing.verifying_key().to_bytes();
        let packed = pack(&key, &signing.sign(b"one").to_bytes(), b"one");
        for end in 1..packed.len() {
            assert!(verify_packed(&packed[..end]).is_err(), "{end}");
        }
        assert_eq!(verify_packed(&packed).expect("whole"), [1]);
    }
}
