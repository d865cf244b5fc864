/** Several servers on one database: whatever is decided once is decided for all of them. */
import { randomBytes } from 'node:crypto';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { formatEncryptionKey } from '@quorate/wire';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type Account,
  type Answer,
  assertion,
  newKey,
  postgresUrl,
  request,
  signedCall,
  startNetwork,
  type TestNetwork,
  userAction,
  withPostgres,
} from './network.test-kit.ts';
import type { Server } from './server.ts';

const many = { points: 10_000, seconds: 10 };

describe.skipIf(postgresUrl === undefined)(`several servers ${withPostgres}`, () => {
  let network: TestNetwork;
  let servers: readonly [Server, Server];
  beforeAll(async () => {
    network = await startNetwork({ limits: { entry: many, challenges: many, caller: many } });
    servers = [network.server, await network.join()];
  });
  afterAll(() => network[Symbol.asyncDispose]());

  const at = (i: number): string => (servers[i % 2] as Server).url;
  const call = (i: number, method: string, path: string, body: unknown = {}, by: Account = network.admin) => signedCall(at(i), by, method, path, body);
  const read = (i: number, path: string, token = network.admin.token) => request(at(i), 'GET', path, { token });
  const newWallet = async (i: number): Promise<string> => (await call(i, 'POST', '/wallets', { network: 'Ethereum' })).body.id;
  const newHash = (): string => randomBytes(32).toString('hex');
  const numbered = <T>(count: number, make: (i: number) => Promise<T>): Promise<T[]> => Promise.all(Array.from({ length: count }, (_, i) => make(i)));
  async function until(done: () => Promise<boolean>, ms = 60_000): Promise<void> {
    for (const end = Date.now() + ms; !(await done()); await new Promise((resolve) => setTimeout(resolve, 50)))
      if (Date.now() > end) throw new Error('not in time');
  }
  const newAccount = (i: number, name: string): Promise<Answer> => call(i, 'POST', '/auth/service-accounts', { name, publicKey: newKey().pem });
  async function accountWithRights(name: string): Promise<Account> {
    const { pem, privateKey } = newKey();
    const { userInfo, accessTokens } = (await call(0, 'POST', '/auth/service-accounts', { name, publicKey: pem })).body;
    const permission = (await call(0, 'POST', '/permissions', { name, operations: ['Wallets:Create', 'Wallets:Read', 'Keys:Create'] })).body;
    expect((await call(0, 'POST', `/permissions/${permission.id}/assignments`, { identityId: userInfo.userId })).status).toBe(200);
    return { userId: userInfo.userId, credId: accessTokens[0].credId, privateKey, token: accessTokens[0].accessToken };
  }

  test('acts raced at both get a number each, in one chain, at every signer', { timeout: 120_000 }, async () => {
    const answers = await numbered(20, (i) => newAccount(i, `raced ${i}`));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
    const numbers = answers.map(({ body }) => body.certified.number).sort((a, b) => a - b);
    expect(numbers).toEqual(Array.from({ length: 20 }, (_, i) => numbers[0] + i));
    await until(async () => new Set(network.signers.map((signer) => signer.state().head.hash)).size === 1);
    expect((await read(1, '/auth/service-accounts')).body).toEqual((await read(0, '/auth/service-accounts')).body);
  });

  test('one name asked for at both at once is given once', async () => {
    const answers = await numbered(2, (i) => newAccount(i, 'wanted by two'));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect((await newAccount(1, 'wanted by one')).status).toBe(200);
  });

  test('a user action that is spent at one is spent at the other, also in the same moment', async () => {
    const body = JSON.stringify({ network: 'Ethereum' });
    for (let round = 0; round < 5; round++) {
      const action = await userAction(at(round), network.admin, 'POST', '/wallets', body);
      const options = { token: network.admin.token, userAction: action.body.userAction, body };
      const answers = await numbered(4, (i) => request(at(i), 'POST', '/wallets', options));
      expect(
        answers.filter(({ status }) => status === 200),
        JSON.stringify(answers),
      ).toHaveLength(1);
      expect(answers.filter(({ body: { error } }) => error?.code === 'action/used')).toHaveLength(3);
    }
    expect((await call(1, 'POST', '/wallets', { network: 'Ethereum' })).status).toBe(200);
  });

  test('a login begun at one and answered at both counts once; a logout at one holds at once at the other', async () => {
    const { pem, privateKey } = newKey();
    const username = 'person@example.org';
    const person = (await call(0, 'POST', '/auth/users', { email: username, kind: 'CustomerEmployee', publicKey: pem })).body;
    const account: Account = { userId: person.userId, credId: person.credId, privateKey, token: '' };
    const post = (i: number, path: string, body: unknown) => request(at(i), 'POST', path, { body: JSON.stringify(body) });
    const signIn = async (): Promise<Answer[]> => {
      const begun = await post(0, '/auth/login/init', { username, orgId: network.genesis.orgId });
      const answer = assertion(account, begun.body);
      return numbered(4, (i) => post(i, '/auth/login', answer));
    };
    const answers = await signIn();
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400, 400, 400]);
    const { token } = answers.find(({ status }) => status === 200)?.body ?? {};
    for (const i of [0, 1]) expect((await read(i, '/auth/credentials', token)).status).toBe(200);
    expect((await request(at(1), 'PUT', '/auth/logout', { token, body: '{}' })).status).toBe(200);
    for (const i of [0, 1]) expect((await read(i, '/auth/credentials', token)).status).toBe(401);
    expect((await signIn()).some(({ status }) => status === 200)).toBe(true);
  });

  test('a wallet made at one is signed with and exported at the other, and then signs at neither', async () => {
    expect((await call(0, 'PUT', '/organisation/settings', { exportEnabled: true })).status).toBe(200);
    const id = await newWallet(0);
    expect((await call(1, 'POST', `/wallets/${id}/signatures`, { kind: 'Hash', hash: newHash() })).status).toBe(200);
    const encryptionKey = formatEncryptionKey(secp256k1.getPublicKey(secp256k1.utils.randomSecretKey()));
    const body = { encryptionKey, supportedSchemes: [{ protocol: 'CGGMP21', curve: 'secp256k1' }] };
    const exported = await numbered(2, (i) => call(i, 'POST', `/wallets/${id}/export`, body));
    for (const { status, body: answer } of exported) expect(status, JSON.stringify(answer)).toBe(200);
    // The pieces beyond the threshold may come after the answer.
    await expect.poll(async () => (await read(0, `/wallets/${id}/export`)).body.encryptedKeyShares.length).toBe(5);
    expect((await read(0, `/wallets/${id}/export`)).body).toEqual((await read(1, `/wallets/${id}/export`)).body);
    for (const i of [0, 1]) {
      expect((await read(i, `/wallets/${id}`)).body.exported).toBe(true);
      expect(await call(i, 'POST', `/wallets/${id}/signatures`, { kind: 'Hash', hash: newHash() })).toMatchObject({ body: { error: { code: 'key/retired' } } });
    }
    expect((await call(1, 'POST', `/wallets/${await newWallet(1)}/signatures`, { kind: 'Hash', hash: newHash() })).status).toBe(200);
  });

  test('a right that was given or taken away at one counts at once at the other', async () => {
    const account = await accountWithRights('short-lived');
    expect((await read(1, '/wallets', account.token)).status).toBe(200);
    const first = await call(1, 'POST', '/wallets', { network: 'Ethereum' }, account);
    expect(first.status, JSON.stringify(first.body)).toBe(200);
    expect((await call(0, 'PUT', `/auth/service-accounts/${account.userId}/deactivate`)).status).toBe(200);
    expect((await call(1, 'POST', '/wallets', { network: 'Ethereum' }, account)).status).toBe(400);
    expect(await read(1, '/wallets', account.token)).toMatchObject({ status: 400, body: { error: { code: 'auth/inactive' } } });
    expect((await call(0, 'PUT', `/auth/service-accounts/${account.userId}/activate`)).status).toBe(200);
    expect((await call(1, 'POST', '/wallets', { network: 'Ethereum' }, account)).status).toBe(200);
  });

  describe('with one external id', () => {
    test('twenty equal requests at once over both are one signature, and each is answered when it is made', async () => {
      const path = `/wallets/${await newWallet(0)}/signatures`;
      const body = { kind: 'Hash', hash: newHash(), externalId: 'twenty alike' };
      const answers = await numbered(20, (i) => call(i, 'POST', path, body));
      expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
      expect(new Set(answers.map((answer) => JSON.stringify(answer.body))).size).toBe(1);
      expect(answers[0]?.body.status).toBe('Signed');
      expect((await read(0, path)).body.items).toHaveLength(1);
    });

    test('twenty different requests at once over both are one signature and nineteen refusals that name it', async () => {
      const path = `/wallets/${await newWallet(1)}/signatures`;
      const answers = await numbered(20, (i) => call(i, 'POST', path, { kind: 'Hash', hash: newHash(), externalId: 'twenty unlike' }));
      const [winner, ...others] = answers.filter(({ status }) => status === 200);
      expect(others).toEqual([]);
      for (const { status, body } of answers.filter((answer) => answer !== winner)) {
        expect(status).toBe(409);
        expect(body.error).toMatchObject({ code: 'external-id/conflict', details: { duplicate: { id: winner?.body.id, externalId: 'twenty unlike' } } });
      }
      expect((await call(1, 'POST', path, { kind: 'Hash', hash: newHash(), externalId: 'another' })).status).toBe(200);
    });

    test('a request that the other server could not make fails for the repeat as well, and leaves the id free', async () => {
      const path = `/wallets/${await newWallet(0)}/signatures`;
      const body = { kind: 'Hash', hash: newHash(), externalId: 'fails first' };
      for (const signer of network.signers) signer.refuses.set('sign', 'signature/failed');
      const answers = await numbered(2, (i) => call(i, 'POST', path, body));
      for (const { status } of answers) expect(status).toBeGreaterThanOrEqual(500);
      for (const signer of network.signers) signer.refuses.delete('sign');
      await until(async () => (await call(1, 'POST', path, body)).status === 200);
    });
  });
});

test.skipIf(postgresUrl === undefined)(`an act whose server dies while it is under way is finished by the other ${withPostgres}`, async () => {
  await using network = await startNetwork({
    hooks: {
      durable(step) {
        if (step === 'act/pending') throw new Error('died');
      },
    },
  });
  const other = await network.join({});
  const act = (url: string, name: string) => signedCall(url, network.admin, 'POST', '/auth/service-accounts', { name, publicKey: newKey().pem });
  expect((await act(network.server.url, 'left behind')).status).toBe(500);
  await network.server.stop();
  for (const end = Date.now() + 60_000; network.signers.some((signer) => signer.state().head.number < 1); ) {
    expect(Date.now()).toBeLessThan(end);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const { body } = await act(other.url, 'after it');
  expect(body.certified.number).toBe(2);
  const { items } = (await request(other.url, 'GET', '/auth/service-accounts', { token: network.admin.token })).body;
  expect(JSON.stringify(items)).toContain('left behind');
});
