/**
 * Puts a signer back from a backup, into an empty folder.
 *
 * What comes out has forgotten what happened since: what it acknowledged, what was spent, which keys were retired. Its
 * store says so itself, before the folder can be started: it takes no part until its peers have told it, whether or not
 * any of them knows that it was ever further.
 *
 * @module
 */
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { CLOCK_ALLOWANCE_MS, Refusal } from '@quorate/wire';
import { EMPTY_HEAD } from '../audit/rows.ts';
import { exists, filesIn, makeDirectory, syncFolderOf } from '../files.ts';
import { headOf } from '../store/audit.ts';
import { openDatabase } from '../store/database.ts';
import { rolledBack } from '../store/restore.ts';
import { examine, type Examined } from './examine.ts';
import type { BackupHeader } from './header.ts';
import { openInto, type OpenOptions } from './open.ts';

export interface RestoreOptions extends OpenOptions {
  readonly now?: () => number;
}

export interface Restored extends Examined {
  readonly header: BackupHeader;
}

/**
 * How far above the backup's the numbers of audit entries go on: more than any signer writes in its life, so that no number
 * that peers have heard of gets another entry.
 */
const SKIPPED = 1_000_000_000;

/** The folder is not there, or nothing is in it. */
export const isEmptyFolder = (dir: string): boolean => !exists(dir) || readdirSync(dir).length === 0;

/**
 * Whole or not at all: the key file, without which no signer starts, comes last.
 * @throws {Refusal} what opening it throws, and `backup/unsound`; Error where the folder is not empty
 */
export async function restoreBackup(dir: string, { now = Date.now, ...options }: RestoreOptions): Promise<Restored> {
  if (!isEmptyFolder(dir)) throw new Error('the folder is not empty');
  makeDirectory(dir);
  try {
    const { header, opened } = await openInto(dir, options);
    const examined = await examine({ dir, vault: opened.vault, header, genesis: options.genesis, genesisHash: options.genesisHash });
    if (!examined.holds) throw new Refusal('backup/unsound', { findings: examined.findings.map(({ what, name }) => `${what} ${name}`.trim()) });
    markRestored(filesIn(dir).store, header, now());
    const { key } = filesIn(dir);
    syncFolderOf(key);
    opened.writeKeyFile(key);
    syncFolderOf(key);
    return { ...examined, header };
  } catch (error) {
    for (const name of readdirSync(dir)) rmSync(join(dir, name), { recursive: true, force: true });
    throw error;
  }
}

function markRestored(store: string, { madeAt }: BackupHeader, time: number): void {
  const db = openDatabase(store);
  try {
    const { number } = headOf(db);
    db.atomically(() =>
      rolledBack(db, {
        time,
        floors: { evidence: time + CLOCK_ALLOWANCE_MS, act: 0, restoring: true },
        lost: { number: number + SKIPPED, hash: EMPTY_HEAD.hash },
        audit: { time, event: 'restored from a backup', detail: { madeAt, number } },
      }),
    );
  } finally {
    db.close();
  }
}
