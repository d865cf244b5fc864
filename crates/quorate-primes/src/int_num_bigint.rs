//! Big integers on num-bigint: no C compiler, half as fast.

use num_bigint::{BigUint, RandBigInt};
use num_integer::Integer as _;
use num_traits::{One, ToPrimitive, Zero};
use rand_core::OsRng;
use zeroize::Zeroizing;

/// Name of the backend, for build information.
pub const BACKEND: &str = "num-bigint";

/// Non-negative integer.
#[derive(Clone)]
pub(crate) struct Int(BigUint);

impl Int {
    pub fn from_be(bytes: &[u8]) -> Self {
        Int(BigUint::from_bytes_be(bytes))
    }

    pub fn to_be(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(self.0.to_bytes_be())
    }

    pub fn bits(&self) -> u64 {
        self.0.bits()
    }

    pub fn is_odd(&self) -> bool {
        self.0.is_odd()
    }

    pub fn mod_small(&self, modulus: u32) -> u32 {
        (&self.0 % modulus)
            .to_u32()
            .expect("a remainder is below its modulus")
    }

    pub fn plus(&self, small: u32) -> Self {
        Int(&self.0 + small)
    }

    /// 2x + 1.
    pub fn twice_plus_one(&self) -> Self {
        Int((&self.0 << 1u32) + 1u32)
    }

    /// x / 2, rounded down.
    pub fn half(&self) -> Self {
        Int(&self.0 >> 1u32)
    }

    /// Fermat test to base 2: one modular exponentiation, for odd x > 2.
    pub fn fermat(&self) -> bool {
        BigUint::from(2u32)
            .modpow(&(&self.0 - 1u32), &self.0)
            .is_one()
    }

    /// Forty rounds of Miller–Rabin with random bases.
    pub fn is_prime(&self) -> bool {
        let x = &self.0;
        let two = BigUint::from(2u32);
        if *x <= BigUint::from(3u32) {
            return *x >= two;
        }
        if x.is_even() {
            return false;
        }
        let last = x - 1u32;
        let twos = last.trailing_zeros().unwrap_or(0);
        let odd = &last >> twos;
        (0..40).all(|_| {
            let base = OsRng.gen_biguint_range(&two, &last);
            let mut power = base.modpow(&odd, x);
            if power.is_one() || power == last {
                return true;
            }
            (1..twos).any(|_| {
                power = &power * &power % x;
                !power.is_zero() && power == last
            })
        })
    }
}
