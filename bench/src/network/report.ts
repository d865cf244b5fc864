/**
 * What a run says, as Markdown: three tables, what they stand on, and whether the bars were held.
 *
 * @module
 */
import { ms, table } from '../table.ts';
import { compare, geometricMean, type Merged, merge } from './merge.ts';
import type { Block, Network, Traffic } from './network.ts';
import { type Operation, operations } from './requests.ts';
import type { Filled } from './fill.ts';

/** The middle of the ratios of each operation's times, and of its processor times. */
const MAX_P50 = 1.15;
const MAX_CPU = 1.1;
/** What must not get slower with many wallets. */
const HELD: readonly Operation[] = ['sign', 'export'];
const SMALL = 100;

export interface Measured {
  readonly network: Network;
  readonly filled: Filled;
  readonly blocks: readonly Block[];
}

export interface Run {
  readonly few: Measured;
  readonly many: Measured;
  /** Copied wallets in the stores of `many`. */
  readonly copies: number;
  readonly levels: readonly number[];
  /** What a network says to itself in a second when nobody asks. */
  readonly idle: Traffic;
  /** About the machine. */
  readonly machine: string;
}

const names: Record<Operation, string> = { keygen: 'make a wallet', sign: 'sign', export: 'export' };
const mb = (bytes: number | null): string => (bytes === null ? '' : `${(bytes / 1_000_000).toFixed(bytes < 10_000_000 ? 1 : 0)} MB`);
const times = (ratio: number): string => `× ${ratio.toFixed(2)}`;
const tail = ({ p99, runs }: Merged): string => (runs < SMALL ? `slowest ${ms(p99)}` : ms(p99));

/** @returns the text, and in how many ways the run failed */
export function report(run: Run): { readonly text: string; readonly failed: readonly string[] } {
  const { few, many, copies, levels, idle, machine } = run;
  const count = copies.toLocaleString('en');
  const at = ({ blocks }: Measured, operation: Operation, clients: number): Block[] =>
    blocks.filter((block) => block.operation === operation && block.clients === clients);
  const pairs = operations.flatMap((operation) => levels.map((clients) => ({ operation, clients })));
  const ratios = pairs.map((pair) => ({ ...pair, ...compare(at(few, pair.operation, pair.clients), at(many, pair.operation, pair.clients)) }));
  const middle = (operation: Operation, of: 'p50' | 'cpu'): number => geometricMean(ratios.filter((one) => one.operation === operation).map((one) => one[of]));

  const asked = table(
    ['what', 'clients', 'runs', 'p50', 'p95', 'p99', 'per second', 'verified', 'processor each', 'messages each', 'bytes each'],
    pairs.map(({ operation, clients }) => {
      const all = merge(at(few, operation, clients));
      const { p50, p95, runs, perSecond, proven, cpuMs, messages, bytes } = all;
      const verified = `${proven} of ${runs + all.refused.length}`;
      return [
        names[operation],
        clients,
        runs,
        ms(p50),
        ms(p95),
        tail(all),
        perSecond.toFixed(2),
        verified,
        ms(cpuMs),
        messages.toFixed(0),
        bytes.toFixed(0),
      ].map(String);
    }),
  );

  const compared = table(
    ['what', 'clients', 'p50, few', `p50, ${count}`, 'ratio', 'one against itself', 'processor, few', `processor, ${count}`, 'ratio of these', 'bars'],
    [
      ...ratios.map(({ operation, clients, p50, cpu, again }) => {
        const [one, other] = [merge(at(few, operation, clients)), merge(at(many, operation, clients))];
        return [names[operation], String(clients), ms(one.p50), ms(other.p50), times(p50), times(again), ms(one.cpuMs), ms(other.cpuMs), times(cpu), ''];
      }),
      ...operations.map((operation) => {
        const bars = HELD.includes(operation) ? `≤ × ${MAX_P50} and ≤ × ${MAX_CPU}` : '';
        return [names[operation], 'middle', '', '', times(middle(operation, 'p50')), '', '', '', times(middle(operation, 'cpu')), bars];
      }),
    ],
  );

  const processorOf = (name: string, operation: Operation): string => {
    const blocks = few.blocks.filter((block) => block.operation === operation);
    const runs = blocks.reduce((sum, block) => sum + block.times.length, 0);
    return ms(blocks.reduce((sum, { cpuMs }) => sum + (cpuMs.get(name) ?? 0), 0) / runs);
  };
  const processes = table(
    ['process', ...operations.map((operation) => `processor, ${names[operation]}`), 'memory, few', `memory, ${count}`],
    few.network.processes.map((one, i) => {
      const memory = mb(one.memory());
      const both = few.network.shared.has(one.name);
      const processor = operations.map((operation) => processorOf(one.name, operation));
      return [one.name, ...processor, both ? `${memory}${memory && ', for both'}` : memory, both ? '' : mb(many.network.processes[i]?.memory() ?? null)];
    }),
  );

  const blocks = [...few.blocks, ...many.blocks];
  const refused = blocks.flatMap((block) => block.refused);
  const proven = blocks.reduce((sum, block) => sum + block.proven, 0);
  const spent = blocks.reduce((sum, { cpuMs }) => sum + [...cpuMs.values()].reduce((a, b) => a + b, 0), 0);
  const others = blocks.reduce((sum, { othersCpuMs }) => sum + othersCpuMs, 0);
  const failed = [
    ...(refused.length === 0 ? [] : [`${refused.length} requests were not answered: ${[...new Set(refused)].join(', ')}`]),
    ...HELD.flatMap((operation) => [
      ...(middle(operation, 'p50') <= MAX_P50 ? [] : [`${names[operation]}: ${times(middle(operation, 'p50'))} in time, and the bar is × ${MAX_P50}`]),
      ...(middle(operation, 'cpu') <= MAX_CPU
        ? []
        : [`${names[operation]}: ${times(middle(operation, 'cpu'))} in processor time, and the bar is × ${MAX_CPU}`]),
    ]),
  ];
  const start = ({ filled }: Measured): string => `${(filled.startMs / 1_000).toFixed(1)} s`;
  return {
    failed,
    text: [
      machine,
      '',
      asked,
      '',
      `Nobody asking, a network says ${idle.messages.toFixed(0)} messages of ${idle.bytes.toFixed(0)} bytes together in a second.`,
      '',
      compared,
      '',
      processes,
      '',
      `With ${count} wallets more a signer's store has ${mb(many.filled.storeBytes)} in place of ${mb(few.filled.storeBytes)}, and all daemons are ready ${start(many)} after their start in place of ${start(few)}.`,
      '',
      `${proven} answers, each verified; ${refused.length} requests without one. Everything else on the machine took ${((100 * others) / (others + spent)).toFixed(0)} % of the processor time that was spent meanwhile.`,
      '',
      failed.length === 0 ? 'Every bar was held.' : `Not held: ${failed.join('; ')}.`,
    ].join('\n'),
  };
}
