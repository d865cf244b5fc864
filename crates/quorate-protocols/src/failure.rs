//! Why a protocol ended without a result, and who is to blame.

use std::error::Error;

/// Stable codes of a failed session; the facade hands the text of [`Code::as_str`] on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Code {
    /// A message that is not what the codec allows.
    Decode,
    /// A message above the protocol's size limit, or more messages than a protocol has.
    Oversized,
    /// Two different messages where a protocol has one, or unequal broadcasts.
    Equivocation,
    /// The proofs or commitments of a peer do not hold.
    Protocol,
    /// A bug: the session's thread panicked.
    Panic,
    /// The deadline passed.
    Deadline,
    /// The owner of the session ended it.
    Cancelled,
    /// Too many sessions are alive.
    Busy,
    /// What the session was started with does not fit together.
    BadInput,
    /// The finished signature does not verify under the wallet's key.
    SignatureInvalid,
}

impl Code {
    /// The code as clients of the addon see it.
    pub fn as_str(self) -> &'static str {
        match self {
            Code::Decode => "decode",
            Code::Oversized => "oversized",
            Code::Equivocation => "equivocation",
            Code::Protocol => "protocol",
            Code::Panic => "panic",
            Code::Deadline => "deadline",
            Code::Cancelled => "cancelled",
            Code::Busy => "busy",
            Code::BadInput => "bad-input",
            Code::SignatureInvalid => "signature-invalid",
        }
    }
}

/// A failed protocol. `detail` holds no secret and no bytes of any message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What happened.
    pub code: Code,
    /// Positions of the parties that are proven guilty; empty if nobody is.
    pub culprits: Vec<u16>,
    /// Text for a log.
    pub detail: String,
}

impl Failure {
    /// A failure that names nobody.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Failure {
            code,
            culprits: Vec::new(),
            detail: detail.into(),
        }
    }

    /// A failure that one party caused.
    pub fn by(culprit: u16, code: Code, detail: impl Into<String>) -> Self {
        Failure {
            code,
            culprits: vec![culprit],
            detail: detail.into(),
        }
    }

    /// Reads a protocol crate's error. Its public types hide the variants, so the party indexes
    /// come from the debug text, which prints nothing but variant names, party indexes and
    /// message ids.
    pub(crate) fn from_protocol(error: &(dyn Error + 'static)) -> Self {
        let mut detail = error.to_string();
        let mut source = error.source();
        while let Some(inner) = source {
            let text = inner.to_string();
            // Some texts carry the blame list; the indexes are reported apart from the text.
            let head = text.split(['[', '{']).next().unwrap_or_default();
            detail.push_str(": ");
            detail.push_str(head.trim_end_matches([':', ' ']));
            source = inner.source();
        }
        let debug = format!("{error:?}");
        // A party that echoes a wrong hash and one that sent unequal broadcasts look the same,
        // so unreliable broadcast names nobody.
        if debug.contains("NotReliable") {
            return Failure::new(Code::Equivocation, detail);
        }
        Failure {
            code: Code::Protocol,
            culprits: blamed(&debug),
            detail,
        }
    }
}

/// Party indexes in `faulty_party: 3` and `parties: [1, 2]`, ascending, each once.
fn blamed(debug: &str) -> Vec<u16> {
    let mut found: Vec<u16> = debug
        .split("faulty_party: ")
        .skip(1)
        .filter_map(leading_number)
        .collect();
    for rest in debug.split("parties: [").skip(1) {
        let list = rest.split(']').next().unwrap_or_default();
        found.extend(list.split(", ").filter_map(|item| item.parse::<u16>().ok()));
    }
    found.sort_unstable();
    found.dedup();
    found
}

fn leading_number(text: &str) -> Option<u16> {
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    text[..end].parse().ok()
}
