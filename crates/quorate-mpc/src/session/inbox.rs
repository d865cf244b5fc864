//! What waits for a session's thread. Pushing never blocks and does no work on the message.

use std::{
    collections::VecDeque,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use quorate_protocols::{Code, Failure};

/// Messages of one sender that may wait: no protocol has more than eight, repeats included.
const WAITING: usize = 64;

/// What an HPKE body is longer than its plaintext: encapsulated key and tag.
const SEALED: usize = 32 + 16;

/// A message as the link gave it.
pub(super) struct Letter {
    pub from: u16,
    pub seq: u32,
    pub broadcast: bool,
    pub body: Vec<u8>,
}

/// What became of a pushed message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pushed {
    /// It waits for the session's thread, or the session has failed because of it.
    Taken,
    /// The sender is no other participant: dropped, and the session goes on. An outsider must not
    /// be able to end it.
    UnknownSender,
    /// The session has ended.
    Late,
}

/// Queue between the owner and the session's thread.
pub(super) struct Inbox {
    parties: u16,
    me: u16,
    limit: usize,
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    queue: VecDeque<Letter>,
    waiting: Vec<usize>,
    stopped: Option<Failure>,
    ended: bool,
}

impl Inbox {
    /// For a session of `parties`, of which this is `me`; bodies up to `limit` bytes.
    pub fn new(parties: usize, me: u16, limit: usize) -> Self {
        let state = State {
            queue: VecDeque::new(),
            waiting: vec![0; parties],
            stopped: None,
            ended: false,
        };
        Inbox {
            parties: parties as u16,
            me,
            limit,
            state: Mutex::new(state),
            changed: Condvar::new(),
        }
    }

    /// Takes a message. Too long a body and too many waiting ones end the session.
    pub fn push(&self, from: u32, seq: u32, broadcast: bool, body: &[u8]) -> Pushed {
        let Some(from) = u16::try_from(from)
            .ok()
            .filter(|from| *from < self.parties && *from != self.me)
        else {
            return Pushed::UnknownSender;
        };
        let mut state = self.lock();
        if state.ended {
            return Pushed::Late;
        }
        if state.stopped.is_some() {
            return Pushed::Taken;
        }
        let limit = self.limit + if broadcast { 0 } else { SEALED };
        if body.len() > limit {
            state.stopped = Some(Failure::by(
                from,
                Code::Oversized,
                "a body above the protocol's limit",
            ));
        } else if state.waiting[usize::from(from)] == WAITING {
            state.stopped = Some(Failure::by(
                from,
                Code::Oversized,
                "more messages than a protocol has",
            ));
        } else {
            state.waiting[usize::from(from)] += 1;
            state.queue.push_back(Letter {
                from,
                seq,
                broadcast,
                body: body.to_vec(),
            });
        }
        self.changed.notify_all();
        Pushed::Taken
    }

    /// Ends the session from outside.
    pub fn stop(&self, code: Code, detail: &str) {
        let mut state = self.lock();
        state
            .stopped
            .get_or_insert_with(|| Failure::new(code, detail));
        self.changed.notify_all();
    }

    /// From now on nothing is taken.
    pub fn end(&self) {
        let mut state = self.lock();
        state.ended = true;
        state.queue.clear();
    }

    /// Whether the session was stopped or is out of time.
    pub fn check(&self, deadline: Instant) -> Result<(), Failure> {
        stopped(&self.lock(), deadline)
    }

    /// Blocks until a message is there.
    pub fn take(&self, deadline: Instant) -> Result<Letter, Failure> {
        let mut state = self.lock();
        loop {
            stopped(&state, deadline)?;
            if let Some(letter) = state.queue.pop_front() {
                state.waiting[usize::from(letter.from)] -= 1;
                return Ok(letter);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            state = self
                .changed
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn stopped(state: &State, deadline: Instant) -> Result<(), Failure> {
    if let Some(failure) = &state.stopped {
        return Err(failure.clone());
    }
    if Instant::now() >= deadline {
        return Err(Failure::new(Code::Deadline, "the deadline passed"));
    }
    Ok(())
}
