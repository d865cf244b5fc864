/**
 * `npm run bench:network`: two networks of real processes, alike in everything but that the stores of one are full of
 * wallets, asked in turns: first one, then the other twice, then the first again.
 *
 * @module
 */
import { cpus, loadavg, totalmem } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { buildInfo } from '@quorate/mpc';
import { startWorld } from '../../../tests/network/support/world.ts';
import { type Filled, fill } from './fill.ts';
import { type Block, type Network, networkIn, type Traffic } from './network.ts';
import { report } from './report.ts';
import { type Operation, operations } from './requests.ts';

interface Plan {
  readonly levels: readonly number[];
  readonly copies: number;
  /** Requests of each kind in one of four turns, at least. */
  readonly turn: Record<Operation, number>;
  /** Of each client, at least. */
  readonly ofClient: number;
}

const whole: Plan = { levels: [1, 4, 8, 16], copies: 100_000, turn: { keygen: 64, sign: 12, export: 64 }, ofClient: 3 };
const short: Plan = { levels: [1, 4], copies: 1_000, turn: { keygen: 8, sign: 1, export: 8 }, ofClient: 1 };
const IDLE_MS = 10_000;

const say = (line: string): void => void process.stderr.write(`${line}\n`);
const { values } = parseArgs({ options: { short: { type: 'boolean', default: false }, wallets: { type: 'string' } } });
const chosen = values.short ? short : whole;
const plan: Plan = { ...chosen, copies: Number(values.wallets ?? chosen.copies) };
if (!Number.isSafeInteger(plan.copies) || plan.copies < 1) throw new Error('--wallets takes a number');

const interrupted = Promise.withResolvers<never>();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => interrupted.reject(new Error(`ended by ${signal}`)));
const begun = Date.now();
const opened = new AsyncDisposableStack();
let failures = 1;
try {
  const { text, failed } = await Promise.race([bench(), interrupted.promise]);
  process.stdout.write(`${text}\n`);
  failures = failed.length;
} catch (error) {
  say(String(error));
}
await opened.disposeAsync();
// Also where something is still under way that was broken off.
process.exit(failures === 0 ? 0 : 1);

async function bench(): Promise<ReturnType<typeof report>> {
  const loadBefore = loadavg()[0] ?? 0;
  say('founding two networks');
  const few = networkIn(opened.use(await startWorld()));
  const many = networkIn(opened.use(await startWorld()));
  for (const network of [few, many]) await network.measure('keygen', 1, 1);
  say(`filling one with ${plan.copies} wallets`);
  const filledFew: Filled = await fill(few, 0);
  const filledMany: Filled = await fill(many, plan.copies);
  for (const network of [few, many]) await warm(network);
  const idle = await idleTraffic(few);

  const measured = new Map<Network, Block[]>([
    [few, []],
    [many, []],
  ]);
  for (const operation of operations) {
    for (const clients of plan.levels) {
      const each = Math.max(plan.ofClient, Math.ceil(plan.turn[operation] / clients));
      say(`${operation}, ${clients} at a time: 4 × ${clients * each}`);
      for (const network of [few, many, many, few]) {
        const block = await network.measure(operation, clients, each);
        if (block.refused.length > 0) say(`  ${block.refused.length} not answered: ${[...new Set(block.refused)].join(', ')}`);
        measured.get(network)?.push(block);
      }
    }
  }
  const minutes = ((Date.now() - begun) / 60_000).toFixed(0);
  const machine = [
    `${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}), ${Math.round(totalmem() / 2 ** 30)} GB; load ${loadBefore.toFixed(1)} before and ${(loadavg()[0] ?? 0).toFixed(1)} at the end of ${minutes} minutes.`,
    `Fixture primes and aux info; arithmetic: ${buildInfo().bigint}.`,
  ].join(' ');
  return report({
    few: { network: few, filled: filledFew, blocks: measured.get(few) ?? [] },
    many: { network: many, filled: filledMany, blocks: measured.get(many) ?? [] },
    copies: plan.copies,
    levels: plan.levels,
    idle,
    machine,
  });
}

/** What the first requests find cold is not what is measured. */
async function warm(network: Network): Promise<void> {
  await network.measure('keygen', 4, 4);
  await network.measure('sign', 2, 1);
  await network.measure('export', 2, 2);
}

/** In a second. */
async function idleTraffic({ traffic }: Network): Promise<Traffic> {
  const before = await traffic();
  await pause(IDLE_MS);
  const after = await traffic();
  const inSecond = (value: number): number => (value * 1_000) / IDLE_MS;
  return { messages: inSecond(after.messages - before.messages), bytes: inSecond(after.bytes - before.bytes) };
}
