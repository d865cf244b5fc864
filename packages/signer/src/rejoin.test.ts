import { join } from 'node:path';
import { nextHead, reduce, verifyEvidence } from '@quorate/authority';
import { openVault } from '@quorate/mpc';
import type { ActRecord, Challenge, Head, ReplyOf, RequestOf, Signed, SignerId } from '@quorate/wire';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createHeads } from './audit/heads.ts';
import { type Chain, openChain } from './chain.ts';
import { createConflicts } from './conflicts.ts';
import { createEvents } from './events.ts';
import { filesIn } from './files.ts';
import { openIdentity } from './identities.ts';
import { createNetwork, silent, type TestNetwork } from './network.test-kit.ts';
import { type Rejoin, startRejoin } from './rejoin.ts';
import { createSelf, type Self } from './self.ts';
import type { Floors } from './store/restore.ts';
import { createDecisions, defaultSignerLimits } from './limits.ts';
import { openStore, type Store } from './store/store.ts';
import { openWitness } from './witness.ts';

let network: TestNetwork;
let selves: Self[];
let store: Store;
let chain: Chain;
let rejoin: Rejoin;
/** The first act and its head, and the second. */
let known: ActRecord;
let older: Head;
let record: ActRecord;
/** What each peer answers, and which acts it tells; who is not here is silent. */
let answers: Map<SignerId, ReplyOf<'recall'>>;
let tells: Map<SignerId, readonly ActRecord[]>;
/** When those answer that have no answer at the start. */
let late: Promise<void> = Promise.resolve();

const self = (i: number): Self => selves[i] as Self;
const standing = (i: number, { number, hash }: { number: number; hash: string }): Signed<'auditHead'> =>
  self(i).sign('auditHead', { genesisHash: network.genesisHash, number: 9, hash: 'ab'.repeat(32), actNumber: number, actHash: hash, time: 1 });
const answer = (i: number, more: Partial<ReplyOf<'recall'>> = {}): ReplyOf<'recall'> => ({
  own: standing(i, network.state.head),
  yours: null,
  certificate: [...record.acks],
  requests: [],
  more: false,
  ...more,
});

beforeEach(async () => {
  network = await createNetwork();
  selves = network.dirs.map((dir) => createSelf(openIdentity(openVault(filesIn(dir).key), dir), network.genesis, network.genesisHash, Date.now));
  answers = new Map();
  tells = new Map();
  late = Promise.resolve();
  known = await nextAct('a');
  older = network.state.head;
  record = await nextAct('b');
});
afterEach(async () => {
  vi.useRealTimers();
  rejoin.stop();
  await store.close();
  await network[Symbol.asyncDispose]();
});

async function nextAct(name: string): Promise<ActRecord> {
  const evidence = network.evidence('POST', '/permissions', { name, operations: ['Wallets:Read'] });
  const head = nextHead(network.state, evidence);
  const body = { genesisHash: network.genesisHash, orgId: network.genesis.orgId, number: head.number, head: head.hash, time: Date.now() };
  network.state = reduce(network.state, await verifyEvidence(network.state, evidence, { freshness: 'waived' }));
  return { number: head.number, evidence, acks: [1, 2, 3].map((i) => self(i).sign('ack', body)) };
}

type Recall = (from: SignerId, request: RequestOf<'recall'>) => Promise<ReplyOf<'recall'>>;
const byAnswers: Recall = async (from) => {
  if (!answers.has(from)) await late;
  return answers.get(from) ?? Promise.reject(new Error('silent'));
};

/** A signer that has the first act, and was away when the second was made. */
async function begin(recall = byAnswers): Promise<void> {
  const events = createEvents(silent, self(0).id);
  store = await openStore(join(network.dirs[0] ?? '', 'rejoin.db'));
  const conflicts = createConflicts({ self: self(0), store, events });
  const witness = await openWitness({ self: self(0), store, conflicts, events, stop: () => {} });
  let floors: Floors = { evidence: 0, act: 0, restoring: false };
  chain = await openChain({
    self: self(0),
    store,
    events,
    conflicts,
    witness,
    floors: () => floors,
    follow: self(0).follow,
    decisions: createDecisions(defaultSignerLimits),
    sources: () => [...tells.keys()],
    fetch: async (from, after) => (tells.get(from as SignerId) ?? []).filter(({ number }) => number > after),
  });
  const told = tells;
  tells = new Map([[self(1).id, [known]]]);
  await chain.reach(known.number);
  tells = told;
  rejoin = startRejoin({
    self: self(0),
    store,
    chain,
    heads: createHeads({ self: self(0), store, kept: [], acts: () => chain.state.head, forked: () => {} }),
    conflicts,
    exporter: { tombstoneHeard: async () => {} },
    recall,
    tombstones: async (_, { requests }) => ({ tombstones: requests.map((challenge) => ({ tombstone: { body: { challenge } } })) }) as never,
    actsLost: false,
    floors: {
      get: () => floors,
      set: (raised) => {
        floors = raised;
      },
    },
    events,
  });
}

