/**
 * People, tokens and what is taken back again: through the unmodified SDK, a real server and five real signers.
 */
import { createHash, createPrivateKey, generateKeyPairSync, sign } from 'node:crypto';
import { guard } from '@quorate/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Account, clientOf, type Credentials, grant, newAccount, pkcs8, refusalOf, spki, startTestNetwork, type TestNetwork } from './support/network.ts';

let net: TestNetwork;
beforeAll(async () => {
  net = await startTestNetwork();
});
afterAll(() => net[Symbol.asyncDispose]());

let named = 0;
const SIGNING = ['Wallets:Create', 'Keys:Create', 'Wallets:GenerateSignature'] as const;
const hash = (): { kind: 'Hash'; hash: string } => ({ kind: 'Hash', hash: createHash('sha256').update(String(named++)).digest('hex') });

async function newUser(operations: readonly string[] = []): Promise<Account> {
  const pair = generateKeyPairSync('ed25519');
  const made = await net.admin.auth.createUser({ body: { email: `person-${named++}@example.org`, kind: 'CustomerEmployee', publicKey: spki(pair.publicKey) } });
  const { userId, credId } = made as typeof made & { credId: string };
  if (operations.length > 0) await grant(net.admin, userId, operations);
  const credentials = { authToken: await net.devnet.server.issueToken(userId), credId, privateKey: pkcs8(pair.privateKey) };
  return { ...credentials, userId, client: clientOf(net.devnet, credentials) };
}

async function newToken(of: Account): Promise<Account & { readonly tokenId: string }> {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const made = await of.client.auth.createPersonalAccessToken({ body: { name: `token ${named++}`, publicKey: spki(pair.publicKey), daysValid: 7 } });
  const credentials: Credentials = { authToken: made.accessToken, credId: made.credId, privateKey: pkcs8(pair.privateKey) };
  return { ...credentials, userId: of.userId, tokenId: made.tokenId, client: clientOf(net.devnet, credentials) };
}

describe('a user with its key', () => {
  test('makes a wallet and signs with it, guarded, until it is deactivated, and again when it is activated', async () => {
    const user = await newUser(SIGNING);
    const { orgId } = net.devnet.admin;
    const client = guard(user.client, { orgId, userId: user.userId, tokenId: '', genesisHash: net.devnet.genesisHash });
    const { id: walletId } = await client.wallets.createWallet({ body: { network: 'KeyECDSA' } });
    expect((await client.wallets.generateSignature({ walletId, body: hash() })).status).toBe('Signed');
    expect((await net.admin.auth.deactivateUser({ userId: user.userId })).isActive).toBe(false);
    expect(await refusalOf(client.wallets.generateSignature({ walletId, body: hash() }))).toMatchObject({ status: 400, code: 'auth/inactive' });
    expect((await net.admin.auth.activateUser({ userId: user.userId })).isActive).toBe(true);
    expect((await client.wallets.generateSignature({ walletId, body: hash() })).status).toBe('Signed');
    await net.admin.auth.archiveUser({ userId: user.userId });
    expect(await refusalOf(client.wallets.generateSignature({ walletId, body: hash() }))).toMatchObject({ status: 401, code: 'auth/not-authorized' });
    expect(await refusalOf(net.admin.auth.getUser({ userId: user.userId }))).toMatchObject({ status: 404, code: 'user/unknown' });
  });

  test('is listed and read, and holds what it was given', async () => {
    const user = await newUser(['Wallets:Read']);
    const { items } = await net.admin.auth.listUsers({ query: { limit: 100 } });
    expect(items.map(({ userId }) => userId)).toContain(user.userId);
    const read = await net.admin.auth.getUser({ userId: user.userId });
    expect(read).toMatchObject({
      kind: 'CustomerEmployee',
      isServiceAccount: false,
      isRegistered: true,
      permissionAssignments: [{ operations: ['Wallets:Read'] }],
    });
  });

  test('registers a second key as the stock signers attest it, and stops the first', async () => {
    const user = await newUser(SIGNING);
    const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const begun = await user.client.auth.createCredentialChallenge({ body: { kind: 'Key' } });
    if (begun.kind !== 'Key') throw new Error('another kind');
    const clientData = Buffer.from(JSON.stringify({ type: 'key.create', challenge: begun.challenge }));
    const info = Buffer.from(JSON.stringify({ clientDataHash: createHash('sha256').update(clientData).digest('hex'), publicKey: spki(pair.publicKey) }));
    const signature = sign('sha256', info, createPrivateKey(pkcs8(pair.privateKey))).toString('hex');
    const credId = `second-${named++}`;
    const made = await user.client.auth.createCredential({
      body: {
        challengeIdentifier: begun.challengeIdentifier,
        credentialName: 'second',
        credentialKind: 'Key',
        credentialInfo: {
          credId,
          clientData: clientData.toString('base64url'),
          attestationData: Buffer.from(JSON.stringify({ publicKey: spki(pair.publicKey), signature, algorithm: 'SHA256' })).toString('base64url'),
        },
      },
    });
    const second = clientOf(net.devnet, { authToken: user.authToken, credId, privateKey: pkcs8(pair.privateKey) });
    const { items } = await second.auth.listCredentials();
    expect(items.map(({ credentialId, isActive }) => ({ credentialId, isActive }))).toEqual([
      { credentialId: user.credId, isActive: true },
      { credentialId: credId, isActive: true },
    ]);
    const first = items.find(({ credentialId }) => credentialId === user.credId)?.credentialUuid ?? '';
    expect(made.credentialId).toBe(credId);
    expect(await second.auth.deactivateCredential({ body: { credentialUuid: first } })).toMatchObject({ message: 'success' });
    await expect(user.client.wallets.createWallet({ body: { network: 'KeyECDSA' } })).rejects.toThrow();
    expect((await second.wallets.createWallet({ body: { network: 'KeyECDSA' } })).status).toBe('Active');
    await second.auth.activateCredential({ body: { credentialUuid: first } });
    expect((await user.client.wallets.createWallet({ body: { network: 'KeyECDSA' } })).status).toBe('Active');
  });
});

