import { secp256k1 } from '@noble/curves/secp256k1.js';
import { formatEncryptionKey } from '@quorate/wire';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type FakeSigner, request, signedCall, startNetwork, type TestNetwork } from './network.test-kit.ts';

let network: TestNetwork;
let url: string;
beforeAll(async () => {
  network = await startNetwork();
  url = network.server.url;
});
afterAll(() => network[Symbol.asyncDispose]());

const supportedSchemes = [{ protocol: 'CGGMP21', curve: 'secp256k1' }];
const newEncryptionKey = () => formatEncryptionKey(secp256k1.getPublicKey(secp256k1.utils.randomSecretKey()));
const call = (method: string, path: string, body: unknown, account = network.admin) => signedCall(url, account, method, path, body);
const newWallet = async () => (await call('POST', '/wallets', { network: 'Ethereum' })).body;
const read = (path: string, account = network.admin) => request(url, 'GET', path, { token: account.token });
const exportIt = (walletId: string, encryptionKey = newEncryptionKey()) => call('POST', `/wallets/${walletId}/export`, { encryptionKey, supportedSchemes });
/** The answer once so many signers' pieces are in it: it waits for those beyond the threshold for a second only. */
async function exportedBy(count: number, walletId: string, encryptionKey = newEncryptionKey()) {
  const { status, body } = await exportIt(walletId, encryptionKey);
  expect({ status, body }).toMatchObject({ status: 200 });
  expect(body.encryptedKeyShares.length).toBeGreaterThanOrEqual(3);
  if (body.encryptedKeyShares.length === count) return body;
  const last = async () => (await read(`/wallets/${walletId}/export`)).body;
  await expect.poll(async () => (await last()).encryptedKeyShares.length).toBe(count);
  return last();
}
const some = (...places: number[]): FakeSigner[] => network.signers.filter((_, i) => places.includes(i));
const look = () => new Promise((resolve) => setTimeout(resolve, 2_100));

test('export is refused until a signed act switches it on, and the refusal says how', async () => {
  const { id } = await newWallet();
  const refused = await exportIt(id);
  expect(refused).toMatchObject({ status: 403, body: { error: { code: 'export/disabled' } } });
  expect(refused.body.error.message).toContain('/organisation/settings');
  expect((await call('PUT', '/organisation/settings', { exportEnabled: true })).status).toBe(200);
  expect((await exportIt(id)).status).toBe(200);
});

