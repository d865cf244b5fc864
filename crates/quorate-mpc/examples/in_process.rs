//! Times the protocols without Node, link or store: the figures that `npm run bench` compares with.
//!
//! `cargo run --release -p quorate-mpc --features test-fixtures --example in_process -- <dkgs> <signatures> [aux] [tables]`
//! prints JSON: milliseconds of each key generation (5 parties, a thread each), of each signature
//! (3 of them, a thread each), with `aux` of one run of aux info (5 parties, a thread each), with
//! `tables` of making the tables of three signers, which the signatures then use.

#[path = "../tests/network/mod.rs"]
mod network;

use std::{env, sync::Arc, time::Instant};

use network::{Signer, dkg, honest, key, roster, run, spec};
use quorate_mpc::{Aux, AuxSpec, SignSpec};

const SIGNERS: [u16; 3] = [0, 1, 2];

fn milliseconds(work: impl FnOnce()) -> f64 {
    let start = Instant::now();
    work();
    start.elapsed().as_secs_f64() * 1000.0
}

fn open_aux(rank: usize, signer: &Signer) -> Arc<Aux> {
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
}

fn aux_info(roster: &[Signer]) {
    let ranks = [0, 1, 2, 3, 4];
    let outcomes = run(
        5,
        |me, emit| {
            let Signer { vault, context, .. } = &roster[me];
            let spec = AuxSpec {
                session: spec(roster, &ranks, me, 1),
                primes: vault.seal_fixture_primes(me, context).expect("a fixture"),
                primes_context: context.clone(),
                context: context.clone(),
            };
            vault.start_aux(spec, emit)
        },
        honest,
    );
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
}

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let count = |at: usize| {
        arguments
            .get(at)
            .and_then(|text| text.parse::<u8>().ok())
            .unwrap_or(3)
    };
    let asked = |name: &str| arguments.iter().any(|argument| argument == name);
    let roster = roster(5);
    let keys = (0..count(0).max(1)).map(|id| {
        let start = Instant::now();
        let outcomes = dkg(&roster, id, honest);
        (start.elapsed().as_secs_f64() * 1000.0, key(outcomes))
    });
    let (dkgs, keys): (Vec<f64>, Vec<_>) = keys.unzip();
    let auxes: Vec<Arc<Aux>> = roster
        .iter()
        .enumerate()
        .take(3)
        .map(|(rank, signer)| open_aux(rank, signer))
        .collect();
    let tables = asked("tables").then(|| {
        // The threads become slow ones, so they are threads of their own.
        milliseconds(|| {
            std::thread::scope(|scope| {
                for aux in &auxes {
                    scope.spawn(|| aux.prepare_tables(|| true).expect("tables"));
                }
            });
        })
    });
    let signs: Vec<f64> = (0..count(1))
        .map(|id| {
            milliseconds(|| {
                let outcomes = run(
                    3,
                    |me, emit| {
                        let Signer { vault, context, .. } = &roster[me];
                        let spec = SignSpec {
                            session: spec(&roster, &SIGNERS, me, id),
                            sealed_share: keys[0].shares[me].clone(),
                            context: context.clone(),
                            aux: Arc::clone(&auxes[me]),
                            digest: [id; 32],
                        };
                        vault.start_sign(spec, emit)
                    },
                    honest,
                );
                assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
            })
        })
        .collect();
    let aux = asked("aux").then(|| milliseconds(|| aux_info(&roster)));
    let result = serde_json::json!({
        "backend": quorate_mpc::BACKEND, "dkg": dkgs, "sign": signs, "aux": aux, "tables": tables,
    });
    println!("{result}");
}
