//! A key's share as it is stored: format version 1 and the share's CBOR, sealed.

use quorate_protocols::share::CoreShare;
use zeroize::Zeroizing;

use crate::{
    SealContext, Vault,
    blob::Kind,
    error::{Error, ErrorCode},
};

const FORMAT: u8 = 1;

impl Vault {
    pub(crate) fn seal_share(&self, share: &CoreShare, context: &SealContext) -> Vec<u8> {
        let encoded = share.encode();
        let mut plain = Zeroizing::new(Vec::with_capacity(1 + encoded.len()));
        plain.push(FORMAT);
        plain.extend_from_slice(&encoded);
        self.seal(Kind::Share, context, &plain)
    }

    /// Opens a share and checks it against its public shares.
    pub(crate) fn open_share(
        &self,
        sealed: &[u8],
        context: &SealContext,
    ) -> Result<CoreShare, Error> {
        let plain = self.open(Kind::Share, context, sealed)?;
        match plain.as_slice() {
            [FORMAT, encoded @ ..] => CoreShare::decode(encoded),
            _ => None,
        }
        .ok_or(Error::new(ErrorCode::BlobInvalid))
    }

    /// Whether a sealed share opens here and is the one that its key's certificate speaks of: its
    /// scalar times the generator is the public share of this rank (from 0) among all of them.
    pub fn check_share(
        &self,
        sealed: &[u8],
        context: &SealContext,
        rank: u16,
        public_key: &[u8],
        public_shares: &[Vec<u8>],
    ) -> Result<(), Error> {
        let share = self.open_share(sealed, context)?;
        let fits = share.secret().is_some()
            && share.index() == rank
            && share.public_key() == public_key
            && share.public_shares().len() == public_shares.len()
            && share
                .public_shares()
                .iter()
                .zip(public_shares)
                .all(|(held, certified)| held[..] == certified[..]);
        if fits {
            Ok(())
        } else {
            Err(Error::new(ErrorCode::ShareMismatch))
        }
    }
}
