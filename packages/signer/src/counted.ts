/**
 * What evidence says of its passkey's counter, once it has been verified.
 *
 * @module
 */
import { counterOf } from '@quorate/authority';
import type { Evidence } from '@quorate/wire';
import type { Counted } from './store/counters.ts';

/** `null` for a key credential. */
export function countedIn(evidence: Evidence): Counted | null {
  const counter = counterOf(evidence);
  return counter === null ? null : { credId: evidence.credId, counter };
}
