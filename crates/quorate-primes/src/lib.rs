//! Safe primes p = 2q + 1 by a combined sieve, on GMP or num-bigint.
//!
//! The generator of the protocol crate sieves with 135 primes and needs 85 to 150 s of CPU for the
//! four 1536-bit primes of a signer. Here an interval is sieved for q and 2q + 1 together with all
//! primes below 2²², and what is left meets a Fermat test of q first: one test in about 1,500 leads
//! to a prime. Incremental search over intervals with a fresh random start: Brandt and Damgård,
//! "On Generation of Probable Primes by Incremental Search" (CRYPTO '92).

#![forbid(unsafe_code)]

#[cfg(all(feature = "backend-rug", feature = "backend-num-bigint"))]
compile_error!("choose one of the features backend-rug and backend-num-bigint");
#[cfg(not(any(feature = "backend-rug", feature = "backend-num-bigint")))]
compile_error!("choose one of the features backend-rug and backend-num-bigint");

#[cfg(feature = "backend-num-bigint")]
#[path = "int_num_bigint.rs"]
mod int;
#[cfg(not(feature = "backend-num-bigint"))]
#[path = "int_rug.rs"]
mod int;
mod search;
mod sieve;

pub use int::BACKEND;
pub use search::{Progress, expected_tests, find};

use zeroize::Zeroizing;

/// A number that secrets are made of: big-endian, without leading zero bytes, wiped when dropped.
pub type Bytes = Zeroizing<Vec<u8>>;

/// True if `bytes` (big-endian) is a prime p of exactly `bits` bits with (p − 1) / 2 prime: forty
/// rounds for each, a composite passes with probability below 2⁻⁸⁰.
pub fn is_safe_prime(bytes: &[u8], bits: u32) -> bool {
    let p = int::Int::from_be(bytes);
    p.bits() == u64::from(bits) && p.is_odd() && p.half().is_prime() && p.is_prime()
}
