/** The unmodified SDK and key signer, over real HTTP, against a server that lies. */
import { generateKeyPairSync } from 'node:crypto';
import { DfnsApiClient, DfnsDelegatedApiClient } from '@dfns/sdk';
import { AsymmetricKeySigner } from '@dfns/sdk-keysigner';
import { b64url, deriveId, Evidence, payloadHashOf, type Statement, utf8 } from '@quorate/wire';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createExportContext } from './export-context.ts';
import { guard } from './guard.ts';
import { genesisHash, type HostileServer, orgId, startHostileServer, userId } from './hostile-server.test-kit.ts';

const credId = 'cred-1';
const privateKey = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const walletId = deriveId('wa', 0, 'test');
const body = createExportContext().request();

let server: HostileServer;
let stock: DfnsApiClient;
let client: DfnsApiClient;
beforeAll(async () => {
  server = await startHostileServer(credId);
});
afterAll(() => server[Symbol.asyncDispose]());
beforeEach(() => {
  server.signed.length = 0;
  server.calls.length = 0;
  stock = new DfnsApiClient({ baseUrl: server.baseUrl, authToken: 'a.b.c', signer: new AsymmetricKeySigner({ credId, privateKey }) });
  client = guard(stock, { orgId, userId, genesisHash });
});

async function worksNow(): Promise<void> {
  const calls = server.calls.length;
  await expect(client.wallets.exportWallet({ walletId, body })).resolves.toEqual({ ok: true });
  expect(server.calls.slice(calls)).toEqual([{ method: 'POST', url: `/wallets/${walletId}/export`, body: JSON.stringify(body), userAction: 'a-token' }]);
}

const foreign = { ...body, encryptionKey: 'AQLgir0/4iYALDmmjDKaqPuw9115tU5so3u15gWq8QiMiQ==' };
const yesterday = 86_400_000;
test.each<[string, (statement: Statement) => Partial<Statement>]>([
  ['payloadHash', () => ({ payloadHash: payloadHashOf(JSON.stringify(foreign)) })],
  ['path', () => ({ path: `/wallets/${deriveId('wa', 0, 'other')}/export` })],
  ['path', ({ path }) => ({ path: `${path}?force=true` })],
  ['method', () => ({ method: 'PUT' })],
  ['orgId', () => ({ orgId: deriveId('or', 0, 'other') })],
  ['userId', () => ({ userId: deriveId('us', 0, 'other') })],
  ['genesisHash', () => ({ genesisHash: payloadHashOf('another') })],
  ['issuedAt', ({ issuedAt, expiresAt }) => ({ issuedAt: String(Number(issuedAt) - yesterday), expiresAt: String(Number(expiresAt) - yesterday) })],
  ['issuedAt', ({ issuedAt, expiresAt }) => ({ issuedAt: String(Number(issuedAt) + yesterday), expiresAt: String(Number(expiresAt) + yesterday) })],
  ['issuedAt', ({ expiresAt }) => ({ expiresAt: String(Number(expiresAt) + yesterday) })],
])('a challenge over another %s is not signed, and the next good call works', async (mismatch, lie) => {
  server.lie(lie);
  await expect(client.wallets.exportWallet({ walletId, body })).rejects.toMatchObject({ code: 'guard/foreign-challenge', detail: { mismatch } });
  expect(server.signed).toEqual([]);
  expect(server.calls).toEqual([]);
  await worksNow();
});

test('the stock client signs all of that: this is what the guard is for', async () => {
  server.lie(() => ({ payloadHash: payloadHashOf(JSON.stringify(foreign)) }));
  await stock.wallets.exportWallet({ walletId, body });
  expect(server.signed).toHaveLength(1);
});

test.each<[string, (init: Record<string, unknown>) => Record<string, unknown>]>([
  ['a statement that is true, beside a challenge of something else', (init) => ({ ...init, challenge: 'ffB9JmNy-TdxYAVgLiARW0zrNWa10fuNdvUAmfWqRU8' })],
  ['no statement', ({ statement: _, ...init }) => init],
  ['a statement with a member more', (init) => ({ ...init, statement: { ...(init['statement'] as object), more: '1' } })],
])('%s is not signed, and the next good call works', async (_, swap) => {
  server.swap(swap);
  await expect(client.wallets.exportWallet({ walletId, body })).rejects.toMatchObject({ code: 'guard/foreign-challenge' });
  expect(server.signed).toEqual([]);
  await worksNow();
});

test('an older head than was seen is not signed', async () => {
  await worksNow();
  server.lie(() => ({ headNumber: '6' }));
  await expect(client.wallets.exportWallet({ walletId, body })).rejects.toMatchObject({ detail: { mismatch: 'headNumber' } });
  await worksNow();
});

test('a challenge shown for two equal calls is signed for one, also when they are made at once', async () => {
  const create = () => client.wallets.createWallet({ body: { network: 'Ethereum' } });
  const again = { nonce: payloadHashOf('once'), issuedAt: String(Date.now()) };
  const repeated = () => ({ ...again, expiresAt: String(Number(again.issuedAt) + 300_000) });
  server.lie(repeated);
  await create();
  server.lie(repeated);
  await expect(create()).rejects.toMatchObject({ code: 'guard/foreign-challenge', detail: { mismatch: 'nonce' } });
  expect(server.signed).toHaveLength(1);
  await Promise.all([create(), create()]);
  expect(server.signed).toHaveLength(3);
});

