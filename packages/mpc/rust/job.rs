//! Work of seconds on a thread of its own, never on the pool that serves files and names.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use napi::{
    Status,
    bindgen_prelude::{Function, Uint8Array},
    threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode},
};
use napi_derive::napi;
use quorate_mpc::{Error, PrimeSearch};

/// How a job ended: bytes, or a code with its text, or neither for a job without a result.
#[napi(object)]
pub struct NativeEnd {
    pub bytes: Option<Uint8Array>,
    pub code: Option<String>,
    pub text: Option<String>,
}

impl NativeEnd {
    pub fn new(result: Result<Option<Vec<u8>>, Error>) -> Self {
        match result {
            Ok(bytes) => NativeEnd {
                bytes: bytes.map(Uint8Array::from),
                code: None,
                text: None,
            },
            Err(cause) => {
                let code = Some(cause.code.as_str().into());
                NativeEnd {
                    bytes: None,
                    code,
                    text: Some(cause.to_string()),
                }
            }
        }
    }

    /// A thread that could not start, or that panicked.
    pub fn broken() -> Self {
        NativeEnd {
            bytes: None,
            code: Some("panic".into()),
            text: Some("The work ended unexpectedly.".into()),
        }
    }
}

/// Calls back with the end of a job. A strong one keeps the process alive until then.
pub type EndCall<const WEAK: bool> =
    ThreadsafeFunction<NativeEnd, (), NativeEnd, Status, false, WEAK>;

/// Calls back with the progress of a job, 0 to 1.
pub type ProgressCall = ThreadsafeFunction<f64, (), f64, Status, false, true>;

pub fn end_call<const WEAK: bool>(on_end: Function<NativeEnd, ()>) -> napi::Result<EndCall<WEAK>> {
    on_end
        .build_threadsafe_function()
        .callee_handled::<false>()
        .weak::<WEAK>()
        .build()
}

pub fn progress_call(on_progress: Function<f64, ()>) -> napi::Result<ProgressCall> {
    on_progress
        .build_threadsafe_function()
        .callee_handled::<false>()
        .weak::<true>()
        .build()
}

/// Runs `work` on a thread and reports its end, whatever happens.
pub fn spawn<const WEAK: bool>(
    name: &str,
    on_end: EndCall<WEAK>,
    work: impl FnOnce() -> Result<Option<Vec<u8>>, Error> + Send + 'static,
) {
    let on_end = Arc::new(on_end);
    let report = Arc::clone(&on_end);
    let started = std::thread::Builder::new()
        .name(name.into())
        .spawn(move || {
            let end = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
            let end = end.map_or_else(|_| NativeEnd::broken(), NativeEnd::new);
            report.call(end, ThreadsafeFunctionCallMode::NonBlocking);
        });
    if started.is_err() {
        on_end.call(NativeEnd::broken(), ThreadsafeFunctionCallMode::NonBlocking);
    }
}

/// What a job's handle can stop.
pub enum Stop {
    Primes(Arc<PrimeSearch>),
    Flag(Arc<AtomicBool>),
}

#[napi]
pub struct NativeJob(pub(crate) Stop);

#[napi]
impl NativeJob {
    #[napi(catch_unwind)]
    pub fn cancel(&self) {
        match &self.0 {
            Stop::Primes(search) => search.cancel(),
            Stop::Flag(flag) => flag.store(true, Ordering::Relaxed),
        }
    }
}
