//! The key-encryption key's file: 32 bytes that only its owner may read.

use std::{
    fs::{File, OpenOptions},
    io::{ErrorKind, Read, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    sync::Arc,
};

use napi::Result;
use napi_derive::napi;
use quorate_mpc::Vault;
use rand_core::{OsRng, RngCore};
use zeroize::Zeroizing;

use crate::{convert::error, vault::NativeVault};

/// Writes a fresh key with mode 0600 and syncs it; never overwrites.
#[napi(catch_unwind)]
pub fn create_key_file(path: String) -> Result<()> {
    let mut key = Zeroizing::new([0; 32]);
    OsRng.fill_bytes(&mut *key);
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .and_then(|mut file| file.write_all(&*key).and_then(|()| file.sync_all()));
    written.map_err(|cause| match cause.kind() {
        ErrorKind::AlreadyExists => error("key-file/exists", "The key file exists already."),
        _ => error("key-file/unwritable", "The key file cannot be written."),
    })
}

/// Reads the key into Rust memory.
#[napi(catch_unwind)]
pub fn open_vault(path: String) -> Result<NativeVault> {
    let unreadable = |_| error("key-file/unreadable", "The key file cannot be read.");
    let mut file = File::open(path).map_err(unreadable)?;
    let mode = file.metadata().map_err(unreadable)?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(error(
            "key-file/mode",
            "Others may read the key file; its mode must be 0600.",
        ));
    }
    let mut key = Zeroizing::new([0; 32]);
    let exact =
        file.read_exact(&mut *key).is_ok() && file.read(&mut [0]).is_ok_and(|rest| rest == 0);
    if !exact {
        return Err(error("key-file/length", "The key file has not 32 bytes."));
    }
    Ok(NativeVault(Arc::new(Vault::new(key))))
}
