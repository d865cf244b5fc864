/**
 * What passes between a store and its thread.
 *
 * @module
 */
import type { RefusalCode, RefusalDetail, Signed } from '@quorate/wire';
import type { AuditHead } from '../audit/rows.ts';

export type Question =
  | { readonly kind: 'read'; readonly id: number; readonly name: string; readonly args: unknown }
  /** `heads` are kept in the same transaction. */
  | { readonly kind: 'write'; readonly id: number; readonly name: string; readonly args: unknown; readonly heads: readonly Signed<'auditHead'>[] }
  | { readonly kind: 'close'; readonly heads: readonly Signed<'auditHead'>[] };

/** `id` 0 says that the database is open. `audit` is where the audit trail ends now; with a write and at the beginning. */
export type Answer =
  | { readonly id: number; readonly ok: true; readonly result: unknown; readonly audit: AuditHead | null }
  | { readonly id: number; readonly ok: false; readonly refused: { readonly code: RefusalCode; readonly detail: RefusalDetail } | null; readonly text: string };
