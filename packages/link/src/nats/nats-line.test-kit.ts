/**
 * A line for test networks over real brokers: each party with a connection and an nkey of its own.
 *
 * @module
 */
import { claimedSender } from '../envelope.ts';
import { generatePartyKeys, type PartyKeys, publicPartyOf } from '../key-party.ts';
import type { Tap } from '../memory-transport.ts';
import type { Line } from '../network.test-kit.ts';
import { type Brokers, startBrokers } from './brokers.test-kit.ts';
import type { NatsEvent } from './nats-events.ts';
import { type NatsOptions, natsTransport, type NatsTransport } from './nats-transport.ts';

export interface NatsNetwork extends AsyncDisposable {
  readonly brokers: Brokers;
  readonly keys: readonly PartyKeys[];
  readonly ids: readonly string[];
  readonly events: NatsEvent[];
  /** The transport of party `i`, connected. */
  connect(i: number, more?: Partial<NatsOptions>): Promise<NatsTransport>;
  options(i: number): NatsOptions;
  /** A line on which the first parties are those that ask first for keys. */
  line(tap?: Tap): Line;
}

/** Brokers for so many parties. */
export async function startNatsNetwork(network: string, o: { parties?: number; brokers?: number; clientCertificates?: boolean } = {}): Promise<NatsNetwork> {
  const keys = Array.from({ length: o.parties ?? 8 }, generatePartyKeys);
  const ids = keys.map((each) => publicPartyOf(each, 'signer').id);
  const brokers = await startBrokers({ network, ids, count: o.brokers ?? 1, clientCertificates: o.clientCertificates ?? false });
  const events: NatsEvent[] = [];
  const options = (i: number): NatsOptions => {
    const self = ids[i] as string;
    return { servers: brokers.servers, tls: brokers.tls, seed: brokers.seed(self), network, self, pauses: [20, 200], log: (event) => events.push(event) };
  };
  const open: NatsTransport[] = [];

  return {
    brokers,
    keys,
    ids,
    events,
    options,
    async connect(i, more = {}) {
      const transport = natsTransport({ ...options(i), ...more });
      open.push(transport);
      await transport.ready();
      return transport;
    },
    line(firstTap) {
      const transports = new Map<string, NatsTransport>();
      let tap = firstTap ?? null;
      let used = 0;
      const of = (id: string | null): NatsTransport => {
        const known = transports.get(id ?? '');
        if (known !== undefined) return known;
        const made = natsTransport(options(ids.indexOf(id ?? '')));
        transports.set(id ?? '', made);
        return made;
      };
      const deliver = (to: string, bytes: Uint8Array): void => of(claimedSender(bytes)).publish(to, bytes);
      return {
        newKeys: () => keys[used++] as PartyKeys,
        settled: async () => void (await Promise.all([...transports.values()].map((each) => each.ready()))),
        close: async () => void (await Promise.all([...transports.values()].map((each) => each.close()))),
        transport: {
          deliver,
          setTap(next) {
            tap = next;
          },
          publish(to, bytes) {
            if (tap === null) return deliver(to, bytes);
            const from = claimedSender(bytes);
            for (const each of tap({ to, bytes, ...(from === null ? {} : { from }) })) deliver(to, each);
          },
          subscribe: (self, receive) => of(self).subscribe(self, receive),
        },
      };
    },
    async [Symbol.asyncDispose]() {
      await Promise.allSettled(open.map((each) => each.close()));
      await brokers[Symbol.asyncDispose]();
    },
  };
}
