//! What a protocol needs from its surroundings: a way to send, to wait, and to be interrupted.

use zeroize::Zeroizing;

use crate::failure::Failure;

/// One message for this party, from a sender that the layer below has authenticated.
pub struct Received {
    /// Position of the sender among the session's parties, never taken from the message.
    pub from: u16,
    /// True if the sender sent it to everybody.
    pub broadcast: bool,
    /// The message, CBOR; wiped after decoding, since a peer-to-peer body is a secret.
    pub body: Zeroizing<Vec<u8>>,
}

/// The session's side of a protocol. Every call may end the protocol with a [`Failure`].
pub trait Wire {
    /// Blocks until a message is there. Exactly once per (sender, sequence number).
    fn receive(&mut self) -> Result<Received, Failure>;

    /// Sends to everybody (`None`) or to one position.
    fn send(&mut self, to: Option<u16>, body: Zeroizing<Vec<u8>>) -> Result<(), Failure>;

    /// Called between long computations: the place to notice a cancel or a passed deadline.
    fn pause(&mut self) -> Result<(), Failure>;
}
