//! The vault's calls.

use std::{num::NonZeroUsize, sync::Arc, thread::available_parallelism};

use napi::{
    Env, Result, Task,
    bindgen_prelude::{AsyncTask, Function, Uint8Array},
    threadsafe_function::ThreadsafeFunctionCallMode,
};
use napi_derive::napi;
use quorate_mpc::{AuxSpec, DkgSpec, PrimeSearch, Released, SealContext, SignSpec, Vault};

use crate::{
    aux::{NativeAux, OpenAux},
    convert::{NativeContext, array, bytes, error, from_crate},
    identity::{NativeIdentity, NativePublicIdentity},
    job::{self, NativeEnd, NativeJob, Stop},
    session::{NativeEvent, NativeSession, NativeSpec, emitter},
};

#[napi]
pub struct NativeVault(pub(crate) Arc<Vault>);

#[napi(object)]
pub struct NativeCreated {
    pub sealed: Uint8Array,
    pub public_identity: NativePublicIdentity,
}

#[napi]
impl NativeVault {
    #[napi(catch_unwind)]
    pub fn create_identity(&self) -> NativeCreated {
        let (sealed, identity) = self.0.create_identity();
        NativeCreated {
            sealed: Uint8Array::from(sealed),
            public_identity: identity.public().into(),
        }
    }

    #[napi(catch_unwind)]
    pub fn open_identity(&self, sealed: Uint8Array) -> Result<NativeIdentity> {
        let identity = self.0.open_identity(&sealed).map_err(from_crate)?;
        Ok(NativeIdentity(Arc::new(identity)))
    }

    #[napi(catch_unwind)]
    pub fn generate_primes(
        &self,
        context: NativeContext,
        threads: Option<u32>,
        on_progress: Function<f64, ()>,
        on_end: Function<NativeEnd, ()>,
    ) -> Result<NativeJob> {
        let all = available_parallelism().unwrap_or(NonZeroUsize::MIN);
        let wanted = threads.and_then(|threads| NonZeroUsize::new(threads as usize));
        let threads = wanted.map_or(all, |wanted| wanted.min(all));
        let search = Arc::new(PrimeSearch::default());
        let running = Arc::clone(&search);
        let vault = Arc::clone(&self.0);
        let context = SealContext::from(context);
        let progress = job::progress_call(on_progress)?;
        job::spawn(
            "quorate-primes",
            job::end_call::<false>(on_end)?,
            move || {
                let report = |done| {
                    progress.call(done, ThreadsafeFunctionCallMode::NonBlocking);
                };
                running.run(&vault, &context, threads, &report).map(Some)
            },
        );
        Ok(NativeJob(Stop::Primes(search)))
    }

    #[napi(catch_unwind)]
    pub fn open_aux(&self, sealed: Uint8Array, context: NativeContext) -> AsyncTask<OpenAux> {
        let vault = Arc::clone(&self.0);
        AsyncTask::new(OpenAux {
            vault,
            sealed: sealed.to_vec(),
            context: context.into(),
        })
    }

    #[napi(catch_unwind)]
    pub fn release(
        &self,
        sealed_share: Uint8Array,
        context: NativeContext,
        encryption_key: Uint8Array,
    ) -> AsyncTask<Release> {
        AsyncTask::new(Release {
            vault: Arc::clone(&self.0),
            sealed_share: sealed_share.to_vec(),
            context: context.into(),
            encryption_key: encryption_key.to_vec(),
        })
    }

    #[napi(catch_unwind)]
    pub fn check_share(
        &self,
        sealed: Uint8Array,
        context: NativeContext,
        rank: u32,
        public_key: Uint8Array,
        public_shares: Vec<Uint8Array>,
    ) -> AsyncTask<Check> {
        AsyncTask::new(Check {
            vault: Arc::clone(&self.0),
            sealed: sealed.to_vec(),
            context: context.into(),
            what: Checked::Share {
                rank: u16::try_from(rank).unwrap_or(u16::MAX),
                public_key: public_key.to_vec(),
                public_shares: public_shares.iter().map(|share| share.to_vec()).collect(),
            },
        })
    }

    #[napi(catch_unwind)]
    pub fn check_primes(&self, sealed: Uint8Array, context: NativeContext) -> AsyncTask<Check> {
        AsyncTask::new(Check {
            vault: Arc::clone(&self.0),
            sealed: sealed.to_vec(),
            context: context.into(),
            what: Checked::Primes,
        })
    }

    #[napi(catch_unwind)]
    pub fn seal_fixture_primes(&self, index: u32, context: NativeContext) -> Result<Uint8Array> {
        fixture(&self.0, Fixture::Primes, index, context)
    }

    #[napi(catch_unwind)]
    pub fn seal_fixture_aux(&self, index: u32, context: NativeContext) -> Result<Uint8Array> {
        fixture(&self.0, Fixture::Aux, index, context)
    }

