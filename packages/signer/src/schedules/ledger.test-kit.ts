/**
 * What happened in a schedule, in the order in which it happened: only what became durable and what went over the link.
 *
 * @module
 */
import type { ReplyOf } from '@quorate/wire';

export type Entry =
  | { readonly what: 'tombstone' | 'release'; readonly signer: number }
  /** A protocol message for the key, on its way to a peer. */
  | { readonly what: 'contribution'; readonly signer: number }
  | { readonly what: 'ciphertext'; readonly signer: number; readonly encryptionKey: string; readonly reply: ReplyOf<'export'> };

export interface Ledger {
  readonly entries: readonly Entry[];
  add(entry: Entry): void;
  retired(): ReadonlySet<number>;
  contributors(): ReadonlySet<number>;
}

export function createLedger(): Ledger {
  const entries: Entry[] = [];
  const who = (what: Entry['what']): ReadonlySet<number> => new Set(entries.filter((entry) => entry.what === what).map(({ signer }) => signer));
  return { entries, add: (entry) => void entries.push(entry), retired: () => who('tombstone'), contributors: () => who('contribution') };
}

/** The first promise of an export that these entries break; `null` where they keep all of them. */
export function broken(entries: readonly Entry[], quorum: number): string | null {
  const retired = new Set<number>();
  const given = new Map<string, string>();
  for (const entry of entries) {
    const { signer } = entry;
    switch (entry.what) {
      case 'tombstone':
        retired.add(signer);
        break;
      case 'contribution':
        if (retired.has(signer)) return `signer ${signer} contributed after its own tombstone`;
        break;
      case 'release':
        if (retired.size < quorum) return `signer ${signer} released with ${retired.size} of ${quorum} tombstones durable`;
        break;
      case 'ciphertext': {
        if (retired.size < quorum) return `a ciphertext of signer ${signer} left with ${retired.size} of ${quorum} tombstones durable`;
        const pair = `${signer} ${entry.encryptionKey}`;
        const text = JSON.stringify([entry.reply.encryptedKeyShare, entry.reply.release]);
        if ((given.get(pair) ?? text) !== text) return `signer ${signer} answered one encryption key in two ways`;
        given.set(pair, text);
        break;
      }
    }
  }
  return null;
}
