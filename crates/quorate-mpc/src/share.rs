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
}
