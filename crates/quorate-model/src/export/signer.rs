//! What one honest signer knows of the key: on its disk, in its memory, and already said to the world.

/// The most export requests in one model.
pub const MOST_REQUESTS: usize = 3;
/// The most encryption keys among them.
pub const MOST_ENCRYPTION_KEYS: usize = 2;
/// The most signing sessions.
pub const MOST_SESSIONS: usize = 2;

/// A set of requests or of signers, as bits.
pub type Bits = u8;

/// This one alone.
#[must_use]
pub const fn bit(index: usize) -> Bits {
    1 << index
}

/// An honest signer. What stands under *disk* and *said* outlives a crash.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Signer {
    /// Said: a yes to these requests.
    pub yes: Bits,
    /// Said: a tombstone statement for these requests.
    pub said: Bits,
    /// Disk: the tombstone, for these requests. Any of them retires the key.
    pub tombstone: Bits,
    /// Memory: the request whose tombstone is being written.
    pub writing: Option<u8>,
    /// Memory: contributes nothing to sessions of this key; `retired` in `sessions.ts`.
    pub mute: bool,
    /// Disk: for each encryption key which encryption of the share is stored; 0 for none.
    pub ciphertext: [u8; MOST_ENCRYPTION_KEYS],
    /// Disk: for each encryption key the request whose tombstones the release rests on.
    pub release: [Option<u8>; MOST_ENCRYPTION_KEYS],
    /// Said: which encryptions have left, for each encryption key, as bits.
    pub left: [Bits; MOST_ENCRYPTION_KEYS],
    /// Its part in each session; what was sent is said, that the session is open is memory.
    pub parts: [Part; MOST_SESSIONS],
    /// Memory: for each request whose yes has arrived, where messages are heard one by one.
    pub heard_yes: [Bits; MOST_REQUESTS],
    /// Memory: for each request whose tombstone statement has arrived, likewise.
    pub heard_tombstone: [Bits; MOST_REQUESTS],
}

/// A signer's part in a session of two rounds: nobody sends its last message before everybody has sent the first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// Not a participant, or the session does not exist yet.
    #[default]
    None,
    /// Takes part and has sent so many messages.
    Open(u8),
    /// Has left, after so many messages; or has sent both.
    Over(u8),
}

impl Part {
    /// Messages sent so far; `None` for somebody who is no participant.
    #[must_use]
    pub const fn sent(self) -> Option<u8> {
        match self {
            Self::None => None,
            Self::Open(sent) | Self::Over(sent) => Some(sent),
        }
    }
}

impl Signer {
    /// The key is retired on this signer's disk.
    #[must_use]
    pub const fn is_retired(&self) -> bool {
        self.tombstone != 0
    }

    /// Whether any ciphertext of this signer has left.
    #[must_use]
    pub fn has_let_go(&self) -> bool {
        self.left.iter().any(|&left| left != 0)
    }

    /// `sessions.retire` in `sessions.ts`: from here on it sends nothing, and what is under way ends.
    pub fn fall_silent(&mut self) {
        self.mute = true;
        self.leave_sessions();
    }

    /// Open sessions end, after whatever was sent.
    pub fn leave_sessions(&mut self) {
        for part in &mut self.parts {
            if let Part::Open(sent) = *part {
                *part = Part::Over(sent);
            }
        }
    }
}
