import { join } from 'node:path';
import { nextHead, reduce, verifyEvidence } from '@quorate/authority';
import { type ActRecord, type Evidence, isRefusal, type Signed } from '@quorate/wire';
import { openVault } from '@quorate/mpc';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Chain, openChain } from './chain.ts';
import { createConflicts } from './conflicts.ts';
import { createEvents } from './events.ts';
import { filesIn } from './files.ts';
import { openIdentity } from './identities.ts';
import { createNetwork, silent, type TestNetwork } from './network.test-kit.ts';
import { createSelf, type Self } from './self.ts';
import type { Floors } from './store/restore.ts';
import { createDecisions, defaultSignerLimits } from './limits.ts';
import { openStore, type Store } from './store/store.ts';
import { openWitness } from './witness.ts';

const HOUR = 3_600_000;

let network: TestNetwork;
let selves: Self[];
let store: Store;
let chain: Chain;
/** What others would tell of the chain. */
let told: ActRecord[];
/** Who never answers, until it is let go. */
let staller: Promise<readonly ActRecord[]> | null;
let floors: Floors;

async function open(): Promise<void> {
  const [self] = selves as [Self];
  store = await openStore(join(network.dirs[0] ?? '', 'chain.db'));
  const events = createEvents(silent, self.id);
  const conflicts = createConflicts({ self, store, events });
  chain = await openChain({
    self,
    store,
    events,
    conflicts,
    witness: await openWitness({ self, store, conflicts, events, stop: () => {} }),
    floors: () => floors,
    follow: self.follow,
    decisions: createDecisions(defaultSignerLimits),
    sources: () => ['silent', 'teller', 'staller'],
    fetch: async (from, after) =>
      from === 'staller' && staller !== null ? staller : from === 'teller' ? told.filter(({ number }) => number > after) : Promise.reject(new Error('silent')),
  });
}

beforeEach(async () => {
  network = await createNetwork();
  selves = network.dirs.map((dir) =>
    createSelf(openIdentity(openVault(filesIn(dir).key), dir), network.genesis, network.genesisHash, () => Date.now() + network.clock.offset),
  );
  told = [];
  staller = null;
  floors = { evidence: 0, act: 0, restoring: false };
  await open();
});
afterEach(async () => {
  await store.close();
  await network[Symbol.asyncDispose]();
});

const permission = (name: string): Evidence => network.evidence('POST', '/permissions', { name, operations: ['Wallets:Read'] });
const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'ok',
    (error: unknown) => (isRefusal(error) ? error.code : String(error)),
  );

/** Acknowledgements of the next act by these signers, as they would sign them now. */
const acksBy = (evidence: Evidence, signers: readonly number[], time = Date.now() + network.clock.offset): Signed<'ack'>[] => {
  const head = nextHead(network.state, evidence);
  return signers.map((i) =>
    (selves[i] as Self).sign('ack', { genesisHash: network.genesisHash, orgId: network.genesis.orgId, number: head.number, head: head.hash, time }),
  );
};

/** Certifies an act in the world outside, and lets it be told. */
async function certified(evidence: Evidence, signers: readonly number[] = [1, 2, 3]): Promise<ActRecord> {
  const record = { number: network.state.head.number + 1, evidence, acks: acksBy(evidence, signers) };
  network.state = reduce(network.state, await verifyEvidence(network.state, evidence, { freshness: 'waived' }));
  told.push(record);
  return record;
}

test('of two acts for one number only the first is acknowledged, also after a restart', async () => {
  const [first, second] = [permission('first'), permission('second')];
  const ack = await chain.offer({ number: 1, evidence: first, acks: [] });
  expect(await codeOf(chain.offer({ number: 1, evidence: second, acks: [] }))).toBe('authority/conflict');
  await store.close();
  await open();
  expect(await codeOf(chain.offer({ number: 1, evidence: second, acks: [] }))).toBe('authority/conflict');
  expect(await chain.offer({ number: 1, evidence: first, acks: [] })).toEqual(ack);
});

test('an acknowledged act does not count before its certificate', async () => {
  const evidence = permission('reader');
  await chain.offer({ number: 1, evidence, acks: [] });
  expect(chain.state.head.number).toBe(0);
  expect(await codeOf(chain.certify(1, acksBy(evidence, [1, 2])))).toBe('authority/behind');
  expect(await codeOf(chain.certify(1, [...acksBy(evidence, [1]), ...acksBy(evidence, [1]), ...acksBy(evidence, [1])]))).toBe('authority/behind');
  expect(chain.state.head.number).toBe(0);
  expect(await chain.certify(1, acksBy(evidence, [1, 2, 3]))).toMatchObject({ number: 1 });
  expect(chain.state.permissionNames.has('reader')).toBe(true);
});

