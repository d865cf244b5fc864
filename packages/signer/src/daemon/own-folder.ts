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
export function ownFolder(dir: string): () => void {
  let lock: DatabaseSync | null = null;
  try {
    lock = new DatabaseSync(join(dir, 'lock.db'));
    lock.exec('PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE');
    const held = lock;
    return () => held.close();
  } catch (error) {
    lock?.close();
    const busy = error instanceof Error && /locked|busy/i.test(error.message);
    throw new CannotRun('unavailable', busy ? `Another process works in ${dir}: stop that signer first.` : `${dir} cannot be written to (${causeOf(error)}).`);
  }
}
