//! The neutral vectors of `/vectors`: envelopes byte by byte, whole export answers, import shares.

mod lagrange;

use base64::{Engine, engine::general_purpose::STANDARD};
use generic_ec::{Point, Scalar, curves::Secp256k1};
use lagrange::interpolate;
use quorate_mpc::envelope::{DecryptionKey, EncryptionKey};
use serde_json::Value;

const ENVELOPE: &str = include_str!(concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../vectors/envelope.json"
));
const EXPORT: &str = include_str!(concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../vectors/export-secp256k1.json"
));
const IMPORT: &str = include_str!(concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../vectors/import-secp256k1.json"
));

fn parse(text: &str) -> Value {
    serde_json::from_str(text).expect("a vector file is JSON")
}

fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value[name].as_array().expect(name)
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().expect(name)
}

fn from_hex(value: &Value, name: &str) -> Vec<u8> {
    hex::decode(text(value, name)).expect("hex")
}

fn from_base64(value: &Value, name: &str) -> Vec<u8> {
    STANDARD.decode(text(value, name)).expect("base64")
}

fn decryption_key(value: &Value) -> DecryptionKey {
    DecryptionKey::parse(&from_hex(value, "decryptionKey")).expect("a scalar")
}

fn scalar(bytes: &[u8]) -> Scalar<Secp256k1> {
    Scalar::from_be_bytes(bytes).expect("a scalar")
}

fn member(opened: &Value, name: &str) -> Scalar<Secp256k1> {
    scalar(&from_hex(&opened[name], "scalar"))
}

#[test]
fn envelopes_are_sealed_byte_by_byte_and_open() {
    for case in list(&parse(ENVELOPE), "cases") {
        let plain = from_hex(case, "plaintext");
        let key = EncryptionKey::parse(&from_base64(case, "encryptionKey")).expect("a key");
        let sealed = key
            .seal_with_ephemeral(&from_hex(case, "ephemeral"), &plain)
            .expect("a scalar");
        assert_eq!(sealed, from_base64(case, "sealed"), "{}", case["about"]);
        assert_eq!(*decryption_key(case).open(&sealed).expect("opens"), plain);
        let public = [&[1], decryption_key(case).public_point().as_slice()].concat();
        assert_eq!(public, from_base64(case, "encryptionKey"));
        assert_eq!(
            *decryption_key(case).open(&key.seal(&plain)).expect("opens"),
            plain
        );
    }
}

#[test]
fn envelopes_and_keys_that_must_be_refused_are_refused() {
    let vectors = parse(ENVELOPE);
    for case in list(&vectors, "refused") {
        assert!(
            decryption_key(case)
                .open(&from_base64(case, "sealed"))
                .is_err(),
            "{}",
            case["about"]
        );
    }
    for case in list(&vectors, "refusedKeys") {
        // Some are not even base64, which is the shell's caller's to refuse.
        let bytes = STANDARD
            .decode(text(case, "encryptionKey"))
            .unwrap_or_default();
        assert!(EncryptionKey::parse(&bytes).is_err(), "{}", case["about"]);
    }
}

#[test]
fn whole_export_answers_open_and_recombine() {
    for case in list(&parse(EXPORT), "cases") {
        let key = decryption_key(case);
        let answers = list(&case["answer"], "encryptedKeyShares");
        let mut shares = Vec::new();
        for (answer, expected) in answers.iter().zip(list(case, "opened")) {
            let plain = key
                .open(&from_base64(answer, "encryptedKeyShare"))
                .expect("opens");
            let opened = parse(std::str::from_utf8(&plain).expect("text"));
            let (index, share) = (member(&opened, "index"), member(&opened, "secret_share"));
            assert_eq!(index, scalar(&from_hex(expected, "index")));
            let public = Point::<Secp256k1>::generator() * share;
            assert_eq!(
                public.to_bytes(false).as_bytes(),
                from_hex(expected, "publicShare")
            );
            shares.push((index, share));
        }
        let threshold = case["answer"]["minSigners"].as_u64().expect("a number") as usize;
        let secret = interpolate(&shares[shares.len() - threshold..]);
        assert_eq!(secret, scalar(&from_hex(case, "secret")));
        let public = Point::<Secp256k1>::generator() * secret;
        assert_eq!(
            public.to_bytes(true).as_bytes(),
            from_hex(&case["answer"], "publicKey")
        );
        assert_ne!(interpolate(&shares[..threshold - 1]), secret);
    }
}

#[test]
fn import_shares_open_and_fit_their_public_shares() {
    let vectors = parse(IMPORT);
    let mut shares = Vec::new();
    for (rank, signer) in list(&vectors, "signers").iter().enumerate() {
        let plain = decryption_key(signer)
            .open(&from_base64(signer, "encryptedKeyShare"))
            .expect("opens");
        assert_eq!(*plain, text(signer, "plaintext").as_bytes());
        let opened = parse(std::str::from_utf8(&plain).expect("text"));
        let share = member(&opened, "secret_share");
        let public = Point::<Secp256k1>::generator() * share;
        let listed = from_hex(&list(&opened, "public_shares")[rank], "point");
        assert_eq!(public.to_bytes(false).as_bytes(), listed);
        shares.push((Scalar::from(rank as u32 + 1), share));
    }
    for start in 0..3 {
        assert_eq!(
            interpolate(&shares[start..start + 3]),
            scalar(&from_hex(&vectors, "secret"))
        );
    }
}
