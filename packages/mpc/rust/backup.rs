//! Backups on the disk: files into one, and out of it into a folder.

use std::{
    cell::RefCell,
    fs::{File, OpenOptions},
    io::{BufWriter, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    rc::Rc,
    sync::Arc,
};

use napi::{
    Env, Result, Task,
    bindgen_prelude::{AsyncTask, Uint8Array},
};
use napi_derive::napi;
use quorate_mpc::{Error, ErrorCode, Part, RecoveryKey, Vault};
use zeroize::Zeroizing;

use crate::{
    convert::{bytes, error, from_crate},
    key_file::{KEY_FILE, read_secret, write_secret},
    vault::NativeVault,
};

/// A recovery key's file has its text and nothing else.
const MAX_KEY_TEXT: usize = 65;

/// Writes a fresh recovery key with mode 0600, never over another file; its public half.
#[napi(catch_unwind)]
pub fn create_recovery_key(path: String) -> Result<Uint8Array> {
    let key = RecoveryKey::generate();
    write_secret(Path::new(&path), &key.to_text())?;
    Ok(bytes(key.public()))
}

/// The public half of a recovery key's file.
#[napi(catch_unwind)]
pub fn public_recovery_key(path: String) -> Result<Uint8Array> {
    Ok(bytes(recovery_key(&path)?.public()))
}

fn recovery_key(path: &str) -> Result<RecoveryKey> {
    RecoveryKey::from_text(&read_secret(path, MAX_KEY_TEXT)?).map_err(from_crate)
}

/// A file on its way into a backup.
#[napi(object)]
pub struct NativePart {
    pub name: String,
    pub path: String,
}

pub struct WriteBackup {
    to: Vec<u8>,
    header: Vec<u8>,
    parts: Vec<NativePart>,
    out: String,
}

/// Writes a backup into a new file with mode 0600 and syncs it.
#[napi(catch_unwind)]
pub fn write_backup(
    to: Uint8Array,
    header: Uint8Array,
    parts: Vec<NativePart>,
    out: String,
) -> AsyncTask<WriteBackup> {
    AsyncTask::new(WriteBackup {
        to: to.to_vec(),
        header: header.to_vec(),
        parts,
        out,
    })
}

impl Task for WriteBackup {
    type Output = ();
    type JsValue = ();

    fn compute(&mut self) -> Result<()> {
        let mut files = Vec::with_capacity(self.parts.len());
        for NativePart { path, .. } in &self.parts {
            let file = File::open(path).map_err(io)?;
            let size = file.metadata().map_err(io)?.len();
            files.push((file, size));
        }
        let parts = self
            .parts
            .iter()
            .zip(&mut files)
            .map(|(NativePart { name, .. }, (file, size))| Part {
                name,
                size: *size,
                content: file,
            })
            .collect();
        let out = fresh(Path::new(&self.out)).map_err(io)?;
        let mut buffered = BufWriter::new(&out);
        quorate_mpc::write_backup(&self.to, &self.header, parts, &mut buffered)
            .map_err(from_crate)?;
        drop(buffered);
        out.sync_all().map_err(io)
    }

    fn resolve(&mut self, _: Env, (): ()) -> Result<()> {
        Ok(())
    }
}

/// What a backup says of itself, unverified.
#[napi(catch_unwind)]
pub fn backup_header(path: String) -> Result<Uint8Array> {
    let (mut file, size) = source(&path)?;
    quorate_mpc::backup_header(&mut file, size)
        .map(Uint8Array::from)
        .map_err(from_crate)
}

fn source(path: &str) -> Result<(File, u64)> {
    let file = File::open(path).map_err(io)?;
    let metadata = file.metadata().map_err(io)?;
    if !metadata.is_file() {
        return Err(from_crate(malformed()));
    }
    Ok((file, metadata.len()))
}

pub struct OpenBackup {
    key: String,
    from: String,
    folder: String,
    names: Vec<String>,
}

/// Opens a backup: its files go into `folder`, which is there, but for the key-encryption key, which
/// stays in memory. Only files of these names are let out.
#[napi(catch_unwind)]
pub fn open_backup(
    key: String,
    from: String,
    folder: String,
    names: Vec<String>,
) -> AsyncTask<OpenBackup> {
    AsyncTask::new(OpenBackup {
        key,
        from,
        folder,
        names,
    })
}

/// The header, and the key-encryption key.
pub struct Opened {
    header: Vec<u8>,
    kek: Zeroizing<[u8; 32]>,
}

impl Task for OpenBackup {
    type Output = Opened;
    type JsValue = NativeBackup;

    fn compute(&mut self) -> Result<Opened> {
        let key = recovery_key(&self.key)?;
        let (mut file, size) = source(&self.from)?;
        let kek = Rc::new(RefCell::new(Zeroizing::new(Vec::with_capacity(32))));
        let begin = |name: &str, size: u64| -> std::result::Result<Box<dyn Write>, Error> {
            if name == KEY_FILE {
                return match size {
                    32 => Ok(Box::new(InMemory(Rc::clone(&kek)))),
                    _ => Err(malformed()),
                };
            }
            if !self.names.iter().any(|known| known == name) {
                return Err(malformed());
            }
            let file = fresh(&PathBuf::from(&self.folder).join(name))
                .map_err(|_| Error::from(ErrorCode::BackupIo))?;
            Ok(Box::new(Synced(file)))
        };
        let header = quorate_mpc::read_backup(&key, &mut file, size, begin).map_err(from_crate)?;
        let kek = kek
            .borrow()
            .as_slice()
            .try_into()
            .map(Zeroizing::new)
            .map_err(|_| from_crate(malformed()))?;
        Ok(Opened { header, kek })
    }

    fn resolve(&mut self, _: Env, opened: Opened) -> Result<NativeBackup> {
        Ok(NativeBackup(opened))
    }
}

/// An opened backup.
#[napi]
pub struct NativeBackup(Opened);

#[napi]
impl NativeBackup {
    #[napi(catch_unwind)]
    pub fn header(&self) -> Uint8Array {
        bytes(&self.0.header)
    }

    #[napi(catch_unwind)]
    pub fn vault(&self) -> NativeVault {
        NativeVault(Arc::new(Vault::new(self.0.kek.clone())))
    }

    /// Writes the key-encryption key with mode 0600 and syncs it; never over another file.
    #[napi(catch_unwind)]
    pub fn write_key_file(&self, path: String) -> Result<()> {
        write_secret(Path::new(&path), &*self.0.kek)
    }
}

/// Never larger than the key: the size was looked at.
struct InMemory(Rc<RefCell<Zeroizing<Vec<u8>>>>);

impl Write for InMemory {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// On the disk when it is flushed.
struct Synced(File);

impl Write for Synced {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.sync_all()
    }
}

fn fresh(path: &Path) -> std::io::Result<File> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
}

fn malformed() -> Error {
    Error::from(ErrorCode::BackupMalformed)
}

fn io(_: std::io::Error) -> napi::Error {
    error(
        "backup/io",
        "A file of the backup cannot be read or written.",
    )
}
