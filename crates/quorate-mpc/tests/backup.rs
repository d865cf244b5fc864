//! Backups open whole, with their recovery key, or not at all.

use std::io::Write;

use proptest::prelude::*;
use quorate_mpc::{Error, ErrorCode, Part, RecoveryKey, backup_header, read_backup, write_backup};

const HEADER: &[u8] = br#"{"signer":"one"}"#;

fn backup(key: &RecoveryKey, parts: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut contents: Vec<&[u8]> = parts.iter().map(|(_, bytes)| bytes.as_slice()).collect();
    let parts = parts
        .iter()
        .zip(&mut contents)
        .map(|((name, bytes), content)| Part {
            name,
            size: bytes.len() as u64,
            content,
        })
        .collect();
    write_backup(key.public(), HEADER, parts, &mut out).expect("writes");
    out
}

/// Appends to the last of a list.
struct Last<'a>(&'a std::cell::RefCell<Vec<(String, Vec<u8>)>>);

impl Write for Last<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let mut parts = self.0.borrow_mut();
        parts.last_mut().expect("one").1.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn open(key: &RecoveryKey, backup: &[u8]) -> Result<Vec<(String, Vec<u8>)>, ErrorCode> {
    let parts = std::cell::RefCell::new(Vec::new());
    let size = backup.len() as u64;
    let header = read_backup(key, &mut &backup[..], size, |name, _| {
        parts.borrow_mut().push((name.to_owned(), Vec::new()));
        Ok(Box::new(Last(&parts)))
    })
    .map_err(|Error { code }| code)?;
    assert_eq!(header, HEADER);
    Ok(parts.into_inner())
}

fn two() -> Vec<(&'static str, Vec<u8>)> {
    vec![("signer.key", vec![7; 32]), ("signer.db", vec![9; 300])]
}

#[test]
fn a_changed_byte_anywhere_is_refused() {
    let key = RecoveryKey::generate();
    let good = backup(&key, &two());
    for at in 0..good.len() {
        let mut changed = good.clone();
        changed[at] ^= 1;
        assert!(open(&key, &changed).is_err(), "{at}");
    }
    assert_eq!(open(&key, &good).expect("opens").len(), 2);
}

#[test]
fn a_cut_or_longer_backup_is_refused_and_says_so() {
    let key = RecoveryKey::generate();
    let good = backup(&key, &two());
    for end in 0..good.len() {
        assert_eq!(open(&key, &good[..end]), Err(ErrorCode::BackupIncomplete));
    }
    let longer = [good.as_slice(), &[0]].concat();
    assert_eq!(open(&key, &longer), Err(ErrorCode::BackupMalformed));
    assert!(open(&key, &good).is_ok());
}

#[test]
fn another_key_opens_nothing_and_the_header_is_there_for_anybody() {
    let key = RecoveryKey::generate();
    let good = backup(&key, &two());
    let other = RecoveryKey::generate();
    assert_eq!(open(&other, &good), Err(ErrorCode::BackupUnreadable));
    let size = good.len() as u64;
    assert_eq!(backup_header(&mut good.as_slice(), size), Ok(HEADER.into()));
    assert!(open(&key, &good).is_ok());
}

#[test]
fn a_recovery_key_is_read_as_it_was_written_and_nothing_else_is_one() {
    let key = RecoveryKey::generate();
    let text = key.to_text();
    assert_eq!(text.len(), 65);
    let read = |text: &[u8]| RecoveryKey::from_text(text).map(|key| *key.public());
    assert_eq!(read(&text), Ok(*key.public()));
    assert_eq!(read(&text[..64]), Ok(*key.public()));
    for wrong in [&text[..63], &text[1..], b"", &[b'g'; 64], &[b'A'; 64]] {
        let code = read(wrong).map_err(|error| error.code);
        assert_eq!(code, Err(ErrorCode::BackupKey));
    }
}

#[test]
fn names_that_lead_elsewhere_are_not_written() {
    let key = RecoveryKey::generate();
    for name in ["", "..", ".hidden", "a/b", "A", "a b", &"a".repeat(65)] {
        let part = Part {
            name,
            size: 0,
            content: &mut std::io::empty(),
        };
        let wrote = write_backup(key.public(), HEADER, vec![part], &mut Vec::new());
        assert_eq!(wrote.map_err(|error| error.code), Err(ErrorCode::BadInput));
    }
    assert!(open(&key, &backup(&key, &[])).is_ok());
}

#[test]
fn a_file_that_shrinks_or_grows_meanwhile_ends_the_backup() {
    let key = RecoveryKey::generate();
    for size in [2, 4] {
        let part = Part {
            name: "a",
            size,
            content: &mut &b"abc"[..],
        };
        let wrote = write_backup(key.public(), HEADER, vec![part], &mut Vec::new());
        assert_eq!(wrote.map_err(|error| error.code), Err(ErrorCode::BackupIo));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Pieces have 65,536 bytes: what lies around that is what could go wrong.
    #[test]
    fn what_goes_in_comes_out(
        sizes in prop::collection::vec(prop_oneof![0usize..300, 65_480usize..65_600, 131_000usize..131_200], 0..5)
    ) {
        let key = RecoveryKey::generate();
        let names = ["a", "b-1", "c.sealed", "d", "e"];
        let parts: Vec<(&str, Vec<u8>)> = sizes
            .iter()
            .zip(names)
            .map(|(size, name)| (name, (0..*size).map(|at| (at % 251) as u8).collect()))
            .collect();
        let opened = open(&key, &backup(&key, &parts)).expect("opens");
        let given: Vec<(String, Vec<u8>)> = parts.into_iter().map(|(name, bytes)| (name.to_owned(), bytes)).collect();
        prop_assert_eq!(opened, given);
    }

    #[test]
    fn rubbish_is_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(open(&RecoveryKey::generate(), &bytes).is_err());
    }

    #[test]
    fn pieces_that_change_places_are_refused(at in 0usize..3, with in 0usize..3) {
        let key = RecoveryKey::generate();
        let mut backup = backup(&key, &[("a", vec![1; 4 * 65_536])]);
        let from = backup.len() - (4 * 65_552 + 16 + 11);
        let piece = |number: usize| from + number * 65_552..from + (number + 1) * 65_552;
        let (one, other) = (backup[piece(at)].to_vec(), backup[piece(with)].to_vec());
        backup[piece(at)].copy_from_slice(&other);
        backup[piece(with)].copy_from_slice(&one);
        let opened = open(&key, &backup);
        prop_assert_eq!(opened.is_ok(), at == with);
    }
}
