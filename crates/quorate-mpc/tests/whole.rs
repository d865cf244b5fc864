//! From nothing to a signature without fixtures: primes, aux info, key, signature, for two signers.

mod network;

use std::{num::NonZeroUsize, sync::Arc, time::SystemTime};

use network::{Signer, dkg, honest, key, roster, run, spec};
use quorate_mpc::{AuxSpec, Code, Done, PrimeSearch, SignSpec};

const RANKS: [u16; 2] = [0, 1];

fn primes(signer: &Signer) -> Vec<u8> {
    let all = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let found = PrimeSearch::default().run(&signer.vault, &signer.context, all, &|_| {});
    found.expect("found")
}

fn aux_spec(roster: &[Signer], me: usize, primes: &[Vec<u8>], id: u8) -> AuxSpec {
    AuxSpec {
        session: spec(roster, &RANKS, me, id),
        primes: primes[me].clone(),
        primes_context: roster[me].context.clone(),
        context: roster[me].context.clone(),
    }
}

#[test]
#[ignore = "half a minute of CPU: run with --ignored"]
fn two_signers_start_from_nothing_and_sign() {
    let roster = roster(2);
    let primes: Vec<Vec<u8>> = roster.iter().map(primes).collect();
    let begun = SystemTime::now();
    let made = run(
        2,
        |me, emit| {
            roster[me]
                .vault
                .start_aux(aux_spec(&roster, me, &primes, 1), emit)
        },
        honest,
    );
    println!("aux info of two: {:?}", begun.elapsed());
    let auxes: Vec<_> = made
        .iter()
        .zip(&roster)
        .map(|(outcome, signer)| {
            let Ok(Done::Aux { sealed_aux }) = outcome else {
                panic!("{outcome:?}")
            };
            Arc::new(
                signer
                    .vault
                    .open_aux(sealed_aux, &signer.context)
                    .expect("opens"),
            )
        })
        .collect();
    auxes[0].prepare_tables(|| true).expect("tables");
    assert!(auxes[0].tables() && !auxes[1].tables());
    let key = key(dkg(&roster, 2, honest));
    let signed = run(
        2,
        |me, emit| {
            let spec = SignSpec {
                session: spec(&roster, &RANKS, me, 3),
                sealed_share: key.shares[me].clone(),
                context: roster[me].context.clone(),
                aux: Arc::clone(&auxes[me]),
                digest: [3; 32],
            };
            roster[me].vault.start_sign(spec, emit)
        },
        honest,
    );
    assert!(matches!(signed[0], Ok(Done::Sign { .. })), "{signed:?}");
    assert_eq!(signed[0], signed[1]);
}

#[test]
fn aux_info_does_not_start_from_what_is_no_primes() {
    let roster = roster(2);
    let (not_primes, _) = roster[0].vault.create_identity();
    let primes = [not_primes, Vec::new()];
    let outcomes = run(
        2,
        |me, emit| {
            roster[me]
                .vault
                .start_aux(aux_spec(&roster, me, &primes, 4), emit)
        },
        honest,
    );
    for outcome in outcomes {
        assert_eq!(outcome.map_err(|failure| failure.code), Err(Code::BadInput));
    }
}
