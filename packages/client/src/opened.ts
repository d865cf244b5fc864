/**
 * Opens the shares of an answer with the one-time key. What does not open names its sender and stops nobody else.
 *
 * @module
 */
import { type Curve, isRefusal, openShare, parseExportShare } from '@quorate/wire';
import type { SealedShare } from './answer.ts';
import type { Arithmetic } from './arithmetic.ts';
import type { BlameReason } from './blame.ts';
import type { Point } from './recombine.ts';

export interface Opened extends Point {
  readonly signerId: string;
  readonly sealed: Uint8Array;
}

export type Opening = { readonly opened: Opened } | { readonly signerId: string; readonly sealed: Uint8Array | null; readonly reason: BlameReason };

/** One result for every share given, in their order. The caller wipes each `share`. */
export async function openShares(
  shares: readonly SealedShare[],
  given: { curve: Curve; decryptionKey: Uint8Array; arithmetic: Arithmetic },
): Promise<Opening[]> {
  return Promise.all(shares.map((share) => open(share, given)));
}

async function open({ signerId, sealed }: SealedShare, { curve, decryptionKey, arithmetic }: Parameters<typeof openShares>[1]): Promise<Opening> {
  if (sealed === null) return { signerId, sealed, reason: 'share/unreadable' };
  let plaintext: Uint8Array | undefined;
  try {
    plaintext = await openShare({ sealed, decryptionKey, multiply: arithmetic.multiply });
    const { index, share, curve: own } = parseExportShare(plaintext);
    if (own === curve) return { opened: { signerId, sealed, index, share } };
    share.fill(0);
    return { signerId, sealed, reason: 'share/curve' };
  } catch (error) {
    if (isRefusal(error, 'share/unreadable')) return { signerId, sealed, reason: 'share/unreadable' };
    if (isRefusal(error, 'share/malformed')) return { signerId, sealed, reason: 'share/malformed' };
    throw error;
  } finally {
    plaintext?.fill(0);
  }
}
