/**
 * Checks that what lies in the answer is what the signers handed over: their release statements, and their statements
 * that the key is retired.
 *
 * @module
 */
import { type CountsFrom, type Roster, verifyBySigner } from '@quorate/authority';
import { challengeOf, Evidence, type KeyCertificateBody, type KeyId, sha256Hex, type Signed, SignedRelease, SignedTombstone } from '@quorate/wire';
import type { BlameReason } from './blame.ts';

export interface ReleaseContext {
  readonly roster: Roster;
  readonly asked: Asked;
  /** The certificate's body once it has been verified, `null` where there is none. */
  readonly certificate: KeyCertificateBody | null;
  /** Which key was asked for, where that is known. */
  readonly keyId: KeyId | null;
  /** As sent with the request, base64. */
  readonly encryptionKey: string;
}

/**
 * From which head on a signer's keys count for what it says of a request: the one that the request names, which nobody
 * can have spoken of earlier. Of a request that is not known only its present keys do.
 */
export type Asked = (challenge: string) => CountsFrom;

/** From the requests in an answer; a challenge is the hash of all that stands in its request's statement. */
export function askedIn(requests: readonly unknown[]): Asked {
  const heads = new Map<string, number>();
  for (const request of requests) {
    const parsed = Evidence.safeParse(request);
    if (parsed.success) heads.set(challengeOf(parsed.data.statement), Number(parsed.data.statement.headNumber));
  }
  return (challenge) => heads.get(challenge) ?? 'present';
}

export interface ReleaseVerdict {
  readonly reason: BlameReason | null;
  /**
   * The signer's own signature stands under exactly this ciphertext, for this key and this request. Then what is wrong
   * with it is the signer's doing; an old release that someone replayed is not.
   */
  readonly signed: boolean;
}

/** Judges the release that this signer made for this ciphertext. Of several, the one that fits counts; then one that the signer did make. */
export async function checkRelease(signerId: string, ciphertext: Uint8Array, releases: readonly unknown[], context: ReleaseContext): Promise<ReleaseVerdict> {
  const own = releases.filter((release) => (release as { signerId?: unknown } | null)?.signerId === signerId);
  let verdict: ReleaseVerdict = { reason: 'release/missing', signed: false };
  for (const release of own) {
    const parsed = SignedRelease.safeParse(release);
    const next: ReleaseVerdict = parsed.success ? await judge(parsed.data, sha256Hex(ciphertext), context) : { reason: 'release/malformed', signed: false };
    if (next.reason === null) return next;
    if (!verdict.signed) verdict = next;
  }
  return verdict;
}

async function judge(release: Signed<'release'>, ciphertextHash: string, context: ReleaseContext): Promise<ReleaseVerdict> {
  const { body } = release;
  const { certificate, keyId } = context;
  const unsigned = (reason: BlameReason): ReleaseVerdict => ({ reason, signed: false });
  if (!(await verifyBySigner(context.roster, 'release', release, context.asked(body.challenge)))) return unsigned('release/signature');
  if (body.genesisHash !== context.roster.genesisHash || (keyId !== null && body.keyId !== keyId)) return unsigned('release/key');
  if (certificate !== null && body.walletId !== certificate.walletId) return unsigned('release/key');
  if (body.encryptionKey !== context.encryptionKey) return unsigned('release/encryption-key');
  if (body.ciphertextHash !== ciphertextHash) return unsigned('release/ciphertext');
  const signed = keyId !== null;
  return { reason: certificate === null || agrees(release, certificate) ? null : 'release/public-shares', signed };
}

function agrees({ body, signerId }: Signed<'release'>, certificate: KeyCertificateBody): boolean {
  const rank = certificate.signers.indexOf(signerId);
  return (
    body.index === rank + 1 &&
    body.publicShare === certificate.publicShares[rank] &&
    body.publicShares.length === certificate.publicShares.length &&
    body.publicShares.every((share, i) => share === certificate.publicShares[i])
  );
}

/** The distinct signers that say, with their signature, that they have retired this key. Whatever request they did it for, they never use it again. */
export async function retiredBy(tombstones: readonly unknown[], keyId: KeyId, roster: Roster, asked: Asked): Promise<ReadonlySet<string>> {
  const valid = await Promise.all(
    tombstones.map(async (given) => {
      const parsed = SignedTombstone.safeParse(given);
      if (!parsed.success || parsed.data.body.keyId !== keyId || parsed.data.body.genesisHash !== roster.genesisHash) return null;
      return (await verifyBySigner(roster, 'tombstone', parsed.data, asked(parsed.data.body.challenge))) ? parsed.data.signerId : null;
    }),
  );
  return new Set(valid.filter((id) => id !== null));
}
