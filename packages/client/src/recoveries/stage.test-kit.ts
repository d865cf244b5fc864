/**
 * A roster, a key and a reader, and what the signers of a scene send to it.
 *
 * @module
 */
import { groups, readScalar, writeScalar } from '@quorate/wire';
import { createExportContext, type ExportContext } from '../export-context.ts';
import { newKey, newNetwork, type Part, releasePart, type TestAnswer, type TestKey, type TestNetwork, wholeAnswer } from '../network.test-kit.ts';
import { platformRandom, randomScalar } from '../random.ts';
import { type Content, contents, type Making, sealed, shareText } from './contents.test-kit.ts';
import { papers } from './papers.test-kit.ts';
import type { Roster, Scene, Sent } from './scene.test-kit.ts';

export interface Sending {
  readonly signerId: string;
  readonly text: string;
  readonly release: unknown;
}

export interface Stage extends Roster {
  readonly network: TestNetwork;
  readonly key: TestKey;
  readonly other: TestKey;
  readonly context: ExportContext;
  readonly foreignKey: string;
  /** Shares of another roster's key, sealed to the same reader. */
  readonly strangers: TestAnswer['encryptedKeyShares'];
  readonly tombstones: readonly Part['tombstone'][];
  readonly made: Map<string, Promise<unknown>>;
}

const networks = new Map<string, TestNetwork>();
function networkOf({ n, threshold }: Roster): TestNetwork {
  const name = `${threshold} of ${n}`;
  const known = networks.get(name) ?? newNetwork({ n, threshold });
  networks.set(name, known);
  return known;
}
const elsewhere = newNetwork();
const strangerKey = newKey(elsewhere);

export async function setUp(roster: Roster): Promise<Stage> {
  const network = networkOf(roster);
  const context = createExportContext();
  const key = newKey(network);
  const strangers = (await wholeAnswer(elsewhere, strangerKey, context.request())).encryptedKeyShares;
  const parts = await Promise.all(network.signers.map((_, rank) => releasePart(network, key, context.request(), rank)));
  const tombstones = parts.map(({ tombstone }) => tombstone);
  const foreignKey = createExportContext().request().encryptionKey;
  return { ...roster, network, key, other: newKey(network), context, foreignKey, strangers, tombstones, made: new Map() };
}

/** Made once for all scenes that have it. */
function once<T>({ made }: Stage, name: string, make: () => Promise<T>): Promise<T> {
  const known = made.get(name);
  if (known !== undefined) return known as Promise<T>;
  const making = make();
  made.set(name, making);
  return making;
}

export async function sendingOf(stage: Stage, one: Sent, rank: number, error: (x: bigint) => bigint): Promise<Sending[]> {
  if (one === 'nothing') return [];
  const { network, key, other, foreignKey, context } = stage;
  const making: Making = { key, other, rank, encryptionKey: context.request().encryptionKey, foreignKey };
  const signerId = network.signers[rank]?.id as string;
  if (one === 'in the plot') {
    const share = writeScalar((readScalar(key.shares[rank] as Uint8Array) + error(BigInt(rank + 1))) % order);
    const content = await sealed(shareText(BigInt(rank + 1), share), making.encryptionKey, share);
    return [{ signerId, text: content.text, release: papers.fits.make({ ...making, network, content }) }];
  }
  const content: Content = await once(stage, `${rank} ${one.content}`, () => contents[one.content].make(making));
  const release = await once(stage, `${rank} ${one.content} ${one.paper}`, async () => papers[one.paper].make({ ...making, network, content }));
  return [{ signerId, text: content.text, release }];
}

const { order } = groups.secp256k1;
const some = (): bigint => readScalar(randomScalar('secp256k1', platformRandom));

/** What those in the plot add to their shares: a polynomial of degree t − 1, the same for all of them. */
export function errorOf({ threshold }: Stage, { sent, plot }: Scene): (x: bigint) => bigint {
  if (plot === 'another key') {
    const coefficients = Array.from({ length: threshold }, some);
    return (x) => coefficients.reduce((sum, coefficient) => (sum * x + coefficient) % order, 0n);
  }
  const honest = sent.flatMap((one, rank) => (typeof one === 'object' && contents[one.content].finding === 'good' ? [BigInt(rank + 1)] : []));
  const roots = honest.slice(0, threshold - 2);
  const scale = some();
  return (x) => roots.reduce((product, root) => (product * (x - root + order)) % order, (scale * x) % order);
}
