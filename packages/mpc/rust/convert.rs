//! Values between JavaScript and the crate.

use napi::{Error, Result, Status, bindgen_prelude::Uint8Array};
use napi_derive::napi;
use quorate_mpc::SealContext;

/// Where a blob belongs.
#[napi(object)]
pub struct NativeContext {
    pub org: String,
    pub key: String,
    pub signer: String,
    pub roster: String,
    pub epoch: u32,
    pub version: u32,
}

impl From<NativeContext> for SealContext {
    fn from(context: NativeContext) -> Self {
        let NativeContext {
            org,
            key,
            signer,
            roster,
            epoch,
            version,
        } = context;
        SealContext {
            org,
            key,
            signer,
            roster,
            epoch,
            version,
        }
    }
}

/// An error as the facade reads it.
pub fn error(code: &str, text: &str) -> Error {
    Error::new(Status::GenericFailure, format!("{code}: {text}"))
}

pub fn from_crate(cause: quorate_mpc::Error) -> Error {
    error(cause.code.as_str(), &cause.to_string())
}

/// Exactly N bytes.
pub fn array<const N: usize>(bytes: &Uint8Array, name: &str) -> Result<[u8; N]> {
    let length = bytes.len();
    (&**bytes).try_into().map_err(|_| {
        error(
            "bad-input",
            &format!("{name} has {length} bytes, {N} are needed"),
        )
    })
}

pub fn bytes(source: &[u8]) -> Uint8Array {
    Uint8Array::from(source.to_vec())
}

/// A number as a position or counter; what is none becomes one that nobody has.
pub fn counter(number: f64) -> u32 {
    if number.fract() == 0.0 && (0.0..f64::from(u32::MAX)).contains(&number) {
        number as u32
    } else {
        u32::MAX
    }
}
