//! quorate-mpc as a Node addon: conversions and nothing else. The typed facade in `../src` is the API.
//!
//! Every error's reason is `code: text`, which the facade turns into an `MpcError`. No call takes
//! or returns a plaintext share, prime, nonce or key-encryption key.

#![allow(missing_docs, reason = "napi-derive emits items without docs")]

mod aux;
mod backup;
mod convert;
mod identity;
mod job;
mod key_file;
mod session;
mod vault;
mod verify;

use napi_derive::napi;

#[napi(object)]
pub struct NativeBuildInfo {
    pub version: String,
    pub impl_version: String,
    pub bigint: String,
    pub test_fixtures: bool,
}

/// What this addon was built from.
#[napi(catch_unwind)]
pub fn build_info() -> NativeBuildInfo {
    NativeBuildInfo {
        version: env!("CARGO_PKG_VERSION").into(),
        impl_version: quorate_mpc::IMPL_VERSION.into(),
        bigint: quorate_mpc::BACKEND.into(),
        test_fixtures: quorate_mpc::TEST_FIXTURES,
    }
}
