/**
 * The table of faults: what goes wrong, while what is asked for, and whether it must go well all the same.
 *
 * @module
 */
import { BROKERS } from './support/brokers.ts';
import { IN_SESSION } from './support/control.ts';
import type { Answer } from './support/judge.ts';
import { type Party, within } from './support/party.ts';
import type { Rule } from './support/weather.ts';
import { SIGNERS, type World } from './support/world.ts';

export type Operation = 'keygen' | 'sign' | 'export' | 'act' | 'catch up';
/** Asks once at one of the servers, from 0. */
export type Ask = (server: number) => Promise<Answer<unknown>>;

export interface Fault {
  readonly title: string;
  readonly operation: Operation;
  /** Enough signers are left: a refusal is a fault of ours. */
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

/** A signer may have to be asked for several times before it is its turn. */
const TURNS = 12;
/** After the answer a step may still be under way. */
const SETTLE_MS = 500;

async function dies(party: Party, step: string, ask: () => Promise<Answer<unknown>>): Promise<Answer<unknown>[]> {
  await party.tell({ order: 'die', step });
  const answers: Answer<unknown>[] = [];
  for (let turn = 0; party.alive; turn++) {
    if (turn === TURNS) throw new Error(`${party.name} did not come to ${step}`);
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

/** Does it once some signer has come to this step, and lets all go on. */
async function amid(world: World, step: string, ask: () => Promise<Answer<unknown>>, happen: () => Promise<void>): Promise<Answer<unknown>[]> {
  const { signers } = world;
  await Promise.all(signers.map((signer) => signer.tell({ order: 'hold', step })));
  const held = signers.map((signer) => signer.held());
  const asking = ask();
  const first = await within(Promise.race([...held, asking.then(() => null)]), `a signer to come to ${step}`);
  if (first === null) throw new Error(`no signer came to ${step}`);
  await happen();
  await Promise.all(signers.map((signer) => signer.tell({ order: 'go' })));
  return [await asking];
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

/** One of each kind for each phase in the short form, others each time down the list. */
const some = (faults: readonly Fault[], every: number, from = 0): Fault[] => faults.filter((_, i) => i % every === from % every);

export const shortForm: readonly Fault[] = [
  ...some(killedSigners, 6),
  ...some(killedServers, 5, 1),
  ...some(killedBrokers, 4),
  ...some(lostDatabases, 3, 1),
  ...some(badWeather, 6, 1),
];
export const allFaults: readonly Fault[] = [...killedSigners, ...killedServers, ...killedBrokers, ...lostDatabases, ...badWeather];
