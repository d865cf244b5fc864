/**
 * What later changes a wallet or a key, over real HTTP with the unmodified SDK.
 */
import { randomBytes } from 'node:crypto';
import type { DfnsApiClient } from '@dfns/sdk';
import { AsymmetricKeySigner } from '@dfns/sdk-keysigner';
import { connect, createExportContext, guard, verifyReceipt, verifyWallet } from '@quorate/client';
import { deriveId, type ExportAnswer, getOrganisation, renounceKeyExport } from '@quorate/wire';
import { hashMessage, recoverAddress } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Account, newAccount, OWNER, refusalOf, startTestNetwork, type TestNetwork } from './support/network.ts';

let net: TestNetwork;
let admin: DfnsApiClient;
beforeAll(async () => {
  net = await startTestNetwork();
  ({ admin } = net);
});
afterAll(() => net[Symbol.asyncDispose]());

type Wallet = Awaited<ReturnType<DfnsApiClient['wallets']['createWallet']>>;
const trust = () => ({ genesis: net.devnet.genesis, genesisHash: net.devnet.genesisHash });
const sign = (client: DfnsApiClient, walletId: string) =>
  client.wallets.generateSignature({ walletId, body: { kind: 'Hash', hash: randomBytes(32).toString('hex') } });
const exported = async (client: DfnsApiClient, walletId: string, context = createExportContext()) =>
  (await client.wallets.exportWallet({ walletId, body: context.request() as never })) as unknown as ExportAnswer;
const newWallet = (body: object = {}): Promise<Wallet> => admin.wallets.createWallet({ body: { network: 'Ethereum', ...body } as never });

async function signMessage(client: DfnsApiClient, wallet: Wallet): Promise<void> {
  const message = `signed ${randomBytes(4).toString('hex')}`;
  const made = await client.wallets.generateSignature({ walletId: wallet.id, body: { kind: 'Message', message: `0x${Buffer.from(message).toString('hex')}` } });
  expect(made).toMatchObject({ status: 'Signed', walletId: wallet.id, network: wallet.network });
  const { encoded } = made.signature as { encoded: `0x${string}` };
  expect(await recoverAddress({ hash: hashMessage(message), signature: encoded })).toBe(wallet.address);
}

test('a second wallet on a key, on another network, signs and exports, and the export retires the key for both', async () => {
  const first = await newWallet({ network: 'KeyECDSA' });
  const body = { network: 'Polygon', name: 'second', externalId: 'e2', tags: ['b', 'a'], signingKey: { id: first.signingKey.id } } as const;
  const client = guard(admin, { ...trust(), orgId: net.devnet.admin.orgId });
  const second = await client.wallets.createWallet({ body: { ...body, tags: ['b', 'a'] } });
  expect(second).toMatchObject({ network: 'Polygon', name: 'second', externalId: 'e2', tags: ['a', 'b'], signingKey: first.signingKey, status: 'Active' });
  expect(await verifyWallet(second, trust())).toMatchObject({ walletId: second.id, address: second.address });
  expect(await admin.wallets.getWallet({ walletId: second.id })).toEqual({ ...second, certified: undefined });
  await signMessage(admin, second);
  const third = await newWallet({ network: 'Bitcoin', signingKey: { id: first.signingKey.id } });
  const key = await admin.keys.getKey({ keyId: first.signingKey.id });
  expect(key.wallets.map(({ id }) => id)).toEqual([first.id, second.id, third.id]);

  const context = createExportContext();
  const answer = await exported(admin, second.id, context);
  expect(answer.wallets).toEqual([first.id, second.id, third.id]);
  const { secret } = await context.recover(answer, { ...trust(), expectedPublicKey: second.signingKey.publicKey, keyId: second.signingKey.id as never });
  const account = privateKeyToAccount(`0x${Buffer.from(secret.bytes()).toString('hex')}`);
  expect(account.address).toBe(second.address);
  secret.wipe();
  for (const { id } of [first, second, third]) expect(await refusalOf(sign(admin, id))).toMatchObject({ code: 'key/retired' });
  const receipt = await fetch(`${net.devnet.url}/wallets/${second.id}/export/receipt?full=true`, {
    headers: { authorization: `Bearer ${net.devnet.admin.authToken}` },
  });
  expect(await verifyReceipt(await receipt.text(), net.devnet.genesisHash)).toMatchObject({
    walletId: second.id,
    keyId: first.signingKey.id,
    authority: 'acts',
  });
});

