/**
 * Recovers with a verified key certificate: every share is judged alone, by `share · G` against the public share that
 * all signers signed at the key's birth. Any t good ones are the key.
 *
 * @module
 */
import { equal, hex, type KeyCertificateBody, writeScalar } from '@quorate/wire';
import type { Arithmetic } from './arithmetic.ts';
import type { BlameReason } from './blame.ts';
import type { Opened } from './opened.ts';
import { interpolate } from './recombine.ts';

/** What is wrong with an opened share, `null` when it is exactly the signer's. */
export function judgeShare({ signerId, index, share }: Opened, certificate: KeyCertificateBody, arithmetic: Arithmetic): BlameReason | null {
  const rank = (certificate.signers as readonly string[]).indexOf(signerId);
  const expected = certificate.publicShares[rank];
  if (expected === undefined) return 'signer/unknown';
  if (index !== BigInt(rank + 1)) return 'share/index';
  return equal(arithmetic.publicOf(certificate.curve, share), hex.decode(expected)) ? null : 'share/value';
}

/** The key from the first t of these good shares of distinct signers; `null` when they are fewer. 32 bytes; the caller wipes them. */
export function recoverByCertificate(good: readonly Opened[], certificate: KeyCertificateBody): { secret: Uint8Array; used: readonly Opened[] } | null {
  const used = good.slice(0, certificate.threshold);
  if (used.length < certificate.threshold) return null;
  return { secret: writeScalar(interpolate(certificate.curve, used)), used };
}
