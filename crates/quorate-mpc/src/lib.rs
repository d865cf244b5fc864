//! What a signer holds and runs: the vault with its key-encryption key, the identity, sealed
//! primes, aux info and shares, the protocol sessions, and the release of a share to its owner.
//!
//! No Node, no network, no disk: bytes in, bytes out. What leaves this crate is sealed blobs,
//! ciphertexts, signatures and public data; there is no call that returns a plaintext share,
//! prime or nonce.

#![forbid(unsafe_code)]

mod aux;
mod backup;
mod blob;
mod context;
pub mod envelope;
mod error;
#[cfg(feature = "test-fixtures")]
mod fixtures;
mod hpke_base;
mod identity;
mod primes;
pub mod published;
mod release;
pub mod session;
mod share;
mod vault;
mod verify;

pub use aux::Aux;
pub use backup::{Part, RecoveryKey, backup_header, read_backup, write_backup};
pub use context::SealContext;
pub use error::{Error, ErrorCode};
pub use identity::{Identity, PublicIdentity};
pub use primes::PrimeSearch;
pub use quorate_primes::BACKEND;
pub use quorate_protocols::{Code, Failure, IMPL_VERSION};
pub use release::Released;
pub use session::{AuxSpec, DkgSpec, Done, Event, Party, Session, SessionSpec, SignSpec};
pub use vault::Vault;
pub use verify::{sound_keys, verify_packed};

/// True in a build that carries the published test fixtures.
pub const TEST_FIXTURES: bool = cfg!(feature = "test-fixtures");
