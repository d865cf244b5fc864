/**
 * What waits for a broker that is away or slow. Bounded in bytes and in age: a message that waited too long is past its
 * deadline anyway, and one that is lost may be lost on any line. The oldest go first, for they are worth least.
 *
 * @module
 */

export interface Outgoing {
  readonly subject: string;
  readonly bytes: Uint8Array;
}

export interface Outbox {
  put(message: Outgoing): void;
  /** The oldest that is still worth sending, or `null`. */
  take(): Outgoing | null;
  /** Of all that waits. */
  readonly bytes: number;
}

export interface OutboxOptions {
  readonly maxBytes: number;
  readonly maxAgeMs: number;
  /** Milliseconds; runs forward only. */
  readonly ticks: () => number;
  /** Called once for each message that will not be sent. */
  readonly dropped: (bytes: number) => void;
}

export function createOutbox({ maxBytes, maxAgeMs, ticks, dropped }: OutboxOptions): Outbox {
  let waiting: { readonly message: Outgoing; readonly at: number }[] = [];
  let head = 0;
  let bytes = 0;

  function shift(): Outgoing | null {
    const first = waiting[head];
    if (first === undefined) return null;
    head++;
    bytes -= first.message.bytes.length;
    if (head > 1024 && head * 2 > waiting.length) {
      waiting = waiting.slice(head);
      head = 0;
    }
    return first.message;
  }

  function drop(): void {
    const message = shift();
    if (message !== null) dropped(message.bytes.length);
  }

  function dropOld(): void {
    const oldest = ticks() - maxAgeMs;
    for (let first = waiting[head]; first !== undefined && first.at < oldest; first = waiting[head]) drop();
  }

  return {
    put(message) {
      dropOld();
      const size = message.bytes.length;
      if (size > maxBytes) {
        dropped(size);
        return;
      }
      while (bytes + size > maxBytes) drop();
      waiting.push({ message, at: ticks() });
      bytes += size;
    },
    take() {
      dropOld();
      return shift();
    },
    get bytes() {
      return bytes;
    },
  };
}
