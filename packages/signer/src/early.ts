/**
 * Protocol messages of sessions that have not begun here: a peer that has heard all nonces first speaks first. Kept by
 * execution id, bounded for each sender.
 *
 * @module
 */
import type { SignerId } from '@quorate/wire';

export interface ProtocolMessage {
  readonly from: SignerId;
  readonly seq: number;
  readonly broadcast: boolean;
  readonly body: Uint8Array;
}

/** Aux info's largest message has 212 kB; a peer may be a round ahead in several sessions. */
const MAX_BYTES = 4 * 1024 * 1024;
const MAX_MESSAGES = 512;

export interface Early {
  /** A sender over its bound loses its oldest message, nobody else's. */
  put(session: string, message: ProtocolMessage): void;
  /** Removes and returns the messages of a session, each sender's in order. */
  take(session: string): ProtocolMessage[];
}

export function createEarly(): Early {
  const senders = new Map<SignerId, { bytes: number; messages: { readonly session: string; readonly message: ProtocolMessage }[] }>();
  return {
    put(session, message) {
      const queue = senders.get(message.from) ?? { bytes: 0, messages: [] };
      senders.set(message.from, queue);
      queue.messages.push({ session, message });
      queue.bytes += message.body.length;
      while (queue.bytes > MAX_BYTES || queue.messages.length > MAX_MESSAGES) queue.bytes -= queue.messages.shift()?.message.body.length ?? 0;
    },
    take(session) {
      const taken: ProtocolMessage[] = [];
      for (const queue of senders.values()) {
        const own = queue.messages.filter((entry) => entry.session === session);
        if (own.length === 0) continue;
        queue.messages = queue.messages.filter((entry) => entry.session !== session);
        for (const { message } of own) {
          queue.bytes -= message.body.length;
          taken.push(message);
        }
      }
      return taken;
    },
  };
}
