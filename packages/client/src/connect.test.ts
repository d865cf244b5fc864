import { createPublicKey, verify } from 'node:crypto';
import { b64url, getOrganisation, getWallet, listWallets, updateOrganisationSettings } from '@quorate/wire';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ApiError } from './api-error.ts';
import { connect, type Connection } from './connect.ts';
import { genesisHash, type HostileServer, orgId, startHostileServer } from './hostile-server.test-kit.ts';
import { keySigner } from './key-signer.ts';
import { newNetwork } from './network.test-kit.ts';

const credId = 'cred-1';
const algorithms = { Ed25519: 'Ed25519', 'P-256': { name: 'ECDSA', namedCurve: 'P-256' } } as const;
const generate = (algorithm: AlgorithmIdentifier | EcKeyGenParams) => crypto.subtle.generateKey(algorithm, false, ['sign', 'verify']) as Promise<CryptoKeyPair>;

let server: HostileServer;
let pair: CryptoKeyPair;
let connection: Connection;
beforeAll(async () => {
  server = await startHostileServer(credId);
  pair = await generate('Ed25519');
});
afterAll(() => server[Symbol.asyncDispose]());
beforeEach(() => {
  server.signed.length = 0;
  server.calls.length = 0;
  server.reply = { status: 200, body: { exportEnabled: true } };
  connection = connect({ baseUrl: server.baseUrl, authToken: 'a.b.c', orgId, genesisHash, signer: keySigner({ credId, privateKey: pair.privateKey }) });
});

test('a signed call that the stock SDK does not have', async () => {
  await expect(connection.call(updateOrganisationSettings, { body: { exportEnabled: true } })).resolves.toEqual({ exportEnabled: true });
  expect(server.calls).toEqual([{ method: 'PUT', url: '/organisation/settings', body: '{"exportEnabled":true}', userAction: 'a-token' }]);
  expect(server.signed).toHaveLength(1);
});

test('a challenge over another body is not signed, and the next good call works', async () => {
  server.lie(() => ({ payloadHash: genesisHash }));
  await expect(connection.call(updateOrganisationSettings, { body: { exportEnabled: false } })).rejects.toMatchObject({ code: 'guard/foreign-challenge' });
  expect(server.signed).toEqual([]);
  await expect(connection.call(updateOrganisationSettings, { body: { exportEnabled: true } })).resolves.toEqual({ exportEnabled: true });
});

test('a read takes its path, its query and no signature', async () => {
  const { genesis } = newNetwork();
  server.reply = { status: 200, body: { orgId, genesis, genesisHash, exportEnabled: false, head: { number: 0, hash: genesisHash } } };
  expect((await connection.call(getOrganisation)).genesis).toEqual(genesis);
  server.reply = { status: 200, body: { items: [] } };
  await connection.call(listWallets, { query: { limit: 5, owner: 'a b&c' } });
  expect(server.calls.map(({ url }) => url)).toEqual(['/organisation', '/wallets?limit=5&owner=a%20b%26c']);
});

test('a refusal of the server is thrown with its code, anything else with its status', async () => {
  server.reply = { status: 404, body: { error: { id: '1', status: 404, code: 'wallet/unknown', message: 'wallet not found', details: { walletId: 'wa-x' } } } };
  await expect(connection.call(getWallet, { params: { walletId: 'x' } })).rejects.toMatchObject({
    name: 'Refusal',
    code: 'wallet/unknown',
    detail: { walletId: 'wa-x' },
  });
  server.reply = { status: 502, body: 'bad gateway' };
  await expect(connection.call(getWallet, { params: { walletId: 'x' } })).rejects.toMatchObject({ name: 'ApiError', status: 502 });
  server.reply = { status: 200, body: { id: 7 } };
  await expect(connection.call(getWallet, { params: { walletId: 'x' } })).rejects.toBeInstanceOf(ApiError);
});

test.each(['guard/foreign-challenge', 'guard/unknown-call', 'share/wrong-key', 'answer/invalid', 'genesis/invalid'])(
  'a server that claims the client’s own finding %s after it got a signature is not believed',
  async (code) => {
    server.reply = { status: 403, body: { error: { id: '1', status: 403, code, message: 'Nothing was signed.', details: {} } } };
    const error = await connection.call(updateOrganisationSettings, { body: { exportEnabled: true } }).catch((thrown: unknown) => thrown);
    expect(server.signed).toHaveLength(1);
    expect(error).toMatchObject({ name: 'ApiError', status: 403 });
  },
);

test('without a signer nothing is signed', async () => {
  const reader = connect({ baseUrl: server.baseUrl, authToken: 'a.b.c' });
  await expect(reader.call(updateOrganisationSettings, { body: { exportEnabled: true } })).rejects.toMatchObject({ code: 'action/missing' });
});

describe('the key signer', () => {
  const challenge = { challenge: 'abc', allowCredentials: { key: [{ type: 'public-key' as const, id: credId }], webauthn: [] } };
  test.each(Object.entries(algorithms))('%s signs as the stock signer does', async (_, algorithm) => {
    const { privateKey, publicKey } = await generate(algorithm);
    const key = createPublicKey({ key: new Uint8Array(await crypto.subtle.exportKey('spki', publicKey)) as never, format: 'der', type: 'spki' });
    for (let i = 0; i < 40; i++) {
      const { credentialAssertion } = await keySigner({ credId, privateKey }).sign(challenge as never);
      const clientData = b64url.decode(credentialAssertion.clientData);
      expect(new TextDecoder().decode(clientData)).toBe('{"type":"key.get","challenge":"abc"}');
      expect(verify(algorithm === 'Ed25519' ? null : 'sha256', clientData, key, b64url.decode(credentialAssertion.signature))).toBe(true);
    }
  });

  test('a credential that the server does not list is not used', async () => {
    const signer = keySigner({ credId: 'another', privateKey: pair.privateKey });
    await expect(signer.sign(challenge as never)).rejects.toMatchObject({ code: 'action/credential-unknown' });
  });

  test('keys it cannot sign with are refused at once', async () => {
    expect(() => keySigner({ credId, privateKey: pair.publicKey })).toThrow(TypeError);
    const { privateKey } = await generate({ name: 'ECDSA', namedCurve: 'P-384' } as EcKeyGenParams);
    expect(() => keySigner({ credId, privateKey })).toThrow(TypeError);
  });
});
