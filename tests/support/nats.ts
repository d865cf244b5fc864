/**
 * A whole network whose server and signers reach each other over real brokers, each with a connection and an nkey of its
 * own.
 *
 * @module
 */
import { type NatsEvent, natsTransport, type NatsTransport } from '@quorate/link';
import type { LinkedNetwork } from '@quorate/devnet';
import { type Brokers, startBrokers } from '../../packages/link/src/nats/brokers.test-kit.ts';
import { startTestNetwork, type TestNetwork } from './network.ts';

export interface NatsTestNetwork extends TestNetwork {
  readonly brokers: Brokers;
  readonly parties: LinkedNetwork;
  readonly events: NatsEvent[];
  transport(id: string): NatsTransport;
}

export async function startNatsTestNetwork(count: number): Promise<NatsTestNetwork> {
  await using opened = new AsyncDisposableStack();
  const transports = new Map<string, NatsTransport>();
  const events: NatsEvent[] = [];
  const linked = Promise.withResolvers<{ brokers: Brokers; parties: LinkedNetwork }>();

  async function link(parties: LinkedNetwork): Promise<(id: string) => NatsTransport> {
    const { genesisHash: network, server, signers } = parties;
    const ids = [server, ...signers];
    const brokers = opened.use(await startBrokers({ network, ids, count }));
    for (const self of ids) {
      const { servers, tls } = brokers;
      const transport = natsTransport({ servers, tls, seed: brokers.seed(self), network, self, pauses: [20, 500], log: (event) => events.push(event) });
      transports.set(self, opened.use(transport));
    }
    await Promise.all([...transports.values()].map((transport) => transport.ready()));
    linked.resolve({ brokers, parties });
    return (id) => transports.get(id) as NatsTransport;
  }

  const net = opened.use(await startTestNetwork({ link }));
  const { brokers, parties } = await linked.promise;
  const all = opened.move();
  return {
    ...net,
    brokers,
    parties,
    events,
    transport: (id) => transports.get(id) as NatsTransport,
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}
