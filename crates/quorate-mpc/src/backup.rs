//! A backup of a signer: files of its folder in one stream that only a recovery key opens.
//!
//! ```text
//! "quorate-backup" | version 1 | header length (u16) | body length (u64) | header
//! HPKE (base mode) to the recovery key: content key; info "quorate/backup/v1", associated data = all before
//! body in pieces of 64 KiB, the last one maybe shorter, each AES-256-GCM under the content key;
//!   nonce = 3 zero bytes | piece, from 0 (u64) | 1 in the last piece, else 0
//! ```
//!
//! Numbers are big-endian. The body is a table, one byte with the number of parts and for each the
//! length of its name (u8), the name and its size (u64), and then the parts in that order. The
//! header is public, and a backup with another header does not open.

use std::io::{Read, Write};

use aes_gcm::{Aes256Gcm, KeyInit, Nonce, aead::AeadInPlace};
use rand_core::{OsRng, RngCore};
use zeroize::Zeroizing;

use crate::{
    error::{Error, ErrorCode},
    hpke_base,
};

const MAGIC: &[u8; 15] = b"quorate-backup\x01";
const INFO: &[u8] = b"quorate/backup/v1";
const FIXED: usize = MAGIC.len() + 2 + 8;
const MAX_HEADER: usize = 4096;
/// Encapsulated key, content key and tag.
const SEALED_KEY: usize = 32 + 32 + 16;
const PIECE: usize = 65_536;
const TAG: usize = 16;
const MAX_BODY: u64 = 1 << 40;
const MAX_PARTS: usize = 16;
const MAX_NAME: usize = 64;

/// What opens backups. Its public half makes them.
pub struct RecoveryKey {
    private: Zeroizing<[u8; 32]>,
    public: [u8; 32],
}

impl RecoveryKey {
    /// A fresh one from the system's randomness.
    pub fn generate() -> Self {
        let (private, public) = hpke_base::generate();
        RecoveryKey { private, public }
    }

    /// Lower-case hex and a line feed, 65 bytes: a person may have to copy it by hand.
    pub fn to_text(&self) -> Zeroizing<Vec<u8>> {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut text = Zeroizing::new(Vec::with_capacity(65));
        for byte in self.private.iter() {
            text.push(DIGITS[usize::from(byte >> 4)]);
            text.push(DIGITS[usize::from(byte & 15)]);
        }
        text.push(b'\n');
        text
    }

    /// Reads [`RecoveryKey::to_text`], with or without its line feed.
    pub fn from_text(text: &[u8]) -> Result<Self, Error> {
        let wrong = Error::new(ErrorCode::BackupKey);
        let digits = text.strip_suffix(b"\n").unwrap_or(text);
        if digits.len() != 64 {
            return Err(wrong);
        }
        let mut private = Zeroizing::new([0; 32]);
        for (byte, pair) in private.iter_mut().zip(digits.chunks(2)) {
            let digit = |at: usize| match pair[at] {
                lower @ b'a'..=b'f' => Ok(lower - b'a' + 10),
                decimal @ b'0'..=b'9' => Ok(decimal - b'0'),
                _ => Err(wrong),
            };
            *byte = digit(0)? << 4 | digit(1)?;
        }
        let public = hpke_base::public_key(&private).map_err(|_| wrong)?;
        Ok(RecoveryKey { private, public })
    }

    /// X25519, 32 bytes.
    pub fn public(&self) -> &[u8; 32] {
        &self.public
    }
}

/// One file on its way into a backup.
pub struct Part<'a> {
    /// 1 to 64 of `a-z`, `0-9`, `-` and `.`, the first no point.
    pub name: &'a str,
    /// Exactly as many bytes must come.
    pub size: u64,
    /// Where they come from.
    pub content: &'a mut dyn Read,
}

