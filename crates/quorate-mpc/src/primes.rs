//! The four safe primes of a signer: searched, checked, sealed.

use std::{
    num::NonZeroUsize,
    sync::atomic::{AtomicBool, Ordering},
};

use quorate_primes::{Bytes, find, is_safe_prime};
use zeroize::Zeroizing;

use crate::{
    SealContext, Vault,
    blob::Kind,
    error::{Error, ErrorCode},
    published,
};

/// Bits of each prime at the 128-bit security level.
const BITS: u32 = 1536;
const BYTES: usize = BITS as usize / 8;

/// A search that can be stopped from another thread.
#[derive(Default)]
pub struct PrimeSearch {
    stop: AtomicBool,
}

impl PrimeSearch {
    /// Ends the search soon; it then yields [`ErrorCode::Cancelled`].
    pub fn cancel(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// Searches on `threads` threads and seals the result. `progress` gets the expected share of
    /// the work done, 0 to 1, from the searching threads. Blocks for tens of seconds.
    pub fn run(
        &self,
        vault: &Vault,
        context: &SealContext,
        threads: NonZeroUsize,
        progress: &(dyn Fn(f64) + Sync),
    ) -> Result<Vec<u8>, Error> {
        let report = |now: quorate_primes::Progress| progress(now.fraction(4, BITS));
        let found =
            find(BITS, 4, threads, &self.stop, &report).ok_or(Error::new(ErrorCode::Cancelled))?;
        Ok(vault.seal_primes(&check(found)?, context))
    }
}

/// Every prime on its own, whatever made it: size, primality of p and (p − 1) / 2, all different,
/// none of them published.
fn check(primes: Vec<Bytes>) -> Result<[Bytes; 4], Error> {
    let invalid = Error::new(ErrorCode::PrimesInvalid);
    let distinct = (0..primes.len()).all(|at| !primes[..at].contains(&primes[at]));
    if !distinct || !primes.iter().all(|prime| is_safe_prime(prime, BITS)) {
        return Err(invalid);
    }
    published::refuse(&primes)?;
    primes.try_into().map_err(|_| invalid)
}

impl Vault {
    pub(crate) fn seal_primes(&self, primes: &[Bytes; 4], context: &SealContext) -> Vec<u8> {
        let mut plain = Zeroizing::new(Vec::with_capacity(4 * BYTES));
        primes
            .iter()
            .for_each(|prime| plain.extend_from_slice(prime));
        self.seal(Kind::Primes, context, &plain)
    }

    /// Whether sealed primes open here and are what they must be: about half a second of CPU.
    pub fn check_primes(&self, sealed: &[u8], context: &SealContext) -> Result<(), Error> {
        self.open_primes(sealed, context).map(drop)
    }

    /// Opens sealed primes and checks them again: about half a second of CPU.
    pub(crate) fn open_primes(
        &self,
        sealed: &[u8],
        context: &SealContext,
    ) -> Result<[Bytes; 4], Error> {
        let plain = self.open(Kind::Primes, context, sealed)?;
        if plain.len() != 4 * BYTES {
            return Err(Error::new(ErrorCode::BlobInvalid));
        }
        check(
            plain
                .chunks(BYTES)
                .map(|prime| Zeroizing::new(prime.to_vec()))
                .collect(),
        )
    }
}
