/**
 * Bad input and what it gets: a JSON error with the status of contract §1.5 and a stable code, nothing changed, and the
 * next good call works.
 */
import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import { AsymmetricKeySigner } from '@dfns/sdk-keysigner';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Account, newAccount, OWNER, pkcs8, refusalOf, spki, openNetwork, type AnyNetwork } from './support/network.ts';

let net: AnyNetwork;
let owner: Account;
let other: Account;
let walletId: string;
let keyId: string;
beforeAll(async () => {
  net = await openNetwork();
  owner = await newAccount(net, 'ed25519', OWNER);
  other = await newAccount(net, 'P-256', OWNER);
  const wallet = await owner.client.wallets.createWallet({ body: { network: 'Ethereum' } });
  walletId = wallet.id;
  keyId = wallet.signingKey.id;
});
afterAll(() => net[Symbol.asyncDispose]());

const point = secp256k1.getPublicKey(secp256k1.utils.randomSecretKey());
const key = (...parts: readonly (Uint8Array | number[])[]): string => Buffer.concat(parts.map((part) => Uint8Array.from(part))).toString('base64');
const supportedSchemes = [{ protocol: 'CGGMP21' as const, curve: 'secp256k1' as const }];
const exportWith = (encryptionKey: string, schemes: readonly unknown[] = supportedSchemes) =>
  owner.client.wallets.exportWallet({ walletId, body: { encryptionKey, supportedSchemes: schemes as never } });

async function expectUnchanged(): Promise<void> {
  const wallet = await owner.client.wallets.getWallet({ walletId });
  expect(wallet).toMatchObject({ status: 'Active', exported: false });
  expect((await owner.client.wallets.listSignatures({ walletId })).items).toEqual([]);
}

describe('an encryption key', () => {
  test.each([
    ['that is empty', ''],
    ['that is too short', key([1], point.subarray(0, 32))],
    ['of version 0', key([0], point)],
    ['of version 2', key([2], point)],
    ['that is the identity', key([1], new Array(33).fill(0))],
    ['off the curve', key([1, 2], new Array(32).fill(0xff))],
    ['with trailing bytes', key([1], point, [0])],
    ['that is uncompressed', key([1], secp256k1.Point.fromBytes(point).toBytes(false))],
    ['that is not base64', '*'.repeat(48)],
  ])('%s is refused', async (_, encryptionKey) => {
    const refusal = await refusalOf(exportWith(encryptionKey));
    expect(refusal.status).toBe(400);
    expect(['export/encryption-key', 'request/invalid']).toContain(refusal.code);
    await expectUnchanged();
  });

  test.each([
    ['no scheme', [], 'request/invalid'],
    ['no scheme that fits the key', [{ protocol: 'FROST', curve: 'ed25519' }], 'export/scheme'],
  ])('with %s is refused', async (_, schemes, code) => {
    expect(await refusalOf(exportWith(key([1], point), schemes))).toMatchObject({ status: 400, code });
    await expectUnchanged();
  });
});

describe('a signature request', () => {
  test.each([31, 33])('over a hash of %i bytes is refused', async (length) => {
    const body = { kind: 'Hash' as const, hash: `0x${randomBytes(length).toString('hex')}` };
    expect(await refusalOf(owner.client.wallets.generateSignature({ walletId, body }))).toMatchObject({ status: 400, code: 'signature/hash-length' });
  });
  test('over a hash that is no hex is refused', async () => {
    expect(await refusalOf(owner.client.wallets.generateSignature({ walletId, body: { kind: 'Hash', hash: 'zz' } }))).toMatchObject({
      status: 400,
      code: 'request/invalid',
    });
  });
  test('of a kind that is not offered is refused', async () => {
    expect(await refusalOf(owner.client.wallets.generateSignature({ walletId, body: { kind: 'Psbt', psbt: '00' } as never }))).toMatchObject({ status: 400 });
    expect(await refusalOf(owner.client.keys.generateSignature({ keyId, body: { kind: 'Message', message: '0x00' } }))).toMatchObject({
      status: 400,
      code: 'signature/kind-unsupported',
    });
    await expectUnchanged();
  });
});