test('the state is rebuilt from the store', async () => {
  await chain.offer({ number: 1, evidence: permission('reader'), acks: [] });
  const evidence = (await store.read('ack', { number: 1 }))?.evidence as Evidence;
  await chain.certify(1, acksBy(evidence, [1, 2, 3]));
  const { head } = chain.state;
  await store.close();
  await open();
  expect(chain.state.head).toEqual(head);
  expect(chain.state.permissionNames.has('reader')).toBe(true);
  expect((await chain.at(0)).permissionNames.has('reader')).toBe(false);
});

test('a gap is closed by asking others, and an act that nobody has certified is not believed', async () => {
  const first = await certified(permission('a'));
  const second = await certified(permission('b'));
  const next = permission('c');
  told = [first];
  expect(await codeOf(chain.offer({ number: 3, evidence: next, acks: [] }))).toBe('authority/behind');
  told = [first, { ...second, acks: second.acks.slice(0, 2) }];
  expect(await codeOf(chain.offer({ number: 3, evidence: next, acks: [] }))).toBe('authority/behind');
  expect(chain.state.head.number).toBe(1);
  told = [first, second];
  expect(await codeOf(chain.offer({ number: 3, evidence: next, acks: [] }))).toBe('ok');
  expect(chain.state.head).toEqual(network.state.head);
});

test('a certificate for an act that never came here is followed by fetching the act', async () => {
  const record = await certified(permission('a'));
  expect(await chain.certify(1, record.acks)).toEqual(network.state.head);
});

test('an act past its freshness is refused, and accepted with an acknowledgement signed in time', async () => {
  const evidence = permission('late');
  const inTime = acksBy(evidence, [1]);
  network.clock.offset = HOUR;
  expect(await codeOf(chain.offer({ number: 1, evidence, acks: [] }))).toBe('action/expired');
  expect(await codeOf(chain.offer({ number: 1, evidence, acks: acksBy(evidence, [1]) }))).toBe('action/expired');
  const forged = inTime.map((ack) => ({ ...ack, signerId: (selves[2] as Self).id }));
  expect(await codeOf(chain.offer({ number: 1, evidence, acks: forged }))).toBe('action/expired');
  expect(await codeOf(chain.offer({ number: 1, evidence, acks: inTime }))).toBe('ok');
});

test('an act that a quorum has acknowledged is accepted at any age, also where another was acknowledged here', async () => {
  const [own, theirs] = [permission('own'), permission('theirs')];
  await chain.offer({ number: 1, evidence: own, acks: [] });
  network.clock.offset = HOUR;
  const record = await certified(theirs);
  expect(await codeOf(chain.offer({ ...record, acks: record.acks.slice(0, 2) }))).toBe('authority/conflict');
  expect(chain.state.head.number).toBe(0);
  // Its word stays with the other act; the state follows the certificate.
  expect(await codeOf(chain.offer(record))).toBe('authority/conflict');
  expect(chain.state.head).toEqual(network.state.head);
  network.clock.offset = 0;
  expect(await codeOf(chain.offer({ number: 2, evidence: own, acks: [] }))).toBe('evidence/spent');
  expect(await codeOf(chain.offer({ number: 2, evidence: permission('own'), acks: [] }))).toBe('ok');
});

test('a certified act is acknowledged late for those who count, another one for its number is not', async () => {
  const record = await certified(permission('a'));
  await chain.reach(1);
  expect(await codeOf(chain.offer(record))).toBe('ok');
  expect(await codeOf(chain.offer({ ...record, evidence: permission('b') }))).toBe('authority/conflict');
});

test('an act cannot act twice', async () => {
  const record = await certified(permission('a'));
  await chain.reach(1);
  expect(await codeOf(chain.offer({ number: 2, evidence: record.evidence, acks: [] }))).toBe('evidence/spent');
});

test('what is no act is not acknowledged', async () => {
  const evidence = network.evidence('POST', '/wallets', { network: 'EthereumSepolia' });
  expect(await codeOf(chain.offer({ number: 1, evidence, acks: [] }))).toBe('action/mismatch');
});

test('a head that nobody has holds up only who asks for it', async () => {
  expect(await codeOf(chain.reach(1_000_000))).toBe('authority/behind');
  expect(await codeOf(chain.offer({ number: 1, evidence: permission('a'), acks: [] }))).toBe('ok');
});

test('a head that nobody has, and a signer that does not answer when asked for it, hold up no act', async () => {
  const { promise, resolve } = Promise.withResolvers<readonly ActRecord[]>();
  staller = promise;
  chain.hint(1_000_000);
  const asked = [1_000_001, 1_000_002].map((number) => codeOf(chain.reach(number)));
  await new Promise((done) => setTimeout(done, 20));
  const evidence = permission('a');
  expect(await codeOf(chain.offer({ number: 1, evidence, acks: [] }))).toBe('ok');
  expect(await chain.certify(1, acksBy(evidence, [1, 2, 3]))).toMatchObject({ number: 1 });
  resolve([]);
  expect(await Promise.all(asked)).toEqual(['authority/behind', 'authority/behind']);
});

