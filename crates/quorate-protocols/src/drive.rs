//! Runs one state machine over a wire, on the caller's thread and stack.

use std::collections::HashSet;

use round_based::{
    Incoming, MessageDestination, MessageType,
    state_machine::{ProceedResult, StateMachine},
};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    body,
    failure::{Code, Failure},
    wire::Wire,
};

/// Which message of its protocol this is, and whether it goes to everybody.
pub(crate) struct Slot {
    /// Name of the round, for the text of a failure.
    pub round: &'static str,
    /// True if the round's messages are broadcasts.
    pub broadcast: bool,
}

/// Runs `machine` until it has an output. A party sends at most one message per slot; the router
/// of the protocol crate ends on a second one without naming anybody, so that is noticed here.
pub(crate) fn drive<SM>(
    mut machine: SM,
    wire: &mut dyn Wire,
    limit: usize,
    slot: fn(&SM::Msg) -> Slot,
) -> Result<SM::Output, Failure>
where
    SM: StateMachine,
    SM::Msg: Serialize + DeserializeOwned,
{
    let mut seen = HashSet::new();
    let mut id = 0;
    loop {
        match machine.proceed() {
            ProceedResult::SendMsg(outgoing) => {
                let to = match outgoing.recipient {
                    MessageDestination::AllParties => None,
                    MessageDestination::OneParty(position) => Some(position),
                };
                let bytes = body::encode(&outgoing.msg)
                    .map_err(|code| Failure::new(code, "own message does not encode"))?;
                wire.send(to, bytes)?;
            }
            ProceedResult::NeedsOneMoreMessage => {
                let received = wire.receive()?;
                let sender = received.from;
                let msg: SM::Msg = body::decode(&received.body, limit).map_err(|code| {
                    Failure::by(sender, code, "message refused before the protocol saw it")
                })?;
                let Slot { round, broadcast } = slot(&msg);
                if broadcast != received.broadcast {
                    let text = format!("{round}: wrong kind of delivery");
                    return Err(Failure::by(sender, Code::Protocol, text));
                }
                if !seen.insert((sender, round)) {
                    let text = format!("{round}: a second message");
                    return Err(Failure::by(sender, Code::Equivocation, text));
                }
                let msg_type = if broadcast {
                    MessageType::Broadcast
                } else {
                    MessageType::P2P
                };
                machine
                    .received_msg(Incoming {
                        id,
                        sender,
                        msg_type,
                        msg,
                    })
                    .map_err(|_| Failure::new(Code::Protocol, "state machine took no message"))?;
                id += 1;
            }
            ProceedResult::Yielded => wire.pause()?,
            ProceedResult::Output(output) => return Ok(output),
            ProceedResult::Error(error) => return Err(Failure::from_protocol(&error)),
        }
    }
}
