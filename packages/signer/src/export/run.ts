/**
 * One export request at this signer, from the first intent to the last tombstone.
 *
 * @module
 */
import type { Released } from '@quorate/mpc';
import type { Authorization, Challenge, Evidence, KeyCertificate, KeyId, NoticeOf, Signed, SignerId } from '@quorate/wire';
import { createPulse, type Pulse } from '../pulse.ts';
import type { StoredExport, StoredRequest } from '../store/exports.ts';
import type { Subject } from './quorum.ts';

export interface Retired {
  readonly ciphertext: Uint8Array;
  readonly intents: readonly Signed<'intent'>[];
  /** What signers say of the credential at the head of these intents; `null` where this was retired before they said it. */
  readonly authorization: Authorization | null;
  /** Audit head right after the tombstone. */
  readonly auditHead: string;
  /** This signer's own. */
  readonly statement: Signed<'tombstone'>;
}

export interface Run {
  readonly subject: Subject & { readonly challenge: Challenge; readonly keyId: KeyId };
  readonly evidence: Evidence;
  readonly certificate: KeyCertificate;
  /** The latest of each signer, verified. */
  readonly intents: Map<SignerId, Signed<'intent'>>;
  /** The latest of each signer, verified. */
  readonly authorizations: Map<SignerId, Signed<'authorization'>>;
  /** One of each signer, verified. */
  readonly statements: Map<SignerId, Signed<'tombstone'>>;
  /** Signers whose statement is in the store. */
  readonly stored: Set<SignerId>;
  readonly pulse: Pulse;
  /** Made ahead of the decision; it goes nowhere before the tombstones. */
  made: Promise<Released> | null;
  retired: Retired | null;
  released: NonNullable<StoredExport['released']> | null;
  storing: boolean;
  /** Calls that wait for it. */
  callers: number;
}

export function createRun(subject: Run['subject'], evidence: Evidence, certificate: KeyCertificate): Run {
  const heard = { intents: new Map(), authorizations: new Map(), statements: new Map(), stored: new Set<SignerId>(), pulse: createPulse() };
  return { subject, evidence, certificate, ...heard, made: null, retired: null, released: null, storing: false, callers: 0 };
}

/** A run as it was stored, `own` being its own signer. `null` where the rows are not of one request. */
export function recallRun(genesisHash: string, own: SignerId, request: StoredRequest, past: StoredExport): Run | null {
  const statement = request.statements.find(({ signerId }) => signerId === own);
  if (statement === undefined) return null;
  const { challenge, keyId, encryptionKey } = statement.body;
  const run = createRun({ genesisHash, challenge, keyId, encryptionKey }, request.evidence, request.certificate);
  for (const other of request.statements) {
    run.statements.set(other.signerId, other);
    run.stored.add(other.signerId);
  }
  run.retired = { ciphertext: past.ciphertext, intents: request.intents, authorization: request.authorization, auditHead: request.auditHead, statement };
  run.released = past.released;
  return run;
}

/** Everything a peer needs to retire the key as well; with `ask` it sends its own back. */
export function noticeOf(run: Run, { statement, intents, authorization }: Retired, ask: boolean): NoticeOf<'tombstone'> {
  const notice = { tombstone: statement, evidence: run.evidence, intents: [...intents], certificate: run.certificate, ask };
  return authorization === null ? notice : { ...notice, authorization };
}
