//! Times the four primes of a signer: `cargo run --release --example signer_primes -- <signers> <threads>`.
//! Prints JSON: seconds per signer.

use std::{env, num::NonZeroUsize, sync::atomic::AtomicBool, time::Instant};

fn main() {
    let mut arguments = env::args().skip(1);
    let signers: usize = arguments
        .next()
        .and_then(|text| text.parse().ok())
        .unwrap_or(3);
    let threads = arguments
        .next()
        .and_then(|text| text.parse().ok())
        .unwrap_or(NonZeroUsize::MIN);
    let seconds: Vec<f64> = (0..signers)
        .map(|_| {
            let start = Instant::now();
            quorate_primes::find(1536, 4, threads, &AtomicBool::new(false), &|_| {});
            start.elapsed().as_secs_f64()
        })
        .collect();
    println!(
        "{{\"backend\":\"{}\",\"threads\":{threads},\"seconds\":{seconds:?}}}",
        quorate_primes::BACKEND
    );
}
