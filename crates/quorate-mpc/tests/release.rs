//! A key is born among five, and any three released shares give it back.

mod lagrange;
mod network;

use generic_ec::{Point, Scalar, curves::Secp256k1};
use lagrange::interpolate;
use network::{dkg, honest, key, roster};
use quorate_mpc::{ErrorCode, envelope::DecryptionKey};

const SCALAR: [u8; 32] = [0x42; 32];

fn scalar(hex: &str) -> Scalar<Secp256k1> {
    Scalar::from_be_bytes(hex::decode(hex).expect("hex")).expect("a scalar")
}

#[test]
fn any_three_of_five_released_shares_are_the_key() {
    let roster = roster(5);
    let key = key(dkg(&roster, 1, honest));
    let decryption = DecryptionKey::parse(&SCALAR).expect("a scalar");
    let encryption_key = [&[1], decryption.public_point().as_slice()].concat();
    let mut shares = Vec::new();
    for (rank, signer) in roster.iter().enumerate() {
        let released = signer
            .vault
            .release(&key.shares[rank], &signer.context, &encryption_key)
            .expect("released");
        assert_eq!(released.encrypted_key_share.len(), 281);
        assert_eq!(usize::from(released.index), rank + 1);
        assert_eq!(released.public_shares, key.public_shares);
        assert_eq!(released.public_share, key.public_shares[rank]);
        let plain = decryption
            .open(&released.encrypted_key_share)
            .expect("opens");
        assert_eq!(plain.len(), 232);
        let json: serde_json::Value = serde_json::from_slice(&plain).expect("JSON");
        let part = |name: &str| scalar(json[name]["scalar"].as_str().expect("text"));
        assert_eq!(part("index"), Scalar::from(rank as u32 + 1));
        let point = Point::generator() * part("secret_share");
        assert_eq!(point.to_bytes(true).as_bytes(), key.public_shares[rank]);
        shares.push((part("index"), part("secret_share")));
    }
    for a in 0..5 {
        for b in a + 1..5 {
            let two = interpolate(&[shares[a], shares[b]]);
            assert_ne!(
                (Point::generator() * two).to_bytes(true).as_bytes(),
                key.public_key
            );
            for c in b + 1..5 {
                let three = interpolate(&[shares[a], shares[b], shares[c]]);
                assert_eq!(
                    (Point::generator() * three).to_bytes(true).as_bytes(),
                    key.public_key
                );
            }
        }
    }
}

#[test]
fn a_share_is_released_only_in_its_place_and_to_a_key() {
    let roster = roster(3);
    let key = key(dkg(&roster, 2, honest));
    let good = [
        &[1],
        DecryptionKey::parse(&SCALAR)
            .expect("a scalar")
            .public_point()
            .as_slice(),
    ]
    .concat();
    let release = |signer: usize, share: usize, key_bytes: &[u8]| {
        let signer = &roster[signer];
        signer
            .vault
            .release(&key.shares[share], &signer.context, key_bytes)
            .map_err(|error| error.code)
    };
    assert!(release(0, 0, &good).is_ok());
    assert_eq!(release(0, 1, &good), Err(ErrorCode::BlobUnreadable));
    assert_eq!(
        release(0, 0, &good[1..]),
        Err(ErrorCode::EncryptionKeyLength)
    );
    assert_eq!(
        release(0, 0, &[&[2], &good[1..]].concat()),
        Err(ErrorCode::EncryptionKeyVersion)
    );
    assert_eq!(
        release(0, 0, &[&[1, 2], [0xff; 32].as_slice()].concat()),
        Err(ErrorCode::EncryptionKeyPoint)
    );
    assert_eq!(
        release(0, 0, &[&[1], [0; 33].as_slice()].concat()),
        Err(ErrorCode::EncryptionKeyPoint)
    );
    let mut other = roster[0].context.clone();
    other.epoch += 1;
    let moved = roster[0]
        .vault
        .release(&key.shares[0], &other, &good)
        .map_err(|error| error.code);
    assert_eq!(moved, Err(ErrorCode::BlobUnreadable));
}
