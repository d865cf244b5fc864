/**
 * One network to measure: its requests, its processes, and what has gone through its brokers.
 *
 * @module
 */
import { BROKERS } from '../../../tests/network/support/brokers.ts';
import type { World } from '../../../tests/network/support/world.ts';
import { closedLoop } from './closed-loop.ts';
import { machineCpuMs, parentOf, type Watched, watchFamily, watchOne } from './processes.ts';
import { type Operation, type Requests, requestsTo } from './requests.ts';

/** What daemons have published, as the brokers count it: payloads without NATS' own lines, and without what brokers pass on to each other. */
export interface Traffic {
  readonly messages: number;
  readonly bytes: number;
}

/** Some requests of one kind, asked by so many clients. */
export interface Block {
  readonly operation: Operation;
  readonly clients: number;
  /** Milliseconds of each request that was answered. */
  readonly times: readonly number[];
  readonly ms: number;
  /** Answers that were checked by the client's own means. */
  readonly proven: number;
  /** Codes of the requests that were not answered with what they asked for. */
  readonly refused: readonly string[];
  /** Milliseconds on a processor, by process. */
  readonly cpuMs: ReadonlyMap<string, number>;
  /** The same of everything else on this machine. */
  readonly othersCpuMs: number;
  readonly traffic: Traffic;
}

export interface Network {
  readonly world: World;
  readonly requests: Requests;
  /** Its own, and those that serve both networks. */
  readonly processes: readonly Watched[];
  readonly shared: ReadonlySet<string>;
  traffic(): Promise<Traffic>;
  /** @throws for a wrong answer */
  measure(operation: Operation, clients: number, each: number): Promise<Block>;
}

interface Connections {
  readonly connections: readonly { readonly in_msgs: number; readonly in_bytes: number }[];
}

/** The process that asks, in which the SDK works. */
const CLIENTS = 'clients';
const DATABASE = 'PostgreSQL';

export function networkIn(world: World): Network {
  const requests = requestsTo(world);
  const processes: Watched[] = [
    ...[...world.signers, ...world.servers].map((party) => watchOne(party.name, () => party.pid)),
    ...Array.from({ length: BROKERS }, (_, i) => watchOne(`broker ${i + 1}`, () => world.brokers.pid(i))),
    watchFamily(DATABASE, parentOf(world.database.pid)),
    { ...watchOne(CLIENTS, () => process.pid), memory: () => null },
  ];

  async function traffic(): Promise<Traffic> {
    const told = await Promise.all(Array.from({ length: BROKERS }, (_, i) => world.brokers.monitor<Connections>(i, '/connz?limit=1024')));
    const all = told.flatMap(({ connections }) => connections);
    return { messages: all.reduce((sum, one) => sum + one.in_msgs, 0), bytes: all.reduce((sum, one) => sum + one.in_bytes, 0) };
  }
  const cpu = (): number[] => processes.map((one) => one.cpuMs());

  return {
    world,
    requests,
    processes,
    shared: new Set([DATABASE, CLIENTS]),
    traffic,
    async measure(operation, clients, each) {
      const before = { traffic: await traffic(), machine: machineCpuMs(), cpu: cpu() };
      const { times, answers, ms } = await closedLoop(clients, each, () => requests.prepare(operation));
      const after = { cpu: cpu(), machine: machineCpuMs(), traffic: await traffic() };
      const spent = processes.map(({ name }, i) => [name, (after.cpu[i] ?? 0) - (before.cpu[i] ?? 0)] as const);
      const answered = answers.filter(({ refused }) => refused === null);
      for (const answer of answered) await answer.prove();
      return {
        operation,
        clients,
        times: times.filter((_, i) => answers[i]?.refused === null),
        ms,
        proven: answered.length,
        refused: answers.flatMap(({ refused }) => refused ?? []),
        cpuMs: new Map(spent),
        othersCpuMs: Math.max(0, after.machine - before.machine - spent.reduce((sum, [, one]) => sum + one, 0)),
        traffic: { messages: after.traffic.messages - before.traffic.messages, bytes: after.traffic.bytes - before.traffic.bytes },
      };
    },
  };
}