test('every signed call of the table goes through as the SDK sends it', async () => {
  const keyId = deriveId('key', 0, 'test');
  const permissionId = deriveId('pm', 0, 'test');
  const hash = { kind: 'Hash' as const, hash: 'ab'.repeat(32) };
  await client.wallets.createWallet({ body: { network: 'Ethereum', name: 'Müller „ß“', tags: undefined } });
  await client.wallets.generateSignature({ walletId, body: hash });
  await client.keys.createKey({ body: { scheme: 'ECDSA', curve: 'secp256k1' } });
  await client.keys.generateSignature({ keyId, body: hash });
  await client.keys.exportKey({ keyId, body });
  await client.auth.createServiceAccount({ body: { name: 'svc', publicKey: 'pem' } });
  await client.permissions.createPermission({ body: { name: 'p', operations: ['Wallets:Read'] } });
  await client.permissions.createAssignment({ permissionId, body: { identityId: userId } });
  expect(server.signed).toHaveLength(8);
  expect(server.calls.map(({ method, url }) => `${method} ${url}`)).toEqual([
    'POST /wallets',
    `POST /wallets/${walletId}/signatures`,
    'POST /keys',
    `POST /keys/${keyId}/signatures`,
    `POST /keys/${keyId}/export`,
    'POST /auth/service-accounts',
    'POST /permissions',
    `POST /permissions/${permissionId}/assignments`,
  ]);
  expect(server.calls[0]?.body).toBe('{"network":"Ethereum","name":"Müller „ß“"}');
});

test('reads need no signature and go through, of known calls and unknown ones', async () => {
  await client.wallets.listWallets({ query: { limit: 5 } });
  await client.wallets.getWallet({ walletId });
  await client.policies.listPolicies();
  expect(server.calls.map(({ url }) => url)).toEqual(['/wallets?limit=5', `/wallets/${walletId}`, '/v2/policies']);
});

test('a call that the table does not have is not signed', async () => {
  await expect(client.wallets.activateWallet({ walletId, body: {} as never })).rejects.toMatchObject({ code: 'guard/unknown-call' });
  await expect(client.keys.deriveKey({ keyId: deriveId('key', 0, 'test'), body: { domain: '', seed: '' } })).rejects.toMatchObject({
    code: 'guard/unknown-call',
  });
  await expect(client.auth.createCredentialCode({ body: { expiration: '2030-01-01T00:00:00.000Z' } })).rejects.toMatchObject({ code: 'guard/unknown-call' });
  expect(server.signed).toEqual([]);
  await worksNow();
});

describe('an id that is none', () => {
  test('dots that would climb out of the path are not signed', async () => {
    await expect(client.wallets.exportWallet({ walletId: '..', body })).rejects.toMatchObject({
      code: 'guard/foreign-challenge',
      detail: { mismatch: 'path' },
    });
    expect(server.signed).toEqual([]);
    await worksNow();
  });

  test('a missing one is refused before anything is asked', async () => {
    await expect(client.wallets.exportWallet({ body } as never)).rejects.toMatchObject({ code: 'request/invalid', detail: { member: 'walletId' } });
    expect(server.calls).toEqual([]);
    await worksNow();
  });

  test('a slash is signed as the SDK encodes it', async () => {
    await client.wallets.exportWallet({ walletId: 'a/b?c', body });
    expect(server.calls[0]?.url).toBe('/wallets/a%2Fb%3Fc/export');
  });
});

test('the guarded client is of the same class, and its signer cannot be reached through it', async () => {
  expect(client).toBeInstanceOf(DfnsApiClient);
  const options = (client as unknown as { apiOptions: { signer: { sign(challenge: unknown): Promise<unknown> } } }).apiOptions;
  await expect(options.signer.sign({})).rejects.toMatchObject({ code: 'guard/unknown-call' });
  const area = (client.wallets as unknown as { apiOptions: typeof options }).apiOptions;
  await expect(area.signer.sign({})).rejects.toMatchObject({ code: 'guard/unknown-call' });
});

test('a client without a signer fails as the SDK says', async () => {
  const reader = guard(new DfnsApiClient({ baseUrl: server.baseUrl, authToken: 'a.b.c' }), { orgId });
  await expect(reader.wallets.exportWallet({ walletId, body })).rejects.toMatchObject({ httpStatus: -1 });
});

test('a delegated client, whose challenges somebody else signs, is not taken for guarded', async () => {
  const delegated = new DfnsDelegatedApiClient({ baseUrl: server.baseUrl, authToken: 'a.b.c' }) as unknown as DfnsApiClient;
  expect(() => guard(delegated, { orgId, genesisHash })).toThrow(TypeError);
  await worksNow();
});

test('what was signed is handed to the caller as evidence', async () => {
  const actions: Evidence[] = [];
  const watched = guard(stock, { orgId, genesisHash, onAction: (evidence) => actions.push(evidence) });
  await watched.wallets.exportWallet({ walletId, body });
  const evidence = Evidence.parse(actions[0]);
  expect(evidence).toMatchObject({
    kind: 'Key',
    credId,
    payload: JSON.stringify(body),
    statement: { orgId, method: 'POST', path: `/wallets/${walletId}/export` },
  });
  expect(JSON.parse(utf8.decode(b64url.decode(evidence.clientData)))).toMatchObject({ type: 'key.get' });
});
