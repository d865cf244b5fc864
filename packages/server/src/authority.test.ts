import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deriveId } from '@quorate/wire';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DurableStep } from './index.ts';
import { type FakeSigner, newKey, request, signedCall, startNetwork, type TestNetwork, userAction } from './network.test-kit.ts';

let dir: string;
let network: TestNetwork;
let dieAt: DurableStep | null = null;
const hooks = {
  durable(step: DurableStep) {
    if (step === dieAt) throw new Error('stopped by the test');
  },
};
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'quorate-server-'));
  network = await startNetwork({ dir, hooks });
});
afterAll(async () => {
  await network[Symbol.asyncDispose]();
  await rm(dir, { recursive: true, force: true });
});

const signers = (...places: number[]): FakeSigner[] => network.signers.filter((_, i) => places.includes(i));
const call = (method: string, path: string, body: unknown) => signedCall(network.server.url, network.admin, method, path, body);
const organisation = async () => (await request(network.server.url, 'GET', '/organisation', { token: network.admin.token })).body;
let names = 0;
const newPermission = () => call('POST', '/permissions', { name: `permission ${names++}`, operations: ['Wallets:Read'] });

describe('an act', () => {
  test('is answered with its certificate: the acknowledgements of a quorum at least, and all signers follow', async () => {
    const { status, body } = await newPermission();
    expect(status).toBe(200);
    // Those beyond a quorum are waited for only a moment.
    const stored = new Set<string>(body.certified.acks.map(({ signerId }: { signerId: string }) => signerId)).size;
    expect(body.certified).toMatchObject({ number: 1, stored, signers: 5 });
    expect(stored).toBeGreaterThanOrEqual(3);
    await expect.poll(() => network.signers.map((signer) => signer.state().head)).toEqual(Array(5).fill({ number: 1, hash: body.certified.head }));
  });

  test('has ids that derive from its challenge', async () => {
    const { pem } = newKey();
    const { body } = await call('POST', '/auth/service-accounts', { name: 'derived', publicKey: pem });
    const derived = (): string[] => [...(network.signers[0]?.state().spent ?? [])].map((challenge) => deriveId('us', 0, challenge));
    // The server answers when a quorum has the act; this signer may be the next one.
    await expect.poll(derived).toContain(body.userInfo.userId);
    expect(body.accessTokens[0]).toMatchObject({ kind: 'ServiceAccount', credId: expect.stringMatching(/.+/), publicKey: expect.stringMatching(/^SHA256:/) });
    const again = await request(network.server.url, 'GET', `/auth/service-accounts/${body.userInfo.userId}`, { token: network.admin.token });
    expect(again.body.accessTokens[0].accessToken).toBeUndefined();
  });

  test('that the rules refuse changes nothing anywhere', async () => {
    const before = await organisation();
    expect(await call('POST', '/permissions', { name: 'wrong', operations: ['Nothing:Known'] })).toMatchObject({
      status: 400,
      body: { error: { code: 'permission/unknown-operation' } },
    });
    expect(await organisation()).toEqual(before);
    expect((await newPermission()).status).toBe(200);
  });

  test('gets through with two signers away, which have it as soon as they are back', async () => {
    for (const signer of signers(0, 1)) signer.down = true;
    const { status, body } = await newPermission();
    expect(status).toBe(200);
    expect(body.certified.stored).toBe(3);
    for (const signer of signers(0, 1)) signer.down = false;
    await expect.poll(() => signers(0, 1).map((signer) => signer.state().head.hash)).toEqual([body.certified.head, body.certified.head]);
  });

  test('with three signers away is not certified, names them, and is finished when they are back', async () => {
    const before = await organisation();
    for (const signer of signers(0, 1, 2)) signer.down = true;
    const refused = await newPermission();
    expect(refused).toMatchObject({
      status: 503,
      body: { error: { code: 'authority/uncertified', details: { missing: signers(0, 1, 2).map(({ id }) => id) } } },
    });
    expect((await organisation()).head).toEqual(before.head);
    for (const signer of signers(0, 1, 2)) signer.down = false;
    await expect.poll(async () => (await organisation()).head.number).toBe(before.head.number + 1);
    expect((await newPermission()).body.certified.number).toBe(before.head.number + 2);
  });

  test('that a quorum of signers refuses for good is dropped, and the next one takes its number', async () => {
    const { head } = await organisation();
    for (const signer of signers(0, 1, 2)) signer.refuses.set('act', 'auth/forbidden');
    for (const signer of signers(3, 4)) signer.down = true;
    expect(await newPermission()).toMatchObject({ status: 403, body: { error: { code: 'auth/forbidden' } } });
    for (const signer of network.signers) {
      signer.refuses.clear();
      signer.down = false;
    }
    expect((await newPermission()).body.certified.number).toBe(head.number + 1);
  });

  test('made twice at once gets two numbers', async () => {
    const { head } = await organisation();
    const made = await Promise.all([newPermission(), newPermission()]);
    expect(made.map(({ body }) => body.certified.number).sort()).toEqual([head.number + 1, head.number + 2]);
  });
});