describe('a personal access token', () => {
  test('signs what it was given and its user holds, guarded, and nothing once it is archived', async () => {
    const user = await newUser([...SIGNING, 'Auth:Pats:Create']);
    const token = await newToken(user);
    const { id: walletId } = await user.client.wallets.createWallet({ body: { network: 'KeyECDSA' } });
    const client = guard(token.client, { orgId: net.devnet.admin.orgId, userId: user.userId, tokenId: token.tokenId });
    expect(await refusalOf(client.wallets.generateSignature({ walletId, body: hash() }))).toMatchObject({ status: 403, code: 'auth/forbidden' });
    await grant(net.admin, token.tokenId, ['Keys:Signatures:Create', 'Orgs:Update']);
    const signed = await client.wallets.generateSignature({ walletId, body: hash() });
    expect(signed).toMatchObject({ status: 'Signed', requester: { userId: user.userId, tokenId: token.tokenId } });
    expect(await refusalOf(client.wallets.createWallet({ body: { network: 'KeyECDSA' } }))).toMatchObject({ status: 403, code: 'auth/forbidden' });
    expect((await user.client.auth.updatePersonalAccessToken({ tokenId: token.tokenId, body: { name: 'mine' } })).name).toBe('mine');
    expect((await user.client.auth.listPersonalAccessTokens()).items).toMatchObject([{ tokenId: token.tokenId, kind: 'Pat', isActive: true }]);
    await user.client.auth.deactivatePersonalAccessToken({ tokenId: token.tokenId });
    expect(await refusalOf(client.wallets.generateSignature({ walletId, body: hash() }))).toMatchObject({ code: 'auth/inactive' });
    await user.client.auth.activatePersonalAccessToken({ tokenId: token.tokenId });
    expect((await client.wallets.generateSignature({ walletId, body: hash() })).status).toBe('Signed');
    expect((await user.client.auth.getPersonalAccessToken({ tokenId: token.tokenId })).isActive).toBe(true);
    await user.client.auth.archivePersonalAccessToken({ tokenId: token.tokenId });
    expect(await refusalOf(client.wallets.generateSignature({ walletId, body: hash() }))).toMatchObject({ code: 'auth/not-authorized' });
  });

  test('makes no credentials, tokens, users or service accounts', async () => {
    const user = await newUser(['Auth:Pats:Create', 'Auth:ServiceAccounts:Create']);
    const token = await newToken(user);
    const publicKey = spki(generateKeyPairSync('ed25519').publicKey);
    await grant(net.admin, token.tokenId, ['Auth:Pats:Create', 'Auth:ServiceAccounts:Create']);
    const attempts = [
      () => token.client.auth.createPersonalAccessToken({ body: { name: 'x', publicKey } }),
      () => token.client.auth.createServiceAccount({ body: { name: 'x', publicKey } }),
      () => token.client.auth.createCredentialChallenge({ body: { kind: 'Key' } }),
    ];
    for (const attempt of attempts) expect(await refusalOf(attempt())).toMatchObject({ status: 403, code: 'auth/caller-kind' });
    expect((await user.client.auth.createServiceAccount({ body: { name: `by a person ${named++}`, publicKey } })).userInfo.isActive).toBe(true);
  });
});

