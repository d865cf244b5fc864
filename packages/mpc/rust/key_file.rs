//! Files of secrets that only their owner may read: the key-encryption key, 32 bytes, and others.

use std::{
    fs::{File, OpenOptions},
    io::{ErrorKind, Read, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::Path,
    sync::Arc,
};

use napi::Result;
use napi_derive::napi;
use quorate_mpc::Vault;
use rand_core::{OsRng, RngCore};
use zeroize::Zeroizing;

use crate::{convert::error, vault::NativeVault};

/// What a backup calls it.
pub const KEY_FILE: &str = "signer.key";

/// Writes a fresh key with mode 0600 and syncs it; never overwrites.
#[napi(catch_unwind)]
pub fn create_key_file(path: String) -> Result<()> {
    let mut key = Zeroizing::new([0; 32]);
    OsRng.fill_bytes(&mut *key);
    write_secret(Path::new(&path), &*key)
}

/// Reads the key into Rust memory.
#[napi(catch_unwind)]
pub fn open_vault(path: String) -> Result<NativeVault> {
    let bytes = read_secret(&path, 32)?;
    let mut key = Zeroizing::new([0; 32]);
    if bytes.len() != key.len() {
        return Err(error("key-file/length", "The key file has not 32 bytes."));
    }
    key.copy_from_slice(&bytes);
    Ok(NativeVault(Arc::new(Vault::new(key))))
}

/// Mode 0600, on the disk when it returns, never over another file.
pub fn write_secret(path: &Path, bytes: &[u8]) -> Result<()> {
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()));
    written.map_err(|cause| match cause.kind() {
        ErrorKind::AlreadyExists => error("key-file/exists", "The key file exists already."),
        _ => error("key-file/unwritable", "The key file cannot be written."),
    })
}

/// At most `most` bytes, of a file that nobody else may read.
pub fn read_secret(path: &str, most: usize) -> Result<Zeroizing<Vec<u8>>> {
    let unreadable = |_| error("key-file/unreadable", "The key file cannot be read.");
    let mut file = File::open(path).map_err(unreadable)?;
    let mode = file.metadata().map_err(unreadable)?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(error(
            "key-file/mode",
            "Others may read the key file; its mode must be 0600.",
        ));
    }
    let mut bytes = Zeroizing::new(vec![0; most + 1]);
    let mut length = 0;
    while length <= most {
        match file.read(&mut bytes[length..]).map_err(unreadable)? {
            0 => break,
            more => length += more,
        }
    }
    if length > most {
        return Err(error("key-file/length", "The key file is too long."));
    }
    bytes.truncate(length);
    Ok(bytes)
}
