/**
 * What is told of a finished export: everything but the key.
 *
 * @module
 */
import type { Report, VerifiedReceipt } from '@quorate/client';
import type { ExportAnswer, Genesis } from '@quorate/wire';
import { blameWords, checkWords, uncheckedWords } from '../words.ts';

export interface Outcome {
  /** How many shares the key was made of. */
  readonly used: number;
  /** Sentences, one for each signer that sent something wrong. */
  readonly liars: readonly string[];
  /** Sentences, one for each check that could not be made. */
  readonly unchecked: readonly string[];
  readonly retired: { readonly held: number; readonly of: number | null };
  /** Other wallets on the same key, which stop signing with it. */
  readonly others: readonly string[];
}

export type ReceiptState =
  | { readonly is: 'fetching' }
  | { readonly is: 'ready'; readonly verified: VerifiedReceipt }
  | { readonly is: 'missing'; readonly why: string };

export function outcomeOf(
  report: Report,
  { genesis, wallets }: { readonly genesis: Genesis; readonly wallets: ExportAnswer['wallets'] },
  walletId: string,
): Outcome {
  return {
    used: report.used.length,
    liars: report.blamed.map(({ signerId, reason, proven }) => {
      const whose = proven ? 'Its own signature stands under it.' : 'Nothing it signed shows it: whoever carried the answer may have changed it.';
      return `${nameOf(genesis, signerId)} ${blameWords[reason]}. ${whose}`;
    }),
    unchecked: report.notChecked.map(({ check, why }) => `Not checked: ${checkWords[check]}, because ${uncheckedWords[why]}.`),
    retired: report.tombstones,
    others: wallets.filter((id) => id !== walletId),
  };
}

/** By its place in the roster, from 1, as its operators know it. */
function nameOf({ signers }: Genesis, signerId: string): string {
  const rank = signers.findIndex(({ id }) => id === signerId);
  return rank < 0 ? `A stranger (${signerId})` : `Signer ${rank + 1} (${signerId})`;
}
