/**
 * When is a request approved: yeses of q signers at one and the same head.
 *
 * @module
 */
import { keysAt, type Roster } from '@quorate/authority';
import { b64, type Head, type Signed, type SignerId, verifySigned } from '@quorate/wire';

/** What all statements of one request have in common. */
export interface Subject {
  readonly genesisHash: string;
  readonly challenge: string;
  readonly keyId: string;
  readonly encryptionKey: string;
}

/** Whether an intent or a tombstone is about this request. */
export const isAbout = (subject: Subject, body: Subject): boolean =>
  body.genesisHash === subject.genesisHash &&
  body.challenge === subject.challenge &&
  body.keyId === subject.keyId &&
  body.encryptionKey === subject.encryptionKey;

/** The yeses at this head, one per signer; `null` while they are fewer than a quorum. */
export function yesesAt(head: Head, intents: Iterable<Signed<'intent'>>, quorum: number): readonly Signed<'intent'>[] | null {
  const yeses = new Map<SignerId, Signed<'intent'>>();
  for (const intent of intents) {
    const { answer, headNumber, headHash } = intent.body;
    if (answer === 'yes' && headNumber === head.number && headHash === head.hash) yeses.set(intent.signerId, intent);
  }
  return yeses.size < quorum ? null : [...yeses.values()].slice(0, quorum);
}

export interface Proof {
  readonly head: Head;
  /** Exactly a quorum's, each verified. */
  readonly yeses: readonly Signed<'intent'>[];
}

/**
 * What these intents prove: a quorum of the roster said yes to this request at one head, with the keys they had there.
 * `null` where they do not. Later keys do not count: whoever gave signers keys of its own could vote with them where a
 * key could still be exported that no longer can be.
 */
export async function proofIn(roster: Roster, subject: Subject, intents: readonly Signed<'intent'>[]): Promise<Proof | null> {
  const first = intents[0];
  if (first === undefined) return null;
  const head = { number: first.body.headNumber, hash: first.body.headHash };
  const yeses = yesesAt(
    head,
    intents.filter(({ body }) => isAbout(subject, body)),
    roster.genesis.threshold,
  );
  if (yeses === null) return null;
  const good = await Promise.all(yeses.map((intent) => isSignedAt(roster, head.number, intent)));
  return good.every(Boolean) ? { head, yeses } : null;
}

async function isSignedAt(roster: Roster, number: number, intent: Signed<'intent'>): Promise<boolean> {
  const keys = keysAt(roster, intent.signerId, number);
  return keys !== null && verifySigned('intent', intent, b64.decode(keys.identityKey));
}
