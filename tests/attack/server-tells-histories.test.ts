/**
 * The server as attacker on the chain of acts: it withholds, reorders, forks, cuts and invents. Real signers; the test is
 * the server, and what signers know of each other they tell past it.
 */
import { randomBytes, sign } from 'node:crypto';
import { applyRecord, nextHead } from '@quorate/authority';
import { type ActRecord, b64, type Evidence, isRefusal, type Signed, signedBytes } from '@quorate/wire';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { newActor, newKey, newOrganisation, post } from '../../packages/authority/src/organisation.test-kit.ts';
import { type SignersOnly, startSigners } from '../support/signers.ts';

let net: SignersOnly;
beforeAll(async () => {
  net = await startSigners();
});
afterAll(() => net[Symbol.asyncDispose]());

const unique = (): string => randomBytes(6).toString('hex');
const permission = (): Evidence => net.evidence(net.administrator, post('/permissions', { name: unique(), operations: ['Wallets:Read'] }));
const next = (): number => net.state().head.number + 1;
const everyone = [0, 1, 2, 3, 4] as const;
const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'accepted',
    (error: unknown) => (isRefusal(error) ? error.code : String(error)),
  );
const codes = (of: readonly number[], ask: (i: number) => Promise<unknown>): Promise<string[]> => Promise.all(of.map((i) => codeOf(ask(i))));
const acksOf = async (of: readonly number[], number: number, evidence: Evidence): Promise<Signed<'ack'>[]> =>
  (await Promise.all(of.map((i) => net.call(i, 'act', { number, evidence, acks: [] })))).map(({ ack }) => ack);
const headOf = async (i: number) => (await net.call(i, 'status', {})).head;

/** The good case after each attack: an honest act, which all five come to hold. */
async function actCounts(): Promise<void> {
  await net.commit(permission());
  for (const i of everyone) await vi.waitFor(async () => expect(await headOf(i)).toEqual(net.state().head), { timeout: 60_000 });
}

test('a server that skips an act, to have signers decide without it', async () => {
  const skipped = permission();
  const number = next();
  const state = await applyRecord(net.state(), { number, evidence: skipped, acks: await acksOf(everyone, number, skipped) });
  // The act after it, offered to signers that hold an uncertified one before: nobody takes it.
  const after = net.evidence(net.administrator, {
    ...post('/permissions', { name: unique(), operations: ['Wallets:Read'] }),
    change: (statement) => ({ ...statement, headNumber: String(state.head.number), headHash: state.head.hash }),
  });
  expect(new Set(await codes(everyone, (i) => net.call(i, 'act', { number: number + 1, evidence: after, acks: [] })))).toEqual(new Set(['authority/behind']));
  await net.commit(skipped);
  await actCounts();
});

test('a server that puts two acts in another order than their users signed them in', async () => {
  const first = permission();
  const number = next();
  const head = nextHead(net.state(), first);
  const second = net.evidence(net.administrator, {
    ...post('/permissions', { name: unique(), operations: ['Wallets:Read'] }),
    change: (statement) => ({ ...statement, headNumber: String(number), headHash: head.hash }),
  });
  // The second names the first's head: before it, it names one that is not there.
  expect(new Set(await codes(everyone, (i) => net.call(i, 'act', { number, evidence: second, acks: [] })))).toEqual(new Set(['authority/behind']));
  await net.commit(first);
  await net.commit(second);
  await actCounts();
});

test('a server that withholds an act from two signers, to have them decide by yesterday’s rights', async () => {
  const evidence = permission();
  const number = next();
  const acks = await acksOf([0, 1, 2], number, evidence);
  await Promise.all([0, 1, 2].map((i) => net.call(i, 'certify', { number, acks })));
  // Whoever is asked for something that names the new head learns it from its peers: this server tells them nothing.
  const head = nextHead(net.state(), evidence);
  const request = net.evidence(net.administrator, {
    ...post('/wallets', { network: 'KeyECDSA' }),
    change: (statement) => ({ ...statement, headNumber: String(head.number), headHash: head.hash }),
  });
  const made = await Promise.all(everyone.map((i) => net.call(i, 'keygen', { evidence: request, attempt: 1 }, 60_000)));
  expect(new Set(made.map(({ body }) => body.publicKey)).size).toBe(1);
  for (const i of everyone) expect(await headOf(i)).toEqual(head);
  await net.commit(evidence, acks);
  await actCounts();
});

