//! Signing on the published aux info of five signers: three threads, real proofs.

mod network;

use std::sync::Arc;

use generic_ec::{NonZero, Point, Scalar, coords::HasAffineX, curves::Secp256k1};
use network::{Key, Outcome, Signer, dkg, honest, key, roster, run, spec};
use quorate_mpc::{Aux, Code, Done, ErrorCode, SignSpec};

const DIGEST: [u8; 32] = [0xd1; 32];

fn auxes(roster: &[Signer]) -> Vec<Arc<Aux>> {
    let open = |(rank, signer): (usize, &Signer)| {
        let sealed = signer
            .vault
            .seal_fixture_aux(rank, &signer.context)
            .expect("a fixture");
        Arc::new(
            signer
                .vault
                .open_aux(&sealed, &signer.context)
                .expect("opens"),
        )
    };
    roster.iter().enumerate().map(open).collect()
}

fn sign(roster: &[Signer], key: &Key, auxes: &[Arc<Aux>], ranks: &[u16], id: u8) -> Vec<Outcome> {
    let start = |me: usize, emit| {
        let rank = usize::from(ranks[me]);
        let signer = &roster[rank];
        let spec = SignSpec {
            session: spec(roster, ranks, me, id),
            sealed_share: key.shares[rank].clone(),
            context: signer.context.clone(),
            aux: Arc::clone(&auxes[rank]),
            digest: DIGEST,
        };
        signer.vault.start_sign(spec, emit)
    };
    run(ranks.len(), start, honest)
}

/// ECDSA verification and recovery from the textbook (SEC 1 §4.1.4 and §4.1.6).
fn assert_valid(public_key: &[u8; 33], r: [u8; 32], s: [u8; 32], recid: u8) {
    let public = Point::<Secp256k1>::from_bytes(public_key).expect("a point");
    let scalar = |bytes: [u8; 32]| Scalar::<Secp256k1>::from_be_bytes(bytes).expect("a scalar");
    let (z, r_value, s_value) = (
        Scalar::from_be_bytes_mod_order(DIGEST),
        scalar(r),
        scalar(s),
    );
    let inverse = s_value.invert().expect("not zero");
    let nonce = Point::generator() * (z * inverse) + public * (r_value * inverse);
    let nonce = NonZero::from_point(nonce).expect("not the identity");
    assert_eq!(nonce.x().expect("affine").to_scalar(), r_value);
    assert_eq!(nonce.to_bytes(true).as_bytes()[0], 2 + recid);
    assert!(
        s_value.to_be_bytes().as_bytes() <= (-s_value).to_be_bytes().as_bytes(),
        "s is not low"
    );
}

#[test]
fn three_of_five_sign() {
    let roster = roster(5);
    let key = key(dkg(&roster, 50, honest));
    let auxes = auxes(&roster);
    let outcomes = sign(&roster, &key, &auxes, &[0, 2, 4], 51);
    for outcome in &outcomes {
        let Ok(Done::Sign { r, s, recid }) = outcome else {
            panic!("{outcome:?}")
        };
        assert_valid(&key.public_key, *r, *s, *recid);
        assert_eq!(outcome, &outcomes[0]);
    }
}

#[test]
fn what_does_not_belong_together_does_not_sign() {
    let roster = roster(5);
    let key = key(dkg(&roster, 52, honest));
    let auxes = auxes(&roster);
    let refused = |outcomes: Vec<Outcome>| {
        outcomes
            .iter()
            .any(|outcome| matches!(outcome, Err(failure) if failure.code == Code::BadInput))
    };
    // Too few, too many, and not in order.
    assert!(refused(sign(&roster, &key, &auxes, &[0, 1], 53)));
    assert!(refused(sign(&roster, &key, &auxes, &[0, 1, 2, 3], 54)));
    assert!(refused(sign(&roster, &key, &auxes, &[2, 1, 0], 55)));
    // Aux info of another signer, and of another epoch.
    let mut swapped = auxes.clone();
    swapped.swap(0, 1);
    assert!(refused(sign(&roster, &key, &swapped, &[0, 1, 2], 56)));
    let mut context = roster[0].context.clone();
    context.epoch = 1;
    let sealed = roster[0]
        .vault
        .seal_fixture_aux(0, &context)
        .expect("a fixture");
    let mut moved = auxes;
    moved[0] = Arc::new(roster[0].vault.open_aux(&sealed, &context).expect("opens"));
    assert!(refused(sign(&roster, &key, &moved, &[0, 1, 2], 57)));
}

#[test]
fn fixtures_end_after_the_fifth_signer() {
    let signer = &roster(1)[0];
    let absent = Some(ErrorCode::FixtureAbsent);
    assert!(signer.vault.seal_fixture_primes(4, &signer.context).is_ok());
    assert_eq!(
        signer
            .vault
            .seal_fixture_primes(5, &signer.context)
            .err()
            .map(|error| error.code),
        absent
    );
    assert_eq!(
        signer
            .vault
            .seal_fixture_aux(5, &signer.context)
            .err()
            .map(|error| error.code),
        absent
    );
}
