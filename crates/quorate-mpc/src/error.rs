//! Errors of everything that is not a session. The code is the contract, the text is for people.

use std::fmt;

/// Closed list of reasons; never renamed or reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorCode {
    /// A blob that did not open: another vault, another context, or changed bytes.
    BlobUnreadable,
    /// A blob of another kind, version or shape.
    BlobMalformed,
    /// A blob that opened, but whose content does not hold together.
    BlobInvalid,
    /// A number of the published test fixtures.
    FixtureRefused,
    /// A fixture was asked for that does not exist in this build.
    FixtureAbsent,
    /// Primes that are not four different safe primes of 1536 bits.
    PrimesInvalid,
    /// An encryption key that is not 34 bytes.
    EncryptionKeyLength,
    /// An encryption key with a version byte other than 1.
    EncryptionKeyVersion,
    /// An encryption key that is no compressed point, or the identity.
    EncryptionKeyPoint,
    /// A share envelope that did not open.
    EnvelopeUnreadable,
    /// A share whose scalar does not fit its public share.
    ShareMismatch,
    /// A sealed message (HPKE) that did not open, or a key that is none.
    SealUnreadable,
    /// A private protocol body, which only a session opens.
    SealReserved,
    /// No backup of a version that is known here.
    BackupMalformed,
    /// A backup that is shorter than it says.
    BackupIncomplete,
    /// A backup that did not open: another recovery key, or changed bytes.
    BackupUnreadable,
    /// A recovery key that is none.
    BackupKey,
    /// A file of a backup could not be read or written.
    BackupIo,
    /// An argument of the wrong length or range.
    BadInput,
    /// The work was cancelled.
    Cancelled,
}

impl ErrorCode {
    /// The code as clients of the addon see it.
    pub fn as_str(self) -> &'static str {
        self.row().0
    }

    fn row(self) -> (&'static str, &'static str) {
        match self {
            ErrorCode::BlobUnreadable => (
                "blob/unreadable",
                "The blob does not open with this vault and context.",
            ),
            ErrorCode::BlobMalformed => (
                "blob/malformed",
                "This is not a sealed blob of the expected kind and version.",
            ),
            ErrorCode::BlobInvalid => {
                ("blob/invalid", "The blob's content does not hold together.")
            }
            ErrorCode::FixtureRefused => (
                "fixture/refused",
                "These numbers are published test fixtures.",
            ),
            ErrorCode::FixtureAbsent => ("fixture/absent", "This build has no such fixture."),
            ErrorCode::PrimesInvalid => (
                "primes/invalid",
                "Four different safe primes of 1536 bits are needed.",
            ),
            ErrorCode::EncryptionKeyLength => {
                ("encryption-key/length", "An encryption key has 34 bytes.")
            }
            ErrorCode::EncryptionKeyVersion => (
                "encryption-key/version",
                "The encryption key's version is not 1.",
            ),
            ErrorCode::EncryptionKeyPoint => (
                "encryption-key/point",
                "The encryption key is not a compressed point, or is the identity.",
            ),
            ErrorCode::EnvelopeUnreadable => (
                "envelope/unreadable",
                "The share envelope does not open with this key.",
            ),
            ErrorCode::ShareMismatch => {
                ("share/mismatch", "The share does not fit its public share.")
            }
            ErrorCode::SealUnreadable => (
                "seal/unreadable",
                "The sealed message does not open, or the key is not valid.",
            ),
            ErrorCode::SealReserved => (
                "seal/reserved",
                "Private protocol bodies are opened by sessions only.",
            ),
            ErrorCode::BackupMalformed => (
                "backup/malformed",
                "This is not a backup of a version known here.",
            ),
            ErrorCode::BackupIncomplete => {
                ("backup/incomplete", "The backup is shorter than it says.")
            }
            ErrorCode::BackupUnreadable => (
                "backup/unreadable",
                "The backup does not open with this recovery key, or was changed.",
            ),
            ErrorCode::BackupKey => ("backup/key", "This is not a recovery key."),
            ErrorCode::BackupIo => (
                "backup/io",
                "A file of the backup cannot be read or written.",
            ),
            ErrorCode::BadInput => ("bad-input", "An argument has the wrong length or range."),
            ErrorCode::Cancelled => ("cancelled", "The work was cancelled."),
        }
    }
}

/// An error without secrets and without user input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Error {
    /// Why.
    pub code: ErrorCode,
}

impl Error {
    pub(crate) fn new(code: ErrorCode) -> Self {
        Error { code }
    }
}

impl From<ErrorCode> for Error {
    fn from(code: ErrorCode) -> Self {
        Error { code }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.code.row().1)
    }
}

impl std::error::Error for Error {}
