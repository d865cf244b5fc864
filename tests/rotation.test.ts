/**
 * Rotation of signers' keys in a whole network over real HTTP: one signer, then all of them one after another, with
 * signing, exports, receipts, restarts and a signer that was away, all through the unmodified SDK where it has the call.
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { AsymmetricKeySigner } from '@dfns/sdk-keysigner';
import {
  connect,
  type Connection,
  createExportContext,
  createReceipt,
  importSigners,
  type KnownRoster,
  learnRoster,
  verifyCertified,
  verifyReceipt,
  verifyWallet,
} from '@quorate/client';
import { prepareRotation } from '@quorate/signer';
import {
  type ActRecord,
  type Evidence,
  type ExportAnswer,
  formatEncryptionKey,
  b64,
  getWalletExport,
  getWalletExportReceipt,
  listActs,
  listSigners,
  readReceipt,
  rotateSignerKeys,
  writeReceipt,
} from '@quorate/wire';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Account, clientOf, newAccount, OWNER, startTestNetwork, type TestNetwork, wholeExport } from './support/network.ts';

const example = fileURLToPath(new URL('../examples/administrate.ts', import.meta.url));

let dir: string;
let net: TestNetwork;
let owner: Account;
/** Signer 3 gets no further than that the act is durable, once this is set. */
let dieAt: (() => void) | null = null;
const start = () =>
  startTestNetwork({
    dir,
    hooks: {
      signer: (number) => ({
        durable: (step) => {
          if (number !== 3 || step !== 'act-certified' || dieAt === null) return;
          dieAt();
          throw new Error('dies here');
        },
      }),
    },
  });
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'quorate-rotation-'));
  net = await start();
  owner = await newAccount(net, 'P-256', OWNER);
});
afterAll(async () => {
  await net[Symbol.asyncDispose]();
  rmSync(dir, { recursive: true, force: true });
});

async function restart(): Promise<void> {
  await net[Symbol.asyncDispose]();
  net = await start();
  owner = { ...owner, client: clientOf(net.devnet, owner) };
}

const trust = () => ({ genesis: net.devnet.genesis, genesisHash: net.devnet.genesisHash });
const actions: Evidence[] = [];
const connection = (): Connection => {
  const { url, admin } = net.devnet;
  return connect({
    ...trust(),
    orgId: admin.orgId,
    baseUrl: url,
    authToken: admin.authToken,
    signer: new AsymmetricKeySigner({ credId: admin.credId, privateKey: admin.privateKey }),
    onAction: (evidence) => void actions.push(evidence),
  });
};
const signerDir = (number: number): string => join(dir, 'signers', String(number));
const signersNow = async () => (await connection().call(listSigners)).clusters[0]?.signers ?? [];
const learn = (roster?: KnownRoster): Promise<KnownRoster> =>
  learnRoster({ ...trust(), ...(roster === undefined ? {} : { roster }) }, (after) => connection().call(listActs, { query: { after } }));

async function rotate(number: number) {
  const signerId = net.devnet.signers.id(number);
  const rotations = (await signersNow()).find((signer) => signer.signerId === signerId)?.rotations ?? 0;
  const { body } = prepareRotation(signerDir(number), { ...trust(), sequence: rotations + 1 });
  const answer = await connection().call(rotateSignerKeys, { params: { signerId }, body });
  return { signerId, body, answer };
}
const newWallet = () => owner.client.wallets.createWallet({ body: { network: 'Ethereum' } });
const sign = (walletId: string) => owner.client.wallets.generateSignature({ walletId, body: { kind: 'Hash', hash: `0x${'5a'.repeat(32)}` } });
async function exported(walletId: string, context = createExportContext()): Promise<ExportAnswer> {
  const answer = (await owner.client.wallets.exportWallet({ walletId, body: context.request() as never })) as unknown as ExportAnswer;
  return wholeExport(net.devnet, owner, `/wallets/${walletId}/export`, answer);
}
const receiptOf = async (walletId: string): Promise<string> => {
  const response = await fetch(new URL(`/wallets/${walletId}/export/receipt`, net.devnet.url), { headers: { authorization: `Bearer ${owner.authToken}` } });
  expect(response.status).toBe(200);
  return response.text();
};
/** Quorums take turns, so that all five take part in some of these. */
async function signWithAll(walletId: string): Promise<void> {
  for (let i = 0; i < 3; i++) expect((await sign(walletId)).status).toBe('Signed');
}

