//! Exports and signing sessions of one key: intent, tombstone, release, answer, and repeats of all of it.

mod effect;
mod finish;
mod model;
mod parameters;
mod properties;
mod signer;
mod state;
mod step;

pub use parameters::{Exports, Hearing, Mistake};
pub use properties::names;
pub use signer::{Bits, MOST_ENCRYPTION_KEYS, MOST_REQUESTS, MOST_SESSIONS, Part, Signer, bit};
pub use state::State;
pub use step::{EncryptionKey, Request, Session, Step, Who};
