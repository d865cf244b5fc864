/**
 * The newest authority head this client has seen. A server that shows an older one is trying to act on rights as they
 * were.
 *
 * @module
 */
import type { Head } from '@quorate/wire';

export interface HeadMemory {
  /** Whether the head is at least as new as any seen, and the same where the number is. */
  accepts(head: Head): boolean;
  /** Remembers the head if it is newer. */
  note(head: Head): void;
  /** To be kept between runs; `null` before any was seen. */
  latest(): Head | null;
}

export function createHeadMemory(start: Head | null = null): HeadMemory {
  let newest = start;
  return {
    accepts: (head) => newest === null || head.number > newest.number || (head.number === newest.number && head.hash === newest.hash),
    note: (head) => {
      if (newest === null || head.number > newest.number) newest = { number: head.number, hash: head.hash };
    },
    latest: () => newest,
  };
}
