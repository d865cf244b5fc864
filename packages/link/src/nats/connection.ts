/**
 * One connection to one broker: TLS with its name checked, login by nkey, one subscription, and a window of bytes that the
 * broker has not confirmed yet. It never mends itself; when it ends, its owner opens another.
 *
 * @module
 */
import { isIP } from 'node:net';
import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import {
  AuthorizationError,
  connect,
  type ConnectionOptions,
  type NatsConnection,
  nkeyAuthenticator,
  PermissionViolationError,
  type TlsOptions,
} from '@nats-io/transport-node';
import { delay } from './delay.ts';
import type { Outgoing } from './outbox.ts';

/** PEM text. */
export interface NatsTls {
  /** Of whoever certifies brokers. */
  readonly ca: string;
  /** For brokers that ask for certificates. */
  readonly cert?: string;
  readonly key?: string;
}

export interface ConnectionOptionsOf {
  /** `host:port`. */
  readonly server: string;
  readonly tls: NatsTls;
  readonly seed: Uint8Array;
  readonly inbox: string;
  readonly windowBytes: number;
  readonly receive: (subject: string, bytes: Uint8Array) => void;
  /** There is room in the window again. */
  readonly onRoom: () => void;
  /** The broker has refused a subject. */
  readonly onForbidden: () => void;
}

export interface Connection {
  /** The largest message that this broker takes, in bytes. */
  readonly maxBytes: number;
  /** Whether the broker has confirmed enough for another message to go out. */
  readonly hasRoom: boolean;
  send(message: Outgoing): void;
  /** Resolves when it has ended, for whatever reason. */
  readonly ended: Promise<void>;
  /** Sends what was given to it, for so long, and ends. */
  close(graceMs: number): Promise<void>;
}

/** Why a broker did not take us in, where it was not the line. */
export class NotAdmitted extends Error {
  override readonly name = 'NotAdmitted';
  readonly why: 'unwelcome' | 'forbidden';

  constructor(why: 'unwelcome' | 'forbidden') {
    super(why);
    this.why = why;
  }
}

const DIAL_MS = 5_000;
const PING_MS = 5_000;

/** Resolves once the broker hears for us. @throws {NotAdmitted}, or whatever the line has thrown */
export async function openConnection(o: ConnectionOptionsOf): Promise<Connection> {
  const nats = await dial(o);
  let forbidden = false;
  void watch(nats, () => {
    forbidden = true;
    o.onForbidden();
  });
  nats.subscribe(o.inbox, {
    callback: (error, message) => {
      if (error === null) o.receive(message.subject, message.data);
      else forbidden = true;
    },
  });
  try {
    // What the broker has against the subscription comes before its answer to this.
    await within(nats.flush(), DIAL_MS);
  } catch (error) {
    await nats.close();
    throw error;
  }
  if (forbidden) {
    await nats.close();
    throw new NotAdmitted('forbidden');
  }

  let unconfirmed = 0;
  let sinceFlush = 0;
  let flushing = false;
  /** One question at a time; its answer confirms all that was sent before it. */
  function confirm(): void {
    if (flushing || sinceFlush === 0) return;
    flushing = true;
    const batch = sinceFlush;
    sinceFlush = 0;
    nats.flush().then(
      () => {
        flushing = false;
        unconfirmed -= batch;
        confirm();
        o.onRoom();
      },
      // It is ending.
      () => {},
    );
  }

  return {
    get maxBytes() {
      return nats.info?.max_payload ?? 0;
    },
    get hasRoom() {
      return unconfirmed < o.windowBytes && !nats.isDraining() && !nats.isClosed();
    },
    send({ subject, bytes }) {
      nats.publish(subject, bytes);
      unconfirmed += bytes.length;
      sinceFlush += bytes.length;
      confirm();
    },
    ended: nats.closed().then(() => {}),
    async close(graceMs) {
      if (graceMs > 0 && !nats.isClosed()) await within(nats.drain(), graceMs).catch(() => {});
      await nats.close();
    },
  };
}

async function dial({ server, tls, seed }: ConnectionOptionsOf): Promise<NatsConnection> {
  const host = new URL(`tls://${server}`).hostname.replace(/^\[|\]$/g, '');
  // The client checks addresses against the name `localhost` by itself: it is told here whom it has called.
  const checked = {
    ...tls,
    minVersion: 'TLSv1.3',
    ...(isIP(host) === 0 ? { servername: host } : {}),
    checkServerIdentity: (_: string, certificate: PeerCertificate) => checkServerIdentity(host, certificate),
  };
  const options: ConnectionOptions = {
    servers: [server],
    tls: checked as TlsOptions,
    authenticator: nkeyAuthenticator(seed),
    reconnect: false,
    ignoreClusterUpdates: true,
    resolve: false,
    timeout: DIAL_MS,
    pingInterval: PING_MS,
    maxPingOut: 2,
    noAsyncTraces: true,
  };
  try {
    return await connect(options);
  } catch (error) {
    throw error instanceof AuthorizationError ? new NotAdmitted('unwelcome') : error;
  }
}

async function watch(nats: NatsConnection, forbidden: () => void): Promise<void> {
  for await (const status of nats.status()) {
    if (status.type === 'error' && status.error instanceof PermissionViolationError) forbidden();
  }
}

/** The promise's result, or an error after so long. */
async function within<T>(promise: Promise<T>, ms: number): Promise<T> {
  const timer = delay(ms);
  try {
    return await Promise.race([
      promise,
      timer.over.then(() => {
        throw Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' });
      }),
    ]);
  } finally {
    timer.cancel();
    promise.catch(() => {});
  }
}