    #[napi(catch_unwind)]
    #[allow(
        clippy::too_many_arguments,
        reason = "a flat call is what crosses the boundary best"
    )]
    pub fn start_aux(
        &self,
        identity: &NativeIdentity,
        spec: NativeSpec,
        primes: Uint8Array,
        primes_context: NativeContext,
        context: NativeContext,
        on_event: Function<NativeEvent, ()>,
    ) -> Result<NativeSession> {
        let spec = AuxSpec {
            session: spec.with(identity)?,
            primes: primes.to_vec(),
            primes_context: primes_context.into(),
            context: context.into(),
        };
        Ok(NativeSession(self.0.start_aux(spec, emitter(on_event)?)))
    }

    #[napi(catch_unwind)]
    pub fn start_dkg(
        &self,
        identity: &NativeIdentity,
        spec: NativeSpec,
        threshold: u32,
        context: NativeContext,
        on_event: Function<NativeEvent, ()>,
    ) -> Result<NativeSession> {
        let threshold = u16::try_from(threshold)
            .map_err(|_| error("bad-input", "threshold is out of range"))?;
        let spec = DkgSpec {
            session: spec.with(identity)?,
            threshold,
            context: context.into(),
        };
        Ok(NativeSession(self.0.start_dkg(spec, emitter(on_event)?)))
    }

    #[napi(catch_unwind)]
    #[allow(
        clippy::too_many_arguments,
        reason = "a flat call is what crosses the boundary best"
    )]
    pub fn start_sign(
        &self,
        identity: &NativeIdentity,
        spec: NativeSpec,
        sealed_share: Uint8Array,
        context: NativeContext,
        aux: &NativeAux,
        digest: Uint8Array,
        on_event: Function<NativeEvent, ()>,
    ) -> Result<NativeSession> {
        let spec = SignSpec {
            session: spec.with(identity)?,
            sealed_share: sealed_share.to_vec(),
            context: context.into(),
            aux: Arc::clone(&aux.0),
            digest: array(&digest, "digest")?,
        };
        Ok(NativeSession(self.0.start_sign(spec, emitter(on_event)?)))
    }
}

enum Fixture {
    Primes,
    Aux,
}

#[cfg(feature = "test-fixtures")]
fn fixture(
    vault: &Vault,
    which: Fixture,
    index: u32,
    context: NativeContext,
) -> Result<Uint8Array> {
    let (index, context) = (index as usize, SealContext::from(context));
    let sealed = match which {
        Fixture::Primes => vault.seal_fixture_primes(index, &context),
        Fixture::Aux => vault.seal_fixture_aux(index, &context),
    };
    sealed.map(Uint8Array::from).map_err(from_crate)
}

#[cfg(not(feature = "test-fixtures"))]
fn fixture(_: &Vault, which: Fixture, _: u32, _: NativeContext) -> Result<Uint8Array> {
    let name = match which {
        Fixture::Primes => "primes",
        Fixture::Aux => "aux info",
    };
    Err(error(
        "fixture/absent",
        &format!("This addon was built without test fixtures; it has no {name}."),
    ))
}

/// Releases a share on the pool: a millisecond.
pub struct Release {
    vault: Arc<Vault>,
    sealed_share: Vec<u8>,
    context: SealContext,
    encryption_key: Vec<u8>,
}

#[napi(object)]
pub struct NativeReleased {
    pub encrypted_key_share: Uint8Array,
    pub public_share: Uint8Array,
    pub public_shares: Vec<Uint8Array>,
    pub index: u32,
}

impl Task for Release {
    type Output = Released;
    type JsValue = NativeReleased;

    fn compute(&mut self) -> Result<Released> {
        self.vault
            .release(&self.sealed_share, &self.context, &self.encryption_key)
            .map_err(from_crate)
    }

    fn resolve(&mut self, _: Env, released: Released) -> Result<NativeReleased> {
        Ok(NativeReleased {
            encrypted_key_share: Uint8Array::from(released.encrypted_key_share),
            public_share: bytes(&released.public_share),
            public_shares: released
                .public_shares
                .iter()
                .map(|share| bytes(share))
                .collect(),
            index: u32::from(released.index),
        })
    }
}

/// Looks at a sealed blob on the pool, and lets nothing of it out.
pub struct Check {
    vault: Arc<Vault>,
    sealed: Vec<u8>,
    context: SealContext,
    what: Checked,
}

enum Checked {
    Share {
        rank: u16,
        public_key: Vec<u8>,
        public_shares: Vec<Vec<u8>>,
    },
    Primes,
}

impl Task for Check {
    type Output = ();
    type JsValue = ();

    fn compute(&mut self) -> Result<()> {
        match &self.what {
            Checked::Share {
                rank,
                public_key,
                public_shares,
            } => self.vault.check_share(
                &self.sealed,
                &self.context,
                *rank,
                public_key,
                public_shares,
            ),
            Checked::Primes => self.vault.check_primes(&self.sealed, &self.context),
        }
        .map_err(from_crate)
    }

    fn resolve(&mut self, _: Env, (): ()) -> Result<()> {
        Ok(())
    }
}
