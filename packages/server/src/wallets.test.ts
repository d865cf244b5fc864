import { randomBytes } from 'node:crypto';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { addressOf, networkOf } from '@quorate/chains';
import { hex } from '@quorate/wire';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { request, signedCall, startNetwork, type TestNetwork } from './network.test-kit.ts';

let network: TestNetwork;
let url: string;
beforeAll(async () => {
  network = await startNetwork();
  url = network.server.url;
});
afterAll(() => network[Symbol.asyncDispose]());

const read = async (path: string) => (await request(url, 'GET', path, { token: network.admin.token })).body;
const call = (path: string, body: unknown) => signedCall(url, network.admin, 'POST', path, body);
const newWallet = async (networkName = 'Ethereum', more: object = {}) => (await call('/wallets', { network: networkName, ...more })).body;
const newHash = () => randomBytes(32).toString('hex');

describe('a wallet', () => {
  test('has the address of its key, its certificate, and reads as it was made', async () => {
    const { status, body } = await call('/wallets', { network: 'Ethereum', name: 'one', externalId: 'mine' });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      network: 'Ethereum',
      name: 'one',
      externalId: 'mine',
      status: 'Active',
      tags: [],
      custodial: true,
      exported: false,
      imported: false,
    });
    const ethereum = networkOf('Ethereum');
    if (ethereum === null) throw new Error('unreachable');
    expect(body.address).toBe(addressOf(ethereum, hex.decode(body.signingKey.publicKey)));
    expect(body.keyCertificate.signatures).toHaveLength(5);
    expect(await read(`/wallets/${body.id}`)).toEqual(body);
    const key = await read(`/keys/${body.signingKey.id}`);
    expect(key).toMatchObject({ wallets: [{ id: body.id, network: 'Ethereum' }], store: { kind: 'Mpc' }, publicKey: body.signingKey.publicKey });
  });
  test('on a pseudo network has no address', async () => {
    expect(await newWallet('KeyECDSA')).not.toHaveProperty('address');
  });
  test('of what is known elsewhere but not here is refused', async () => {
    for (const body of [
      { network: 'Solana' },
      { network: 'Ethereum', signingKey: { storeId: 's' } },
      { network: 'Ethereum', signingKey: { deriveFrom: {} } },
    ]) {
      expect(await call('/wallets', body)).toMatchObject({ status: 400, body: { error: { code: 'request/unsupported' } } });
    }
    expect((await call('/wallets', { network: 'Ethereum', tags: [] })).status).toBe(200);
  });
  test('is not made with a signer away, who is named', async () => {
    const [signer] = network.signers;
    if (signer === undefined) throw new Error('unreachable');
    signer.down = true;
    await expect
      .poll(() => call('/wallets', { network: 'Ethereum' }))
      .toMatchObject({ status: 503, body: { error: { code: 'signers/unavailable', details: { missing: [signer.id] } } } });
    signer.down = false;
    await expect.poll(async () => (await call('/wallets', { network: 'Ethereum' })).status).toBe(200);
  });
  test('of which one signer refuses is not made, and that signer is named', async () => {
    const [signer] = network.signers;
    signer?.refuses.set('keygen', 'signers/busy');
    expect(await call('/wallets', { network: 'Ethereum' })).toMatchObject({
      status: 503,
      body: { error: { code: 'key/failed', details: { signers: { [signer?.id ?? '']: 'signers/busy' } } } },
    });
    signer?.refuses.clear();
    expect((await call('/wallets', { network: 'Ethereum' })).status).toBe(200);
  });
});

test('wallets come in pages, newest last, and by owner', async () => {
  for (let i = 0; i < 3; i++) await newWallet();
  const all = (await read('/wallets?limit=100')).items.map(({ id }: { id: string }) => id);
  const seen: string[] = [];
  let page = await read('/wallets?limit=2');
  for (;;) {
    expect(page.items.length).toBeLessThanOrEqual(2);
    seen.push(...page.items.map(({ id }: { id: string }) => id));
    if (page.nextPageToken === undefined) break;
    page = await read(`/wallets?limit=2&paginationToken=${encodeURIComponent(page.nextPageToken)}`);
  }
  expect(seen).toEqual(all);
  expect((await read(`/wallets?limit=100&ownerId=${network.admin.userId}`)).items).toHaveLength(all.length);
  expect((await read('/wallets?owner=admin-0&limit=100')).items).toHaveLength(all.length);
  expect((await read(`/wallets?ownerId=${network.otherAdmin.userId}`)).items).toEqual([]);
  expect((await read('/wallets?owner=nobody')).items).toEqual([]);
  expect((await read('/wallets?paginationToken=xyz')).error.code).toBe('request/invalid');
});

describe('a key without a wallet', () => {
  test('is made, listed, and signs', async () => {
    const key = (await call('/keys', { scheme: 'ECDSA', curve: 'secp256k1', name: 'bare' })).body;
    expect(key).toMatchObject({ scheme: 'ECDSA', curve: 'secp256k1', name: 'bare', status: 'Active' });
    expect((await read('/keys?limit=100')).items.at(-1)).toEqual(key);
    const hash = newHash();
    const signature = (await call(`/keys/${key.id}/signatures`, { kind: 'Hash', hash })).body;
    expect(signature).toMatchObject({ status: 'Signed', keyId: key.id });
    expect(signature).not.toHaveProperty('walletId');
    const bytes = hex.decode(`${signature.signature.r.slice(2)}${signature.signature.s.slice(2)}`);
    expect(secp256k1.verify(bytes, hex.decode(hash), hex.decode(key.publicKey), { prehash: false })).toBe(true);
    expect(await read(`/keys/${key.id}/signatures/${signature.id}`)).toEqual(signature);
  });
  test('of a scheme that is not offered is refused', async () => {
    expect(await call('/keys', { scheme: 'EdDSA', curve: 'ed25519' })).toMatchObject({ status: 400, body: { error: { code: 'request/unsupported' } } });
  });
});

