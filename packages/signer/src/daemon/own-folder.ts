/**
 * One process at a time in a signer's directory: two daemons on one store would each believe that they alone write to it.
 *
 * @module
 */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { CannotRun, causeOf } from '@quorate/daemon';

/**
 * Takes the directory until the returned function is called, or the process ends in whatever way: the lock is SQLite's on
 * an empty database, which the system lets go with the process.
 * @throws {CannotRun} while another process has it
 */
export const ownFolder = (dir: string): (() => void) => own(dir, 'lock.db', `Another process works in ${dir}: stop that signer first.`);

/** The same for backups and drills in the directory, which its daemon does not hinder. @throws {CannotRun} while another one goes on */
export const ownBackups = (dir: string): (() => void) => own(dir, 'backup-lock.db', `Another backup or drill goes on in ${dir}: wait for its end.`);

function own(dir: string, name: string, inUse: string): () => void {
  let lock: DatabaseSync | null = null;
  try {
    lock = new DatabaseSync(join(dir, name));
    lock.exec('PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE');
    const held = lock;
    return () => held.close();
  } catch (error) {
    lock?.close();
    const busy = error instanceof Error && /locked|busy/i.test(error.message);
    throw new CannotRun('unavailable', busy ? inUse : `${dir} cannot be written to (${causeOf(error)}).`);
  }
}