test('a server that forks the chain: one act to two signers, another to three', async () => {
  const [one, two] = [permission(), permission()];
  const number = next();
  await acksOf([0, 1], number, one);
  const acks = await acksOf([2, 3, 4], number, two);
  // The first is two acknowledgements short of nothing: one more signer would have to say two things.
  expect(await codes([2, 3, 4], (i) => net.call(i, 'act', { number, evidence: one, acks: [] }))).toEqual(Array(3).fill('authority/conflict'));
  expect(await codes([0, 1], (i) => net.call(i, 'act', { number, evidence: two, acks: [] }))).toEqual(Array(2).fill('authority/conflict'));
  await Promise.all([2, 3, 4].map((i) => net.call(i, 'certify', { number, acks })));
  // The certified one is everybody's, also of those who gave their word for the other.
  const record: ActRecord = { number, evidence: two, acks };
  expect(await codes([0, 1], (i) => net.call(i, 'act', record))).toEqual(Array(2).fill('authority/conflict'));
  const state = await applyRecord(net.state(), record);
  for (const i of everyone) expect(await headOf(i)).toEqual(state.head);
  await net.adopt(record);
  await actCounts();
});

test('a server that shows one chain to two signers and another to the rest', async () => {
  // Acknowledgements of its own making, for a history in which it is an administrator.
  const mallory = newKey();
  const evidence = net.evidence(
    { ...newActor(), ...mallory, userId: net.administrator.userId, credId: net.administrator.credId },
    post('/permissions', { name: unique(), operations: ['Keys:Export'] }),
  );
  const number = next();
  const head = nextHead(net.state(), evidence);
  const body = { genesisHash: net.genesisHash, orgId: net.genesis.orgId, number, head: head.hash, time: Date.now() };
  const forged = net.ids
    .slice(0, 3)
    .map((signerId) => ({ body, signerId, signature: b64.encode(new Uint8Array(sign(null, signedBytes('ack', body, signerId), mallory.privateKey))) }));
  expect(await codes([0, 1], (i) => net.call(i, 'act', { number, evidence, acks: forged }))).toEqual(Array(2).fill('action/signature-invalid'));
  await codes([0, 1], (i) => net.call(i, 'certify', { number, acks: forged }));
  for (const i of everyone) expect(await headOf(i)).toEqual(net.state().head);
  await actCounts();
});

test('a server that offers the chain of an organisation in which it holds everything', async () => {
  const elsewhere = newOrganisation();
  const { genesisHash, head } = elsewhere.state;
  const evidence = net.evidence(elsewhere.administrator, {
    ...post('/permissions', { name: unique(), operations: ['Keys:Export'] }),
    change: (statement) => ({ ...statement, genesisHash, orgId: elsewhere.genesis.orgId, headNumber: '0', headHash: head.hash }),
  });
  expect(await codes(everyone, (i) => net.call(i, 'act', { number: next(), evidence, acks: [] }))).toEqual(Array(5).fill('authority/foreign'));
  await actCounts();
});

test('a server that plays an act of long ago once more, to give back what was taken since', async () => {
  const record = await net.act(net.administrator, { method: 'PUT', path: '/organisation/settings', payload: '{"exportEnabled":true}' });
  await net.act(net.administrator, { method: 'PUT', path: '/organisation/settings', payload: '{"exportEnabled":false}' });
  const { evidence, acks } = record;
  // As the next act, with and without the certificate that it once had.
  expect(await codes(everyone, (i) => net.call(i, 'act', { number: next(), evidence, acks: [] }))).toEqual(Array(5).fill('evidence/spent'));
  expect(await codes(everyone, (i) => net.call(i, 'act', { number: next(), evidence, acks }))).toEqual(Array(5).fill('evidence/spent'));
  await actCounts();
});

test('a server that keeps an act for later, to play it when its user no longer wants it', async () => {
  const evidence = net.evidence(net.administrator, {
    ...post('/permissions', { name: unique(), operations: ['Keys:Export'] }),
    now: Date.now() - 400_000,
  });
  expect(await codes(everyone, (i) => net.call(i, 'act', { number: next(), evidence, acks: [] }))).toEqual(Array(5).fill('action/expired'));
  await actCounts();
});

test('a server that cuts the chain: it knows nothing of the last acts, and says so to a signer that was away', async () => {
  await net.stop(3);
  const missed = [await net.commitWith([0, 1, 2, 4], permission()), await net.commitWith([0, 1, 2, 4], permission())];
  net.forget(missed.length);
  await net.start(3);
  await vi.waitFor(async () => expect(await headOf(3)).toEqual(net.state().head), { timeout: 60_000 });
  await actCounts();
});
