/**
 * A transport over a cluster of NATS brokers. It looks for a broker for ever, one after the other, and mends itself when
 * one is lost; whoever uses it only notices that messages went missing, which may happen on any line.
 *
 * @module
 */
import { claimedSender } from '../envelope.ts';
import type { Transport } from '../transport.ts';
import { type Connection, type NatsTls, NotAdmitted, openConnection } from './connection.ts';
import { type Delay, delay } from './delay.ts';
import { createInbox } from './inbox.ts';
import { faultCode, type NatsEvent, tally } from './nats-events.ts';
import { nkeyOf } from './nkey.ts';
import { createOutbox } from './outbox.ts';
import { partyToken, senderToken, subjectsOf } from './subjects.ts';

const MiB = 1024 * 1024;

export interface NatsLimits {
  /** What waits for a broker, in bytes. @default 33_554_432 */
  readonly waitingBytes: number;
  /** How long a message waits for a broker, in milliseconds. @default 10_000 */
  readonly waitingMs: number;
  /** What is sent before the broker has confirmed what came before, in bytes. @default 8_388_608 */
  readonly windowBytes: number;
  /** What of one sender waits to be handed on, in bytes. @default 16_777_216 */
  readonly senderBytes: number;
  /** What of all senders waits to be handed on, in bytes. @default 134_217_728 */
  readonly receivedBytes: number;
}

export const defaultNatsLimits: NatsLimits = {
  waitingBytes: 32 * MiB,
  waitingMs: 10_000,
  windowBytes: 8 * MiB,
  senderBytes: 16 * MiB,
  receivedBytes: 128 * MiB,
};

export interface NatsOptions {
  /** The brokers, `host` or `host:port`; others, of which a broker may tell, are not used. */
  readonly servers: readonly string[];
  readonly tls: NatsTls;
  /** Secret: the seed of this party's nkey, `SU…`, as `readNkey` or `generateNkey` gives it. */
  readonly seed: Uint8Array;
  /** Genesis hash, lower-case hex. */
  readonly network: string;
  /** This party's id. */
  readonly self: string;
  readonly log?: (event: NatsEvent) => void;
  readonly limits?: Partial<NatsLimits>;
  /** The pause before the next broker is tried grows from the first to the second, in milliseconds. @default [100, 5000] */
  readonly pauses?: readonly [number, number];
}

export interface NatsTransport extends Transport, AsyncDisposable {
  /** Whether a broker hears for us right now: what readiness should ask. */
  readonly connected: boolean;
  /** The broker that does, as it was configured. */
  readonly server: string | null;
  /** Bytes that wait for a broker. */
  readonly waitingBytes: number;
  /** Resolves as soon as there is a broker. Rejects when the transport is closed before. */
  ready(): Promise<void>;
  /** Sends what it can within two seconds, and ends. What is published afterwards is thrown away. */
  close(): Promise<void>;
}

