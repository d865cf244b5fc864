import { genesisRoster } from '@quorate/authority';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { formatEncryptionKey } from '@quorate/wire';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDatabase } from './db.ts';
import { request, signedCall, startNetwork, type TestNetwork } from './network.test-kit.ts';
import { createReceipts } from './receipts.ts';

// These signers are of a version that states no authorizations.
let network: TestNetwork;
beforeAll(async () => {
  network = await startNetwork();
});
afterAll(() => network[Symbol.asyncDispose]());

const call = (method: string, path: string, body: unknown) => signedCall(network.server.url, network.admin, method, path, body);
const read = (path: string) => request(network.server.url, 'GET', path, { token: network.admin.token });

test('an export by signers that state no authorizations answers as ever, and its receipt says what is missing', async () => {
  expect((await call('PUT', '/organisation/settings', { exportEnabled: true })).status).toBe(200);
  const { id, signingKey } = (await call('POST', '/wallets', { network: 'Ethereum' })).body;
  expect(await read(`/wallets/${id}/export/receipt`)).toMatchObject({ status: 404, body: { error: { code: 'export/none' } } });
  const encryptionKey = formatEncryptionKey(secp256k1.getPublicKey(secp256k1.utils.randomSecretKey()));
  const { status, body } = await call('POST', `/wallets/${id}/export`, { encryptionKey, supportedSchemes: [{ protocol: 'CGGMP21', curve: 'secp256k1' }] });
  expect(status).toBe(200);
  const details = { requests: 1, authorizations: 0, releases: 5, tombstones: 5, needed: 3 };
  for (const path of [`/wallets/${id}/export/receipt`, `/keys/${signingKey.id}/export/receipt?full=true`]) {
    expect(await read(path)).toMatchObject({ status: 409, body: { error: { code: 'receipt/incomplete', details } } });
  }
  expect((await read(`/wallets/${id}/export`)).body).toEqual(body);
});

test('requests that were stored before receipts are no pieces of one', async () => {
  const { db } = await openDatabase({ kind: 'pglite', dir: 'memory' }, { debug() {}, info() {}, warn() {}, error() {} } as never);
  try {
    const keyId = 'key-00000-00000-0000000000000000' as never;
    const challenge = 'A'.repeat(43) as never;
    const owner = { owner_id: 'us' as never, name: null, created_at: 0, exported_at: null };
    await db
      .insertInto('keys')
      .values({ id: keyId, scheme: 'ECDSA', curve: 'secp256k1', public_key: '02', certificate: '{}', challenge, ...owner })
      .execute();
    await db
      .insertInto('exports')
      .values({ challenge, key_id: keyId, encryption_key: 'E', user_id: 'us' as never, requested_at: 0 } as never)
      .execute();
    const receipts = createReceipts({ db, roster: () => genesisRoster(network.genesis, '00'.repeat(32)) });
    expect(await receipts.pieces(keyId, [challenge])).toEqual({ requests: [], authorizations: [] });
  } finally {
    await db.destroy();
  }
});
