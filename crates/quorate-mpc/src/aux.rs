//! Aux info of a roster, opened once and shared by all signings of a signer.

use std::sync::{Arc, PoisonError, RwLock};

use quorate_protocols::aux::AuxInfo;

use crate::{
    SealContext, Vault,
    blob::Kind,
    error::{Error, ErrorCode},
    published,
};

/// Opened aux info with the context it was sealed for.
pub struct Aux {
    context: SealContext,
    info: RwLock<Arc<AuxInfo>>,
}

impl Vault {
    pub(crate) fn seal_aux(&self, info: &AuxInfo, context: &SealContext) -> Result<Vec<u8>, Error> {
        published::refuse(info.numbers())?;
        Ok(self.seal(Kind::Aux, context, &info.encode()))
    }

    /// Opens sealed aux info. Some milliseconds.
    pub fn open_aux(&self, sealed: &[u8], context: &SealContext) -> Result<Aux, Error> {
        let plain = self.open(Kind::Aux, context, sealed)?;
        let info = AuxInfo::decode(&plain).ok_or(Error::new(ErrorCode::BlobInvalid))?;
        published::refuse(info.numbers())?;
        Ok(Aux {
            context: context.clone(),
            info: RwLock::new(Arc::new(info)),
        })
    }
}

impl Aux {
    pub(crate) fn context(&self) -> &SealContext {
        &self.context
    }

    pub(crate) fn info(&self) -> Arc<AuxInfo> {
        Arc::clone(&self.info.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// True once [`Aux::prepare_tables`] has ended well.
    pub fn tables(&self) -> bool {
        self.info().has_tables()
    }

    /// Builds the multi-exponentiation tables on this thread, at the lowest priority the system
    /// has, and swaps them in. Signings under way keep what they started with. `go_on` is asked
    /// between signers. The thread stays slow: use one of its own.
    pub fn prepare_tables(&self, go_on: impl FnMut() -> bool) -> Result<(), Error> {
        // On Linux this concerns the calling thread only. Where it fails, the work is only faster.
        let _ = rustix::process::setpriority_process(None, 19);
        let with_tables = self
            .info()
            .with_tables(go_on)
            .ok_or(Error::new(ErrorCode::Cancelled))?;
        *self.info.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(with_tables);
        Ok(())
    }
}
