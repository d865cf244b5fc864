//! Searches on several threads until enough safe primes are found.

use std::{
    num::NonZeroUsize,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use rand_core::{OsRng, RngCore};
use zeroize::Zeroizing;

use crate::{Bytes, int::Int, is_safe_prime, sieve};

/// Tests between two looks at the flag and two reports.
const BATCH: u64 = 16;

/// How far a search is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Progress {
    /// Primes found.
    pub found: usize,
    /// Tests made since the last one.
    pub tests: u64,
}

impl Progress {
    /// Expected share of the work that is done, 0 to 1, never falling. The search has no memory,
    /// so within one prime it approaches, but does not reach, the next step.
    pub fn fraction(&self, count: usize, bits: u32) -> f64 {
        let open = 1.0 - (-(self.tests as f64) / expected_tests(bits)).exp();
        ((self.found as f64 + open) / count as f64).min(1.0)
    }
}

/// Fermat tests of q until q and 2q + 1 are prime, on average: by Mertens' theorem a number
/// without factors below B is prime with probability e^γ·ln B / ln x, and that twice.
pub fn expected_tests(bits: u32) -> f64 {
    let log = f64::from(bits) * std::f64::consts::LN_2;
    let sieved = 1.781_072 * f64::from(sieve::BOUND).ln();
    (log / sieved).powi(2).max(1.0)
}

struct Found {
    primes: Vec<Bytes>,
    progress: Progress,
}

/// Finds `count` different safe primes of exactly `bits` bits (at least 128), big-endian.
/// `report` is called from the searching threads. `None` if `stop` was set.
pub fn find(
    bits: u32,
    count: usize,
    threads: NonZeroUsize,
    stop: &AtomicBool,
    report: &(dyn Fn(Progress) + Sync),
) -> Option<Vec<Bytes>> {
    assert!(
        bits >= 128,
        "the sieve would strike out small primes themselves"
    );
    let found = Mutex::new(Found {
        primes: Vec::new(),
        progress: Progress::default(),
    });
    thread::scope(|scope| {
        for _ in 0..threads.get() {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) && lock(&found).primes.len() < count {
                    interval(bits, count, stop, &found, report);
                }
            });
        }
    });
    let mut primes = found
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner)
        .primes;
    primes.truncate(count);
    (primes.len() == count).then_some(primes)
}

/// One interval with a fresh start. It ends with its first prime: a second one from the same
/// interval would be so close that their product falls to Fermat's factoring method.
fn interval(
    bits: u32,
    count: usize,
    stop: &AtomicBool,
    found: &Mutex<Found>,
    report: &(dyn Fn(Progress) + Sync),
) {
    let start = random_start(bits - 1);
    let mut tests = 0;
    for offset in sieve::survivors(&start) {
        let q = start.plus(offset);
        tests += 1;
        let p = q.twice_plus_one();
        let hit = q.fermat() && p.fermat() && is_safe_prime(&p.to_be(), bits);
        if !hit && tests % BATCH != 0 {
            continue;
        }
        let mut now = lock(found);
        now.progress.tests += tests % BATCH;
        if tests % BATCH == 0 {
            now.progress.tests += BATCH;
        }
        if now.primes.len() >= count || stop.load(Ordering::Relaxed) {
            return;
        }
        let bytes = p.to_be();
        if hit && !now.primes.contains(&bytes) {
            now.primes.push(bytes);
            now.progress = Progress {
                found: now.primes.len(),
                tests: 0,
            };
        }
        let progress = now.progress;
        drop(now);
        report(progress);
        if hit {
            return;
        }
    }
}

/// Random odd number of exactly `bits` bits. Its top bit is set and the rest is random; an interval
/// that runs over into one bit more yields primes that the size check refuses.
fn random_start(bits: u32) -> Int {
    let length = bits.div_ceil(8) as usize;
    let mut bytes = Zeroizing::new(vec![0; length]);
    OsRng.fill_bytes(&mut bytes);
    let top = (bits - 1) % 8;
    bytes[0] &= (1 << top) | ((1 << top) - 1);
    bytes[0] |= 1 << top;
    bytes[length - 1] |= 1;
    Int::from_be(&bytes)
}

fn lock(found: &Mutex<Found>) -> MutexGuard<'_, Found> {
    found.lock().unwrap_or_else(PoisonError::into_inner)
}
