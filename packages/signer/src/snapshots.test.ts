import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { keysOf, nextHead, reduce, verifyEvidence } from '@quorate/authority';
import { openVault, soundEd25519Keys, verifyEd25519Many } from '@quorate/mpc';
import { type ActRecord, type Evidence, isRefusal } from '@quorate/wire';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { type Chain, openChain } from './chain.ts';
import { createEvents } from './events.ts';
import { filesIn } from './files.ts';
import { openIdentity } from './identities.ts';
import { createDecisions, defaultSignerLimits } from './limits.ts';
import { createNetwork, silent, type TestNetwork } from './network.test-kit.ts';
import { prepareRotation } from './prepare-rotation.ts';
import { createSelf, type Self } from './self.ts';
import { createSnapshots, type Snapshots } from './snapshots.ts';
import { openStore } from './store/store.ts';

const EVERY = 10;
const ACTS = 25;
/** The act that gives the last signer other keys. */
const ROTATION = 5;
let network: TestNetwork;
let selves: Self[];
const records: ActRecord[] = [];
/** Whether anybody tells acts. */
let telling = true;

interface Opened {
  readonly chain: Chain;
  readonly snapshots: Snapshots;
  readonly said: string[];
  close(): Promise<void>;
}
const opened = new Map<number, Opened>();

async function open(i: number): Promise<Opened> {
  const self = selves[i] as Self;
  const said: string[] = [];
  const note = (_: object, text: string): void => void said.push(text);
  const events = createEvents({ ...silent, info: note, warn: note, error: note }, self.id);
  const store = await openStore(join(network.dirs[i] ?? '', 'chain.db'));
  const peer = (id: string): Promise<Snapshots> => {
    const other = opened.get(network.ids.indexOf(id as Self['id']));
    return other === undefined ? Promise.reject(new Error('away')) : Promise.resolve(other.snapshots);
  };
  const snapshots = createSnapshots({
    self,
    store,
    events,
    every: EVERY,
    link: { statements: async (from) => (await peer(from)).statements(), piece: async (from, request) => (await peer(from)).piece(request) },
  });
  const chain = await openChain({
    self,
    store,
    events,
    snapshots,
    conflicts: { keep: () => Promise.resolve(true) },
    witness: { stopped: null, check() {}, look: () => Promise.resolve(), compare: () => Promise.resolve() },
    floors: () => ({ evidence: 0, act: 0, restoring: false }),
    follow: (state) => self.follow(state),
    decisions: createDecisions(defaultSignerLimits),
    sources: () => ['teller'],
    fetch: (_, after, limit) => Promise.resolve(telling ? records.slice(after, after + limit) : []),
    bulk: { verify: verifyEd25519Many, soundKeys: soundEd25519Keys },
  });
  const one: Opened = {
    chain,
    snapshots,
    said,
    async close() {
      chain.stop();
      await snapshots.stop();
      await store.close();
      opened.delete(i);
    },
  };
  opened.set(i, one);
  return one;
}

function change(i: number, sql: string): void {
  const db = new DatabaseSync(join(network.dirs[i] ?? '', 'chain.db'));
  db.exec(sql);
  db.close();
}
const numbers = async ({ snapshots }: Opened): Promise<number[]> => (await snapshots.statements()).statements.map(({ body }) => body.number);
const ADOPTED = 'started from a snapshot of the others';
const SPOILT = 'a stored snapshot does not hold; it is left alone';

/** Of the last signer, by an administrator. */
function rotation(): Evidence {
  const { genesis, genesisHash, dirs, ids } = network;
  const { body } = prepareRotation(dirs[4] ?? '', { genesis, genesisHash });
  return network.evidence('PUT', `/signers/${encodeURIComponent(ids[4] ?? '')}/keys`, body);
}

