/**
 * People who sign in, and people who come with a code: through the unmodified SDK and its authenticator, a real server
 * and five real signers.
 */
import { BaseAuthApi, DfnsApiClient, DfnsAuthenticator } from '@dfns/sdk';

import { AsymmetricKeySigner } from '@dfns/sdk-keysigner';
import { confirmationOf, connect, fingerprintOfKey, guardAuthenticator } from '@quorate/client';
import { confirmUser, listRegistrations, UserId } from '@quorate/wire';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createAuthenticator, passkeySigner } from '../packages/authority/src/passkey.test-kit.ts';
import { clientOf, grant, refusalOf, startTestNetwork, type TestNetwork } from './support/network.ts';
import { authenticatorOf, newOwnKey } from './support/registering.ts';

let net: TestNetwork;
beforeAll(async () => {
  net = await startTestNetwork();
});
afterAll(() => net[Symbol.asyncDispose]());

test('a person signs in, guarded or not, reads, signs, signs out, and reads no more', async () => {
  const { devnet, admin } = net;
  const { orgId } = devnet.admin;
  const key = newOwnKey();
  const username = 'signs-in@example.org';
  const made = await admin.auth.createUser({ body: { email: username, kind: 'CustomerEmployee', publicKey: key.publicKey } });
  const { credId } = made as typeof made & { credId: string };
  await grant(admin, made.userId, ['Wallets:Read', 'Wallets:Create', 'Keys:Create']);
  const stock = new DfnsAuthenticator({ baseUrl: devnet.url, orgId, signer: new AsymmetricKeySigner({ credId, privateKey: key.privateKey }) });
  const guarded = guardAuthenticator(stock, { orgId, genesisHash: devnet.genesisHash });
  const [one, two] = [await stock.login({ username, orgId }), await guarded.login({ username, orgId })];
  const clients = [one, two].map(({ token }) => clientOf(devnet, { authToken: token, credId, privateKey: key.privateKey }));
  for (const client of clients) expect((await client.wallets.listWallets()).items).toEqual([]);
  expect((await clients[0]?.wallets.createWallet({ body: { network: 'KeyECDSA' } }))?.status).toBe('Active');
  expect(await BaseAuthApi.userLogout({ baseUrl: devnet.url, authToken: one.token })).toEqual({ message: 'success' });
  expect(await refusalOf((clients[0] as (typeof clients)[number]).wallets.listWallets())).toMatchObject({ status: 401, code: 'auth/not-authorized' });
  expect((await clients[1]?.wallets.listWallets())?.items).toHaveLength(1);
  expect(await clients[1]?.auth.logout({ body: { allSessions: true } })).toEqual({ message: 'success' });
  expect(await refusalOf((clients[1] as (typeof clients)[number]).wallets.listWallets())).toMatchObject({ status: 401, code: 'auth/not-authorized' });
});

test('a person without a key comes with a code, registers, is confirmed by what it says of its key, and signs', async () => {
  const { devnet, admin } = net;
  const { orgId } = devnet.admin;
  const username = 'comes-with-a-code@example.org';
  const made = await admin.auth.createUser({ body: { email: username, kind: 'CustomerEmployee' } });
  const { registrationCode, userId } = made as typeof made & { registrationCode: string };
  expect(made).toMatchObject({ isRegistered: false, credentialUuid: '' });

  const key = newOwnKey();
  const authenticator = authenticatorOf(devnet, key);
  const registered = await authenticator.register({ username, orgId, registrationCode });
  expect(registered).toMatchObject({ credential: { kind: 'Key' }, user: { id: userId, username, orgId } });
  await expect(authenticator.login({ username, orgId })).rejects.toThrow(/does not match allowed credentials/);
  const before = clientOf(devnet, { ...key, authToken: await devnet.server.issueToken(userId) });
  expect(await refusalOf(before.wallets.createWallet({ body: { network: 'KeyECDSA' } }))).toMatchObject({ code: 'action/credential-unknown' });

  const administrator = connect({
    baseUrl: devnet.url,
    authToken: devnet.admin.authToken,
    genesisHash: devnet.genesisHash,
    signer: new AsymmetricKeySigner(devnet.admin),
  });
  const params = { userId: UserId.parse(userId) };
  const { items } = await administrator.call(listRegistrations, { params });
  const [registration] = items;
  if (registration === undefined) throw new Error('nothing is registered');
  expect(registration.fingerprint).toBe(fingerprintOfKey(key.publicKey));
  const confirmed = await administrator.call(confirmUser, { params, body: confirmationOf(registration, fingerprintOfKey(key.publicKey)) });
  expect(confirmed).toMatchObject({ isRegistered: true, credId: key.credId, credentialUuid: registered.credential.uuid, certified: { signers: 5 } });

  await grant(admin, userId, ['Wallets:Create', 'Keys:Create', 'Keys:Signatures:Create']);
  const { token } = await authenticator.login({ username, orgId });
  const client = clientOf(devnet, { ...key, authToken: token });
  const { id: walletId } = await client.wallets.createWallet({ body: { network: 'KeyECDSA' } });
  const signed = await client.wallets.generateSignature({ walletId, body: { kind: 'Hash', hash: 'ab'.repeat(32) } });
  expect(signed).toMatchObject({ status: 'Signed', requester: { userId } });
});

