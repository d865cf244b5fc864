/**
 * The whole way, over real HTTP with the unmodified SDK: create, sign, export, recover, refused.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { DfnsApiClient } from '@dfns/sdk';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { createExportContext, type Expectation, guard, verifyWallet } from '@quorate/client';
import { b64, type ExportAnswer } from '@quorate/wire';
import { hashMessage, recoverAddress } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Account, type KeyType, newAccount, OWNER, refusalOf, openNetwork, type AnyNetwork, wholeExport } from './support/network.ts';

let net: AnyNetwork;
beforeAll(async () => {
  net = await openNetwork();
});
afterAll(() => net[Symbol.asyncDispose]());

type Wallet = Awaited<ReturnType<DfnsApiClient['wallets']['createWallet']>>;
const trust = () => ({ genesis: net.devnet.genesis, genesisHash: net.devnet.genesisHash });
const expectationOf = (wallet: Wallet): Expectation => ({ ...trust(), expectedPublicKey: wallet.signingKey.publicKey, keyId: wallet.signingKey.id as never });

async function signMessage({ client }: Account, wallet: Wallet): Promise<void> {
  const message = `signed ${randomBytes(4).toString('hex')}`;
  const made = await client.wallets.generateSignature({ walletId: wallet.id, body: { kind: 'Message', message: `0x${Buffer.from(message).toString('hex')}` } });
  expect(made.status).toBe('Signed');
  const encoded = (made.signature as { encoded: `0x${string}` }).encoded;
  // viem knows nothing of us: it must find the wallet's address in the signature.
  expect(await recoverAddress({ hash: hashMessage(message), signature: encoded })).toBe(wallet.address);
}

/** With the pieces of so many signers, each of which may come after the others. */
async function exported(
  by: Account,
  wallet: Wallet,
  { context = createExportContext(), client = by.client, count = 5 } = {},
): Promise<{ answer: ExportAnswer; context: typeof context }> {
  const answer = (await client.wallets.exportWallet({ walletId: wallet.id, body: context.request() as never })) as unknown as ExportAnswer;
  expect(answer.encryptedKeyShares.length).toBeGreaterThanOrEqual(3);
  return { answer: await wholeExport(net.devnet, by, `/wallets/${wallet.id}/export`, answer, count), context };
}

async function expectRetired({ client }: Account, wallet: Wallet): Promise<void> {
  const refusal = await refusalOf(client.wallets.generateSignature({ walletId: wallet.id, body: { kind: 'Hash', hash: '11'.repeat(32) } }));
  expect(refusal).toMatchObject({ status: 403, code: 'key/retired' });
  expect(await client.wallets.getWallet({ walletId: wallet.id })).toMatchObject({ exported: true, dateExported: expect.any(String) });
}

describe.each(['ed25519', 'P-256'] satisfies KeyType[])('an owner with a %s credential', (keyType) => {
  let owner: Account;
  beforeAll(async () => {
    owner = await newAccount(net, keyType, OWNER);
  });

  test('creates, signs, exports with all five signers, recovers, and is refused ever after', async () => {
    const client = guard(owner.client, { ...trust(), orgId: net.devnet.admin.orgId });
    const wallet = await client.wallets.createWallet({ body: { network: 'Ethereum', name: 'treasury' } });
    await expect(verifyWallet(wallet, trust())).resolves.toMatchObject({ address: wallet.address });
    await signMessage(owner, wallet);

    const { answer, context } = await exported(owner, wallet, { client });
    expect(answer).toMatchObject({ protocol: 'CGGMP21', curve: 'secp256k1', minSigners: 3, publicKey: wallet.signingKey.publicKey });
    expect(answer.encryptedKeyShares).toHaveLength(5);
    expect(answer.tombstones.length).toBeGreaterThanOrEqual(3);

    const { secret, report } = await context.recover(answer, expectationOf(wallet));
    expect(report).toMatchObject({ blamed: [], notChecked: [] });
    const account = privateKeyToAccount(`0x${Buffer.from(secret.bytes()).toString('hex')}`);
    expect(account.address).toBe(wallet.address);
    secret.wipe();
    expect(() => secret.bytes()).toThrow();
    await expectRetired(owner, wallet);
  });

  test('exports with two signers stopped, and gets their shares when they are back', async () => {
    const wallet = await owner.client.wallets.createWallet({ body: { network: 'Ethereum' } });
    await net.devnet.signers.stop(2);
    await net.devnet.signers.stop(5);
    const { answer, context } = await exported(owner, wallet, { count: 3 });
    expect(answer.encryptedKeyShares).toHaveLength(3);
    const { secret } = await context.recover(answer, expectationOf(wallet));
    expect(privateKeyToAccount(`0x${Buffer.from(secret.bytes()).toString('hex')}`).address).toBe(wallet.address);
    await net.devnet.signers.start(2);
    await net.devnet.signers.start(5);
    await expectRetired(owner, wallet);
    const again = await exported(owner, wallet, { context });
    expect(again.answer.encryptedKeyShares).toHaveLength(5);
    for (const share of answer.encryptedKeyShares) expect(again.answer.encryptedKeyShares).toContainEqual(share);
  });
});