describe('a signature', () => {
  let walletId: string;
  beforeAll(async () => {
    walletId = (await newWallet()).id;
  });
  const signatures = () => `/wallets/${walletId}/signatures`;

  test('of an Ethereum message comes with its 65 bytes', async () => {
    const { body } = await call(signatures(), { kind: 'Message', message: '0x68656c6c6f' });
    expect(body).toMatchObject({
      status: 'Signed',
      network: 'Ethereum',
      walletId,
      requester: { userId: network.admin.userId },
      requestBody: { kind: 'Message', message: '0x68656c6c6f' },
    });
    expect(body.signature.encoded).toMatch(/^0x[0-9a-f]{128}1[bc]$/);
    expect(await read(`${signatures()}/${body.id}`)).toEqual(body);
    expect(await read(signatures())).toMatchObject({ walletId, keyId: body.keyId });
  });
  test.each([31, 33])('of a hash of %i bytes is refused', async (size) => {
    expect(await call(signatures(), { kind: 'Hash', hash: randomBytes(size).toString('hex') })).toMatchObject({
      status: 400,
      body: { error: { code: 'signature/hash-length' } },
    });
  });
  test('is made with two signers away', async () => {
    const [a, b] = network.signers;
    if (a === undefined || b === undefined) throw new Error('unreachable');
    a.down = b.down = true;
    await new Promise((resolve) => setTimeout(resolve, 2_100));
    expect((await call(signatures(), { kind: 'Hash', hash: newHash() })).status).toBe(200);
    a.down = b.down = false;
  });
  test('goes to other signers when one refuses', async () => {
    const [a, b] = network.signers;
    a?.refuses.set('sign', 'signers/busy');
    b?.refuses.set('sign', 'key/pending');
    for (let i = 0; i < 5; i++) expect((await call(signatures(), { kind: 'Hash', hash: newHash() })).status).toBe(200);
    a?.refuses.clear();
    b?.refuses.clear();
  });
  test('is made whoever of the signers ends its sessions and blames the others', async () => {
    for (const liar of network.signers) {
      liar.spoils = true;
      for (let i = 0; i < 5; i++) expect((await call(signatures(), { kind: 'Hash', hash: newHash() })).status).toBe(200);
      liar.spoils = false;
    }
  });
  test('that all refuse for one reason is refused for that reason, and kept as failed', async () => {
    for (const signer of network.signers) signer.refuses.set('sign', 'key/retired');
    expect(await call(signatures(), { kind: 'Hash', hash: newHash() })).toMatchObject({ status: 403, body: { error: { code: 'key/retired' } } });
    for (const signer of network.signers) signer.refuses.clear();
    expect((await read(signatures())).items.at(-1)).toMatchObject({ status: 'Failed', reason: expect.any(String) });
    expect((await call(signatures(), { kind: 'Hash', hash: newHash() })).status).toBe(200);
  });
  test('of another wallet is not found here', async () => {
    const other = await newWallet();
    const { body } = await call(`/wallets/${other.id}/signatures`, { kind: 'Hash', hash: newHash() });
    expect((await request(url, 'GET', `${signatures()}/${body.id}`, { token: network.admin.token })).status).toBe(404);
  });

  describe('with an external id', () => {
    test('is made once, however often it is asked for', async () => {
      const body = { kind: 'Hash', hash: newHash(), externalId: 'pay-1' };
      const first = await call(signatures(), body);
      const again = await call(signatures(), body);
      expect(first).toMatchObject({ status: 200, body: { externalId: 'pay-1' } });
      expect(again).toMatchObject({ status: 200, body: first.body });
    });
    test('and another body or wallet is a conflict that names the first', async () => {
      const first = await call(signatures(), { kind: 'Hash', hash: newHash(), externalId: 'pay-2' });
      const duplicate = { id: first.body.id, externalId: 'pay-2' };
      expect(await call(signatures(), { kind: 'Hash', hash: newHash(), externalId: 'pay-2' })).toMatchObject({
        status: 409,
        body: { error: { code: 'external-id/conflict', details: { duplicate } } },
      });
      const other = await newWallet();
      expect(await call(`/wallets/${other.id}/signatures`, first.body.requestBody)).toMatchObject({ status: 409, body: { error: { details: { duplicate } } } });
    });
    test('asked for at the same moment is made once', async () => {
      const body = { kind: 'Hash', hash: newHash(), externalId: 'pay-3' };
      const answers = await Promise.all([call(signatures(), body), call(signatures(), body), call(signatures(), body)]);
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
      expect(new Set(answers.map((answer) => answer.body.id)).size).toBe(1);
      expect(answers.every((answer) => answer.body.status === 'Signed')).toBe(true);
    });
    test('that failed can be asked for again', async () => {
      const body = { kind: 'Hash', hash: newHash(), externalId: 'pay-4' };
      for (const signer of network.signers) signer.refuses.set('sign', 'key/pending');
      expect((await call(signatures(), body)).status).toBe(503);
      for (const signer of network.signers) signer.refuses.clear();
      expect(await call(signatures(), body)).toMatchObject({ status: 200, body: { status: 'Signed' } });
    });
  });
});