beforeAll(async () => {
  network = await createNetwork();
  selves = network.dirs.map((dir) => createSelf(openIdentity(openVault(filesIn(dir).key), dir), network.genesis, network.genesisHash, Date.now));
  for (let number = 1; number <= ACTS; number++) {
    const evidence = number === ROTATION ? rotation() : network.evidence('POST', '/permissions', { name: `p${number}`, operations: ['Wallets:Read'] });
    const head = nextHead(network.state, evidence);
    const body = { genesisHash: network.genesisHash, orgId: network.genesis.orgId, number, head: head.hash, time: Date.now() };
    records.push({ number, evidence, acks: selves.slice(0, 3).map((self) => self.sign('ack', body)) });
    network.state = reduce(network.state, await verifyEvidence(network.state, evidence, { freshness: 'waived' }));
  }
  for (const i of [0, 1, 2]) {
    const one = await open(i);
    await one.chain.reach(ACTS);
    await vi.waitFor(async () => expect(await numbers(one)).toContain(20), { timeout: 60_000 });
  }
});
afterEach(() => {
  telling = true;
});
afterAll(async () => {
  for (const one of [...opened.values()]) await one.close();
  await network[Symbol.asyncDispose]();
});

test('a signer starts from its latest snapshot; one that is spoilt is left alone, and made again', async () => {
  await opened.get(0)?.close();
  change(0, 'DELETE FROM acts WHERE number < 15');
  // Nothing but the snapshot leads there.
  expect((await open(0)).chain.state.head).toEqual(network.state.head);
  await expect.poll(() => opened.get(0)?.said).toContain('the acts before the snapshot are here');
  await opened.get(0)?.close();
  for (const spoil of ["UPDATE snapshots SET statement = '{'", "UPDATE snapshot_pieces SET bytes = x'00'", 'DELETE FROM snapshot_pieces']) {
    change(0, spoil);
    const one = await open(0);
    expect(one.said).toContain(SPOILT);
    expect(one.chain.state.head).toEqual(network.state.head);
    await expect.poll(() => one.said).toContain('snapshot kept');
    await one.close();
    const again = await open(0);
    expect(again.said).not.toContain(SPOILT);
    expect(again.chain.state.head).toEqual(network.state.head);
    await again.close();
  }
  await open(0);
});

test('a thief of a replaced key counts for no signer that begins with a snapshot of later', async () => {
  const self = selves[3] as Self;
  const rotated = network.ids[4] as Self['id'];
  // Nothing comes after the snapshot that would say it again.
  const one = await open(3);
  await one.chain.reach(20);
  expect(one.said).toContain(ADOPTED);
  expect(one.chain.state.head.number).toBe(20);
  expect(keysOf(one.chain.state, rotated)?.identityKey).not.toBe(rotated);
  expect(keysOf(self.keys, rotated)).toEqual(keysOf(one.chain.state, rotated));
  await one.close();
  rmSync(join(network.dirs[3] ?? '', 'chain.db'));
});

test('one without acts begins with what t others sign, and tells the acts before it once they are here', async () => {
  const one = await open(3);
  await one.chain.reach(ACTS);
  expect(one.said).toContain(ADOPTED);
  expect(one.chain.state.head).toEqual(network.state.head);
  expect((await one.chain.at(22)).head.number).toBe(22);
  await expect.poll(() => one.said).toContain('the acts before the snapshot are here');
  expect((await one.chain.since(0, 100)).map(({ number }) => number)).toEqual(records.map(({ number }) => number));
  expect((await one.chain.at(3)).head.number).toBe(3);
  await one.close();
  // The acts before the snapshot are gone, and nobody tells them: it does not hold them, and says so.
  telling = false;
  change(3, 'DELETE FROM acts WHERE number < 5');
  const again = await open(3);
  const refusalOf = (work: Promise<unknown>): Promise<unknown> => work.catch((error: unknown) => (isRefusal(error) ? error.code : error));
  expect(await refusalOf(again.chain.since(0, 100))).toBe('authority/acts-absent');
  expect(await refusalOf(again.chain.at(3))).toBe('authority/acts-absent');
  expect((await again.chain.at(23)).head.number).toBe(23);
  await again.close();
  // Without the snapshot, too, nothing leads to the acts that are left.
  change(3, 'DELETE FROM snapshots');
  const empty = await open(3);
  expect(empty.chain.state.head.number).toBe(0);
  telling = true;
  await empty.chain.reach(ACTS);
  expect(empty.chain.state.head).toEqual(network.state.head);
  await empty.close();
});

test('with fewer than t that say the same it replays the acts', async () => {
  await opened.get(2)?.close();
  const one = await open(4);
  await one.chain.reach(ACTS);
  expect(one.said).not.toContain(ADOPTED);
  expect(one.chain.state.head).toEqual(network.state.head);
});
