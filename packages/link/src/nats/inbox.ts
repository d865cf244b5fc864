/**
 * What has come from the broker and is not handed on yet. Each sender has its own share, which the broker's permissions
 * hold it to, so that one that floods loses its own messages and nobody else's. Handed on by turns, a little at a time,
 * so that the rest of the process gets its turn too.
 *
 * @module
 */

export interface Inbox {
  put(sender: string, bytes: Uint8Array): void;
  /** Forgets what waits and hands nothing on any more. */
  close(): void;
}

export interface InboxOptions {
  /** Of one sender, in bytes. */
  readonly maxBytesOfSender: number;
  /** Of all senders, in bytes: a broker can make senders up. */
  readonly maxBytes: number;
  readonly deliver: (bytes: Uint8Array) => void;
  /** Called once for each message that is not handed on. */
  readonly dropped: (sender: string) => void;
}

/** What one message costs beside its bytes. */
const OVERHEAD = 128;
/** Handed on in one go. */
const TURN_BYTES = 4 * 1024 * 1024;

const costOf = (bytes: Uint8Array): number => bytes.length + OVERHEAD;

export function createInbox({ maxBytesOfSender, maxBytes, deliver, dropped }: InboxOptions): Inbox {
  const senders = new Map<string, { bytes: number; messages: Uint8Array[] }>();
  let bytes = 0;
  let scheduled = false;
  let closed = false;

  function schedule(): void {
    if (scheduled) return;
    scheduled = true;
    setImmediate(turn);
  }

  function turn(): void {
    scheduled = false;
    let handed = 0;
    while (senders.size > 0 && handed < TURN_BYTES) {
      // One of each sender. Those without another leave the map, which iteration allows.
      for (const [sender, own] of senders) {
        const message = own.messages.shift();
        if (own.messages.length === 0) senders.delete(sender);
        if (message === undefined) continue;
        const cost = costOf(message);
        own.bytes -= cost;
        bytes -= cost;
        handed += cost;
        deliver(message);
        if (closed) return;
      }
    }
    if (senders.size > 0) schedule();
  }

  return {
    put(sender, message) {
      if (closed) return;
      const own = senders.get(sender) ?? { bytes: 0, messages: [] };
      const cost = costOf(message);
      if (own.bytes + cost > maxBytesOfSender || bytes + cost > maxBytes) {
        dropped(sender);
        return;
      }
      senders.set(sender, own);
      own.messages.push(message);
      own.bytes += cost;
      bytes += cost;
      schedule();
    },
    close() {
      closed = true;
      senders.clear();
    },
  };
}
