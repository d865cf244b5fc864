//! Big integers on GMP through rug.

use gmp_mpfr_sys as _; // only for its feature `c-no-tests`
use rug::{Integer, integer::IsPrime, integer::Order};
use zeroize::Zeroizing;

/// Name of the backend, for build information.
pub const BACKEND: &str = "gmp";

/// Non-negative integer.
#[derive(Clone)]
pub(crate) struct Int(Integer);

impl Int {
    pub fn from_be(bytes: &[u8]) -> Self {
        Int(Integer::from_digits(bytes, Order::Msf))
    }

    pub fn to_be(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(self.0.to_digits(Order::Msf))
    }

    pub fn bits(&self) -> u64 {
        u64::from(self.0.significant_bits())
    }

    pub fn is_odd(&self) -> bool {
        self.0.is_odd()
    }

    pub fn mod_small(&self, modulus: u32) -> u32 {
        self.0.mod_u(modulus)
    }

    pub fn plus(&self, small: u32) -> Self {
        Int(Integer::from(&self.0 + small))
    }

    /// 2x + 1.
    pub fn twice_plus_one(&self) -> Self {
        Int(Integer::from(&self.0 << 1) + 1u32)
    }

    /// x / 2, rounded down.
    pub fn half(&self) -> Self {
        Int(Integer::from(&self.0 >> 1))
    }

    /// Fermat test to base 2: one modular exponentiation, for odd x > 2.
    pub fn fermat(&self) -> bool {
        let exponent = Integer::from(&self.0 - 1u32);
        Integer::from(2)
            .pow_mod(&exponent, &self.0)
            .is_ok_and(|power| power == 1)
    }

    /// Baillie–PSW and Miller–Rabin, forty repetitions as GMP counts them.
    pub fn is_prime(&self) -> bool {
        self.0.is_probably_prime(40) != IsPrime::No
    }
}
