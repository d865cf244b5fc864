//! Encoding and decoding of protocol messages: CBOR, looked over before anything is decoded.
//!
//! The big integers of the protocol crates travel as `{radix, value}`, and their decoder hands a
//! peer's radix to a function that panics on 0, 1 and 37, and takes `+ff` and `1_f` silently. So
//! the CBOR value is walked first: radix 16 only, strict digits, bounded lengths and depth.

use std::io::Cursor;

use ciborium::Value;
use serde::{Serialize, de::DeserializeOwned};
use zeroize::Zeroizing;

use crate::failure::Code;

/// Nesting that no message of the protocols reaches.
const MAX_DEPTH: usize = 24;

/// Digits of the longest integer: a Paillier ciphertext has 1536, a proof's response less than 2400.
const MAX_DIGITS: usize = 4096;

/// Length of a byte string inside a message: the longest are compressed points and hashes.
const MAX_BYTES: usize = 128;

/// Length of a text that is not an integer's digits: names of fields and variants.
const MAX_TEXT: usize = 128;

/// CBOR of a message, wiped by whoever drops it.
pub fn encode<M: Serialize>(message: &M) -> Result<Zeroizing<Vec<u8>>, Code> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(4096));
    ciborium::into_writer(message, &mut *bytes).map_err(|_| Code::Decode)?;
    Ok(bytes)
}

/// Size, then shape, then the message itself. Errors are [`Code::Oversized`] or [`Code::Decode`].
pub fn decode<M: DeserializeOwned>(body: &[u8], limit: usize) -> Result<M, Code> {
    check(body, limit)?;
    read(body)
}

/// Looks a body over without decoding it into a message.
pub fn check(body: &[u8], limit: usize) -> Result<(), Code> {
    if body.len() > limit {
        return Err(Code::Oversized);
    }
    let value: Value = read(body)?;
    walk(&value, 0)
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Code> {
    let mut rest = Cursor::new(body);
    let value = ciborium::de::from_reader_with_recursion_limit(&mut rest, 2 * MAX_DEPTH)
        .map_err(|_| Code::Decode)?;
    // Bytes after the value would be a second channel that no hash covers.
    if rest.position() != body.len() as u64 {
        return Err(Code::Decode);
    }
    Ok(value)
}

fn walk(value: &Value, depth: usize) -> Result<(), Code> {
    if depth > MAX_DEPTH {
        return Err(Code::Decode);
    }
    match value {
        Value::Integer(_) | Value::Bool(_) | Value::Null => Ok(()),
        Value::Bytes(bytes) if bytes.len() <= MAX_BYTES => Ok(()),
        Value::Text(text) if text.len() <= MAX_TEXT => Ok(()),
        Value::Array(items) => items.iter().try_for_each(|item| walk(item, depth + 1)),
        Value::Map(entries) => walk_map(entries, depth),
        // Tags and floats occur in no message, and the decoder would look through a tag.
        _ => Err(Code::Decode),
    }
}

fn walk_map(entries: &[(Value, Value)], depth: usize) -> Result<(), Code> {
    let mut names = Vec::with_capacity(entries.len());
    for (name, _) in entries {
        // A byte string would be taken for a field name, too.
        let Value::Text(name) = name else {
            return Err(Code::Decode);
        };
        if name.len() > MAX_TEXT || names.contains(&name.as_str()) || names.len() > 64 {
            return Err(Code::Decode);
        }
        names.push(name.as_str());
    }
    if names.contains(&"radix") {
        return integer(entries);
    }
    entries
        .iter()
        .try_for_each(|(_, value)| walk(value, depth + 1))
}

/// Exactly `{radix: 16, value: digits}`, in this order, as every honest encoder writes it.
fn integer(entries: &[(Value, Value)]) -> Result<(), Code> {
    let [
        (Value::Text(first), Value::Integer(radix)),
        (Value::Text(second), Value::Text(digits)),
    ] = entries
    else {
        return Err(Code::Decode);
    };
    if first != "radix" || second != "value" || *radix != 16.into() || !canonical(digits) {
        return Err(Code::Decode);
    }
    Ok(())
}

/// Lower-case hex without leading zeros. A minus sign is allowed: responses of range proofs are
/// signed integers; the protocol checks their ranges.
fn canonical(digits: &str) -> bool {
    let magnitude = digits.strip_prefix('-').unwrap_or(digits);
    if digits == "0" {
        return true;
    }
    !magnitude.is_empty()
        && magnitude.len() <= MAX_DIGITS
        && !magnitude.starts_with('0')
        && magnitude
            .bytes()
            .all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}
