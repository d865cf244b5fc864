/**
 * Where a sealed blob belongs.
 *
 * @module
 */

/**
 * Bound to a blob as AES-256-GCM associated data, each field with its length, beside the kind of
 * blob. A blob opens only under the context it was sealed for.
 */
export interface SealContext {
  /** Organisation id. */
  readonly org: string;
  /** Key id; empty for what belongs to the roster. */
  readonly key: string;
  /** Signer id. */
  readonly signer: string;
  /** Hash of the ordered roster. */
  readonly roster: string;
  /** Roster epoch, 0 to 2³² − 1. */
  readonly epoch: number;
  /** Version of the stored record, 0 to 2³² − 1. */
  readonly version: number;
}