/// Writes a backup for the recovery key with this public half.
pub fn write_backup(
    to: &[u8],
    header: &[u8],
    parts: Vec<Part<'_>>,
    out: &mut dyn Write,
) -> Result<(), Error> {
    let bad = Error::new(ErrorCode::BadInput);
    let table = table_of(&parts).ok_or(bad)?;
    let body = parts
        .iter()
        .try_fold(table.len() as u64, |sum, part| sum.checked_add(part.size));
    let body = body.filter(|body| *body <= MAX_BODY).ok_or(bad)?;
    let header_length = u16::try_from(header.len())
        .ok()
        .filter(|length| usize::from(*length) <= MAX_HEADER)
        .ok_or(bad)?;
    let front = [
        &MAGIC[..],
        &header_length.to_be_bytes(),
        &body.to_be_bytes(),
        header,
    ]
    .concat();
    let mut key = Zeroizing::new([0; 32]);
    OsRng.fill_bytes(&mut *key);
    let sealed_key =
        hpke_base::seal(to, INFO, &front, &*key).map_err(|_| Error::new(ErrorCode::BackupKey))?;
    out.write_all(&front).map_err(io)?;
    out.write_all(&sealed_key).map_err(io)?;
    let mut pieces = Sealer {
        cipher: cipher(&key),
        number: 0,
        pending: Zeroizing::new(Vec::with_capacity(PIECE + TAG)),
        out,
    };
    pieces.push(&table)?;
    for part in parts {
        let mut left = part.size;
        let mut buffer = Zeroizing::new(vec![0; PIECE]);
        while left > 0 {
            let wanted = usize::try_from(left).unwrap_or(PIECE).min(PIECE);
            part.content.read_exact(&mut buffer[..wanted]).map_err(io)?;
            pieces.push(&buffer[..wanted])?;
            left -= wanted as u64;
        }
        // A file that has grown meanwhile is not the one whose size was told.
        if part.content.read(&mut [0]).map_err(io)? != 0 {
            return Err(Error::new(ErrorCode::BackupIo));
        }
    }
    pieces.finish()
}

fn table_of(parts: &[Part<'_>]) -> Option<Vec<u8>> {
    if parts.len() > MAX_PARTS {
        return None;
    }
    let mut table = vec![parts.len() as u8];
    for (at, Part { name, size, .. }) in parts.iter().enumerate() {
        if !is_name(name.as_bytes()) || parts[..at].iter().any(|other| other.name == *name) {
            return None;
        }
        table.push(name.len() as u8);
        table.extend_from_slice(name.as_bytes());
        table.extend_from_slice(&size.to_be_bytes());
    }
    Some(table)
}

fn is_name(name: &[u8]) -> bool {
    (1..=MAX_NAME).contains(&name.len())
        && name[0] != b'.'
        && name
            .iter()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.'))
}

struct Sealer<'a> {
    cipher: Aes256Gcm,
    number: u64,
    pending: Zeroizing<Vec<u8>>,
    out: &'a mut dyn Write,
}

impl Sealer<'_> {
    /// A full piece goes out once more comes: the last one is marked.
    fn push(&mut self, mut bytes: &[u8]) -> Result<(), Error> {
        while !bytes.is_empty() {
            if self.pending.len() == PIECE {
                self.flush(false)?;
            }
            let (now, later) = bytes.split_at(bytes.len().min(PIECE - self.pending.len()));
            self.pending.extend_from_slice(now);
            bytes = later;
        }
        Ok(())
    }

    fn flush(&mut self, last: bool) -> Result<(), Error> {
        let tag = self
            .cipher
            .encrypt_in_place_detached(
                Nonce::from_slice(&nonce(self.number, last)),
                &[],
                &mut self.pending,
            )
            .expect("AES-GCM seals 64 KiB");
        self.out.write_all(&self.pending).map_err(io)?;
        self.out.write_all(&tag).map_err(io)?;
        self.pending.clear();
        self.number += 1;
        Ok(())
    }

    fn finish(mut self) -> Result<(), Error> {
        self.flush(true)?;
        self.out.flush().map_err(io)
    }
}

/// What a backup says of itself, unverified: anybody can write it. `size` is the whole backup's.
pub fn backup_header(source: &mut dyn Read, size: u64) -> Result<Vec<u8>, Error> {
    Ok(read_front(source, size)?.header().to_vec())
}

struct Front {
    /// Everything up to the sealed key.
    bytes: Vec<u8>,
    body: u64,
}

impl Front {
    fn header(&self) -> &[u8] {
        &self.bytes[FIXED..]
    }
}

fn read_front(source: &mut dyn Read, size: u64) -> Result<Front, Error> {
    let malformed = Error::new(ErrorCode::BackupMalformed);
    let incomplete = Error::new(ErrorCode::BackupIncomplete);
    let mut bytes = vec![0; FIXED.min(usize::try_from(size).unwrap_or(FIXED))];
    source.read_exact(&mut bytes).map_err(io)?;
    let known = bytes.len().min(MAGIC.len());
    if bytes[..known] != MAGIC[..known] {
        return Err(malformed);
    }
    if bytes.len() < FIXED {
        return Err(incomplete);
    }
    let length = usize::from(u16::from_be_bytes([bytes[15], bytes[16]]));
    let body = u64::from_be_bytes(bytes[17..25].try_into().expect("8 bytes"));
    if length > MAX_HEADER || body == 0 || body > MAX_BODY {
        return Err(malformed);
    }
    let whole = (FIXED + length + SEALED_KEY) as u64 + body + TAG as u64 * pieces_of(body);
    if size < whole {
        return Err(incomplete);
    }
    if size > whole {
        return Err(malformed);
    }
    bytes.resize(FIXED + length, 0);
    source.read_exact(&mut bytes[FIXED..]).map_err(io)?;
    Ok(Front { bytes, body })
}

