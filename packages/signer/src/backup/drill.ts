/**
 * Proves that a backup can be restored, without restoring it: it is opened into a folder that is gone afterwards, and
 * everything is looked at as before a restore. Its key-encryption key stays in Rust memory, and no share leaves it.
 *
 * @module
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isRefusal, type RefusalCode, type RefusalDetail, utf8 } from '@quorate/wire';
import { drillFileIn, writeDurably } from '../files.ts';
import { examine, type Examined } from './examine.ts';
import type { BackupHeader } from './header.ts';
import { openInto, type OpenOptions } from './open.ts';

export interface DrillOptions extends OpenOptions {
  /** Where there is room for all that is in it; for one drill at a time. */
  readonly workDir: string;
  readonly now?: () => number;
}

export interface DrillReport extends Partial<Examined> {
  readonly holds: boolean;
  /** When it was held, milliseconds. */
  readonly at: number;
  readonly backup: Pick<BackupHeader, 'signerId' | 'madeAt' | 'audit' | 'act'> | null;
  /** Why it could not be opened. */
  readonly refused: RefusalCode | null;
  readonly details?: RefusalDetail;
}

/** @throws {MpcError} where a file cannot be read or written: nothing was found out then */
export async function drill({ workDir, now = Date.now, ...options }: DrillOptions): Promise<DrillReport> {
  const dir = join(workDir, 'quorate-drill.draft');
  // Of one that was interrupted.
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir, { mode: 0o700 });
  try {
    const { header, opened } = await openInto(dir, options);
    const { signerId, madeAt, audit, act } = header;
    const examined = await examine({ dir, vault: opened.vault, header, genesis: options.genesis, genesisHash: options.genesisHash });
    return { at: now(), backup: { signerId, madeAt, audit, act }, refused: null, ...examined };
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return { at: now(), backup: null, refused: error.code, details: error.detail, holds: false };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Keeps when a drill went well, for whoever watches over it; a failed one leaves the time of the last good one. */
export function keepDrill(dir: string, { at, holds }: Pick<DrillReport, 'at' | 'holds'>): void {
  if (holds) writeDurably(drillFileIn(dir), utf8.encode(`${JSON.stringify({ at })}\n`));
}
