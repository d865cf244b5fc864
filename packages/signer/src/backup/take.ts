/**
 * Makes a backup of a signer, which may be running: a copy of its store as of one moment, and its other files, in one file
 * that only a recovery key opens.
 *
 * @module
 */
import { chmodSync, closeSync, copyFileSync, linkSync, mkdirSync, openSync, readFileSync, rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { causeOf } from '@quorate/daemon';
import { openVault, writeBackup } from '@quorate/mpc';
import { b64, equal, type Genesis, rosterHashOf } from '@quorate/wire';
import { type AuditHead, EMPTY_HEAD } from '../audit/rows.ts';
import { exists, filesIn, syncFolderOf } from '../files.ts';
import { idIn, openIdentity } from '../identities.ts';
import { createSelf } from '../self.ts';
import { KEY_NAME, sealedFiles, STORE_NAME } from './contents.ts';
import { type BackupHeader, encodeHeader } from './header.ts';

export interface TakeOptions {
  readonly genesis: Genesis;
  readonly genesisHash: string;
  /** Public half of the recovery key, 32 bytes. */
  readonly to: Uint8Array;
  /** A file that is not there yet. */
  readonly out: string;
  readonly now?: () => number;
}

/** Where files wait to be sealed. What is in it is as sealed, or as public, as in the folder itself. */
const stagingIn = (dir: string): string => join(dir, 'backup.draft');

/**
 * The backup is on the disk when it resolves, whole or not at all. One at a time for a folder.
 * @throws {MpcError}; Error where the signer has no store, is not in the roster, or a file cannot be read or written
 */
export async function takeBackup(dir: string, { genesis, genesisHash, to, out, now = Date.now }: TakeOptions): Promise<BackupHeader> {
  const files = filesIn(dir);
  const vault = openVault(files.key);
  const identity = openIdentity(vault, dir);
  const { id: signerId } = createSelf(identity, genesis, genesisHash, now, idIn(dir, identity));
  const staging = stagingIn(dir);
  const draft = `${out}.${process.pid}.draft`;
  // Of one that was interrupted.
  rmSync(staging, { recursive: true, force: true });
  mkdirSync(staging, { mode: 0o700 });
  try {
    const copied = copyFiles(dir, staging);
    copyStore(files.store, join(staging, STORE_NAME));
    const { audit, act } = positionsIn(join(staging, STORE_NAME));
    const header: BackupHeader = {
      kind: 'quorate/signer-backup/v1',
      orgId: genesis.orgId,
      genesisHash,
      rosterHash: rosterHashOf(genesis),
      signerId,
      madeAt: now(),
      audit,
      act: act ?? { number: 0, hash: genesisHash },
      madeFor: b64.encode(to),
    };
    const parts = [{ name: KEY_NAME, path: files.key }, ...[...copied, STORE_NAME].map((name) => ({ name, path: join(staging, name) }))];
    rmSync(draft, { force: true });
    await writeBackup({ to, header: encodeHeader(header), parts, out: draft });
    // Unlike a rename, a link never takes the place of another file.
    linkSync(draft, out);
    syncFolderOf(out);
    return header;
  } finally {
    rmSync(draft, { force: true });
    rmSync(staging, { recursive: true, force: true });
  }
}

/** Names of those that were there. */
function copyFiles(dir: string, staging: string): string[] {
  const names: string[] = [];
  for (const path of sealedFiles(dir)) {
    const name = basename(path);
    if (!copied(path, join(staging, name))) continue;
    chmodSync(join(staging, name), 0o600);
    names.push(name);
  }
  // The next identity took the present one's place while they were copied.
  const { next, identity } = filesIn(staging);
  if (exists(next) && equal(readFileSync(next), readFileSync(identity))) {
    rmSync(next);
    return names.filter((name) => name !== basename(next));
  }
  return names;
}

/** `false` where it is not there, or is no more. */
function copied(from: string, to: string): boolean {
  try {
    copyFileSync(from, to);
    return true;
  } catch (error) {
    if (causeOf(error) === 'ENOENT') return false;
    throw error;
  }
}

/** As of one moment: SQLite reads in one transaction, and whoever writes meanwhile is not held up. */
function copyStore(from: string, to: string): void {
  // Made before, so that its mode is ours.
  closeSync(openSync(to, 'wx', 0o600));
  const db = new DatabaseSync(from, { readOnly: true });
  try {
    db.exec('PRAGMA busy_timeout = 30000');
    db.prepare('VACUUM INTO ?').run(to);
  } finally {
    db.close();
  }
  if (statSync(to).size === 0) throw new Error('the copy of the store is empty');
}

function positionsIn(store: string): { readonly audit: AuditHead; readonly act: AuditHead | null } {
  const db = new DatabaseSync(store, { readOnly: true });
  try {
    const last = (table: 'audit' | 'acts', hash: 'hash' | 'head'): AuditHead | null => {
      const row = db.prepare(`SELECT number, ${hash} AS hash FROM ${table} ORDER BY number DESC LIMIT 1`).get() as AuditHead | undefined;
      return row === undefined ? null : { number: row.number, hash: row.hash };
    };
    return { audit: last('audit', 'hash') ?? EMPTY_HEAD, act: last('acts', 'head') };
  } finally {
    db.close();
  }
}
