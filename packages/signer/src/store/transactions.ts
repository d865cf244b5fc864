/**
 * All that can be asked of the store. Reads see committed rows; every write is one transaction, durable when it
 * returns, and named as the step that `SignerHooks.durable` hears of.
 *
 * @module
 */
import type { AuditHead } from '../audit/rows.ts';
import * as acts from './acts.ts';
import * as audit from './audit.ts';
import * as conflicts from './conflicts.ts';
import type { Database } from './database.ts';
import * as exports from './exports.ts';
import * as faults from './faults.ts';
import { keepHeads } from './heads.ts';
import * as keys from './keys.ts';
import type { Question } from './messages.ts';
import * as restore from './restore.ts';
import * as roster from './roster.ts';
import * as snapshots from './snapshots.ts';

export const reads = {
  ack: acts.ackOf,
  acts: acts.actsAfter,
  key: keys.keyOf,
  export: exports.exportOf,
  request: exports.requestOf,
  requests: exports.requestsOf,
  unfinished: exports.unfinished,
  lacking: exports.lacking,
  retirements: exports.retirementsAfter,
  aux: roster.auxOf,
  'audit-hash': audit.auditHashAt,
  conflicts: (db: Database, _: Record<never, never>) => conflicts.conflictsOf(db),
  witnessed: (db: Database, _: Record<never, never>) => conflicts.witnessed(db),
  tip: acts.tipOf,
  snapshots: (db: Database, _: Record<never, never>) => snapshots.snapshotsOf(db),
  'snapshot-piece': snapshots.pieceOf,
  faults: (db: Database, _: Record<never, never>) => faults.faultsOf(db),
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
  refused: restore.recordRefusal,
  'rolled-back': restore.rolledBack,
  conflict: conflicts.keepConflict,
  'seen-acks': conflicts.keepAcks,
  'snapshot-piece': snapshots.keepPiece,
  snapshot: snapshots.keepSnapshot,
  'snapshot-adopted': snapshots.adopt,
  'acts-filled': acts.fill,
  'acts-cut': acts.cut,
  'session-failed': faults.countFaults,
} as const;

export type ReadName = keyof typeof reads;
export type WriteName = keyof typeof writes;
export type ReadArgs<K extends ReadName> = Parameters<(typeof reads)[K]>[1];
export type ReadResult<K extends ReadName> = ReturnType<(typeof reads)[K]>;
export type WriteArgs<K extends WriteName> = Parameters<(typeof writes)[K]>[1];
export type WriteResult<K extends WriteName> = ReturnType<(typeof writes)[K]>;
/** The durable steps of a signer. */
export type DurableStep = WriteName;

/** Runs what a message names; a write together with the heads it carries. @throws {TypeError} for a name that is none */
export function perform(db: Database, question: Exclude<Question, { kind: 'close' }>): { readonly result: unknown; readonly audit: AuditHead | null } {
  const { name } = question;
  const args = question.args as never;
  if (question.kind === 'read') {
    if (!Object.hasOwn(reads, name)) throw new TypeError('no such read');
    return { result: (reads[name as ReadName] as (db: Database, args: never) => unknown)(db, args), audit: null };
  }
  if (!Object.hasOwn(writes, name)) throw new TypeError('no such transaction');
  return db.atomically(() => {
    const result = (writes[name as WriteName] as (db: Database, args: never) => unknown)(db, args);
    keepHeads(db, question.heads);
    return { result, audit: audit.headOf(db) };
  });
}
