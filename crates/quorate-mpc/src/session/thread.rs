//! One operating-system thread per session, with everything on its stack: the state machines of
//! the protocols cannot move between threads.

use std::{
    panic::{self, AssertUnwindSafe},
    sync::{
        Arc, Once,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant, SystemTime},
};

use quorate_protocols::{Code, Failure};

use super::{
    Done, Event, SessionSpec,
    inbox::{Inbox, Pushed},
    line::Line,
};

const STACK: usize = 8 * 1024 * 1024;

/// Thread names start like this; the panic hook stays silent for them.
const NAME: &str = "quorate-session";

/// No session lives longer, whatever its deadline says.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// A protocol with its limits, for the threads' bookkeeping.
pub(super) struct Protocol {
    /// Largest body, in bytes.
    pub limit: usize,
    /// Sessions that may live at once in this process.
    pub most: usize,
    /// Sessions that live.
    pub live: &'static AtomicUsize,
}

/// Handle of a running session. Dropping it does not end the session; its deadline does.
#[derive(Clone)]
pub struct Session {
    inbox: Arc<Inbox>,
}

impl Session {
    /// Hands over a message. `from` is the position of the authenticated sender. Never blocks.
    pub fn push(&self, from: u32, seq: u32, broadcast: bool, body: &[u8]) -> Pushed {
        self.inbox.push(from, seq, broadcast, body)
    }

    /// Ends the session at the next message or pause of its protocol.
    pub fn cancel(&self) {
        self.inbox
            .stop(Code::Cancelled, "the session was cancelled");
    }
}

/// A place among the live sessions, given back when dropped.
struct Place(&'static AtomicUsize);

impl Place {
    fn take(protocol: &Protocol) -> Option<Self> {
        let taken = protocol
            .live
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |live| {
                (live < protocol.most).then_some(live + 1)
            });
        taken.ok().map(|_| Place(protocol.live))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Starts a session. `work` opens blobs and runs the protocol, all on the new thread; a failure to
/// start is an event like any other.
pub(super) fn spawn(
    protocol: Protocol,
    spec: SessionSpec,
    emit: impl Fn(Event) + Send + Sync + 'static,
    work: impl FnOnce(&SessionSpec, &mut Line<'_>) -> Result<Done, Failure> + Send + 'static,
) -> Session {
    silence_panics();
    let inbox = Arc::new(Inbox::new(spec.parties.len(), spec.me, protocol.limit));
    let session = Session {
        inbox: Arc::clone(&inbox),
    };
    let Some(place) = Place::take(&protocol) else {
        inbox.end();
        emit(Event::Failed(Failure::new(
            Code::Busy,
            "too many sessions are alive",
        )));
        return session;
    };
    let emit = Arc::new(emit);
    let from_thread = Arc::clone(&emit);
    let owned = Arc::clone(&inbox);
    let started = thread::Builder::new()
        .name(NAME.into())
        .stack_size(STACK)
        .spawn(move || {
            let send = |event| from_thread(event);
            // Nothing of the closure is used after a panic.
            let result = panic::catch_unwind(AssertUnwindSafe(|| {
                let deadline = instant(spec.deadline);
                owned.check(deadline)?;
                let result = work(&spec, &mut Line::new(&spec, &owned, &send, deadline))?;
                owned.check(deadline).map(|()| result)
            }));
            owned.end();
            drop(place);
            send(match result {
                Ok(Ok(done)) => Event::Done(done),
                Ok(Err(failure)) => Event::Failed(failure),
                Err(_) => Event::Failed(Failure::new(Code::Panic, "the session's thread panicked")),
            });
        });
    if started.is_err() {
        inbox.end();
        emit(Event::Failed(Failure::new(
            Code::Busy,
            "the system has no thread to give",
        )));
    }
    session
}

/// The clock may be set during a session; waiting goes by the monotonic one.
fn instant(deadline: SystemTime) -> Instant {
    let left = deadline
        .duration_since(SystemTime::now())
        .unwrap_or_default();
    Instant::now() + left.min(LONGEST)
}

/// A panic's text may hold what the protocol was computing with. Other threads keep their hook.
fn silence_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let other = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if thread::current().name() != Some(NAME) {
                other(info);
            }
        }));
    });
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use zeroize::Zeroizing;

    use super::*;
    use crate::{Vault, session::Party};

    fn spec() -> SessionSpec {
        let (_, identity) = Vault::new(Zeroizing::new([1; 32])).create_identity();
        let sealing_key = identity.public().sealing_key;
        SessionSpec {
            identity: Arc::new(identity),
            execution_id: [7; 32],
            parties: (0..2).map(|index| Party { index, sealing_key }).collect(),
            me: 0,
            deadline: SystemTime::now() + Duration::from_secs(10),
        }
    }

    #[test]
    fn a_panic_is_a_failure_and_gives_its_place_back() {
        static LIVE: AtomicUsize = AtomicUsize::new(0);
        for _ in 0..3 {
            let (events, received) = mpsc::channel();
            let protocol = Protocol {
                limit: 10,
                most: 1,
                live: &LIVE,
            };
            spawn(
                protocol,
                spec(),
                move |event| events.send(event).expect("the test listens"),
                |_, _| panic!("a secret"),
            );
            let Event::Failed(failure) = received.recv().expect("an event") else {
                panic!("no failure")
            };
            assert_eq!(failure.code, Code::Panic);
            assert!(!failure.detail.contains("secret"));
        }
        assert_eq!(LIVE.load(Ordering::Acquire), 0);
    }

    #[test]
    fn more_sessions_than_allowed_are_busy() {
        static LIVE: AtomicUsize = AtomicUsize::new(1);
        let (events, received) = mpsc::channel();
        let protocol = Protocol {
            limit: 10,
            most: 1,
            live: &LIVE,
        };
        spawn(
            protocol,
            spec(),
            move |event| events.send(event).expect("the test listens"),
            |_, _| unreachable!("there is no place"),
        );
        let Event::Failed(failure) = received.recv().expect("an event") else {
            panic!("no failure")
        };
        assert_eq!(failure.code, Code::Busy);
    }
}
