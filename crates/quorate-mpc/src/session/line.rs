//! The session's side of a protocol: numbers, seals and opens its messages.

use std::{collections::HashMap, time::Instant};

use quorate_protocols::{Code, Failure, Received, Wire};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::{
    Event, SessionSpec,
    inbox::{Inbox, Letter},
};
use crate::{context::framed, identity::P2P_INFO};

/// Different messages that one sender may send in a session; the protocols have at most eight.
const MESSAGES: usize = 64;

pub(super) struct Line<'a> {
    spec: &'a SessionSpec,
    inbox: &'a Inbox,
    emit: &'a dyn Fn(Event),
    deadline: Instant,
    next: u32,
    seen: HashMap<(u16, u32), [u8; 32]>,
    counts: Vec<usize>,
}

impl<'a> Line<'a> {
    pub fn new(
        spec: &'a SessionSpec,
        inbox: &'a Inbox,
        emit: &'a dyn Fn(Event),
        deadline: Instant,
    ) -> Self {
        let counts = vec![0; spec.parties.len()];
        Line {
            spec,
            inbox,
            emit,
            deadline,
            next: 0,
            seen: HashMap::new(),
            counts,
        }
    }

    /// False for a byte-identical repeat. Links deliver at least once, so that is no fault; two
    /// different bodies under one number are.
    fn first_time(&mut self, letter: &Letter) -> Result<bool, Failure> {
        let mut hash = Sha256::new_with_prefix([u8::from(letter.broadcast)]);
        hash.update(&letter.body);
        let digest: [u8; 32] = hash.finalize().into();
        match self.seen.insert((letter.from, letter.seq), digest) {
            Some(earlier) if earlier == digest => return Ok(false),
            Some(_) => {
                let text = "two different messages under one sequence number";
                return Err(Failure::by(letter.from, Code::Equivocation, text));
            }
            None => {}
        }
        let count = &mut self.counts[usize::from(letter.from)];
        *count += 1;
        if *count > MESSAGES {
            return Err(Failure::by(
                letter.from,
                Code::Oversized,
                "more messages than a protocol has",
            ));
        }
        Ok(true)
    }

    /// Binds a private body to session, sender, receiver and number.
    fn associated_data(&self, from: u16, to: u16, seq: u32) -> Vec<u8> {
        framed(&[
            &self.spec.execution_id,
            &from.to_be_bytes(),
            &to.to_be_bytes(),
            &seq.to_be_bytes(),
        ])
    }
}

impl Wire for Line<'_> {
    fn receive(&mut self) -> Result<Received, Failure> {
        loop {
            let letter = self.inbox.take(self.deadline)?;
            if !self.first_time(&letter)? {
                continue;
            }
            let Letter {
                from,
                seq,
                broadcast,
                body,
            } = letter;
            let body = if broadcast {
                Zeroizing::new(body)
            } else {
                let aad = self.associated_data(from, self.spec.me, seq);
                self.spec
                    .identity
                    .open_private(&aad, &body)
                    .map_err(|_| Failure::by(from, Code::Decode, "a private body does not open"))?
            };
            return Ok(Received {
                from,
                broadcast,
                body,
            });
        }
    }

    fn send(&mut self, to: Option<u16>, body: Zeroizing<Vec<u8>>) -> Result<(), Failure> {
        self.inbox.check(self.deadline)?;
        let seq = self.next;
        self.next += 1;
        let body = match to {
            None => body.to_vec(),
            Some(position) => {
                let party = self
                    .spec
                    .parties
                    .get(usize::from(position))
                    .ok_or_else(|| {
                        Failure::new(
                            Code::Protocol,
                            "the protocol sends to a party that does not exist",
                        )
                    })?;
                let aad = self.associated_data(self.spec.me, position, seq);
                self.spec
                    .identity
                    .seal(&party.sealing_key, P2P_INFO, &aad, &body)
                    .map_err(|_| Failure::new(Code::BadInput, "a sealing key is not valid"))?
            }
        };
        (self.emit)(Event::Message { to, seq, body });
        Ok(())
    }

    fn pause(&mut self) -> Result<(), Failure> {
        self.inbox.check(self.deadline)
    }
}