test('one signer of five: keys made before still sign and open, receipts before and after hold, and its id stays', { timeout: 240_000 }, async () => {
  const [before, across, later] = [await newWallet(), await newWallet(), await newWallet()];
  await exported(before.id);
  const receiptBefore = await receiptOf(before.id);
  const context = createExportContext();

  const ids = (await signersNow()).map(({ signerId }) => signerId);
  const { signerId, body, answer } = await rotate(2);
  expect(answer).toMatchObject({ signerId, identityKey: body.identityKey, sealingKey: body.sealingKey, importKey: body.importKey, rotations: 1 });
  const now = await signersNow();
  expect(now.map((signer) => signer.signerId)).toEqual(ids);
  expect(now.find((signer) => signer.signerId === signerId)).toMatchObject({ rotations: 1, encryptionKey: formatEncryptionKey(b64.decode(body.importKey)) });
  await expect.poll(() => existsSync(join(signerDir(2), 'identity-next.sealed'))).toBe(false);

  // The client computes who is who from the acts, and checks what signers sign by that.
  const roster = await learn();
  expect(roster.signerKeys.get(signerId)?.last()).toMatchObject({ identityKey: body.identityKey });
  const verified = await verifyCertified({ ...trust(), roster }, answer.certified, actions.at(-1));
  expect(verified.ownAct).toBe(true);
  expect(importSigners(net.devnet.genesis, roster).find((signer) => signer.signerId === signerId)?.encryptionKey).toBe(
    formatEncryptionKey(b64.decode(body.importKey)),
  );

  // Shares and aux info are sealed to the id, which has not changed.
  await signWithAll(across.id);
  const made = await newWallet();
  await expect(verifyWallet(made as never, trust())).rejects.toMatchObject({ code: 'certificate/invalid' });
  expect((await verifyWallet(made as never, { ...trust(), roster })).walletId).toBe(made.id);
  expect((await verifyWallet(later as never, trust())).walletId).toBe(later.id);

  // Before: its short receipt is the same file. After: the acts come with it by themselves.
  expect(await receiptOf(before.id)).toBe(receiptBefore);
  expect((await verifyReceipt(receiptBefore, net.devnet.genesisHash)).authority).toBe('signers');
  const given = await exported(across.id, context);
  expect(given.releases).toHaveLength(5);
  const { secret, report } = await context.recover(given, { ...trust(), roster: await learn(roster), expectedPublicKey: across.signingKey.publicKey });
  expect(report).toMatchObject({ blamed: [], notChecked: [] });
  secret[Symbol.dispose]?.();
  const file = await receiptOf(across.id);
  const after = await verifyReceipt(file, net.devnet.genesisHash);
  expect(after).toMatchObject({ authority: 'acts', released: ids });
  const { acts, ...bare } = readReceipt(file);
  await expect(verifyReceipt(writeReceipt(bare), net.devnet.genesisHash)).rejects.toMatchObject({
    code: 'receipt/statement',
    detail: { hint: expect.stringContaining('full=true') },
  });
  // The client makes the same file from the acts it has verified, and refuses to make the short one.
  const ownerConnection = connect({ ...trust(), orgId: net.devnet.admin.orgId, baseUrl: net.devnet.url, authToken: owner.authToken });
  const all = await ownerConnection.call(getWalletExport, { params: { walletId: across.id } });
  const fromClient = createReceipt(all, { ...trust(), roster: await learn(), acts: acts as ActRecord[] });
  expect(await fromClient).toBe(file);
  await expect(createReceipt(all, { ...trust(), roster: await learn() })).rejects.toMatchObject({ code: 'receipt/incomplete' });
  expect(writeReceipt(await ownerConnection.call(getWalletExportReceipt, { params: { walletId: across.id } }))).toBe(file);
});

