//! Opened aux info and its tables.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use napi::{Env, Result, Task, bindgen_prelude::Function};
use napi_derive::napi;
use quorate_mpc::{Aux, SealContext, Vault};

use crate::{
    convert::from_crate,
    job::{self, NativeEnd, NativeJob, Stop},
};

#[napi]
pub struct NativeAux(pub(crate) Arc<Aux>);

#[napi]
impl NativeAux {
    #[napi(catch_unwind)]
    pub fn tables(&self) -> bool {
        self.0.tables()
    }

    /// The process may end while tables are made.
    #[napi(catch_unwind)]
    pub fn prepare_tables(&self, on_end: Function<NativeEnd, ()>) -> Result<NativeJob> {
        let stop = Arc::new(AtomicBool::new(false));
        let asked = Arc::clone(&stop);
        let aux = Arc::clone(&self.0);
        job::spawn(
            "quorate-tables",
            job::end_call::<true>(on_end)?,
            move || {
                aux.prepare_tables(|| !asked.load(Ordering::Relaxed))
                    .map(|()| None)
            },
        );
        Ok(NativeJob(Stop::Flag(stop)))
    }
}

/// Opens aux info on the pool: some milliseconds.
pub struct OpenAux {
    pub vault: Arc<Vault>,
    pub sealed: Vec<u8>,
    pub context: SealContext,
}

impl Task for OpenAux {
    type Output = Aux;
    type JsValue = NativeAux;

    fn compute(&mut self) -> Result<Aux> {
        self.vault
            .open_aux(&self.sealed, &self.context)
            .map_err(from_crate)
    }

    fn resolve(&mut self, _: Env, aux: Aux) -> Result<NativeAux> {
        Ok(NativeAux(Arc::new(aux)))
    }
}
