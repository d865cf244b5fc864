//! Strikes out every q of an interval that has a small factor, or whose 2q + 1 has one.

use std::sync::OnceLock;

use crate::int::Int;

/// Primes below this take part. Larger bounds save tests more slowly than they cost divisions.
pub(crate) const BOUND: u32 = 1 << 22;

/// Odd candidates of one interval: about one safe prime of 1536 bits.
const CANDIDATES: usize = 1 << 19;

/// Odd primes below [`BOUND`], by Eratosthenes; made once per process.
fn small_primes() -> &'static [u32] {
    static PRIMES: OnceLock<Vec<u32>> = OnceLock::new();
    PRIMES.get_or_init(|| {
        let mut composite = vec![false; BOUND as usize];
        let mut primes = Vec::new();
        for n in (3..BOUND as usize).step_by(2) {
            if composite[n] {
                continue;
            }
            primes.push(n as u32);
            for multiple in (n * n..BOUND as usize).step_by(2 * n) {
                composite[multiple] = true;
            }
        }
        primes
    })
}

/// Offsets k of the q = start + k that survive, ascending. `start` is odd and far above [`BOUND`].
pub(crate) fn survivors(start: &Int) -> Vec<u32> {
    let mut struck = vec![false; CANDIDATES];
    for &prime in small_primes() {
        let rest = start.mod_small(prime);
        // q ≡ 0, and 2q + 1 ≡ 0, that is q ≡ (prime − 1) / 2.
        for residue in [0, (prime - 1) / 2] {
            let distance = if residue >= rest {
                residue - rest
            } else {
                residue + prime - rest
            };
            // Candidates are start + 2j: halve the distance modulo the odd prime.
            let first = if distance % 2 == 0 {
                distance / 2
            } else {
                distance.midpoint(prime)
            };
            for index in (first as usize..CANDIDATES).step_by(prime as usize) {
                struck[index] = true;
            }
        }
    }
    let open = struck.iter().enumerate().filter(|(_, struck)| !**struck);
    open.map(|(index, _)| 2 * index as u32).collect()
}
