/**
 * The server as attacker towards its clients, and thieves with what clients carry: real server, real signers and the
 * unmodified SDK, with a proxy between that changes what it likes.
 */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { DfnsApiClient } from '@dfns/sdk';
import { AsymmetricKeySigner } from '@dfns/sdk-keysigner';
import { connect, createExportContext, guard, verifyCertified, verifyWallet, type WalletLike } from '@quorate/client';
import { createPermission, type Evidence, type ExportAnswer, isRefusal } from '@quorate/wire';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type LyingProxy, startLyingProxy } from '../support/lying-proxy.ts';
import { type Account, newAccount, OWNER, pkcs8, refusalOf, startTestNetwork, type TestNetwork } from '../support/network.ts';

let net: TestNetwork;
let proxy: LyingProxy;
let owner: Account;
/** The owner's client as the stock SDK is, and as it is behind our guard. Both talk to the proxy. */
let stock: DfnsApiClient;
let guarded: DfnsApiClient;
beforeAll(async () => {
  net = await startTestNetwork();
  proxy = await startLyingProxy(net.devnet.url);
  owner = await newAccount(net, 'ed25519', [...OWNER, 'Wallets:Update', 'Permissions:Create']);
  stock = clientWith(owner);
  guarded = guard(stock, { ...trust(), orgId: net.devnet.admin.orgId, userId: owner.userId });
});
beforeEach(() => proxy.honest());
afterAll(async () => {
  await proxy[Symbol.asyncDispose]();
  await net[Symbol.asyncDispose]();
});

const trust = () => ({ genesis: net.devnet.genesis, genesisHash: net.devnet.genesisHash });
const clientWith = ({ authToken, credId, privateKey }: Pick<Account, 'authToken' | 'credId' | 'privateKey'>): DfnsApiClient =>
  new DfnsApiClient({ baseUrl: proxy.url, orgId: net.devnet.admin.orgId, authToken, signer: new AsymmetricKeySigner({ credId, privateKey }) });
const newWallet = (client = guarded) => client.wallets.createWallet({ body: { network: 'Ethereum' } });
const verified = (wallet: object) => verifyWallet(wallet as WalletLike, { ...trust(), ownerId: owner.userId });
const refused = async (work: Promise<unknown>): Promise<{ code: string; detail: unknown }> => {
  const error = await work.then(
    () => new Error('it was accepted'),
    (reason: unknown) => reason,
  );
  if (!isRefusal(error)) throw error;
  return { code: error.code, detail: error.detail };
};
const signs = async (walletId: string): Promise<void> =>
  expect((await guarded.wallets.generateSignature({ walletId, body: { kind: 'Hash', hash: randomBytes(32).toString('hex') } })).status).toBe('Signed');
const exported = async (walletId: string) => {
  const context = createExportContext();
  return { context, answer: (await guarded.wallets.exportWallet({ walletId, body: context.request() as never })) as unknown as ExportAnswer };
};

test('a server that answers a new wallet with an older wallet’s key, so that its owner pays into that', async () => {
  const older = await newWallet();
  proxy.lie('POST', /^\/wallets$/, (wallet: object) => ({ ...wallet, signingKey: older.signingKey, address: older.address }));
  expect(await refused(verified(await newWallet()))).toMatchObject({ code: 'certificate/invalid' });
  // Its certificate as well: then it is the older wallet.
  proxy.honest();
  let challenge = '';
  const noting = guard(stock, { ...trust(), orgId: net.devnet.admin.orgId });
  proxy.lie('POST', /^\/auth\/action\/init$/, (init: { challenge: string }) => {
    challenge = init.challenge;
    return init;
  });
  proxy.lie('POST', /^\/wallets$/, () => older);
  const answered = await newWallet(noting);
  expect(await refused(verifyWallet(answered as unknown as WalletLike, { ...trust(), challenge }))).toMatchObject({ detail: { member: 'challenge' } });
  proxy.honest();
  await verified(await newWallet());
});