describe('an id', () => {
  test('that is unknown gets 404', async () => {
    const unknown = 'wa-00000-00000-0000000000000000';
    expect(await refusalOf(owner.client.wallets.getWallet({ walletId: unknown }))).toMatchObject({ status: 404, code: 'wallet/unknown' });
    expect(await refusalOf(owner.client.wallets.generateSignature({ walletId: unknown, body: { kind: 'Hash', hash: '11'.repeat(32) } }))).toMatchObject({
      status: 404,
      code: 'wallet/unknown',
    });
    expect(await refusalOf(owner.client.keys.getKey({ keyId: 'key-00000-00000-0000000000000000' }))).toMatchObject({ status: 404, code: 'key/unknown' });
    expect(await refusalOf(owner.client.wallets.getSignature({ walletId, signatureId: 'sig-00000-00000-0000000000000000' }))).toMatchObject({
      status: 404,
      code: 'signature/unknown',
    });
  });
  test.each(['wa-x', 'key-00000-00000-0000000000000000', '../../keys', 'wa-00000-00000-0000000000000000/export', '%00'])(
    'that is %j is refused',
    async (id) => {
      expect((await refusalOf(owner.client.wallets.getWallet({ walletId: id }))).status).toBeGreaterThanOrEqual(400);
      expect((await owner.client.wallets.getWallet({ walletId })).id).toBe(walletId);
    },
  );
});

describe('a service account', () => {
  const create = (publicKey: string, name = `sa ${randomBytes(4).toString('hex')}`) => net.admin.auth.createServiceAccount({ body: { name, publicKey } });
  test('with a malformed or weak key is refused', async () => {
    expect(await refusalOf(create('not PEM'))).toMatchObject({ status: 400, code: 'credential/malformed-key' });
    expect(await refusalOf(create(spki(generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey)))).toMatchObject({
      status: 400,
      code: 'credential/weak-key',
    });
  });
  test('with a key that is taken is refused, with a new one it is made', async () => {
    const { publicKey } = generateKeyPairSync('ed25519');
    await create(spki(publicKey));
    expect(await refusalOf(create(spki(publicKey)))).toMatchObject({ status: 409, code: 'credential/duplicate' });
    expect((await create(spki(generateKeyPairSync('ed25519').publicKey))).userInfo.isServiceAccount).toBe(true);
  });
  test('cannot give what it does not hold', async () => {
    const clerk = await newAccount(net, 'ed25519', ['Permissions:Create', 'Permissions:Assign']);
    expect(await refusalOf(clerk.client.permissions.createPermission({ body: { name: 'mine', operations: ['Keys:Export'] as never } }))).toMatchObject({
      status: 403,
      code: 'authority/exceeds-author',
    });
  });
});

