//! The generator's primes are what they say, and the check tells them from others.

use std::{
    num::NonZeroUsize,
    sync::atomic::{AtomicBool, Ordering},
};

use quorate_primes::{Progress, expected_tests, find, is_safe_prime};

fn two() -> NonZeroUsize {
    NonZeroUsize::new(2).expect("two is not zero")
}

#[test]
fn found_primes_are_safe_distinct_and_of_exact_size() {
    for bits in [192, 256] {
        let primes = find(bits, 4, two(), &AtomicBool::new(false), &|_| {}).expect("not stopped");
        assert_eq!(primes.len(), 4);
        for (at, prime) in primes.iter().enumerate() {
            assert!(is_safe_prime(prime, bits));
            assert!(!primes[..at].contains(prime));
            assert_eq!(prime.len() as u32, bits / 8);
        }
    }
}

#[test]
fn known_numbers_are_told_apart() {
    // RFC 2409 §6.1: p and (p - 1) / 2 are prime.
    let mut oakley = vec![0xff; 8];
    for word in [
        0xC90FDAA22168C234,
        0xC4C6628B80DC1CD1,
        0x29024E088A67CC74,
        0x020BBEA63B139B22,
        0x514A08798E3404DD,
        0xEF9519B3CD3A431B,
        0x302B0A6DF25F1437,
        0x4FE1356D6D51C245,
        0xE485B576625E7EC6,
        0xF44C42E9A63A3620u64,
    ] {
        oakley.extend(word.to_be_bytes());
    }
    oakley.extend([0xff; 8]);
    assert!(is_safe_prime(&oakley, 768));
    assert!(!is_safe_prime(&oakley, 769));
    oakley[95] = 0xfd;
    assert!(!is_safe_prime(&oakley, 768));
    // 2^127 - 1 is prime, its half is not.
    let mut mersenne = vec![0xff; 16];
    mersenne[0] = 0x7f;
    assert!(!is_safe_prime(&mersenne, 127));
}

#[test]
fn a_stopped_search_yields_nothing() {
    let stop = AtomicBool::new(false);
    let halted = find(1536, 4, two(), &stop, &|_| {
        stop.store(true, Ordering::Relaxed)
    });
    assert!(halted.is_none());
}

#[test]
fn progress_never_falls() {
    let steps = [(0, 0), (0, 100), (0, 9000), (1, 0), (3, 5000)];
    let fractions = steps.map(|(found, tests)| Progress { found, tests }.fraction(4, 1536));
    assert!(fractions.is_sorted());
    assert!((1_000.0..2_500.0).contains(&expected_tests(1536)));
}