describe('what was given is taken back', () => {
  test('a service account is renamed, stopped, let act again and archived', async () => {
    const account = await newAccount(net, 'ed25519', SIGNING);
    const serviceAccountId = account.userId;
    const name = `renamed ${named++}`;
    expect((await net.admin.auth.updateServiceAccount({ serviceAccountId, body: { name } })).userInfo.name).toBe(name);
    for (const body of [undefined, { force: true }]) {
      await net.admin.auth.deactivateServiceAccount({ serviceAccountId, body } as never);
      expect(await refusalOf(account.client.wallets.createWallet({ body: { network: 'KeyECDSA' } }))).toMatchObject({ code: 'auth/inactive' });
      await net.admin.auth.activateServiceAccount({ serviceAccountId });
      expect((await account.client.wallets.createWallet({ body: { network: 'KeyECDSA' } })).status).toBe('Active');
    }
    await net.admin.auth.archiveServiceAccount({ serviceAccountId, query: { force: 'true' } as never });
    expect(await refusalOf(account.client.wallets.createWallet({ body: { network: 'KeyECDSA' } }))).toMatchObject({ code: 'auth/not-authorized' });
    const publicKey = spki(generateKeyPairSync('ed25519').publicKey);
    expect(await refusalOf(net.admin.auth.createServiceAccount({ body: { name, publicKey } }))).toMatchObject({ code: 'service-account/name-taken' });
  });

  test('a permission is changed, archived and brought back, and an assignment revoked', async () => {
    const account = await newAccount(net, 'ed25519', []);
    const permissionId = await grant(net.admin, account.userId, ['Wallets:Read']);
    expect((await account.client.wallets.listWallets()).items).toBeInstanceOf(Array);
    await net.admin.permissions.updatePermission({ permissionId, body: { operations: ['Keys:Read'] } });
    expect(await refusalOf(account.client.wallets.listWallets())).toMatchObject({ code: 'auth/forbidden' });
    expect((await account.client.keys.listKeys()).items).toBeInstanceOf(Array);
    await net.admin.permissions.archivePermission({ permissionId, body: { isArchived: true } });
    expect(await refusalOf(account.client.keys.listKeys())).toMatchObject({ code: 'auth/forbidden' });
    await net.admin.permissions.archivePermission({ permissionId, body: { isArchived: false } });
    expect((await account.client.keys.listKeys()).items).toBeInstanceOf(Array);
    const { items } = await net.admin.permissions.listAssignments({ permissionId });
    await net.admin.permissions.deleteAssignment({ permissionId, assignmentId: items[0]?.id ?? '', query: { force: 'true' } as never });
    expect(await refusalOf(account.client.keys.listKeys())).toMatchObject({ code: 'auth/forbidden' });
  });

  test('but never the last administrator', async () => {
    const { items } = await net.admin.auth.listServiceAccounts();
    const self = items.find(({ accessTokens }) => accessTokens.some(({ credId }) => credId === net.devnet.admin.credId));
    const serviceAccountId = self?.userInfo.userId ?? '';
    const refusal = { status: 409, code: 'authority/last-administrator' };
    expect(await refusalOf(net.admin.auth.deactivateServiceAccount({ serviceAccountId } as never))).toMatchObject(refusal);
    expect(await refusalOf(net.admin.auth.archiveServiceAccount({ serviceAccountId }))).toMatchObject(refusal);
    expect((await net.admin.auth.getServiceAccount({ serviceAccountId })).userInfo.isActive).toBe(true);
  });
});
