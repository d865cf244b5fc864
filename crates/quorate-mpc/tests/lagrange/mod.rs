//! Puts shares together, as only an owner does.

use generic_ec::{Scalar, curves::Secp256k1};

/// Lagrange interpolation at 0.
pub fn interpolate(shares: &[(Scalar<Secp256k1>, Scalar<Secp256k1>)]) -> Scalar<Secp256k1> {
    let term = |at: usize| {
        let (x, y) = shares[at];
        let others = shares.iter().enumerate().filter(|(other, _)| *other != at);
        others.fold(y, |sum, (_, (other, _))| {
            sum * other * (other - x).invert().expect("points differ")
        })
    };
    (0..shares.len())
        .map(term)
        .fold(Scalar::zero(), |sum, term| sum + term)
}
