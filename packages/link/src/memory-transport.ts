/**
 * A transport inside one process, for development and tests. Like a real one it delivers later and never shares memory
 * between sender and receiver; unlike a real one it can be told to misbehave.
 *
 * @module
 */
import { claimedSender } from './envelope.ts';
import type { Transport } from './transport.ts';

export interface Delivery {
  /** Who the bytes say they are from; unproven, absent where they say nothing readable. */
  readonly from?: string;
  readonly to: string;
  readonly bytes: Uint8Array;
}

/** What to deliver in place of one delivery: `[]` drops it, two elements repeat it. Use `deliver` to send something later. */
export type Tap = (delivery: Delivery) => readonly Uint8Array[];

export interface MemoryTransport extends Transport {
  /** Replaces the tap; `null` delivers everything as it is. */
  setTap(tap: Tap | null): void;
  /** Like `publish`, past the tap. */
  deliver(to: string, bytes: Uint8Array): void;
}

export function memoryTransport(options: { tap?: Tap } = {}): MemoryTransport {
  const receivers = new Map<string, Set<(bytes: Uint8Array) => void>>();
  let tap = options.tap ?? null;
  let queue: { to: string; bytes: Uint8Array }[] = [];

  function drain(): void {
    const batch = queue;
    queue = [];
    for (const { to, bytes } of batch) {
      // Receivers are looked up on arrival: who left in the meantime gets nothing.
      for (const receive of receivers.get(to) ?? []) receive(bytes.slice());
    }
  }

  function deliver(to: string, bytes: Uint8Array): void {
    if (queue.length === 0) setImmediate(drain);
    queue.push({ to, bytes: bytes.slice() });
  }

  return {
    deliver,
    setTap(next) {
      tap = next;
    },
    publish(to, bytes) {
      if (tap === null) return deliver(to, bytes);
      const from = claimedSender(bytes);
      const delivery = { to, bytes: bytes.slice(), ...(from === null ? {} : { from }) };
      for (const replacement of tap(delivery)) deliver(to, replacement);
    },
    subscribe(self, receive) {
      const own = receivers.get(self) ?? new Set();
      receivers.set(self, own);
      // Wrapped, so that one function subscribed twice is two subscriptions.
      const entry = (bytes: Uint8Array): void => receive(bytes);
      own.add(entry);
      return () => {
        own.delete(entry);
        if (own.size === 0 && receivers.get(self) === own) receivers.delete(self);
      };
    },
  };
}
