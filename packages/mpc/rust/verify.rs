//! Many signatures on the thread pool.

use napi::{
    Env, Result, Task,
    bindgen_prelude::{AsyncTask, Uint8Array},
};
use napi_derive::napi;

use crate::convert::from_crate;

type Work = fn(&[u8]) -> std::result::Result<Vec<u8>, quorate_mpc::Error>;

pub struct Verify {
    work: Work,
    packed: Vec<u8>,
}

impl Task for Verify {
    type Output = Vec<u8>;
    type JsValue = Uint8Array;

    fn compute(&mut self) -> Result<Vec<u8>> {
        (self.work)(&self.packed).map_err(from_crate)
    }

    fn resolve(&mut self, _: Env, good: Vec<u8>) -> Result<Uint8Array> {
        Ok(Uint8Array::from(good))
    }
}

/// One byte for each signature in `packed`: 1 if it is good, else 0.
#[napi(catch_unwind)]
pub fn verify_ed25519(packed: Uint8Array) -> AsyncTask<Verify> {
    AsyncTask::new(Verify {
        work: quorate_mpc::verify_packed,
        packed: packed.to_vec(),
    })
}

/// One byte for each key: 1 if it is sound, else 0.
#[napi(catch_unwind)]
pub fn sound_ed25519_keys(keys: Uint8Array) -> AsyncTask<Verify> {
    AsyncTask::new(Verify {
        work: quorate_mpc::sound_keys,
        packed: keys.to_vec(),
    })
}