test('a person comes with a code and a passkey, and signs in and signs with it', async () => {
  const { devnet, admin } = net;
  const { orgId } = devnet.admin;
  const username = 'comes-with-a-passkey@example.org';
  const made = await admin.auth.createUser({ body: { email: username, kind: 'CustomerEmployee' } });
  const { registrationCode, userId } = made as typeof made & { registrationCode: string };
  const { rpId, origins } = devnet.genesis.passkeys;
  const passkey = createAuthenticator({ rpId, origin: origins[0] ?? '', userId });
  const signer = {
    ...passkeySigner(passkey),
    create: async (asked: object) => ({
      credentialKind: 'Fido2' as const,
      credentialInfo: passkey.create('challenge' in asked ? String(asked.challenge) : ''),
    }),
  };
  const authenticator = guardAuthenticator(new DfnsAuthenticator({ baseUrl: devnet.url, orgId, signer }), { orgId, genesisHash: devnet.genesisHash });
  expect((await authenticator.register({ username, orgId, registrationCode })).credential.kind).toBe('Fido2');
  await expect(authenticator.login({ username, orgId })).rejects.toThrow('this passkey is not asked for');
  const administrator = connect({ baseUrl: devnet.url, authToken: devnet.admin.authToken, signer: new AsymmetricKeySigner(devnet.admin) });
  const params = { userId: UserId.parse(userId) };
  const [registration] = (await administrator.call(listRegistrations, { params })).items;
  if (registration === undefined) throw new Error('nothing is registered');
  await administrator.call(confirmUser, { params, body: confirmationOf(registration, fingerprintOfKey(passkey.publicKey)) });
  await grant(admin, userId, ['Wallets:Create', 'Keys:Create']);
  const { token } = await authenticator.login({ username, orgId });
  const client = new DfnsApiClient({ baseUrl: devnet.url, orgId, authToken: token, signer });
  expect((await client.wallets.createWallet({ body: { network: 'KeyECDSA' } })).status).toBe('Active');
});

test('an administrator makes a new code, lists no applications, and reads that nobody must sign in elsewhere', async () => {
  const { devnet, admin } = net;
  const { orgId } = devnet.admin;
  const username = 'lost-the-code@example.org';
  const { userId } = await admin.auth.createUser({ body: { email: username, kind: 'CustomerEmployee' } });
  const renewed = await admin.auth.resendRegistrationCode({ body: { username, orgId } });
  const { registrationCode } = renewed as typeof renewed & { registrationCode: string };
  expect((await authenticatorOf(devnet, newOwnKey()).register({ username, orgId, registrationCode })).user.id).toBe(userId);
  expect((await admin.auth.updateUser({ userId, body: { isSSORequired: false } })).isSSORequired).toBe(false);
  expect(await refusalOf(admin.auth.updateUser({ userId, body: { isSSORequired: true } }))).toMatchObject({ status: 400, code: 'request/unsupported' });
  expect(await admin.auth.listApplications()).toEqual({ items: [] });
  expect(await refusalOf(admin.auth.getApplication({ appId: 'ap-1' }))).toMatchObject({ status: 404, code: 'application/unknown' });
});
