/**
 * What happens to envelopes on their way: a transport around another one, which loses, delays, repeats and mixes up what
 * its party sends. It sees what a broker sees, which is sealed.
 *
 * @module
 */
import { frameOf, type Transport } from '@quorate/link';

/** What happens to one direction of the line. The first rule that fits an envelope counts. */
export interface Rule {
  /** Ids of senders; everybody where it is missing. */
  readonly from?: readonly string[];
  readonly to?: readonly string[];
  /** How many of 100 are lost. */
  readonly loss?: number;
  /** How many of 100 come twice. */
  readonly twice?: number;
  /** All come so much later, in milliseconds. */
  readonly delayMs?: number;
  /** Each comes later by something from nothing to this, so that they overtake one another. */
  readonly mixMs?: number;
}

export interface Weather {
  readonly transport: Transport;
  set(rules: readonly Rule[]): void;
  /** How many envelopes the rules have touched so far. */
  readonly touched: number;
}

/** @param sent - hears the kind of each envelope before it leaves */
export function weatherAround(self: string, transport: Transport, random: () => number, sent: (kind: string) => void = () => {}): Weather {
  let rules: readonly Rule[] = [];
  let touched = 0;
  const names = (list: readonly string[] | undefined, id: string): boolean => list === undefined || list.includes(id);

  function later(ms: number, to: string, bytes: Uint8Array): void {
    if (ms <= 0) transport.publish(to, bytes);
    // What comes after the end is lost, like the line itself.
    else setTimeout(() => transport.publish(to, bytes), ms).unref();
  }

  return {
    transport: {
      subscribe: (id, receive) => transport.subscribe(id, receive),
      publish(to, bytes) {
        sent(kindOf(bytes));
        const rule = rules.find(({ from, to: receivers }) => names(from, self) && names(receivers, to));
        if (rule === undefined) return transport.publish(to, bytes);
        const { loss = 0, twice = 0, delayMs = 0, mixMs = 0 } = rule;
        touched++;
        if (random() * 100 < loss) return;
        const copy = bytes.slice();
        later(delayMs + random() * mixMs, to, copy);
        if (random() * 100 < twice) later(delayMs + random() * mixMs, to, copy);
      },
    },
    set(next) {
      rules = next;
    },
    get touched() {
      return touched;
    },
  };
}

/** The kind that an envelope says it is of; it stands beside what is sealed. */
function kindOf(bytes: Uint8Array): string {
  const field = frameOf(bytes)?.fields[3];
  return field === undefined ? '' : new TextDecoder().decode(field);
}

/** Numbers from 0 to 1, the same for the same seed. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