describe('an export', () => {
  let wallet: { id: string; signingKey: { id: string; publicKey: string } };
  beforeEach(async () => {
    wallet = await newWallet();
  });

  test('answers as Dfns does, with every signer’s piece and our proofs beside', async () => {
    const body = await exportedBy(5, wallet.id);
    expect(body).toMatchObject({ publicKey: wallet.signingKey.publicKey, protocol: 'CGGMP21', curve: 'secp256k1', minSigners: 3, wallets: [wallet.id] });
    expect(body.encryptedKeyShares.map(({ signerId }: { signerId: string }) => signerId)).toEqual(network.genesis.signers.map(({ id }) => id));
    expect(body.encryptedShares).toEqual(body.encryptedKeyShares);
    expect(body.releases).toHaveLength(5);
    expect(new Set(body.tombstones.map(({ signerId }: { signerId: string }) => signerId)).size).toBe(5);
  });

  test('marks wallet and key as exported, and ends their signing', async () => {
    await exportIt(wallet.id);
    expect((await read(`/wallets/${wallet.id}`)).body).toMatchObject({ exported: true, dateExported: expect.any(String), status: 'Active' });
    expect((await read(`/keys/${wallet.signingKey.id}`)).body).toMatchObject({ exported: true });
    const refused = await call('POST', `/wallets/${wallet.id}/signatures`, { kind: 'Hash', hash: 'ab'.repeat(32) });
    expect(refused).toMatchObject({
      status: 403,
      body: { error: { code: 'key/retired', details: { keyId: wallet.signingKey.id, dateExported: expect.any(String) } } },
    });
  });

  test('can be fetched again by who asked for it, and by nobody else', async () => {
    expect(await read(`/wallets/${wallet.id}/export`)).toMatchObject({ status: 404, body: { error: { code: 'export/none' } } });
    const body = await exportedBy(5, wallet.id);
    expect((await read(`/wallets/${wallet.id}/export`)).body).toEqual(body);
    expect((await read(`/keys/${wallet.signingKey.id}/export`)).body).toEqual(body);
    expect(await read(`/wallets/${wallet.id}/export`, network.otherAdmin)).toMatchObject({ status: 404, body: { error: { code: 'export/none' } } });
  });

  test('by key is the same', async () => {
    const { status, body } = await call('POST', `/keys/${wallet.signingKey.id}/export`, { encryptionKey: newEncryptionKey(), supportedSchemes });
    expect(status).toBe(200);
    expect(body.wallets).toEqual([wallet.id]);
  });

  test.each([
    ['too short', Buffer.concat([Buffer.of(1), Buffer.alloc(32, 2)]).toString('base64')],
    ['the identity', Buffer.concat([Buffer.of(1), Buffer.alloc(33)]).toString('base64')],
    ['of version 0', Buffer.concat([Buffer.of(0), secp256k1.getPublicKey(secp256k1.utils.randomSecretKey())]).toString('base64')],
    ['of version 2', Buffer.concat([Buffer.of(2), secp256k1.getPublicKey(secp256k1.utils.randomSecretKey())]).toString('base64')],
    ['off the curve', Buffer.concat([Buffer.of(1, 2), Buffer.alloc(32, 0xff)]).toString('base64')],
    ['with trailing bytes', Buffer.concat([Buffer.of(1), secp256k1.getPublicKey(secp256k1.utils.randomSecretKey()), Buffer.of(0)]).toString('base64')],
    ['no base64', '!'.repeat(48)],
  ])('to an encryption key that is %s is refused, and no signer hears of it', async (_, encryptionKey) => {
    const heard = network.signers.map((signer) => signer.heard.filter((kind) => kind === 'export').length);
    expect(await exportIt(wallet.id, encryptionKey)).toMatchObject({ status: 400, body: { error: { code: 'export/encryption-key' } } });
    expect(network.signers.map((signer) => signer.heard.filter((kind) => kind === 'export').length)).toEqual(heard);
  });

  test('to a client that reads no scheme of the key is refused', async () => {
    const body = { encryptionKey: newEncryptionKey(), supportedSchemes: [{ protocol: 'FROST', curve: 'ed25519' }] };
    expect(await call('POST', `/wallets/${wallet.id}/export`, body)).toMatchObject({ status: 400, body: { error: { code: 'export/scheme' } } });
  });

  test('with two signers away answers with three pieces, and the others come later', async () => {
    for (const signer of some(0, 1)) signer.down = true;
    await look();
    const encryptionKey = newEncryptionKey();
    const { status, body } = await exportIt(wallet.id, encryptionKey);
    expect(status).toBe(200);
    expect(body.encryptedKeyShares).toHaveLength(3);
    for (const signer of some(0, 1)) signer.down = false;
    expect((await exportedBy(5, wallet.id, encryptionKey)).encryptedKeyShares).toHaveLength(5);
    expect((await read(`/wallets/${wallet.id}/export`)).body.encryptedKeyShares).toHaveLength(5);
  });

  test('keeps the pieces it has: a repeat gets the same ciphertexts', async () => {
    const encryptionKey = newEncryptionKey();
    const first = await exportedBy(5, wallet.id, encryptionKey);
    const again = await exportedBy(5, wallet.id, encryptionKey);
    expect(again.encryptedKeyShares).toEqual(first.encryptedKeyShares);
    expect(again.releases).toEqual(first.releases);
    const other = await exportedBy(5, wallet.id);
    expect(other.encryptedKeyShares).not.toEqual(first.encryptedKeyShares);
  });

  test('with three signers away is refused and names them, before any signer is asked', async () => {
    for (const signer of some(0, 1, 2)) signer.down = true;
    await look();
    const heard = some(3, 4).map((signer) => signer.heard.filter((kind) => kind === 'export').length);
    expect(await exportIt(wallet.id)).toMatchObject({
      status: 503,
      body: { error: { code: 'signers/unavailable', details: { missing: some(0, 1, 2).map(({ id }) => id) } } },
    });
    expect(some(3, 4).map((signer) => signer.heard.filter((kind) => kind === 'export').length)).toEqual(heard);
    for (const signer of some(0, 1, 2)) signer.down = false;
    await look();
    expect((await call('POST', `/wallets/${wallet.id}/signatures`, { kind: 'Hash', hash: 'ab'.repeat(32) })).status).toBe(200);
  });

  test('that signers leave undecided is a 503 and leaves the key signing', async () => {
    for (const signer of network.signers) signer.refuses.set('export', 'export/undecided');
    expect(await exportIt(wallet.id)).toMatchObject({ status: 503, body: { error: { code: 'export/undecided' } } });
    for (const signer of network.signers) signer.refuses.clear();
    expect((await call('POST', `/wallets/${wallet.id}/signatures`, { kind: 'Hash', hash: 'ab'.repeat(32) })).status).toBe(200);
  });

  test('that only two have released is unfinished, and a retry finishes it', async () => {
    for (const signer of some(0, 1, 2)) signer.refuses.set('export', 'signers/busy');
    const encryptionKey = newEncryptionKey();
    expect(await exportIt(wallet.id, encryptionKey)).toMatchObject({
      status: 503,
      body: { error: { code: 'export/unfinished', details: { missing: some(0, 1, 2).map(({ id }) => id) } } },
    });
    expect((await read(`/wallets/${wallet.id}`)).body.exported).toBe(true);
    for (const signer of network.signers) signer.refuses.clear();
    expect((await exportedBy(5, wallet.id, encryptionKey)).encryptedKeyShares).toHaveLength(5);
  });

  test.each([
    ['in the year 1970', { time: 0 }],
    ['at a time that no date can be', { time: Number.MAX_SAFE_INTEGER }],
    ['with a ciphertext that no database takes', { time: 1_795_339_200_000, encryptedKeyShare: 'AA\u0000A' }],
  ])('of which fewer than a quorum say that it happened, %s, leaves the key signing', async (_, invented) => {
    for (const signer of some(1, 2, 3, 4)) signer.refuses.set('export', 'export/undecided');
    for (const signer of some(0)) signer.inventsRetirement = invented;
    expect(await exportIt(wallet.id)).toMatchObject({ status: 503 });
    for (const signer of network.signers) signer.refuses.clear();
    expect((await read(`/wallets/${wallet.id}`)).body).toMatchObject({ exported: false });
    expect((await call('POST', `/wallets/${wallet.id}/signatures`, { kind: 'Hash', hash: 'ab'.repeat(32) })).status).toBe(200);
    // And the same liar does not stop an export on which the others agree, nor spoil what is read ever after.
    expect(await exportIt(wallet.id)).toMatchObject({ status: 200 });
    for (const signer of some(0)) signer.inventsRetirement = null;
    const { exported, dateExported, dateCreated } = (await read(`/wallets/${wallet.id}`)).body;
    expect(exported).toBe(true);
    expect(Date.parse(dateExported)).toBeGreaterThanOrEqual(Date.parse(dateCreated));
    expect(Date.parse(dateExported)).toBeLessThanOrEqual(Date.now());
    expect((await read('/wallets')).status).toBe(200);
  });

  test('passes a lying signer’s release on, but does not count it', async () => {
    const [liar] = some(4);
    if (liar === undefined) throw new Error('unreachable');
    liar.lies = true;
    expect((await exportedBy(5, wallet.id)).releases).toHaveLength(5);
    const second = await newWallet();
    for (const signer of some(0, 1)) signer.refuses.set('export', 'signers/busy');
    expect(await exportIt(second.id)).toMatchObject({ status: 503, body: { error: { code: 'export/unfinished' } } });
    for (const signer of network.signers) signer.refuses.clear();
    liar.lies = false;
  });

  test('that one or two signers claim alone retires nothing: the key is not exported and signs', async () => {
    const liars = some(3, 4);
    for (const liar of liars) liar.lies = true;
    for (const signer of some(0, 1, 2)) signer.refuses.set('export', 'export/undecided');
    expect((await exportIt(wallet.id)).status).toBe(503);
    expect((await exportIt(wallet.id)).status).toBe(503);
    for (const signer of network.signers) signer.refuses.clear();
    for (const liar of liars) liar.lies = false;
    expect((await read(`/wallets/${wallet.id}`)).body).toMatchObject({ exported: false });
    expect((await call('POST', `/wallets/${wallet.id}/signatures`, { kind: 'Hash', hash: 'ab'.repeat(32) })).status).toBe(200);
  });
});