test('many who ask for heads at once share the rounds of asking', async () => {
  let rounds = 0;
  const [self] = selves as [Self];
  const events = createEvents(silent, self.id);
  const conflicts = createConflicts({ self, store, events });
  const busy = await openChain({
    self,
    store,
    events,
    conflicts,
    witness: await openWitness({ self, store, conflicts, events, stop: () => {} }),
    floors: () => floors,
    follow: self.follow,
    decisions: createDecisions(defaultSignerLimits),
    sources: () => ['teller'],
    fetch: async () => {
      rounds++;
      return [];
    },
  });
  const codes = await Promise.all(Array.from({ length: 50 }, (_, i) => codeOf(busy.reach(i + 1))));
  expect(new Set(codes)).toEqual(new Set(['authority/behind']));
  expect(rounds).toBeLessThanOrEqual(2);
});

describe('what cannot both be is refused and kept with both pieces:', () => {
  const kept = async () =>
    (await store.read('conflicts', {})).map(({ kind, number, party, second }) => ({ kind, number, party, second: JSON.parse(second) as unknown }));

  test('two acts for one number', async () => {
    const [first, second] = [permission('first'), permission('second')];
    await chain.offer({ number: 1, evidence: first, acks: [] });
    const other = { number: 1, evidence: second, acks: [] };
    for (let i = 0; i < 3; i++) expect(await codeOf(chain.offer(other))).toBe('authority/conflict');
    expect(await kept()).toEqual([{ kind: 'two-acts', number: 1, party: 'server', second: other }]);
    expect(await codeOf(chain.certify(1, acksBy(first, [1, 2, 3])))).toBe('ok');
  });

  test('a gap, a changed act and a foreign chain, as a peer tells them', async () => {
    const first = await certified(permission('a'));
    const second = await certified(permission('b'));
    const cases: readonly (readonly [string, ActRecord[], ActRecord])[] = [
      ['gap', [second], second],
      ['changed-act', [{ ...first, evidence: { ...first.evidence, payload: '{}' } }], { ...first, evidence: { ...first.evidence, payload: '{}' } }],
    ];
    for (const [kind, page, piece] of cases) {
      told = [...page];
      expect(await codeOf(chain.reach(2)), kind).toBe('authority/behind');
      expect(
        (await kept()).find((one) => one.kind === kind),
        kind,
      ).toEqual({ kind, number: 1, party: 'teller', second: piece });
    }
    const statement = { ...first.evidence.statement, genesisHash: 'ab'.repeat(32) };
    told = [{ ...first, evidence: { ...first.evidence, statement } }];
    expect(await codeOf(chain.reach(2))).toBe('authority/behind');
    expect((await kept()).map(({ kind }) => kind)).toContain('foreign-chain');
    told = [first, second];
    expect(await codeOf(chain.reach(2))).toBe('ok');
    expect(chain.state.head).toEqual(network.state.head);
  });

  test('a second acknowledgement in a certificate, against one that was seen before', async () => {
    const [one, other] = [permission('one'), permission('other')];
    await chain.offer({ number: 1, evidence: one, acks: acksBy(one, [2]) });
    expect(await codeOf(chain.offer({ number: 1, evidence: other, acks: acksBy(other, [2, 3, 4]) }))).toBe('authority/double-acknowledgement');
    expect(chain.state.head.number).toBe(0);
    await store.close();
    await open();
    expect(await codeOf(chain.offer({ number: 1, evidence: one, acks: [] }))).toBe('authority/double-acknowledgement');
    expect((await kept()).map(({ kind, party }) => ({ kind, party }))).toEqual([{ kind: 'double-acknowledgement', party: selves[2]?.id }]);
  });
});

test('after a rollback an act that may have been acknowledged before is left to others, and followed when they have', async () => {
  floors = { evidence: Date.now() + 1_000, act: 1, restoring: false };
  const evidence = permission('a');
  expect(await codeOf(chain.offer({ number: 1, evidence, acks: [] }))).toBe('authority/rolled-back');
  expect(await codeOf(chain.offer({ number: 1, evidence, acks: acksBy(evidence, [1, 2]) }))).toBe('authority/rolled-back');
  const record = await certified(evidence);
  for (const acks of [record.acks, record.acks, []]) {
    expect(await codeOf(chain.offer({ ...record, acks }))).toBe('authority/rolled-back');
    expect(chain.state.head).toEqual(network.state.head);
  }
  expect(await codeOf(chain.offer({ number: 2, evidence: permission('b'), acks: [] }))).toBe('action/expired');
  network.clock.offset = 2_000;
  expect(await codeOf(chain.offer({ number: 2, evidence: permission('b'), acks: [] }))).toBe('ok');
});
