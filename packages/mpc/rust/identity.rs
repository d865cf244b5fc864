//! A signer's keys, usable but not readable.

use std::sync::Arc;

use napi::{Result, bindgen_prelude::Uint8Array};
use napi_derive::napi;
use quorate_mpc::{Identity, PublicIdentity};

use crate::convert::{bytes, from_crate};

#[napi(object)]
pub struct NativePublicIdentity {
    pub identity_key: Uint8Array,
    pub sealing_key: Uint8Array,
    pub import_key: Uint8Array,
}

impl From<&PublicIdentity> for NativePublicIdentity {
    fn from(public: &PublicIdentity) -> Self {
        NativePublicIdentity {
            identity_key: bytes(&public.identity_key),
            sealing_key: bytes(&public.sealing_key),
            import_key: bytes(&public.import_key),
        }
    }
}

#[napi]
pub struct NativeIdentity(pub(crate) Arc<Identity>);

#[napi]
impl NativeIdentity {
    #[napi(catch_unwind)]
    pub fn public_identity(&self) -> NativePublicIdentity {
        self.0.public().into()
    }

    #[napi(catch_unwind)]
    pub fn sign(&self, message: Uint8Array) -> Uint8Array {
        bytes(&self.0.sign(&message))
    }

    #[napi(catch_unwind)]
    pub fn seal(
        &self,
        to: Uint8Array,
        info: Uint8Array,
        aad: Uint8Array,
        plaintext: Uint8Array,
    ) -> Result<Uint8Array> {
        self.0
            .seal(&to, &info, &aad, &plaintext)
            .map(Uint8Array::from)
            .map_err(from_crate)
    }

    #[napi(catch_unwind)]
    pub fn open(
        &self,
        info: Uint8Array,
        aad: Uint8Array,
        sealed: Uint8Array,
    ) -> Result<Uint8Array> {
        self.0
            .open(&info, &aad, &sealed)
            .map(|plain| bytes(&plain))
            .map_err(from_crate)
    }
}