test('a signer that lies about the time of its acknowledgement does not stop the acts after it', async () => {
  let later = 0;
  await using own = await startNetwork({ now: () => Date.now() + later });
  const act = (name: string) => signedCall(own.server.url, own.admin, 'POST', '/permissions', { name, operations: ['Wallets:Read'] });
  const [liar, ...others] = own.signers as [FakeSigner, ...FakeSigner[]];
  liar.ackTime = Number.MAX_SAFE_INTEGER;
  for (const signer of others) signer.down = true;
  expect((await act('first')).status).toBe(503);
  later = 600_000;
  for (const signer of others) signer.down = false;
  expect(await act('second')).toMatchObject({ status: 200, body: { certified: { number: 1 } } });
});

test('a user and a signer that acknowledges an act the others find too large, to stop all acts after it', async () => {
  const { head } = await organisation();
  for (const signer of signers(1, 2, 3, 4)) signer.refuses.set('act', 'request/too-large');
  const { url } = network.server;
  const body = `${JSON.stringify({ name: 'large', operations: ['Wallets:Read'] })}${' '.repeat(20_000)}`;
  const action = await userAction(url, network.admin, 'POST', '/permissions', body);
  const large = await request(url, 'POST', '/permissions', { token: network.admin.token, userAction: action.body.userAction, body });
  expect(large).toMatchObject({ status: 413, body: { error: { code: 'request/too-large' } } });
  for (const signer of network.signers) signer.refuses.clear();
  const next = (await newPermission()).body.certified;
  expect(next).toMatchObject({ number: head.number + 1 });
  await expect.poll(() => network.signers.map((signer) => signer.state().head)).toEqual(Array(5).fill({ number: next.number, hash: next.head }));
});

test('a user that makes more acts than signers take, to have the one that some of them take stop all others', async () => {
  const limits = { acts: { points: 2, seconds: 600 } };
  await using own = await startNetwork({ limits });
  const act = (name: string) => signedCall(own.server.url, own.admin, 'POST', '/permissions', { name, operations: ['Wallets:Read'] });
  expect([await act('one'), await act('two')].map(({ status }) => status)).toEqual([200, 200]);
  // What the rules refuse is none.
  expect((await act('two')).status).toBe(409);
  expect(await act('three')).toMatchObject({ status: 429, body: { error: { code: 'request/too-many' } } });
  expect(own.signers.map((signer) => signer.state().permissionNames.has('three'))).toEqual(Array(5).fill(false));
});

describe('a server that dies', () => {
  test('with an act under way finishes it after its next start', async () => {
    const { head } = await organisation();
    dieAt = 'act/pending';
    expect((await newPermission()).status).toBe(500);
    dieAt = null;
    await network.restart(hooks);
    await expect.poll(async () => (await organisation()).head.number).toBe(head.number + 1);
    await expect.poll(() => network.signers.map((signer) => signer.state().head.number)).toEqual(Array(5).fill(head.number + 1));
    expect((await newPermission()).body.certified.number).toBe(head.number + 2);
  });

  test('with an act certified but not told knows it after its next start, and so do the signers', async () => {
    const { head } = await organisation();
    dieAt = 'act/certified';
    expect((await newPermission()).status).toBe(500);
    dieAt = null;
    await network.restart(hooks);
    expect((await organisation()).head.number).toBe(head.number + 1);
    await expect.poll(() => network.signers.map((signer) => signer.state().head.number)).toEqual(Array(5).fill(head.number + 1));
  });
});

test('permissions come in pages of twenty, oldest first, the built-in one at the head', async () => {
  const { url } = network.server;
  const { token } = network.admin;
  while (((await request(url, 'GET', '/permissions?limit=100', { token })).body.items as unknown[]).length < 22) await newPermission();
  const first = (await request(url, 'GET', '/permissions', { token })).body;
  expect(first.items).toHaveLength(20);
  expect(first.items[0]).toMatchObject({ name: 'FullAdminAccess', isImmutable: true });
  expect(first.items[0].operations).toContain('Keys:Export');
  const second = (await request(url, 'GET', `/permissions?paginationToken=${first.nextPageToken}`, { token })).body;
  expect(second.items.length).toBeGreaterThanOrEqual(2);
  expect(second.nextPageToken).toBeUndefined();
});

test('an assignment gives what it names, and is listed', async () => {
  const { url } = network.server;
  const { pem } = newKey();
  const account = (await call('POST', '/auth/service-accounts', { name: 'reader', publicKey: pem })).body;
  const permission = (await newPermission()).body;
  const token = account.accessTokens[0].accessToken;
  expect((await request(url, 'GET', '/wallets', { token })).status).toBe(403);
  const made = await call('POST', `/permissions/${permission.id}/assignments`, { identityId: account.userInfo.userId });
  expect(made).toMatchObject({ status: 200, body: { permissionId: permission.id, identityId: account.userInfo.userId, certified: { signers: 5 } } });
  expect((await request(url, 'GET', '/wallets', { token })).status).toBe(200);
  expect((await request(url, 'GET', `/permissions/${permission.id}/assignments`, { token: network.admin.token })).body.items).toHaveLength(1);
  const shown = (await request(url, 'GET', `/auth/service-accounts/${account.userInfo.userId}`, { token: network.admin.token })).body;
  expect(shown.userInfo.permissionAssignments).toEqual([
    { permissionName: permission.name, permissionId: permission.id, assignmentId: made.body.id, operations: ['Wallets:Read'] },
  ]);
});