test('a further wallet is refused on a key that is not there, for a network that needs another kind, and where it lacks Keys:Reuse', async () => {
  const { signingKey } = await newWallet();
  const body = { network: 'Polygon', signingKey: { id: signingKey.id } } as const;
  const unknown = { ...body, signingKey: { id: deriveId('key', 0, 'none') } };
  expect(await refusalOf(admin.wallets.createWallet({ body: unknown }))).toMatchObject({ status: 404, code: 'key/unknown' });
  expect(await refusalOf(admin.wallets.createWallet({ body: { ...body, network: 'Starknet' } }))).toMatchObject({ status: 400 });
  const { client } = await newAccount(net, 'ed25519', OWNER);
  expect(await refusalOf(client.wallets.createWallet({ body }))).toMatchObject({ status: 403, code: 'auth/forbidden', details: { operation: 'Keys:Reuse' } });
  expect(await admin.wallets.createWallet({ body })).toMatchObject({ network: 'Polygon' });
});

test('a delegated key signs for its owner and refuses others, whether from birth or later', async () => {
  const owner = await newAccount(net, 'ed25519', OWNER);
  const born = await newWallet({ delegateTo: owner.userId });
  expect(born).toMatchObject({ custodial: false, signingKey: { delegatedTo: owner.userId } });
  const later = await newWallet({ delayDelegation: true });
  expect(later.custodial).toBe(true);
  await signMessage(admin, later);
  expect(await admin.wallets.delegateWallet({ walletId: later.id, body: { userId: owner.userId } })).toMatchObject({ walletId: later.id, status: 'Delegated' });
  const key = await admin.keys.createKey({ body: { scheme: 'ECDSA', curve: 'secp256k1', delayDelegation: true } });
  expect(await admin.keys.delegateKey({ keyId: key.id, body: { delegateTo: owner.userId } })).toMatchObject({ keyId: key.id, status: 'Delegated' });

  const further = await newWallet({ network: 'Polygon', signingKey: { id: later.signingKey.id } });
  expect(further).toMatchObject({ custodial: false, signingKey: { delegatedTo: owner.userId } });
  for (const { id } of [born, later, further]) {
    expect(await refusalOf(sign(admin, id))).toMatchObject({ status: 403, code: 'key/not-owner' });
    expect(await refusalOf(exported(admin, id))).toMatchObject({ status: 403, code: 'key/not-owner' });
    expect(await sign(owner.client, id)).toMatchObject({ status: 'Signed' });
  }
  const owned = await admin.wallets.listWallets({ query: { owner: owner.userId } });
  expect(owned.items.map(({ id }) => id).sort()).toEqual([born.id, later.id, further.id].sort());
  expect((await admin.keys.listKeys({ query: { owner: owner.userId } })).items).toHaveLength(3);
  expect((await exported(owner.client, born.id)).encryptedKeyShares.length).toBeGreaterThanOrEqual(3);
});

test('a delegation is once, of a key made for it, to somebody who is there', async () => {
  const [owner, other] = [await newAccount(net, 'ed25519', OWNER), await newAccount(net, 'ed25519', OWNER)];
  const delegate = (wallet: Wallet, to: Account) => admin.wallets.delegateWallet({ walletId: wallet.id, body: { userId: to.userId } });
  expect(await refusalOf(delegate(await newWallet(), owner))).toMatchObject({ status: 409, code: 'key/not-delegable' });
  const wallet = await newWallet({ delayDelegation: true });
  const { userId } = await newAccount(net, 'ed25519', []);
  await admin.auth.deactivateServiceAccount({ serviceAccountId: userId, body: {} });
  expect(await refusalOf(delegate(wallet, { ...owner, userId }))).toMatchObject({ status: 400, code: 'key/delegatee' });
  expect(await refusalOf(newWallet({ delegateTo: userId }))).toMatchObject({ status: 400, code: 'key/delegatee' });
  expect(await delegate(wallet, owner)).toMatchObject({ status: 'Delegated' });
  expect(await refusalOf(delegate(wallet, other))).toMatchObject({ status: 409, code: 'key/delegated' });
  const byKey = admin.keys.delegateKey({ keyId: wallet.signingKey.id, body: { delegateTo: other.userId } });
  expect(await refusalOf(byKey)).toMatchObject({ status: 409, code: 'key/delegated' });
});

