/**
 * What can be wrong with one signer's part of an export, and what a recovery reports.
 *
 * @module
 */

/** Stable codes: of the release statement (`release/…`), of what came out of the envelope (`share/…`), of the sender (`signer/…`). */
export type BlameReason =
  | 'signer/unknown'
  | 'release/missing'
  | 'release/malformed'
  | 'release/signature'
  | 'release/key'
  | 'release/ciphertext'
  | 'release/encryption-key'
  | 'release/public-shares'
  | 'share/unreadable'
  | 'share/malformed'
  | 'share/curve'
  | 'share/index'
  | 'share/value'
  | 'share/inconsistent';

export interface Blame {
  readonly signerId: string;
  readonly reason: BlameReason;
  /**
   * The signer's own signature stands under what is wrong. Without it the fault may be of anyone who carried the
   * answer.
   */
  readonly proven: boolean;
}

export type Check = 'expected-key' | 'certificate' | 'share-values' | 'releases' | 'tombstones';

/** Why a check was not made. */
export type Unchecked = 'no-genesis' | 'absent' | 'invalid' | 'another-key' | 'ambiguous';

export interface Report {
  /** The signers whose shares make up the key. */
  readonly used: readonly string[];
  readonly blamed: readonly Blame[];
  readonly checked: readonly Check[];
  readonly notChecked: readonly { readonly check: Check; readonly why: Unchecked }[];
  /** How many of how many signers are proven to have retired the key; `of` is `null` without a genesis. */
  readonly tombstones: { readonly held: number; readonly of: number | null };
}
