/**
 * All that can be asked of the store. Reads see committed rows; every write is one transaction, durable when it
 * returns, and named as the step that `SignerHooks.durable` hears of.
 *
 * @module
 */
import * as acts from './acts.ts';
import type { Database } from './database.ts';
import * as exports from './exports.ts';
import * as keys from './keys.ts';
import * as roster from './roster.ts';

export const reads = {
  ack: acts.ackOf,
  acts: acts.actsAfter,
  key: keys.keyOf,
  export: exports.exportOf,
  request: exports.requestOf,
  requests: exports.requestsOf,
  unfinished: exports.unfinished,
  lacking: exports.lacking,
  aux: roster.auxOf,
  load: (db: Database, _: Record<never, never>) => roster.load(db),
} as const;

export const writes = {
  bind: roster.bind,
  act: acts.acknowledge,
  'act-certified': acts.certify,
  'keygen-begin': keys.beginKeygen,
  'share-pending': keys.storeShare,
  certificate: keys.storeCertificate,
  'sign-begin': keys.beginSign,
  tombstone: exports.retire,
  release: exports.release,
  'tombstone-statement': exports.storeStatements,
  'aux-begin': roster.beginAux,
  'aux-pending': roster.storeAux,
  'aux-usable': roster.useAux,
} as const;

export type ReadName = keyof typeof reads;
export type WriteName = keyof typeof writes;
export type ReadArgs<K extends ReadName> = Parameters<(typeof reads)[K]>[1];
export type ReadResult<K extends ReadName> = ReturnType<(typeof reads)[K]>;
export type WriteArgs<K extends WriteName> = Parameters<(typeof writes)[K]>[1];
export type WriteResult<K extends WriteName> = ReturnType<(typeof writes)[K]>;
/** The durable steps of a signer. */
export type DurableStep = WriteName;

/** Runs what a message names. @throws {TypeError} for a name that is none */
export function perform(db: Database, kind: 'read' | 'write', name: string, args: never): unknown {
  if (kind === 'read') {
    if (!Object.hasOwn(reads, name)) throw new TypeError('no such read');
    return (reads[name as ReadName] as (db: Database, args: never) => unknown)(db, args);
  }
  if (!Object.hasOwn(writes, name)) throw new TypeError('no such transaction');
  return db.atomically(() => (writes[name as WriteName] as (db: Database, args: never) => unknown)(db, args));
}