test('a server that answers a new wallet with an address of its own', async () => {
  proxy.lie('POST', /^\/wallets$/, (wallet: object) => ({ ...wallet, address: `0x${'ab'.repeat(20)}` }));
  expect(await refused(verified(await newWallet()))).toMatchObject({ code: 'certificate/invalid', detail: { member: 'address' } });
  proxy.honest();
  const wallet = await newWallet();
  expect((await verified(wallet)).address).toBe(wallet.address);
});

test('a server that answers a wallet with a public key of its own', async () => {
  const publicKey = `02${'79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798'}`;
  const own = (wallet: { signingKey: object }) => ({ ...wallet, signingKey: { ...wallet.signingKey, publicKey } });
  proxy.lie('GET', /^\/wallets\//, own);
  const { id } = await newWallet();
  expect(await refused(verified(await guarded.wallets.getWallet({ walletId: id })))).toMatchObject({ detail: { member: 'signingKey.publicKey' } });
  proxy.honest();
  await verified(await guarded.wallets.getWallet({ walletId: id }));
});

test('a server that answers an export with another wallet’s shares, which it has the key to', async () => {
  const [mine, other] = [await newWallet(), await newWallet()];
  const context = createExportContext();
  // The same encryption key, so that the other wallet's shares open.
  const others = (await guarded.wallets.exportWallet({ walletId: other.id, body: context.request() as never })) as unknown as ExportAnswer;
  proxy.lie('POST', /\/export$/, () => others);
  const answer = (await guarded.wallets.exportWallet({ walletId: mine.id, body: context.request() as never })) as unknown as ExportAnswer;
  const expectation = { ...trust(), expectedPublicKey: mine.signingKey.publicKey, keyId: mine.signingKey.id as never };
  expect((await refused(context.recover(answer, expectation))).code).toBe('share/wrong-key');
  proxy.honest();
  const again = (await guarded.wallets.exportWallet({ walletId: mine.id, body: context.request() as never })) as unknown as ExportAnswer;
  const { secret } = await context.recover(again, expectation);
  secret.wipe();
});

test('a server that has the user sign an export to its own encryption key in place of the call that was made', async () => {
  const wallet = await newWallet();
  const thefts = createExportContext();
  const permission = () => ({ body: { name: `reader ${randomBytes(4).toString('hex')}`, operations: ['Wallets:Read' as const] } });
  proxy.turn('POST', /^\/auth\/action\/init$/, (init: object) => ({
    ...init,
    userActionHttpPath: `/wallets/${wallet.id}/export`,
    userActionPayload: JSON.stringify(thefts.request()),
  }));
  // Behind the guard nothing is signed.
  proxy.seen();
  expect(await refused(guarded.permissions.createPermission(permission()))).toMatchObject({ code: 'guard/foreign-challenge' });
  expect(proxy.seen().filter(({ url }) => url === '/auth/action')).toEqual([]);
  // The stock client signs whatever it is shown: its user has asked for the export, as far as anybody can tell.
  expect(await refusalOf(stock.permissions.createPermission(permission()))).toMatchObject({ code: 'action/mismatch' });
  expect(proxy.seen().filter(({ url }) => url === '/auth/action')).toHaveLength(1);
  proxy.honest();
  await guarded.permissions.createPermission(permission());
  await signs(wallet.id);
});

test('a server that swaps the encryption key of an export on its way', async () => {
  const wallet = await newWallet();
  const own = createExportContext();
  proxy.turn('POST', /\/export$/, (body: object) => ({ ...body, ...own.request() }));
  expect(await refusalOf(exported(wallet.id))).toMatchObject({ status: 403, code: 'action/mismatch' });
  proxy.honest();
  await signs(wallet.id);
  const { answer, context } = await exported(wallet.id);
  const { secret } = await context.recover(answer, { ...trust(), expectedPublicKey: wallet.signingKey.publicKey, keyId: wallet.signingKey.id as never });
  secret.wipe();
});

test('a server that answers an act which no signer has with a certificate of another', async () => {
  const made: Evidence[] = [];
  const connection = connect({
    baseUrl: proxy.url,
    authToken: owner.authToken,
    signer: new AsymmetricKeySigner(owner),
    ...trust(),
    onAction: (e) => made.push(e),
  });
  const body = () => ({ body: { name: `reader ${randomBytes(4).toString('hex')}`, operations: ['Wallets:Read'] } });
  type Answer = { certified: { number: number; head: string; stored: number; signers: number; acks: unknown[] } };
  const first = (await connection.call(createPermission, body())) as unknown as Answer;
  await verifyCertified(trust(), first.certified as never, made.at(-1));
  proxy.lie('POST', /^\/permissions$/, (answer: object) => ({ ...answer, certified: first.certified }));
  const second = (await connection.call(createPermission, body())) as unknown as Answer;
  expect(await refused(verifyCertified(trust(), second.certified as never, made.at(-1)))).toMatchObject({ code: 'authority/conflict' });
  proxy.honest();
  proxy.lie('POST', /^\/permissions$/, (answer: Answer) => ({ ...answer, certified: { ...answer.certified, acks: answer.certified.acks.slice(0, 2) } }));
  const third = (await connection.call(createPermission, body())) as unknown as Answer;
  expect(await refused(verifyCertified(trust(), third.certified as never, made.at(-1)))).toMatchObject({ code: 'authority/uncertified' });
  proxy.honest();
  const fourth = (await connection.call(createPermission, body())) as unknown as Answer;
  expect((await verifyCertified(trust(), fourth.certified as never, made.at(-1))).ownAct).toBe(true);
});

test('a thief of a bearer token, without the credential, who wants to sign and to export', async () => {
  const wallet = await newWallet();
  const pair = generateKeyPairSync('ed25519');
  const thief = clientWith({ authToken: owner.authToken, credId: owner.credId, privateKey: pkcs8(pair.privateKey) });
  // It reads, and nothing more.
  expect((await thief.wallets.getWallet({ walletId: wallet.id })).id).toBe(wallet.id);
  const wanted = { walletId: wallet.id, body: { kind: 'Hash' as const, hash: '11'.repeat(32) } };
  expect(await refusalOf(thief.wallets.generateSignature(wanted))).toMatchObject({ code: 'action/signature-invalid' });
  expect(await refusalOf(thief.wallets.exportWallet({ walletId: wallet.id, body: createExportContext().request() as never }))).toMatchObject({
    code: 'action/signature-invalid',
  });
  // With a credential of its own it is somebody else.
  const mallory = await newAccount(net, 'ed25519', OWNER);
  const mixed = clientWith({ ...mallory, authToken: owner.authToken });
  await expect(mixed.wallets.generateSignature(wanted)).rejects.toThrow();
  await signs(wallet.id);
});

test('a thief of a user action token, who wants something else done with it', async () => {
  const wallet = await newWallet();
  const mallory = await newAccount(net, 'ed25519', OWNER);
  // Taken on the way: the call itself never arrives.
  const body = { kind: 'Hash' as const, hash: randomBytes(32).toString('hex') };
  proxy.turn('POST', /\/signatures$/, () => ({ kind: 'Hash', hash: 'ff'.repeat(32) }));
  proxy.seen();
  expect(await refusalOf(stock.wallets.generateSignature({ walletId: wallet.id, body }))).toMatchObject({ code: 'action/mismatch' });
  const userAction = proxy.seen().find(({ headers }) => headers['x-dfns-useraction'] !== undefined)?.headers['x-dfns-useraction'] ?? '';
  expect(userAction).not.toBe('');
  const play = async (authToken: string, path: string, text: string): Promise<unknown> => {
    const headers = { authorization: `Bearer ${authToken}`, 'content-type': 'application/json', 'x-dfns-useraction': userAction };
    const response = await fetch(new URL(path, net.devnet.url), { method: 'POST', headers, body: text });
    return ((await response.json()) as { error?: { code: string } }).error?.code;
  };
  // Spent by the first attempt, for everybody and everything, the right request included.
  for (const [token, path] of [
    [mallory.authToken, `/wallets/${wallet.id}/signatures`],
    [owner.authToken, `/wallets/${wallet.id}/export`],
    [owner.authToken, `/wallets/${wallet.id}/signatures`],
  ] as const) {
    const text = path.endsWith('export') ? JSON.stringify(createExportContext().request()) : JSON.stringify(body);
    expect(await play(token, path, text)).toBe('action/used');
  }
  proxy.honest();
  await signs(wallet.id);
});
