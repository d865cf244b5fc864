/**
 * The receipt of an export from the answer that the client got: the same file that the server gives, where both hold
 * the same pieces.
 *
 * @module
 */
import { assembleReceipt, lastActOf, lastRotationIn, withActs } from '@quorate/authority';
import { type ActRecord, Authorization, Evidence, KeyCertificate, Refusal, SignedRelease, SignedTombstone, writeReceipt } from '@quorate/wire';
import { type RosterTrust, rosterIn } from './learn-roster.ts';

/** `roster` (`learnRoster`) is needed where signers have signed with rotated keys; `acts` are then too. */
export interface ReceiptOptions extends RosterTrust {
  /** What the caller signed (`onAction` of `guard` and `connect`); needed only for an answer without `requests`. */
  readonly evidence?: Evidence;
  /** All acts from the first to the head at which the signers agreed, for a receipt with the whole chain. */
  readonly acts?: readonly ActRecord[];
}

// As many as an answer may have of each: 16 signers, and a few of every one of them.
const MAX_PIECES = 64;

/**
 * The file's text. Verify it with `verifyReceipt` before it is kept: acts are taken as they are given here.
 * @throws {Refusal} `answer/invalid`, `certificate/invalid`, `genesis/invalid`; `receipt/incomplete` when the answer has
 *   not enough in it, as one of an older server, or when it needs acts that are not given; `receipt/too-large`
 */
export async function createReceipt(answer: unknown, options: ReceiptOptions): Promise<string> {
  if (typeof answer !== 'object' || answer === null) throw new Refusal('answer/invalid', { problem: 'not an object' });
  const { evidence, acts } = options;
  const roster = rosterIn(options);
  const given = answer as Readonly<Record<string, unknown>>;
  const certificate = KeyCertificate.safeParse(given['keyCertificate']);
  if (!certificate.success) throw new Refusal('receipt/incomplete', { missing: 'keyCertificate' });
  const receipt = await assembleReceipt(roster, {
    certificate: certificate.data,
    requests: [...readable(Evidence, given['requests']), ...(evidence === undefined ? [] : [evidence])],
    authorizations: readable(Authorization, given['authorizations']),
    releases: readable(SignedRelease, given['releases']),
    tombstones: readable(SignedTombstone, given['tombstones']),
  });
  if (acts !== undefined) return writeReceipt(await withActs(roster, receipt, acts));
  // Whoever has the genesis alone could not tell such a receipt from a forged one.
  if ((await lastRotationIn(roster, receipt)) > 0) throw new Refusal('receipt/incomplete', { missing: 'acts', needed: await lastActOf(roster, receipt) });
  return writeReceipt(receipt);
}

interface Schema<T> {
  safeParse(value: unknown): { readonly success: true; readonly data: T } | { readonly success: false };
}

/** What has the shape of a piece; one signer's rubbish spoils nothing. */
function readable<T>(schema: Schema<T>, list: unknown): T[] {
  if (!Array.isArray(list)) return [];
  return list.slice(0, MAX_PIECES).flatMap((piece: unknown) => {
    const parsed = schema.safeParse(piece);
    return parsed.success ? [parsed.data] : [];
  });
}