describe('an export', () => {
  let owner: Account;
  beforeAll(async () => {
    owner = await newAccount(net, 'secp256k1', OWNER);
  });

  test('with one signer stopped signs, exports and recovers', async () => {
    const wallet = await owner.client.wallets.createWallet({ body: { network: 'Ethereum' } });
    await net.devnet.signers.stop(1);
    await signMessage(owner, wallet);
    const { answer, context } = await exported(owner, wallet, { count: 4 });
    expect(answer.encryptedKeyShares).toHaveLength(4);
    const { report } = await context.recover(answer, expectationOf(wallet));
    expect(report.blamed).toEqual([]);
    await net.devnet.signers.start(1);
    await expectRetired(owner, wallet);
  });

  test('in which one signer releases a wrong share names it and recovers all the same', async () => {
    const wallet = await owner.client.wallets.createWallet({ body: { network: 'Ethereum' } });
    await net.lies(3, true);
    const { answer, context } = await exported(owner, wallet);
    await net.lies(3, false);
    const { secret, report } = await context.recover(answer, expectationOf(wallet));
    expect(report.blamed.map(({ signerId }) => signerId)).toEqual([net.devnet.signers.id(3)]);
    expect(privateKeyToAccount(`0x${Buffer.from(secret.bytes()).toString('hex')}`).address).toBe(wallet.address);
  });

  test('with three signers stopped is refused naming them, sets no tombstone, and the key signs when they are back', async () => {
    const wallet = await owner.client.wallets.createWallet({ body: { network: 'Ethereum' } });
    for (const number of [1, 2, 3]) await net.devnet.signers.stop(number);
    const refusal = await refusalOf(exported(owner, wallet));
    expect(refusal).toMatchObject({ status: 503 });
    expect([...(refusal.details['missing'] as string[])].sort()).toEqual([1, 2, 3].map((number) => net.devnet.signers.id(number)).sort());
    expect(await owner.client.wallets.getWallet({ walletId: wallet.id })).toMatchObject({ exported: false });
    for (const number of [1, 2, 3]) await net.devnet.signers.start(number);
    await signMessage(owner, wallet);
  });

  test('repeated with the same one-time key gives the same ciphertexts; with a new one, new ones, and the key stays retired', async () => {
    const wallet = await owner.client.wallets.createWallet({ body: { network: 'Bitcoin' } });
    const first = await exported(owner, wallet);
    const again = await exported(owner, wallet, { context: first.context });
    expect(again.answer.encryptedKeyShares).toEqual(first.answer.encryptedKeyShares);
    const other = await exported(owner, wallet);
    expect(other.answer.encryptedKeyShares).not.toEqual(first.answer.encryptedKeyShares);
    await expect(other.context.recover(other.answer, expectationOf(wallet))).resolves.toBeDefined();
    await expectRetired(owner, wallet);
  });

  test('has the lengths of Dfns’s documented example: a 34-byte key, 281-byte shares, 32-byte signer ids', async () => {
    const wallet = await owner.client.wallets.createWallet({ body: { network: 'KeyECDSA' } });
    const { answer, context } = await exported(owner, wallet);
    expect(b64.decode(context.request().encryptionKey)).toHaveLength(34);
    for (const { signerId, encryptedKeyShare } of answer.encryptedKeyShares) {
      expect(b64.decode(signerId)).toHaveLength(32);
      expect(b64.decode(encryptedKeyShare)).toHaveLength(281);
    }
  });

  test('by key works as by wallet, and is fetched again with GET by its requester alone', async () => {
    const key = await owner.client.keys.createKey({ body: { scheme: 'ECDSA', curve: 'secp256k1' } });
    const context = createExportContext();
    const given = (await owner.client.keys.exportKey({ keyId: key.id, body: context.request() as never })) as unknown as ExportAnswer;
    const answer = await wholeExport(net.devnet, owner, `/keys/${key.id}/export`, given);
    const get = async (account: Account) =>
      (await fetch(new URL(`/keys/${key.id}/export`, net.devnet.url), { headers: { authorization: `Bearer ${account.authToken}` } })).json();
    const fetched = (await get(owner)) as ExportAnswer;
    expect(fetched.encryptedKeyShares).toEqual(answer.encryptedKeyShares);
    expect(await get(await newAccount(net, 'ed25519', OWNER))).toMatchObject({ error: { code: 'export/none' } });
    const { secret } = await context.recover(fetched, { ...trust(), expectedPublicKey: key.publicKey });
    const digest = createHash('sha256').update('anything').digest();
    const signature = secp256k1.sign(digest, secret.bytes(), { prehash: false });
    expect(secp256k1.verify(signature, digest, Buffer.from(key.publicKey, 'hex'), { prehash: false })).toBe(true);
  });

  test('without the permission is refused, with it it goes through', async () => {
    const wallet = await owner.client.wallets.createWallet({ body: { network: 'KeyECDSA' } });
    const reader = await newAccount(net, 'ed25519', ['Wallets:Read', 'Keys:Signatures:Create']);
    expect(await refusalOf(exported(reader, wallet))).toMatchObject({ status: 403, code: 'auth/forbidden' });
    expect((await exported(owner, wallet)).answer.minSigners).toBe(3);
  });
});