test('a peer that proves a head and tells a truncated chain does not count, and both pieces are kept', async () => {
  answers.set(self(1).id, answer(1));
  answers.set(self(2).id, answer(2));
  await begin();
  await expect.poll(async () => (await store.read('conflicts', {})).map(({ kind }) => kind)).toContain('truncated-chain');
  expect(rejoin.takesPart).toBe(false);
  await expect(rejoin.enter(Date.now() + 400)).rejects.toMatchObject({ code: 'signers/catching-up' });
  tells.set(self(1).id, [record]);
  await rejoin.done;
  expect(chain.state.head).toEqual(network.state.head);
});

test('a peer that claims a head without its certificate, or speaks for another, is not waited for', async () => {
  tells.set(self(3).id, [record]);
  answers.set(self(1).id, answer(1, { certificate: record.acks.slice(0, 2) }));
  answers.set(self(2).id, { ...answer(4) });
  answers.set(self(3).id, answer(3));
  await begin();
  await expect.poll(() => rejoin.check).toBe('asked, 1 of 2 answered');
  expect(rejoin.takesPart).toBe(false);
  answers.set(self(4).id, answer(4));
  rejoin.hello(self(4).id);
  await rejoin.done;
});

test('a head of ours that we never signed is no rollback; a later one that we did sign is', async () => {
  tells.set(self(1).id, [record]);
  const forged = { ...standing(1, network.state.head), signerId: self(0).id };
  answers.set(self(1).id, answer(1, { yours: forged }));
  answers.set(self(2).id, answer(2));
  await begin();
  await expect.poll(() => rejoin.check).toBe('asked, 1 of 2 answered');
  answers.set(self(3).id, answer(3, { yours: standing(0, network.state.head) }));
  rejoin.hello(self(3).id);
  // Rolled back, its own voice does not count.
  await expect.poll(() => rejoin.check).toBe('asked, 2 of 3 answered');
  expect(chain.floors).toMatchObject({ restoring: true });
  answers.set(self(4).id, answer(4));
  rejoin.hello(self(4).id);
  await rejoin.done;
  expect(chain.floors).toMatchObject({ restoring: false, act: 4 });
  expect(store.auditHead.number).toBeGreaterThan(9);
});

test('two peers that answer first and tell an older state are not the only ones heard', async () => {
  for (const i of [1, 2]) answers.set(self(i).id, answer(i, { own: standing(i, older), certificate: [...known.acks] }));
  const { promise: asked, resolve: tell } = Promise.withResolvers<void>();
  late = asked;
  // The others are waited for; here for as long as they need.
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  await begin();
  await expect.poll(() => rejoin.check).toBe('asked, 2 of 2 answered');
  expect(rejoin.takesPart).toBe(false);
  for (const i of [3, 4]) answers.set(self(i).id, answer(i));
  tells.set(self(3).id, [record]);
  tell();
  await rejoin.done;
  expect(chain.state.head).toEqual(network.state.head);
});

test('those who do not answer hold up nobody for long', async () => {
  for (const i of [1, 2]) answers.set(self(i).id, answer(i));
  tells.set(self(1).id, [record]);
  late = new Promise(() => {});
  await begin();
  await rejoin.done;
  await rejoin.enter(Date.now() + 10_000);
  expect(rejoin.takesPart).toBe(true);
});

test('a user that has had keys exported so often that peers drop some of the questions about it, to keep a signer that restarts out for good', async () => {
  tells.set(self(1).id, [record]);
  const PAGES = 40;
  const challengeOf = (page: number): Challenge => `${String(page).padStart(2, '0')}${'c'.repeat(41)}` as Challenge;
  // As the link of a peer does: so many at once, and then one of two.
  const asked = new Map<SignerId, number>();
  await begin(async (from, { after }) => {
    const count = (asked.get(from) ?? 0) + 1;
    asked.set(from, count);
    if (count > 12 && count % 2 === 0) throw new Error('timeout');
    const page = after === '' ? 1 : Number(after.slice(0, 2)) + 1;
    return answer(self(1).id === from ? 1 : self(2).id === from ? 2 : self(3).id === from ? 3 : 4, { requests: [challengeOf(page)], more: page < PAGES });
  });
  await rejoin.done;
  expect(Math.max(...asked.values())).toBeLessThan(2 * PAGES);
});
