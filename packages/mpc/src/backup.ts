/**
 * Backups: files of a signer's folder in one file that only a recovery key opens. The key-encryption key goes in and comes
 * out in Rust.
 *
 * @module
 */
import { guarded, guardedAsync } from './error.ts';
import { native } from './native.ts';
import { type Vault, wrapVault } from './vault.ts';

/**
 * Writes a fresh recovery key, as text, with mode 0600. Returns its public half, X25519, 32 bytes.
 *
 * @throws {MpcError} `key-file/exists`, `key-file/unwritable`
 */
export const createRecoveryKey = (path: string): Uint8Array => guarded(() => native().createRecoveryKey(path));

/** The public half of the recovery key in this file. @throws {MpcError} `key-file/unreadable`, `key-file/mode`, `key-file/length`, `backup/key` */
export const publicRecoveryKey = (path: string): Uint8Array => guarded(() => native().publicRecoveryKey(path));

export interface BackupInput {
  /** Public half of the recovery key. */
  readonly to: Uint8Array;
  /** Readable for everybody, and bound to the rest; at most 4096 bytes. */
  readonly header: Uint8Array;
  /** At most 16; the names of `a-z`, `0-9`, `-` and `.`. */
  readonly parts: readonly { readonly name: string; readonly path: string }[];
  /** A file that is not there yet; it gets mode 0600 and is on the disk at the end. */
  readonly out: string;
}

/** @throws {MpcError} `backup/io`, `backup/key`, `bad-input` */
export const writeBackup = ({ to, header, parts, out }: BackupInput): Promise<void> => guardedAsync(() => native().writeBackup(to, header, parts, out));

/** What a backup says of itself; nothing of it is verified. @throws {MpcError} `backup/io`, `backup/malformed`, `backup/incomplete` */
export const backupHeader = (path: string): Uint8Array => guarded(() => native().backupHeader(path));

export interface OpenedBackup {
  /** As it was given to {@link writeBackup}. */
  readonly header: Uint8Array;
  /** Under the key-encryption key in the backup. */
  readonly vault: Vault;
  /** Writes that key with mode 0600. @throws {MpcError} `key-file/exists`, `key-file/unwritable` */
  writeKeyFile(path: string): void;
}

/**
 * Opens a backup into a folder that is there. The key-encryption key, `signer.key`, stays in Rust memory; every other file
 * is written with mode 0600, and may have been where this throws.
 *
 * @throws {MpcError} `backup/io`, `backup/malformed` also for a file that is not among `names`, `backup/incomplete`,
 * `backup/unreadable`, and as {@link publicRecoveryKey}
 */
export async function openBackup({
  key,
  from,
  folder,
  names,
}: {
  /** The recovery key's file. */
  readonly key: string;
  readonly from: string;
  readonly folder: string;
  readonly names: readonly string[];
}): Promise<OpenedBackup> {
  const opened = await guardedAsync(() => native().openBackup(key, from, folder, names));
  return { header: opened.header(), vault: wrapVault(opened.vault()), writeKeyFile: (path) => guarded(() => opened.writeKeyFile(path)) };
}