const CLOSE_MS = 2_000;
const SERVER = /^(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?$/;

/**
 * Returns at once and finds a broker by itself.
 *
 * @throws {TypeError} when an option is not what it should be
 */
export function natsTransport(o: NatsOptions): NatsTransport {
  const { servers, tls, network, self, pauses = [100, 5_000] } = o;
  if (servers.length === 0 || !servers.every((server) => SERVER.test(server))) throw new TypeError('brokers are named host or host:port, at least one of them');
  // Without one, everybody that the system trusts could pass for a broker.
  if (!tls.ca.includes('-----BEGIN CERTIFICATE-----')) throw new TypeError('brokers need a certificate authority: its certificate in PEM');
  if ((tls.cert === undefined) !== (tls.key === undefined)) throw new TypeError('a certificate and its key belong together');
  const limits = { ...defaultNatsLimits, ...o.limits };
  const { seed } = nkeyOf(o.seed);
  const subjects = subjectsOf(network, self);
  const tokens = new Map<string, string>();
  const receivers = new Set<(bytes: Uint8Array) => void>();
  let live: { readonly connection: Connection; readonly server: string } | null = null;
  let closed = false;
  let pause: Delay | null = null;
  let whenEmpty: (() => void) | null = null;
  const waiters: PromiseWithResolvers<void>[] = [];

  const report = (event: NatsEvent): void => {
    try {
      o.log?.(event);
    } catch {
      // There is nobody left to tell.
    }
  };
  const dropped = tally((count, bytes) => report({ code: 'dropped', count, bytes }));
  const flooded = tally((count) => report({ code: 'flooded', count }));
  const forbidden = tally((count) => report({ code: 'forbidden', count }));
  const foreign = tally((count) => report({ code: 'foreign-sender', count }));

  const outbox = createOutbox({
    maxBytes: limits.waitingBytes,
    maxAgeMs: limits.waitingMs,
    ticks: () => performance.now(),
    dropped: (bytes) => dropped.add(bytes),
  });
  const inbox = createInbox({
    maxBytesOfSender: limits.senderBytes,
    maxBytes: limits.receivedBytes,
    dropped: () => flooded.add(0),
    deliver: (bytes) => {
      for (const receive of receivers) receive(bytes.slice());
    },
  });

  function tokenOf(id: string): string {
    const token = tokens.get(id) ?? partyToken(id);
    if (tokens.size < 1024) tokens.set(id, token);
    return token;
  }

  /** The broker has checked who published; the receiver checks the signature. Here only that both say the same. */
  function receive(subject: string, bytes: Uint8Array): void {
    const sender = senderToken(subject);
    const claimed = claimedSender(bytes);
    if (claimed !== null && tokenOf(claimed) !== sender) {
      foreign.add(0);
      return;
    }
    // Copied, so that the rest of what came with it is not kept in memory.
    inbox.put(sender, bytes.slice());
  }

  function pump(): void {
    while (live?.connection.hasRoom === true) {
      const message = outbox.take();
      if (message === null) {
        whenEmpty?.();
        return;
      }
      if (message.bytes.length > live.connection.maxBytes) dropped.add(message.bytes.length);
      else live.connection.send(message);
    }
  }

  async function attend(server: string): Promise<void> {
    const connection = await openConnection({
      server,
      tls,
      seed,
      inbox: subjects.inbox,
      windowBytes: limits.windowBytes,
      receive,
      onRoom: pump,
      onForbidden: () => forbidden.add(0),
    });
    if (closed) return connection.close(0);
    live = { connection, server };
    report({ code: 'connected', server });
    for (const waiter of waiters.splice(0)) waiter.resolve();
    pump();
    await connection.ended;
    live = null;
    if (!closed) report({ code: 'disconnected', server });
  }

  /** Any broker is as good as the others; those that fail are tried less and less often. */
  async function lookForBrokers(): Promise<void> {
    let failures = 0;
    for (let i = Math.floor(Math.random() * servers.length); !closed; i++) {
      const server = servers[i % servers.length] as string;
      try {
        await attend(server);
        failures = 0;
      } catch (error) {
        failures++;
        if (!closed) report(error instanceof NotAdmitted ? { code: error.why, server } : { code: 'unreachable', server, fault: faultCode(error) });
      }
      if (closed) return;
      const rounds = Math.min(16, Math.floor(failures / servers.length));
      const longest = Math.min(pauses[1], pauses[0] * 2 ** rounds);
      // Anything from half of it to all of it, so that parties that lost a broker together do not come back together.
      pause = delay(longest * (0.5 + Math.random() / 2));
      await pause.over;
    }
  }

  const looking = lookForBrokers();

  async function close(): Promise<void> {
    if (closed) return looking;
    closed = true;
    for (const waiter of waiters.splice(0)) waiter.reject(new Error('the transport is closed'));
    receivers.clear();
    inbox.close();
    pump();
    pause?.cancel();
    if (live !== null && outbox.bytes > 0) {
      const grace = delay(CLOSE_MS);
      whenEmpty = grace.cancel;
      await grace.over;
    }
    await live?.connection.close(CLOSE_MS);
    await looking;
    for (const each of [dropped, flooded, forbidden, foreign]) each.flush();
  }

  return {
    publish(to, bytes) {
      if (closed) return;
      if (live !== null && bytes.length > live.connection.maxBytes) throw new RangeError('the broker takes no message of this size');
      outbox.put({ subject: subjects.to(to), bytes: bytes.slice() });
      pump();
    },
    subscribe(id, take) {
      if (id !== self) throw new TypeError('a party hears what is addressed to itself');
      // Wrapped, so that one function subscribed twice is two subscriptions.
      const entry = (bytes: Uint8Array): void => take(bytes);
      receivers.add(entry);
      return () => void receivers.delete(entry);
    },
    get connected() {
      return live !== null;
    },
    get server() {
      return live?.server ?? null;
    },
    get waitingBytes() {
      return outbox.bytes;
    },
    async ready() {
      if (live !== null) return;
      if (closed) throw new Error('the transport is closed');
      const waiter = Promise.withResolvers<void>();
      waiters.push(waiter);
      await waiter.promise;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
