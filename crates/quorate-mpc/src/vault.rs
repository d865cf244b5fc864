//! The key-encryption key of a signer and what is sealed under it.

use zeroize::Zeroizing;

use crate::{
    Identity, SealContext,
    blob::{self, Kind},
    error::Error,
};

/// Holds the key-encryption key; wiped when dropped. Where the key comes from is the shell's matter.
pub struct Vault {
    kek: Zeroizing<[u8; 32]>,
}

impl Vault {
    /// A vault under the given key.
    pub fn new(kek: Zeroizing<[u8; 32]>) -> Self {
        Vault { kek }
    }

    /// Makes an identity and seals it.
    pub fn create_identity(&self) -> (Vec<u8>, Identity) {
        let identity = Identity::generate();
        let sealed = blob::seal(&self.kek, Kind::Identity, &[], &identity.to_bytes());
        (sealed, identity)
    }

    /// Opens a sealed identity.
    pub fn open_identity(&self, sealed: &[u8]) -> Result<Identity, Error> {
        Identity::from_bytes(&blob::open(&self.kek, Kind::Identity, &[], sealed)?)
    }

    pub(crate) fn seal(&self, kind: Kind, context: &SealContext, plain: &[u8]) -> Vec<u8> {
        blob::seal(&self.kek, kind, &context.associated_data(), plain)
    }

    pub(crate) fn open(
        &self,
        kind: Kind,
        context: &SealContext,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        blob::open(&self.kek, kind, &context.associated_data(), sealed)
    }
}