describe('a user action', () => {
  const path = (): string => `/wallets/${walletId}/signatures`;
  const payload = (): string => JSON.stringify({ kind: 'Hash', hash: createHash('sha256').update(randomBytes(8)).digest('hex') });
  const headers = (account: Account, extra: Record<string, string> = {}) => ({
    authorization: `Bearer ${account.authToken}`,
    'content-type': 'application/json',
    ...extra,
  });
  const send = (account: Account, to: string, body: string, method = 'POST', userAction?: string) =>
    fetch(new URL(to, net.devnet.url), { method, headers: headers(account, userAction === undefined ? {} : { 'x-dfns-useraction': userAction }), body });
  const codeOf = async (response: Response) => [response.status, ((await response.json()) as { error: { code: string } }).error.code];

  async function challengeFor(account: Account, method: string, to: string, body: string) {
    const response = await send(
      account,
      '/auth/action/init',
      JSON.stringify({ userActionPayload: body, userActionHttpMethod: method, userActionHttpPath: to, userActionServerKind: 'Api' }),
    );
    return (await response.json()) as { challenge: string; challengeIdentifier: string; allowCredentials: { key: { id: string }[] } };
  }
  async function complete(account: Account, signer: { credId: string; privateKey: string }, challenge: Awaited<ReturnType<typeof challengeFor>>) {
    const allowed = { ...challenge, allowCredentials: { key: [{ type: 'public-key', id: signer.credId }], webauthn: [] } };
    const firstFactor = await new AsymmetricKeySigner(signer).sign(allowed as never);
    return send(account, '/auth/action', JSON.stringify({ challengeIdentifier: challenge.challengeIdentifier, firstFactor }));
  }
  async function action(account: Account, method: string, to: string, body: string): Promise<string> {
    const response = await complete(account, account, await challengeFor(account, method, to, body));
    return ((await response.json()) as { userAction: string }).userAction;
  }
  const network = JSON.stringify({ network: 'KeyECDSA' });

  test('that is missing or invented is refused', async () => {
    expect(await codeOf(await send(owner, path(), payload()))).toEqual([403, 'action/missing']);
    expect(await codeOf(await send(owner, path(), payload(), 'POST', 'invented'))).toEqual([403, 'action/missing']);
  });
  test('that was used is refused', async () => {
    const token = await action(owner, 'POST', '/wallets', network);
    expect((await send(owner, '/wallets', network, 'POST', token)).status).toBe(200);
    expect(await codeOf(await send(owner, '/wallets', network, 'POST', token))).toEqual([400, 'action/used']);
  });
  test('for another path, body or method is refused', async () => {
    for (const [to, body, method] of [
      ['/keys', JSON.stringify({ scheme: 'ECDSA', curve: 'secp256k1' }), 'POST'],
      ['/wallets', JSON.stringify({ network: 'Ethereum' }), 'POST'],
    ] as const) {
      const token = await action(owner, 'POST', '/wallets', network);
      expect(await codeOf(await send(owner, to, body, method, token))).toEqual([403, 'action/mismatch']);
    }
    const token = await action(net.devnet.admin as unknown as Account, 'POST', '/organisation/settings', '{"exportEnabled":true}').catch(() => undefined);
    const swapped = await fetch(new URL('/organisation/settings', net.devnet.url), {
      method: 'PUT',
      headers: headers(net.devnet.admin as unknown as Account, { 'x-dfns-useraction': token ?? 'none' }),
      body: '{"exportEnabled":true}',
    });
    expect(swapped.status).toBe(403);
  });
  test('of another user is refused', async () => {
    const token = await action(owner, 'POST', '/wallets', network);
    expect(await codeOf(await send(other, '/wallets', network, 'POST', token))).toEqual([403, 'action/mismatch']);
  });
  test('signed with another user’s credential, or another key, is refused', async () => {
    const challenge = await challengeFor(owner, 'POST', '/wallets', network);
    expect((await codeOf(await complete(owner, other, challenge)))[0]).toBe(401);
    const forged = { credId: owner.credId, privateKey: pkcs8(generateKeyPairSync('ed25519').privateKey) };
    expect(await codeOf(await complete(owner, forged, await challengeFor(owner, 'POST', '/wallets', network)))).toEqual([401, 'action/signature-invalid']);
    expect((await complete(owner, owner, await challengeFor(owner, 'POST', '/wallets', network))).status).toBe(200);
  });
  test('whose body has a member twice is refused', async () => {
    const twice = '{"network":"KeyECDSA","network":"Ethereum"}';
    const asked = JSON.stringify({ userActionPayload: twice, userActionHttpMethod: 'POST', userActionHttpPath: '/wallets', userActionServerKind: 'Api' });
    expect(await codeOf(await send(owner, '/auth/action/init', asked))).toEqual([400, 'request/malformed-json']);
    expect((await send(owner, '/auth/action/init', asked.replace(',\\"network\\":\\"Ethereum\\"', ''))).status).toBe(200);
  });
  test('of wrong types is refused', async () => {
    expect(await refusalOf(owner.client.wallets.createWallet({ body: { network: 7 as never } }))).toMatchObject({ status: 400, code: 'request/invalid' });
    expect(await refusalOf(owner.client.wallets.createWallet({ body: { network: 'Solana' } }))).toMatchObject({ status: 400, code: 'request/unsupported' });
    expect((await owner.client.wallets.createWallet({ body: { network: 'KeyECDSA' } })).status).toBe('Active');
  });
});

describe('an externalId', () => {
  test('with the same request answers with the first signature, with another request it is refused', async () => {
    const wallet = await owner.client.wallets.createWallet({ body: { network: 'KeyECDSA' } });
    const body = { kind: 'Hash' as const, hash: '22'.repeat(32), externalId: 'invoice 7' };
    const first = await owner.client.wallets.generateSignature({ walletId: wallet.id, body });
    const again = await owner.client.wallets.generateSignature({ walletId: wallet.id, body });
    expect(again).toEqual(first);
    const conflict = await refusalOf(owner.client.wallets.generateSignature({ walletId: wallet.id, body: { ...body, hash: '33'.repeat(32) } }));
    expect(conflict).toMatchObject({ status: 409, code: 'external-id/conflict', details: { duplicate: { id: first.id, externalId: 'invoice 7' } } });
  });
});
