/**
 * What a NATS transport tells its owner: about the line, never about what is said on it.
 *
 * @module
 */

export const natsEvents = {
  connected: 'A broker has taken us in, and hears for us.',
  disconnected: 'The connection to the broker is gone; we try the next one.',
  unreachable: 'A broker could not be reached, or is not who it should be.',
  unwelcome: 'A broker does not know our nkey.',
  forbidden: 'A broker does not let us hear or say what we must: its configuration is not that of this network.',
  dropped: 'Messages were not sent: they waited too long for a broker, or too many waited.',
  flooded: 'Messages of a sender were not taken: they came faster than they could be handed on.',
  'foreign-sender': 'An envelope came under the subject of another party than it names.',
} as const;
export type NatsEventCode = keyof typeof natsEvents;

export interface NatsEvent {
  readonly code: NatsEventCode;
  /** The broker, as it was configured. */
  readonly server?: string;
  /** A code of the system or of TLS, such as `ECONNREFUSED`; never text from outside. */
  readonly fault?: string;
  /** Of `dropped`, `flooded`, `forbidden` and `foreign-sender`: how many since the last such event. */
  readonly count?: number;
  readonly bytes?: number;
}

const CODE = /^[A-Z][A-Z0-9_]{2,63}$/;

/** The code of an error or of what caused it. */
export function faultCode(error: unknown): string {
  for (let each = error, depth = 0; each instanceof Error && depth < 4; each = each.cause, depth++) {
    if ('code' in each && typeof each.code === 'string' && CODE.test(each.code)) return each.code;
  }
  return error instanceof Error && /^[A-Za-z]{3,40}$/.test(error.name) ? error.name : 'unknown';
}

/** Counts what happens too often for an event each, and tells of it once a second at most. */
export function tally(tell: (count: number, bytes: number) => void): { add(bytes: number): void; flush(): void } {
  let count = 0;
  let sum = 0;
  let timer: NodeJS.Timeout | null = null;
  const flush = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (count === 0) return;
    const [told, bytes] = [count, sum];
    count = sum = 0;
    tell(told, bytes);
  };
  return {
    add(bytes) {
      count++;
      sum += bytes;
      timer ??= setTimeout(flush, 1000).unref();
    },
    flush,
  };
}
