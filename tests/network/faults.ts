/**
 * The table of faults: what goes wrong, while what is asked for, and whether it must go well all the same.
 *
 * @module
 */
import { execFileSync } from 'node:child_process';
import { BROKERS } from './support/brokers.ts';
import { IN_SESSION } from './support/control.ts';
import type { Answer } from './support/judge.ts';
import type { Party } from './support/party.ts';
import type { Rule } from './support/weather.ts';
import { SIGNERS, type World } from './support/world.ts';

export type Operation = 'keygen' | 'sign' | 'export' | 'act' | 'catch up';
/** Asks once at one of the servers, from 0. */
export type Ask = (server: number) => Promise<Answer<unknown>>;

export interface Fault {
  readonly title: string;
  readonly operation: Operation;
  /** Enough signers are left: it must go well while the fault lasts. A refusal on the way may be asked again, for a busy machine may be late. */
  readonly mustSucceed: boolean;
  /** Names of the processes that it ends. */
  readonly kills: readonly string[];
  /** Makes it happen while `ask` is under way. @throws where it did not come to that */
  play(world: World, ask: Ask): Promise<readonly Answer<unknown>[]>;
}

/** Where a process is stopped: a durable step by its name, or within a session. */
const signerSteps: readonly (readonly [Operation, string])[] = [
  ['keygen', 'keygen-begin'],
  ['keygen', IN_SESSION],
  ['keygen', 'share-pending'],
  ['sign', 'sign-begin'],
  ['sign', IN_SESSION],
  ['export', 'tombstone'],
  ['export', 'release'],
  ['act', 'act'],
  ['act', 'act-certified'],
];
const serverSteps: readonly (readonly [Operation, string])[] = [
  ['keygen', 'key/stored'],
  ['sign', 'signature/requested'],
  ['sign', 'signature/stored'],
  ['export', 'export/requested'],
  ['export', 'export/piece'],
  ['act', 'act/pending'],
  ['act', 'act/certified'],
];
/** By which a phase is known to have begun at some signer. */
const phases: readonly (readonly [Operation, string])[] = [
  ['keygen', 'keygen-begin'],
  ['sign', 'sign-begin'],
  ['export', 'tombstone'],
  ['act', 'act'],
];
const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);

/** A signer may have to be asked for many times before it is its turn; who was in a session that came to nothing comes last for a while. */
const TURN_MS = 180_000;
/** After the answer a step may still be under way. */
const SETTLE_MS = 500;

async function dies(party: Party, step: string, ask: () => Promise<Answer<unknown>>): Promise<Answer<unknown>[]> {
  await party.tell({ order: 'die', step });
  const answers: Answer<unknown>[] = [];
  for (const end = Date.now() + TURN_MS; party.alive; ) {
    if (Date.now() > end) throw new Error(`${party.name} did not come to ${step}`);
    answers.push(await ask());
    await Promise.race([party.ended(), new Promise((resolve) => setTimeout(resolve, SETTLE_MS))]);
  }
  return answers;
}

const killedSigners: Fault[] = signerSteps.flatMap(([operation, step]) =>
  numbers(SIGNERS).map((number) => ({
    title: `signer ${number} is killed at ${step} of ${operation}`,
    operation,
    mustSucceed: operation !== 'keygen',
    kills: [`signer ${number}`],
    play: (world, ask) => dies(world.signer(number), step, () => ask(number % 2)),
  })),
);

const killedServers: Fault[] = serverSteps.flatMap(([operation, step]) =>
  [1, 2].map((number) => ({
    title: `server ${number} is killed at ${step} of ${operation}`,
    operation,
    mustSucceed: false,
    kills: [`server ${number}`],
    play: (world, ask) => dies(world.server(number), step, () => ask(number - 1)),
  })),
);

/** Does it once some signer has come to this step, and lets all go on. What is refused before that is asked again. */
async function amid(world: World, step: string, ask: () => Promise<Answer<unknown>>, happen: () => Promise<void>): Promise<Answer<unknown>[]> {
  const { signers } = world;
  await Promise.all(signers.map((signer) => signer.tell({ order: 'hold', step })));
  const held = Promise.race(signers.map((signer) => signer.held()));
  const answers: Answer<unknown>[] = [];
  for (const end = Date.now() + TURN_MS; ; ) {
    const asking = ask();
    if ((await Promise.race([held, asking.then(() => null)])) === null) {
      answers.push(await asking);
      if (Date.now() > end) throw new Error(`no signer came to ${step}`);
      continue;
    }
    await happen();
    await Promise.all(signers.map((signer) => signer.tell({ order: 'go' })));
    return [...answers, await asking];
  }
}

const killedBrokers: Fault[] = phases.flatMap(([operation, step]) =>
  numbers(BROKERS).map((number) => ({
    title: `broker ${number} is killed at ${step} of ${operation}`,
    operation,
    mustSucceed: false,
    kills: [],
    play: (world, ask) =>
      amid(
        world,
        step,
        () => ask(number % 2),
        () => world.brokers.kill(number - 1),
      ),
  })),
);

const lostDatabases: Fault[] = phases.flatMap(([operation, step]) =>
  (['cut', 'away'] as const).map((how) => ({
    title: `every connection to PostgreSQL ends at ${step} of ${operation}${how === 'away' ? ', and none can be made' : ''}`,
    operation,
    mustSucceed: false,
    kills: [],
    play: (world, ask) =>
      amid(
        world,
        step,
        () => ask(0),
        () => world.database[how](),
      ),
  })),
);

const everyOperation: readonly Operation[] = ['keygen', 'sign', 'export', 'act', 'catch up'];
type Weather = readonly [title: string, spares: boolean, rules: (world: World) => readonly Rule[]];

