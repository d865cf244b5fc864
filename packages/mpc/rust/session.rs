//! Sessions: specs in, events out through a weak function, so that a waiting session does not keep
//! the process alive.

use std::{
    sync::Arc,
    time::{Duration, UNIX_EPOCH},
};

use napi::{
    Result, Status,
    bindgen_prelude::{Function, Uint8Array},
    threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode},
};
use napi_derive::napi;
use quorate_mpc::{Done, Event, Party, Session, SessionSpec};

use crate::{
    convert::{array, bytes, counter, error},
    identity::NativeIdentity,
};

#[napi(object)]
pub struct NativeParty {
    pub index: u32,
    pub sealing_key: Uint8Array,
}

#[napi(object)]
pub struct NativeSpec {
    pub execution_id: Uint8Array,
    pub parties: Vec<NativeParty>,
    pub me: u32,
    pub deadline: f64,
}

impl NativeSpec {
    pub fn with(self, identity: &NativeIdentity) -> Result<SessionSpec> {
        let small = |number: u32| {
            u16::try_from(number)
                .map_err(|_| error("bad-input", "a position or index is out of range"))
        };
        let parties = self.parties.iter().map(|party| {
            Ok(Party {
                index: small(party.index)?,
                sealing_key: array(&party.sealing_key, "sealingKey")?,
            })
        });
        if !self.deadline.is_finite() || !(0.0..1e15).contains(&self.deadline) {
            return Err(error("bad-input", "deadline is no time"));
        }
        let spec = SessionSpec {
            identity: Arc::clone(&identity.0),
            execution_id: array(&self.execution_id, "executionId")?,
            parties: parties.collect::<Result<_>>()?,
            me: small(self.me)?,
            deadline: UNIX_EPOCH + Duration::from_millis(self.deadline as u64),
        };
        if usize::from(spec.me) >= spec.parties.len() || spec.parties.len() > 256 {
            return Err(error("bad-input", "self is no position in parties"));
        }
        Ok(spec)
    }
}

/// One shape for all events; the facade makes a tagged union of it.
#[napi(object)]
#[derive(Default)]
pub struct NativeEvent {
    pub kind: String,
    pub to: Option<u32>,
    pub seq: Option<u32>,
    pub body: Option<Uint8Array>,
    pub sealed: Option<Uint8Array>,
    pub public_key: Option<Uint8Array>,
    pub public_shares: Option<Vec<Uint8Array>>,
    pub r: Option<Uint8Array>,
    pub s: Option<Uint8Array>,
    pub recid: Option<u32>,
    pub code: Option<String>,
    pub culprits: Option<Vec<u32>>,
    pub detail: Option<String>,
}

impl From<Event> for NativeEvent {
    fn from(event: Event) -> Self {
        match event {
            Event::Message { to, seq, body } => NativeEvent {
                kind: "message".into(),
                to: to.map(u32::from),
                seq: Some(seq),
                body: Some(Uint8Array::from(body)),
                ..Default::default()
            },
            Event::Done(done) => NativeEvent {
                kind: "done".into(),
                ..done.into()
            },
            Event::Failed(failure) => NativeEvent {
                kind: "failed".into(),
                code: Some(failure.code.as_str().into()),
                culprits: Some(failure.culprits.into_iter().map(u32::from).collect()),
                detail: Some(failure.detail),
                ..Default::default()
            },
        }
    }
}

impl From<Done> for NativeEvent {
    fn from(done: Done) -> Self {
        match done {
            Done::Aux { sealed_aux } => NativeEvent {
                sealed: Some(Uint8Array::from(sealed_aux)),
                ..Default::default()
            },
            Done::Dkg {
                sealed_share,
                public_key,
                public_shares,
            } => NativeEvent {
                sealed: Some(Uint8Array::from(sealed_share)),
                public_key: Some(bytes(&public_key)),
                public_shares: Some(public_shares.iter().map(|share| bytes(share)).collect()),
                ..Default::default()
            },
            Done::Sign { r, s, recid } => NativeEvent {
                r: Some(bytes(&r)),
                s: Some(bytes(&s)),
                recid: Some(u32::from(recid)),
                ..Default::default()
            },
        }
    }
}

type EventCall = ThreadsafeFunction<NativeEvent, (), NativeEvent, Status, false, true>;

/// The crate's callback for a JavaScript function.
pub fn emitter(
    on_event: Function<NativeEvent, ()>,
) -> Result<impl Fn(Event) + Send + Sync + 'static> {
    let call: EventCall = on_event
        .build_threadsafe_function()
        .callee_handled::<false>()
        .weak::<true>()
        .build()?;
    Ok(move |event: Event| {
        call.call(event.into(), ThreadsafeFunctionCallMode::NonBlocking);
    })
}

#[napi]
pub struct NativeSession(pub(crate) Session);

#[napi]
impl NativeSession {
    #[napi(catch_unwind)]
    pub fn push(&self, from: f64, seq: f64, broadcast: bool, body: Uint8Array) {
        self.0.push(counter(from), counter(seq), broadcast, &body);
    }

    #[napi(catch_unwind)]
    pub fn cancel(&self) {
        self.0.cancel();
    }
}