test('export is off until a signed act switches it on, and the refusal says so', async () => {
  await using off = await openNetwork({ allowExport: false });
  const owner = await newAccount(off, 'ed25519', OWNER);
  const wallet = await owner.client.wallets.createWallet({ body: { network: 'KeyECDSA' } });
  const refusal = await refusalOf(exported(owner, wallet));
  expect(refusal).toMatchObject({ status: 403, code: 'export/disabled' });
  expect(refusal.message).toContain('PUT /organisation/settings');
});

describe('a server that answers with an address or key of its own', () => {
  test('is caught by the client, which derives the address from a certificate signed by all signers', async () => {
    const owner = await newAccount(net, 'ed25519', OWNER);
    const wallet = await owner.client.wallets.createWallet({ body: { network: 'Ethereum' } });
    const another = await owner.client.wallets.createWallet({ body: { network: 'Ethereum' } });
    const theirs = privateKeyToAccount(`0x${randomBytes(32).toString('hex')}`);
    const lies = [
      { ...wallet, address: theirs.address },
      { ...wallet, signingKey: { ...wallet.signingKey, publicKey: theirs.publicKey.slice(2) } },
      { ...wallet, keyCertificate: (another as unknown as { keyCertificate: unknown }).keyCertificate },
      { ...wallet, keyCertificate: undefined },
    ];
    for (const lie of lies) await expect(verifyWallet(lie as never, trust())).rejects.toMatchObject({ name: 'Refusal', code: 'certificate/invalid' });
    await expect(verifyWallet(wallet as never, trust())).resolves.toMatchObject({ address: wallet.address });
  });
});
