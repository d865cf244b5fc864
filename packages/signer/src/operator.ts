/**
 * What only an operator decides, at the signer's own machine: looking at conflicts, and going on after a double
 * acknowledgement, after too many failed sessions, or after too many signers were put back.
 *
 * @module
 */
import { exists, filesIn } from './files.ts';
import { clearDoubleAcknowledgements, type Conflict, conflictsOf } from './store/conflicts.ts';
import { type Database, openDatabase } from './store/database.ts';
import { clearFaults, type Fault, faultsOf } from './store/faults.ts';
import { clearActFloor } from './store/restore.ts';

function inStore<T>(dir: string, work: (db: Database) => T): T {
  const { store } = filesIn(dir);
  if (!exists(store)) throw new Error('There is no store in this directory.');
  const db = openDatabase(store);
  try {
    return work(db);
  } finally {
    db.close();
  }
}

/** What this signer has seen that cannot both be, oldest first, with both pieces as JSON text. */
export const readConflicts = (dir: string): readonly Conflict[] => inStore(dir, conflictsOf);

/**
 * The operator has found out why a signer acknowledged two acts for one number and lets this one go on. Counts from its
 * next start; stands in its audit trail. Another double acknowledgement stops it again.
 *
 * Returns what it decided on, oldest first; nothing where the signer had not stopped.
 */
export const clearDoubleAcknowledgement = (dir: string, { now = Date.now }: { readonly now?: () => number } = {}): readonly Conflict[] =>
  inStore(dir, (db) => db.atomically(() => clearDoubleAcknowledgements(db, { time: now() })));

/** Sessions that failed, by culprit or by set of signers. */
export const readFailedSessions = (dir: string): readonly Fault[] => inStore(dir, faultsOf);

/**
 * The operator has found out why sessions failed: they are counted anew from this signer's next start. Stands in its audit
 * trail. Returns what had been counted.
 */
export const clearFailedSessions = (dir: string, { now = Date.now }: { readonly now?: () => number } = {}): readonly Fault[] =>
  inStore(dir, (db) => db.atomically(() => clearFaults(db, { time: now() })));

/**
 * So many signers were put back at once that no act finds q that would acknowledge it: the operators have decided that they
 * do again. Counts from this signer's next start; stands in its audit trail. Returns up to which act it left them to others.
 */
export const clearPutBack = (dir: string, { now = Date.now }: { readonly now?: () => number } = {}): readonly { readonly act: number }[] =>
  inStore(dir, (db) => db.atomically(() => clearActFloor(db, { time: now() })));
