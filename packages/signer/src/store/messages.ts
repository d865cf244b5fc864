/**
 * What passes between a store and its thread.
 *
 * @module
 */
import type { RefusalCode, RefusalDetail } from '@quorate/wire';

export type Question = { readonly kind: 'read' | 'write'; readonly id: number; readonly name: string; readonly args: unknown } | { readonly kind: 'close' };

/** `id` 0 says that the database is open. */
export type Answer =
  | { readonly id: number; readonly ok: true; readonly result: unknown }
  | { readonly id: number; readonly ok: false; readonly refused: { readonly code: RefusalCode; readonly detail: RefusalDetail } | null; readonly text: string };
