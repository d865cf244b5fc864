/**
 * Many certified acts in a row. What takes time is their signatures, and those do not depend on each other: all of a
 * page are verified at once, while the acts are applied in order.
 *
 * @module
 */
import { type ActRecord, b64, b64url, type Evidence, type Head, Refusal, type Signed, signedBytes } from '@quorate/wire';
import { keyOf, verifyKeySignature } from './assertion.ts';
import { type Bulk, checkKeysAhead, type Ed25519Check, webCrypto } from './bulk.ts';
import { isCertified } from './certificate.ts';
import { assertedBytes } from './credential-kinds.ts';
import { nextHead, reduce } from './reduce.ts';
import { keysOf } from './roster.ts';
import type { AuthorityState } from './state.ts';
import { verifyEvidence } from './verify-evidence.ts';

export interface Replayed {
  /** After the last act that applied. */
  readonly state: AuthorityState;
  /** The head after each of these acts, as far as they applied. */
  readonly heads: readonly Head[];
  /** Why the next one did not apply; `null` where all did. */
  readonly fault: unknown;
}

/** Applies certified acts of whatever age, as `applyRecord` would one by one, as far as they hold. */
export async function applyRecords(state: AuthorityState, records: readonly ActRecord[], bulk: Bulk = webCrypto): Promise<Replayed> {
  let begun = begin(state, records, bulk);
  /** Of `records`, the one that `begun` begins with. */
  let first = 0;
  let next = state;
  const heads: Head[] = [];
  try {
    for (const [i, record] of records.entries()) {
      const { head, acks, signature, checked } = begun[i - first] ?? { head: nextHead(next, record.evidence), acks: null, signature: null, checked: [] };
      if (record.number !== head.number) throw new Refusal('authority/conflict', { expected: head.number, offered: record.number });
      const good = await checked;
      const certified = acks?.every((at) => good[at]) ?? false;
      if (!(certified || (await isCertified(next, head, record.acks)))) throw new Refusal('authority/uncertified', { number: head.number });
      const verified = await verifyEvidence(next, record.evidence, { freshness: 'waived' }, (pem, message, bytes) =>
        signature?.publicKey === pem && good[signature.at] === true ? Promise.resolve(true) : verifyKeySignature(pem, message, bytes),
      );
      const { signerKeys } = next;
      next = reduce(next, verified);
      heads.push(head);
      // From here on other keys count: what was asked ahead of time was asked of the old ones.
      if (next.signerKeys !== signerKeys) {
        first = i + 1;
        begun = begin(next, records.slice(first), bulk);
      }
    }
  } catch (fault) {
    return { state: next, heads, fault };
  }
  return { state: next, heads, fault: null };
}

interface BegunAct {
  readonly head: Head;
  /** Which checks are those of a quorum's acknowledgements; `null` where there are too few to make one. */
  readonly acks: readonly number[] | null;
  /**
   * Which check is that of its author's signature, by the key that the credential has before the first of these acts;
   * `null` where one of them makes the credential, or the key is of another kind.
   */
  readonly signature: { readonly publicKey: string; readonly at: number } | null;
  /** What became of the checks that were asked for together with this act's. */
  readonly checked: Promise<readonly boolean[]>;
}

/** Acts whose signatures are asked for together: while the first are being applied, the later ones are being verified. */
const TOGETHER = 50;

/** Has all signatures verified ahead of time. Ends early at an act that has no bytes to hash: it is refused in its turn. */
function begin(state: AuthorityState, records: readonly ActRecord[], bulk: Bulk): readonly BegunAct[] {
  const { threshold, signers } = state.genesis;
  const identityKeys = new Map(signers.map(({ id, identityKey }) => [id, b64.decode(keysOf(state, id)?.identityKey ?? identityKey)]));
  const begun: BegunAct[] = [];
  let last = state.head;
  for (let from = 0; from < records.length && begun.length === from; from += TOGETHER) {
    const group = records.slice(from, from + TOGETHER);
    const checks: Ed25519Check[] = [];
    const acts: Omit<BegunAct, 'checked'>[] = [];
    try {
      for (const { evidence, acks } of group) {
        const head = nextHead({ head: last }, evidence);
        const quorum = quorumOf(state, head, acks).flatMap((ack) => {
          const publicKey = identityKeys.get(ack.signerId);
          const signature = decoded(ack.signature);
          if (publicKey === undefined || signature === null) return [];
          return [checks.push({ publicKey, message: signedBytes('ack', ack.body, ack.signerId), signature }) - 1];
        });
        acts.push({ head, acks: quorum.length < threshold ? null : quorum, signature: signatureOf(state, evidence, checks) });
        last = head;
      }
    } catch {
      // `applyRecords` comes to it and throws the same.
    }
    const evidence = group.map((record) => record.evidence);
    const checked = Promise.all([bulk.verify(checks), checkKeysAhead(evidence, bulk)]).then(([good]) => good);
    // Where an earlier act does not hold nobody comes to these; who does hears of it all the same.
    checked.catch(() => {});
    begun.push(...acts.map((act) => ({ ...act, checked })));
  }
  return begun;
}

/** Acknowledgements of this head by different signers, no more than make a quorum. */
function quorumOf({ genesis, genesisHash }: AuthorityState, head: Head, acks: readonly Signed<'ack'>[]): Signed<'ack'>[] {
  const bySigner = new Map<string, Signed<'ack'>>();
  for (const ack of acks) {
    const { body } = ack;
    if (body.genesisHash === genesisHash && body.orgId === genesis.orgId && body.number === head.number && body.head === head.hash)
      bySigner.set(ack.signerId, ack);
  }
  return [...bySigner.values()].slice(0, genesis.threshold);
}

function decoded(signature: string): Uint8Array | null {
  try {
    return b64.decode(signature);
  } catch {
    return null;
  }
}

function signatureOf(state: AuthorityState, evidence: Evidence, checks: Ed25519Check[]): BegunAct['signature'] {
  const publicKey = state.credentials.get(evidence.credId)?.publicKey;
  if (publicKey === undefined) return null;
  const key = keyOf(publicKey);
  if (key.algorithm !== 'Ed25519') return null;
  const at = checks.push({ publicKey: key.raw, message: assertedBytes(evidence), signature: b64url.decode(evidence.signature) }) - 1;
  return { publicKey, at };
}