const fn pieces_of(body: u64) -> u64 {
    body.div_ceil(PIECE as u64)
}

/// Opens a backup of `size` bytes and hands over its parts in order: `begin` gets the name and size
/// of each and says where it goes. Everything handed over was authenticated, but whether the backup
/// is whole is known at the end only. Returns the header.
pub fn read_backup<'a>(
    key: &RecoveryKey,
    source: &mut dyn Read,
    size: u64,
    mut begin: impl FnMut(&str, u64) -> Result<Box<dyn Write + 'a>, Error>,
) -> Result<Vec<u8>, Error> {
    let front = read_front(source, size)?;
    let unreadable = Error::new(ErrorCode::BackupUnreadable);
    let mut sealed_key = [0; SEALED_KEY];
    source.read_exact(&mut sealed_key).map_err(io)?;
    let content_key =
        hpke_base::open(&key.private, INFO, &front.bytes, &sealed_key).map_err(|_| unreadable)?;
    let mut body = Opener {
        cipher: cipher(content_key.as_slice().try_into().map_err(|_| unreadable)?),
        number: 0,
        left: front.body,
        piece: Zeroizing::new(Vec::with_capacity(PIECE)),
        at: 0,
        source,
    };
    for (name, size) in read_table(&mut body, front.body)? {
        let mut out = begin(&name, size)?;
        let mut left = size;
        while left > 0 {
            let bytes = body.some(left)?;
            out.write_all(bytes).map_err(io)?;
            left -= bytes.len() as u64;
        }
        out.flush().map_err(io)?;
    }
    Ok(front.header().to_vec())
}

/// Names and sizes of all parts, which fill the body exactly.
fn read_table(body: &mut Opener<'_>, length: u64) -> Result<Vec<(String, u64)>, Error> {
    let malformed = Error::new(ErrorCode::BackupMalformed);
    let mut parts: Vec<(String, u64)> = Vec::new();
    let mut sum = 1;
    for _ in 0..body.exact(1)?[0] {
        let length = body.exact(1)?[0];
        let name = body.exact(usize::from(length))?;
        let size = u64::from_be_bytes(body.exact(8)?.try_into().map_err(|_| malformed)?);
        let name = String::from_utf8(name)
            .ok()
            .filter(|name| is_name(name.as_bytes()) && parts.iter().all(|(known, _)| known != name))
            .ok_or(malformed)?;
        sum += 9 + u64::from(length) + size.min(MAX_BODY);
        parts.push((name, size));
    }
    if parts.len() > MAX_PARTS || sum != length {
        return Err(malformed);
    }
    Ok(parts)
}

struct Opener<'a> {
    cipher: Aes256Gcm,
    number: u64,
    /// Of the body, not read yet.
    left: u64,
    piece: Zeroizing<Vec<u8>>,
    at: usize,
    source: &'a mut dyn Read,
}

impl Opener<'_> {
    /// The next bytes of the body, at most as many, at least one.
    fn some(&mut self, most: u64) -> Result<&[u8], Error> {
        if self.at == self.piece.len() {
            self.next()?;
        }
        let from = self.at;
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        self.at = self.piece.len().min(from.saturating_add(most));
        Ok(&self.piece[from..self.at])
    }

    fn exact(&mut self, length: usize) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::with_capacity(length);
        while bytes.len() < length {
            let more = self.some((length - bytes.len()) as u64)?;
            bytes.extend_from_slice(more);
        }
        Ok(bytes)
    }

    fn next(&mut self) -> Result<(), Error> {
        if self.left == 0 {
            return Err(Error::new(ErrorCode::BackupMalformed));
        }
        let length = usize::try_from(self.left).unwrap_or(PIECE).min(PIECE);
        self.left -= length as u64;
        self.piece.resize(length, 0);
        self.source.read_exact(&mut self.piece).map_err(io)?;
        let mut tag = [0; TAG];
        self.source.read_exact(&mut tag).map_err(io)?;
        self.cipher
            .decrypt_in_place_detached(
                Nonce::from_slice(&nonce(self.number, self.left == 0)),
                &[],
                &mut self.piece,
                (&tag).into(),
            )
            .map_err(|_| Error::new(ErrorCode::BackupUnreadable))?;
        self.number += 1;
        self.at = 0;
        Ok(())
    }
}

fn nonce(piece: u64, last: bool) -> [u8; 12] {
    let mut nonce = [0; 12];
    nonce[3..11].copy_from_slice(&piece.to_be_bytes());
    nonce[11] = u8::from(last);
    nonce
}

fn cipher(key: &[u8; 32]) -> Aes256Gcm {
    Aes256Gcm::new_from_slice(key).expect("the key has 32 bytes")
}

fn io(_: std::io::Error) -> Error {
    Error::new(ErrorCode::BackupIo)
}
