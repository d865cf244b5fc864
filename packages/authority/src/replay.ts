/**
 * Many certified acts in a row. What takes time is their signatures, and those do not depend on each other: all of a
 * page are verified side by side, while the acts are applied in order.
 *
 * @module
 */
import { type ActRecord, b64url, type Evidence, type Head, Refusal, type Signed } from '@quorate/wire';
import { verifyKeySignature } from './assertion.ts';
import { isCertified } from './certificate.ts';
import { assertedBytes } from './credential-kinds.ts';
import { nextHead, reduce } from './reduce.ts';
import { type Roster, verifyBySigner } from './roster.ts';
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
export async function applyRecords(state: AuthorityState, records: readonly ActRecord[]): Promise<Replayed> {
  let begun = begin(state, records);
  let next = state;
  const heads: Head[] = [];
  try {
    for (const [i, record] of records.entries()) {
      const head = begun[i]?.head ?? nextHead(next, record.evidence);
      if (record.number !== head.number) throw new Refusal('authority/conflict', { expected: head.number, offered: record.number });
      if (!(await begun[i]?.certified)) throw new Refusal('authority/uncertified', { number: head.number });
      const own = begun[i]?.signature;
      const verified = await verifyEvidence(next, record.evidence, { freshness: 'waived' }, (pem, message, signature) =>
        own?.publicKey === pem ? own.good : verifyKeySignature(pem, message, signature),
      );
      const { signerKeys } = next;
      next = reduce(next, verified);
      heads.push(head);
      // From here on other keys count: what was asked ahead of time was asked of the old ones.
      if (next.signerKeys !== signerKeys) begun = [...begun.slice(0, i + 1), ...begin(next, records.slice(i + 1))];
    }
  } catch (fault) {
    return { state: next, heads, fault };
  }
  return { state: next, heads, fault: null };
}

interface Begun {
  readonly head: Head;
  readonly certified: Promise<boolean>;
  /** By the key that its credential has before the first of these acts; `null` where one of them makes the credential. */
  readonly signature: { readonly publicKey: string; readonly good: Promise<boolean> } | null;
}

/** Asks for all signatures at once. Ends early at an act that has no bytes to hash: it is refused in its turn. */
function begin(state: AuthorityState, records: readonly ActRecord[]): readonly Begun[] {
  const begun: Begun[] = [];
  let last = state.head;
  try {
    for (const { evidence, acks } of records) {
      const head = nextHead({ head: last }, evidence);
      const signature = signatureOf(state, evidence);
      begun.push({ head, certified: certifies(state, head, acks), signature });
      last = head;
    }
  } catch {
    // `applyRecords` comes to it and throws the same.
  }
  return begun;
}

function signatureOf(state: AuthorityState, evidence: Evidence): Begun['signature'] {
  const credential = state.credentials.get(evidence.credId);
  if (credential === undefined) return null;
  const { publicKey } = credential;
  return { publicKey, good: verifyKeySignature(publicKey, assertedBytes(evidence), b64url.decode(evidence.signature)) };
}

/** As `isCertified`, but looks at no more acknowledgements than make a quorum, unless one of those is no good. */
async function certifies(roster: Roster, head: Head, acks: readonly Signed<'ack'>[]): Promise<boolean> {
  const { genesis, genesisHash } = roster;
  const bySigner = new Map<string, Signed<'ack'>>();
  for (const ack of acks) {
    const { body } = ack;
    if (body.genesisHash === genesisHash && body.orgId === genesis.orgId && body.number === head.number && body.head === head.hash)
      bySigner.set(ack.signerId, ack);
  }
  const quorum = [...bySigner.values()].slice(0, genesis.threshold);
  if (quorum.length < genesis.threshold) return isCertified(roster, head, acks);
  const good = await Promise.all(quorum.map((ack) => verifyBySigner(roster, 'ack', ack, head.number - 1)));
  return good.every(Boolean) || isCertified(roster, head, acks);
}
