/** The HTTP edge against callers who mean harm: many at once, text that no database takes, and queries made of SQL. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { assertion, request, signedCall, startNetwork, type TestNetwork, userAction } from './network.test-kit.ts';

let network: TestNetwork;
let url: string;
beforeAll(async () => {
  network = await startNetwork();
  url = network.server.url;
});
afterAll(() => network[Symbol.asyncDispose]());

const call = (path: string, body: unknown) => signedCall(url, network.admin, 'POST', path, body);
const read = (path: string) => request(url, 'GET', path, { token: network.admin.token });
const twenty = <T>(make: (i: number) => T): T[] => Array.from({ length: 20 }, (_, i) => make(i));
const hash = 'ab'.repeat(32);
const codes = (answers: readonly { status: number; body: { error?: { code: string } } }[]): string[] =>
  answers.map(({ status, body }) => body.error?.code ?? String(status)).sort();

describe('twenty at once', () => {
  test('with one user action have one effect', async () => {
    const before = (await read('/wallets?limit=100')).body.items.length;
    const body = JSON.stringify({ network: 'Ethereum' });
    const action = await userAction(url, network.admin, 'POST', '/wallets', body);
    const answers = await Promise.all(twenty(() => request(url, 'POST', '/wallets', { token: network.admin.token, userAction: action.body.userAction, body })));
    expect(codes(answers)).toEqual(['200', ...Array.from({ length: 19 }, () => 'action/used')]);
    expect((await read('/wallets?limit=100')).body.items).toHaveLength(before + 1);
  });

  test('with one assertion get one token', async () => {
    const { token } = network.admin;
    const asked = { userActionPayload: '{"network":"Ethereum"}', userActionHttpMethod: 'POST', userActionHttpPath: '/wallets' };
    const begun = await request(url, 'POST', '/auth/action/init', { token, body: JSON.stringify(asked) });
    const body = JSON.stringify(assertion(network.admin, begun.body));
    expect(codes(await Promise.all(twenty(() => request(url, 'POST', '/auth/action', { token, body }))))).toEqual([
      '200',
      ...Array.from({ length: 19 }, () => 'action/used'),
    ]);
  });

  test('with one external id and one body get one signature', async () => {
    const { body: wallet } = await call('/wallets', { network: 'Ethereum' });
    const answers = await Promise.all(twenty(() => call(`/wallets/${wallet.id}/signatures`, { kind: 'Hash', hash, externalId: 'one of twenty' })));
    expect(answers.map(({ body }) => body.status)).toEqual(twenty(() => 'Signed'));
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect((await read(`/wallets/${wallet.id}/signatures`)).body.items).toHaveLength(1);
  });

  test('with one external id and twenty bodies get one signature, and nineteen hear whose it is', async () => {
    const { body: wallet } = await call('/wallets', { network: 'Ethereum' });
    const answers = await Promise.all(
      twenty((i) => call(`/wallets/${wallet.id}/signatures`, { kind: 'Hash', hash: String(10 + i).repeat(32), externalId: 'twenty bodies' })),
    );
    expect(codes(answers)).toEqual(['200', ...Array.from({ length: 19 }, () => 'external-id/conflict')]);
  });
});

describe('text that no database takes', () => {
  test.each([
    ['a wallet’s name', '/wallets', { network: 'Ethereum', name: 'a\u0000b' }],
    ['a wallet’s external id', '/wallets', { network: 'Ethereum', externalId: 'a\u0000b' }],
    ['a key’s name', '/keys', { scheme: 'ECDSA', curve: 'secp256k1', name: 'a\u0000b' }],
    ['half a character', '/wallets', { network: 'Ethereum', name: 'a\ud800' }],
  ])('as %s is refused before any signer makes a key', async (_, path, body) => {
    const heard = network.signers.map((signer) => signer.heard.filter((kind) => kind === 'keygen').length);
    expect(await call(path, body)).toMatchObject({ status: 400, body: { error: { code: 'request/invalid' } } });
    expect(network.signers.map((signer) => signer.heard.filter((kind) => kind === 'keygen').length)).toEqual(heard);
    expect(await call('/wallets', { network: 'Ethereum', name: 'Müller 🦀', externalId: 'ok' })).toMatchObject({ status: 200, body: { name: 'Müller 🦀' } });
  });

  test('as a signature’s external id is refused, and the next one is made', async () => {
    const { body: wallet } = await call('/wallets', { network: 'Ethereum' });
    expect(await call(`/wallets/${wallet.id}/signatures`, { kind: 'Hash', hash, externalId: 'a\u0000b' })).toMatchObject({
      status: 400,
      body: { error: { code: 'request/invalid' } },
    });
    expect((await call(`/wallets/${wallet.id}/signatures`, { kind: 'Hash', hash, externalId: 'ab' })).status).toBe(200);
  });
});

test('text made of SQL is a name like any other', async () => {
  const name = "'; drop table wallets; --";
  const { body: wallet } = await call('/wallets', { network: 'Ethereum', name, externalId: name });
  expect((await read(`/wallets/${wallet.id}`)).body).toMatchObject({ name, externalId: name });
  expect((await read(`/wallets?owner=${encodeURIComponent("' or 1=1 --")}`)).body.items).toEqual([]);
});

test('a stop with signatures under way and no signer left answers each of them in JSON', async () => {
  const { body: wallet } = await call('/wallets', { network: 'Ethereum' });
  const asked = network.signers.flatMap((signer) => signer.heard.filter((kind) => kind === 'sign')).length;
  const signatures = Array.from({ length: 3 }, () => call(`/wallets/${wallet.id}/signatures`, { kind: 'Hash', hash }));
  for (const signer of network.signers) signer.holds.add('sign');
  const heard = () => network.signers.flatMap((signer) => signer.heard.filter((kind) => kind === 'sign')).length;
  while (heard() < asked + 9) await new Promise((resolve) => setTimeout(resolve, 10));
  const restarted = network.restart();
  // Whether the last look at the signers was before or after the line was closed.
  for (const code of codes(await Promise.all(signatures))) expect(['signers/unavailable', 'signature/failed']).toContain(code);
  url = (await restarted).url;
  for (const signer of network.signers) signer.holds.clear();
  expect((await call('/wallets', { network: 'Ethereum' })).status).toBe(200);
});
