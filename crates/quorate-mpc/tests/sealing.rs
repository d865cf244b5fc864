//! Sealed blobs open in their place and nowhere else; the CBOR walker never panics.

mod network;

use network::roster;
use proptest::prelude::*;
use quorate_mpc::{ErrorCode, SealContext, Vault};
use quorate_protocols::{Code, body};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

fn vault(seed: u8) -> Vault {
    Vault::new(Zeroizing::new([seed; 32]))
}

#[test]
fn an_identity_opens_again_and_only_in_its_vault() {
    let (sealed, identity) = vault(1).create_identity();
    let opened = vault(1).open_identity(&sealed).expect("opens");
    assert_eq!(opened.public(), identity.public());
    assert_eq!(opened.sign(b"message"), identity.sign(b"message"));
    let elsewhere = vault(2)
        .open_identity(&sealed)
        .map(|_| ())
        .map_err(|error| error.code);
    assert_eq!(elsewhere, Err(ErrorCode::BlobUnreadable));
}

#[test]
fn a_blob_of_another_kind_is_no_identity() {
    let (sealed, _) = vault(1).create_identity();
    let context = SealContext::default();
    let code = vault(1)
        .open_aux(&sealed, &context)
        .map(|_| ())
        .map_err(|error| error.code);
    assert_eq!(code, Err(ErrorCode::BlobMalformed));
    let mut relabelled = sealed.clone();
    relabelled[4] = 3;
    let code = vault(1)
        .open_aux(&relabelled, &context)
        .map(|_| ())
        .map_err(|error| error.code);
    assert_eq!(code, Err(ErrorCode::BlobUnreadable));
}

#[test]
fn import_shares_open_with_the_import_key() {
    let (_, identity) = vault(1).create_identity();
    let encryption_key = [&[1], identity.public().import_key.as_slice()].concat();
    let key = quorate_mpc::envelope::EncryptionKey::parse(&encryption_key).expect("a key");
    assert_eq!(
        *identity.open_import(&key.seal(b"share")).expect("opens"),
        b"share"
    );
}

#[test]
fn a_private_protocol_body_opens_in_a_session_only() {
    let pair = roster(2);
    let to = pair[1].identity.public().sealing_key;
    let sealed = pair[0]
        .identity
        .seal(&to, b"quorate/p2p/v1", b"", b"secret")
        .expect("seals");
    let code = pair[1]
        .identity
        .open(b"quorate/p2p/v1", b"", &sealed)
        .map_err(|error| error.code);
    assert_eq!(code, Err(ErrorCode::SealReserved));
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Message {
    Round {
        radixless: Vec<u8>,
        maybe: Option<bool>,
    },
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_changed_blob_does_not_open(at in any::<prop::sample::Index>(), bit in 0..8u8) {
        let (mut sealed, _) = vault(3).create_identity();
        let at = at.index(sealed.len());
        sealed[at] ^= 1 << bit;
        prop_assert!(vault(3).open_identity(&sealed).is_err());
    }

    #[test]
    fn a_cut_blob_does_not_open(at in any::<prop::sample::Index>()) {
        let (sealed, _) = vault(3).create_identity();
        prop_assert!(vault(3).open_identity(&sealed[..at.index(sealed.len())]).is_err());
    }

    #[test]
    fn what_is_sealed_to_a_signer_opens_with_the_same_words_only(
        info in any::<[u8; 4]>(), aad in any::<[u8; 4]>(), plain in prop::collection::vec(any::<u8>(), 0..100)
    ) {
        let pair = roster(2);
        let to = pair[1].identity.public().sealing_key;
        let sealed = pair[0].identity.seal(&to, &info, &aad, &plain).expect("seals");
        prop_assert_eq!(sealed.len(), plain.len() + 48);
        prop_assert_eq!(&*pair[1].identity.open(&info, &aad, &sealed).expect("opens"), &plain);
        prop_assert!(pair[0].identity.open(&info, &aad, &sealed).is_err());
        prop_assert!(pair[1].identity.open(&info, b"other", &sealed).is_err());
        prop_assert!(pair[1].identity.open(b"other", &aad, &sealed).is_err());
    }

    #[test]
    fn any_bytes_are_looked_over_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let _ = body::check(&bytes, 500);
        let _ = body::decode::<Message>(&bytes, 500);
    }

    #[test]
    fn a_changed_message_is_decoded_or_refused(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = body::encode(&Message::Round { radixless: vec![1; 40], maybe: None }).expect("encodes").to_vec();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let _ = body::decode::<Message>(&bytes, 500);
    }
}

#[test]
fn messages_come_back_and_limits_hold() {
    let message = Message::Round {
        radixless: vec![7; 20],
        maybe: Some(true),
    };
    let bytes = body::encode(&message).expect("encodes");
    assert_eq!(body::decode::<Message>(&bytes, bytes.len()), Ok(message));
    assert_eq!(
        body::decode::<Message>(&bytes, bytes.len() - 1),
        Err(Code::Oversized)
    );
}

#[test]
fn an_integer_is_sixteen_and_canonical_or_refused() {
    let encoded = |radix: i64, digits: &str, names: [&str; 2]| {
        let entries = vec![
            (names[0].into(), radix.into()),
            (names[1].into(), digits.into()),
        ];
        let mut bytes = Vec::new();
        ciborium::into_writer(&ciborium::Value::Map(entries), &mut bytes).expect("encodes");
        body::check(&bytes, 1 << 20)
    };
    let names = ["radix", "value"];
    for digits in ["0", "1", "ff", "-ff", "10"] {
        assert_eq!(encoded(16, digits, names), Ok(()), "{digits}");
    }
    for digits in [
        "",
        "-",
        "-0",
        "00",
        "0f",
        "F",
        "+f",
        " f",
        "f ",
        "f_f",
        "g",
        &"f".repeat(4097),
    ] {
        assert_eq!(encoded(16, digits, names), Err(Code::Decode), "{digits}");
    }
    for radix in [0, 1, 2, 10, 15, 17, 36, 37, 99, 65535, -16] {
        assert_eq!(encoded(radix, "1", names), Err(Code::Decode), "{radix}");
    }
    assert_eq!(encoded(16, "1", ["radix", "radix"]), Err(Code::Decode));
    assert_eq!(encoded(16, "1", ["value", "radix"]), Err(Code::Decode));
}