test('tags come and go, sorted and none twice, and have limits', async () => {
  const { id: walletId, tags } = await newWallet({ tags: ['m', 'a'] });
  expect(tags).toEqual(['a', 'm']);
  const now = async () => (await admin.wallets.getWallet({ walletId })).tags;
  await admin.wallets.tagWallet({ walletId, body: { tags: ['z', 'a', 'z'] } });
  expect(await now()).toEqual(['a', 'm', 'z']);
  await admin.wallets.untagWallet({ walletId, body: { tags: ['m', 'never there'] } });
  expect(await now()).toEqual(['a', 'z']);
  const many = Array.from({ length: 63 }, (_, i) => `t${i}`);
  expect(await refusalOf(admin.wallets.tagWallet({ walletId, body: { tags: many } }))).toMatchObject({ status: 400, code: 'wallet/too-many-tags' });
  expect(await refusalOf(admin.wallets.tagWallet({ walletId, body: { tags: ['x'.repeat(65)] } }))).toMatchObject({ status: 400, code: 'request/invalid' });
  await admin.wallets.tagWallet({ walletId, body: { tags: many.slice(1) } });
  expect(await now()).toHaveLength(64);
});

test('an archived key and its wallets sign and export no more, and stay readable', async () => {
  const wallet = await newWallet();
  const second = await newWallet({ network: 'Polygon', signingKey: { id: wallet.signingKey.id } });
  expect(await admin.keys.deleteKey({ keyId: wallet.signingKey.id })).toMatchObject({ status: 'Archived', dateDeleted: expect.any(String) });
  for (const { id } of [wallet, second]) {
    expect(await refusalOf(sign(admin, id))).toMatchObject({ status: 409, code: 'key/archived' });
    expect(await refusalOf(exported(admin, id))).toMatchObject({ status: 409, code: 'key/archived' });
    expect(await admin.wallets.getWallet({ walletId: id })).toMatchObject({ status: 'Archived', dateDeleted: expect.any(String) });
  }
  const further = newWallet({ network: 'Polygon', signingKey: { id: wallet.signingKey.id } });
  expect(await refusalOf(further)).toMatchObject({ status: 409, code: 'key/archived' });
  expect(await refusalOf(admin.keys.deleteKey({ keyId: wallet.signingKey.id }))).toMatchObject({ status: 409, code: 'key/archived' });
  await signMessage(admin, await newWallet());
});

test('a key that is never to be exported says so, signs, and is not exported', async () => {
  const born = await newWallet({ neverExportable: true });
  const declared = await newWallet();
  expect([born, declared]).toMatchObject([{ neverExportable: true }, { neverExportable: false }]);
  const client = connect({ ...trust(), baseUrl: net.devnet.url, authToken: net.devnet.admin.authToken, signer: new AsymmetricKeySigner(net.devnet.admin) });
  expect(await client.call(renounceKeyExport, { params: { keyId: declared.signingKey.id } })).toMatchObject({ neverExportable: true });
  expect(await admin.wallets.getWallet({ walletId: declared.id })).toMatchObject({ neverExportable: true });
  for (const wallet of [born, declared]) {
    expect(await refusalOf(exported(admin, wallet.id))).toMatchObject({ status: 403, code: 'export/never-exportable' });
    await signMessage(admin, wallet);
  }
  expect((await exported(admin, (await newWallet()).id)).encryptedKeyShares.length).toBeGreaterThanOrEqual(3);
});

test('names are changed and taken away, and no signer hears of it', async () => {
  const before = (await admin.wallets.listWallets({})).items.length;
  const { id: walletId, signingKey } = await newWallet({ name: 'old', externalId: 'e' });
  const client = connect({ ...trust(), baseUrl: net.devnet.url, authToken: net.devnet.admin.authToken });
  const { head } = await client.call(getOrganisation);
  const renamed = await admin.wallets.updateWallet({ walletId, body: { name: 'new' } });
  expect(renamed).toMatchObject({ name: 'new', externalId: 'e' });
  expect(await admin.wallets.updateWallet({ walletId, body: { externalId: null } })).not.toHaveProperty('externalId');
  expect(await admin.keys.updateKey({ keyId: signingKey.id, body: { name: 'a key' } })).toMatchObject({ name: 'a key' });
  expect(await admin.keys.updateKey({ keyId: signingKey.id, body: { name: null } })).not.toHaveProperty('name');
  expect((await client.call(getOrganisation)).head).toEqual(head);
  expect((await admin.wallets.listWallets({})).items.length).toBe(before + 1);
  const { client: other } = await newAccount(net, 'ed25519', OWNER);
  expect(await refusalOf(other.wallets.updateWallet({ walletId, body: { name: 'mine' } }))).toMatchObject({ status: 403, code: 'auth/forbidden' });
});