const idsOf = (parties: readonly (Party | undefined)[]): string[] => parties.flatMap((party) => (party === undefined ? [] : [party.id]));
const signersOf = (world: World, ...of: readonly number[]): string[] => idsOf(of.map((number) => world.signers[number - 1]));
const bothWays = (some: readonly string[], others: readonly string[] | undefined, rule: Rule): Rule[] => [
  { ...rule, from: some, ...(others === undefined ? {} : { to: others }) },
  { ...rule, to: some, ...(others === undefined ? {} : { from: others }) },
];
const CUT: Rule = { loss: 100 };
const SLOW: Rule = { delayMs: 500 };

/** `spares`: whether n − t signers at most are concerned, so that all but making keys must go well. */
const weathers: readonly Weather[] = [
  ['one signer is cut off', true, (world) => bothWays(signersOf(world, 5), undefined, CUT)],
  ['two signers are cut off', true, (world) => bothWays(signersOf(world, 2, 4), undefined, CUT)],
  ['two signers do not hear each other', true, (world) => bothWays(signersOf(world, 1), signersOf(world, 2), CUT)],
  ['one signer is heard and hears nobody', true, (world) => [{ ...CUT, to: signersOf(world, 3) }]],
  ['the servers do not reach two signers', true, (world) => bothWays(idsOf(world.servers), signersOf(world, 1, 3), CUT)],
  ['the servers do not reach three signers', false, (world) => bothWays(idsOf(world.servers), signersOf(world, 1, 2, 3), CUT)],
  ['three signers hear nothing of the other two', false, (world) => bothWays(signersOf(world, 1, 3, 5), signersOf(world, 2, 4), CUT)],
  ['one signer is late by 500 ms', true, (world) => bothWays(signersOf(world, 4), undefined, SLOW)],
  ['two signers are late by 500 ms', true, (world) => bothWays(signersOf(world, 1, 5), undefined, SLOW)],
  ['everybody is late by 500 ms', false, () => [SLOW]],
  ['5 % are lost', false, () => [{ loss: 5 }]],
  ['a third comes twice', false, () => [{ twice: 33 }]],
  ['all is mixed up', false, () => [{ mixMs: 200 }]],
];

const badWeather: Fault[] = weathers.flatMap(([title, spares, rules]) =>
  everyOperation.map((operation, i) => ({
    title: `${title} during ${operation}`,
    operation,
    mustSucceed: spares && operation !== 'keygen' && operation !== 'catch up',
    kills: [],
    async play(world, ask) {
      await world.weather(rules(world));
      return [await ask(i % 2)];
    },
  })),
);

/** No file of this process may grow beyond so many bytes: its store has no room, as on a disk that is full. */
const limitFiles = (pid: number, bytes: string): void => void execFileSync('prlimit', ['--pid', String(pid), `--fsize=${bytes}:unlimited`]);

const clock = async (party: Party | undefined, seconds: number): Promise<void> => void (await party?.tell({ order: 'clock', aheadMs: seconds * 1_000 }));
/** Beyond what evidence allows, and beyond what the link does. */
const clocks: readonly (readonly [title: string, spares: boolean, jump: (world: World) => Promise<unknown>])[] = [
  ['the clock of one signer jumps ten minutes ahead', true, (world) => clock(world.signers[1], 600)],
  ['the clock of one signer jumps ten minutes back', true, (world) => clock(world.signers[3], -600)],
  ['the clocks of two signers jump 45 s apart', true, (world) => Promise.all([clock(world.signers[0], 45), clock(world.signers[4], -45)])],
  ['the clock of a server jumps 45 s back', false, (world) => clock(world.servers[0], -45)],
  ['the clock of a server jumps ten minutes ahead', false, (world) => clock(world.servers[0], 600)],
];
const jumpingClocks: Fault[] = clocks.flatMap(([title, spares, jump]) =>
  phases.map(([operation]) => ({
    title: `${title} during ${operation}`,
    operation,
    mustSucceed: spares && operation !== 'keygen',
    kills: [],
    async play(world, ask) {
      await jump(world);
      return [await ask(0)];
    },
  })),
);

/** All of them by turns, where a signer of a signature is only found out once it is asked. */
const fullDisks: Fault[] = phases.flatMap(([operation]) =>
  [2, 5].map((number) => ({
    title: `the disk of signer ${number} is full during ${operation}`,
    operation,
    mustSucceed: operation !== 'keygen',
    kills: [],
    async play(world, ask) {
      const { pid } = world.signer(number);
      limitFiles(pid, '1');
      try {
        return [await ask(0), ...(operation === 'sign' ? [await ask(1), await ask(0)] : [])];
      } finally {
        limitFiles(pid, 'unlimited');
      }
    },
  })),
);

/** The first of each, then the second of each, and so on: whoever stops early has seen every kind. */
const inTurn = (lists: readonly (readonly Fault[])[]): Fault[] =>
  Array.from({ length: Math.max(...lists.map(({ length }) => length)) }, (_, i) => lists.flatMap((list) => list[i] ?? [])).flat();

/** A part of a list, spread over it. */
const some = (faults: readonly Fault[], every: number, from = 0): Fault[] => faults.filter((_, i) => i % every === from % every);

export const shortForm: readonly Fault[] = inTurn([
  some(killedSigners, 6),
  some(killedServers, 5, 1),
  some(killedBrokers, 4),
  some(lostDatabases, 3, 1),
  some(badWeather, 6, 1),
  some(jumpingClocks, 7, 1),
  some(fullDisks, 3, 2),
]);
export const allFaults: readonly Fault[] = [
  ...killedSigners,
  ...killedServers,
  ...killedBrokers,
  ...lostDatabases,
  ...badWeather,
  ...jumpingClocks,
  ...fullDisks,
];
