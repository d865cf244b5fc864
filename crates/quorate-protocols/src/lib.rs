//! The protocol bodies, made concrete once: threshold key generation, aux info and signing of
//! CGGMP24 on secp256k1, each a blocking call over a [`Wire`].
//!
//! Nothing here is generic to the outside: the types of the protocol crates cost a minute and a
//! half of compilation, and this crate is the only one that pays it. Threads, sealing, deadlines
//! and storage live in `quorate-mpc`.

#![forbid(unsafe_code)]

pub mod aux;
pub mod body;
pub mod dkg;
mod drive;
pub mod failure;
pub mod share;
pub mod sign;
pub mod wire;

pub use failure::{Code, Failure};
pub use wire::{Received, Wire};

/// The curve of every key that this crate makes.
pub(crate) type Curve = cggmp24::supported_curves::Secp256k1;

/// 128 bits of security: 1536-bit safe primes, moduli of 3071 bits or more.
pub(crate) type Level = cggmp24::security_level::SecurityLevel128;

/// Version of the crate that holds the protocols; part of every execution id.
pub const IMPL_VERSION: &str = "0.7.0-alpha.3";