test('all five, one after another, with a signer away during it and another that dies between the act and its new keys', {
  timeout: 400_000,
}, async () => {
  const wallet = await newWallet();
  const earlier = await newWallet();
  const context = createExportContext();
  const answer = await exported(earlier.id, context);
  const ciphertexts = answer.encryptedKeyShares.map(({ encryptedKeyShare }) => encryptedKeyShare);

  // Signer 5 is away while the others change their keys, and knows nobody when it comes back.
  await net.devnet.signers.stop(5);
  await rotate(1);
  await rotate(2);
  const died = Promise.withResolvers<void>();
  dieAt = () => died.resolve();
  await rotate(3);
  await died.promise;
  dieAt = null;
  expect(existsSync(join(signerDir(3), 'identity-next.sealed'))).toBe(true);
  await net.devnet.signers.stop(3);
  await rotate(4);
  await restart();

  await expect.poll(async () => (await sign(wallet.id)).status).toBe('Signed');
  await expect.poll(() => existsSync(join(signerDir(3), 'identity-next.sealed'))).toBe(false);
  await rotate(5);
  expect((await signersNow()).map(({ rotations }) => rotations)).toEqual([1, 2, 1, 1, 1]);
  await signWithAll(wallet.id);

  // Everything starts again with the new keys alone.
  await restart();
  await signWithAll(wallet.id);

  // The same ciphertexts and releases as before any of them changed, and a receipt that explains itself.
  const again = await exported(earlier.id, context);
  expect(again.encryptedKeyShares.map(({ encryptedKeyShare }) => encryptedKeyShare)).toEqual(ciphertexts);
  expect(again.releases.map(({ signature }) => signature)).toEqual(answer.releases.map(({ signature }) => signature));
  const roster = await learn();
  const { report } = await context.recover(again, { ...trust(), roster, expectedPublicKey: earlier.signingKey.publicKey });
  expect(report).toMatchObject({ blamed: [], notChecked: [] });
  expect((await verifyReceipt(await receiptOf(earlier.id), net.devnet.genesisHash)).released).toHaveLength(5);

  const fresh = createExportContext();
  const last = await exported(wallet.id, fresh);
  const recovered = await fresh.recover(last, { ...trust(), roster, expectedPublicKey: wallet.signingKey.publicKey });
  expect(recovered.report).toMatchObject({ blamed: [], notChecked: [] });
  expect(await verifyReceipt(await receiptOf(wallet.id), net.devnet.genesisHash)).toMatchObject({ authority: 'acts' });
  const made = await newWallet();
  expect((await verifyWallet(made as never, { ...trust(), roster })).walletId).toBe(made.id);
});

test('an administrator makes the printed act with the program that the operators’ guide names, and takes a right back with it', {
  timeout: 300_000,
}, async () => {
  const { url, admin, genesisHash } = net.devnet;
  const put = async (name: string, value: unknown): Promise<string> => {
    const path = join(dir, name);
    await writeFile(path, typeof value === 'string' ? value : JSON.stringify(value), { mode: 0o600 });
    return path;
  };
  await put('admin.key', admin.privateKey);
  await put('admin.token', `${admin.authToken}\n`);
  const config = await put('admin.json', { baseUrl: url, genesisHash, credId: admin.credId, privateKeyFile: 'admin.key', authTokenFile: 'admin.token' });
  const administrate = async (act: object): Promise<unknown> => {
    const given = ['-C', 'source', '--disable-warning=ExperimentalWarning', example, config, await put('act.json', act)];
    return JSON.parse((await promisify(execFile)(process.execPath, given, { timeout: 120_000 })).stdout);
  };
  const signerId = net.devnet.signers.id(5);
  const rotations = (await signersNow()).find((signer) => signer.signerId === signerId)?.rotations ?? 0;
  const { body } = prepareRotation(signerDir(5), { ...trust(), sequence: rotations + 1 });
  expect(await administrate({ method: 'PUT', path: `/signers/${encodeURIComponent(signerId)}/keys`, body })).toMatchObject({
    signerId,
    rotations: rotations + 1,
  });
  expect(await administrate({ method: 'PUT', path: `/auth/service-accounts/${owner.userId}/deactivate`, body: {} })).toMatchObject({
    userInfo: { isActive: false },
  });
  await expect(newWallet()).rejects.toThrow();
});
