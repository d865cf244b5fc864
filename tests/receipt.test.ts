/**
 * Receipts over real HTTP, with the unmodified SDK for the export: the server's file, the client's, and both of them
 * verified with nothing but the genesis hash.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { connect, createExportContext, createReceipt, guard, verifyReceipt } from '@quorate/client';
import {
  type ActRecord,
  type Evidence,
  type ExportAnswer,
  exportWallet,
  getWalletExport,
  getWalletExportReceipt,
  readReceipt,
  writeReceipt,
} from '@quorate/wire';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Account, newAccount, OWNER, startTestNetwork, type TestNetwork, wholeExport } from './support/network.ts';

const example = fileURLToPath(new URL('../examples/verify-receipt.ts', import.meta.url));

let net: TestNetwork;
let owner: Account;
beforeAll(async () => {
  net = await startTestNetwork();
  owner = await newAccount(net, 'P-256', OWNER);
});
afterAll(() => net[Symbol.asyncDispose]());

const trust = () => ({ genesis: net.devnet.genesis, genesisHash: net.devnet.genesisHash });
const newWallet = () => owner.client.wallets.createWallet({ body: { network: 'Ethereum' } });
/** With the pieces of so many signers: a receipt grows with each. */
async function exported(walletId: string, context = createExportContext(), count = 5): Promise<ExportAnswer> {
  const answer = (await owner.client.wallets.exportWallet({ walletId, body: context.request() as never })) as unknown as ExportAnswer;
  return wholeExport(net.devnet, owner, `/wallets/${walletId}/export`, answer, count);
}

/** The answer's exact text: what somebody gets who saves it to a file. */
async function download(path: string, account: Account = owner): Promise<{ status: number; text: string; code?: string }> {
  const response = await fetch(new URL(path, net.devnet.url), { headers: { authorization: `Bearer ${account.authToken}` } });
  const text = await response.text();
  return response.ok ? { status: 200, text } : { status: response.status, text, code: JSON.parse(text).error.code };
}
const verify = (text: string) => verifyReceipt(text, net.devnet.genesisHash);

describe('the receipt of an export', () => {
  test('is saved as it comes, verified offline, and the same from wallet, key and client', async () => {
    const wallet = await newWallet();
    await exported(wallet.id);
    const { text } = await download(`/wallets/${wallet.id}/export/receipt`);
    const verified = await verify(text);
    expect(verified).toMatchObject({
      userId: owner.userId,
      credId: owner.credId,
      walletId: wallet.id,
      keyId: wallet.signingKey.id,
      publicKey: wallet.signingKey.publicKey,
      authority: 'signers',
    });
    expect(verified.released).toHaveLength(5);
    expect(verified.retired).toMatchObject({ of: 5, threshold: 3, wouldHaveToLie: verified.retired.signers.length - 2 });
    expect((await download(`/keys/${wallet.signingKey.id}/export/receipt`)).text).toBe(text);

    const connection = connect({ ...trust(), orgId: net.devnet.admin.orgId, baseUrl: net.devnet.url, authToken: owner.authToken });
    const params = { walletId: wallet.id };
    expect(await createReceipt(await connection.call(getWalletExport, { params }), trust())).toBe(text);
    expect(writeReceipt(await connection.call(getWalletExportReceipt, { params }))).toBe(text);
  });

  test('is made by the client from the answer alone, with the evidence that it signed itself', async () => {
    const wallet = await newWallet();
    const signed: Evidence[] = [];
    const client = guard(owner.client, { ...trust(), orgId: net.devnet.admin.orgId, onAction: (action) => void signed.push(action) });
    const answer = await client.wallets.exportWallet({ walletId: wallet.id, body: createExportContext().request() as never });
    const { requests: _, ...without } = answer as unknown as ExportAnswer;
    const evidence = signed.at(-1);
    if (evidence === undefined) throw new Error('nothing was signed');
    expect(await verify(await createReceipt({ ...without }, { ...trust(), evidence }))).toMatchObject({ walletId: wallet.id });
    expect(await createReceipt({ ...without }, { ...trust(), evidence })).toBe(await createReceipt(answer, trust()));
  });

  test('with full=true holds every act, from which the authorisation is computed anew', async () => {
    const wallet = await newWallet();
    const answer = await exported(wallet.id);
    const { text } = await download(`/wallets/${wallet.id}/export/receipt?full=true`);
    const verified = await verify(text);
    expect(verified.authority).toBe('acts');
    const acts = readReceipt(text).acts as ActRecord[];
    expect(acts).toHaveLength(verified.head.number);
    expect((await download(`/wallets/${wallet.id}/export/receipt?full=false`)).text).not.toContain('"acts"');
    expect(await createReceipt(answer, { ...trust(), acts })).toBe(text);
    expect(await download(`/wallets/${wallet.id}/export/receipt?full=1`)).toMatchObject({ status: 400, code: 'request/invalid' });
  });

  test('grows with the signers that come back, and each state of it verifies', async () => {
    const wallet = await newWallet();
    const context = createExportContext();
    await net.devnet.signers.stop(4);
    await net.devnet.signers.stop(5);
    await exported(wallet.id, context, 3);
    const path = `/wallets/${wallet.id}/export/receipt`;
    const three = await download(path);
    expect((await verify(three.text)).retired).toMatchObject({ wouldHaveToLie: 1 });
    await net.devnet.signers.start(4);
    await net.devnet.signers.start(5);
    await exported(wallet.id, context);
    const five = await verify((await download(path)).text);
    expect(five.released).toHaveLength(5);
    expect(five.retired.wouldHaveToLie).toBe(3);
    // The repeat had a challenge of its own; what was released stands under the first.
    expect(five.challenge).toBe((await verify(three.text)).challenge);
  });

  test('of an export by key names the key and no wallet', async () => {
    const { signingKey } = await newWallet();
    await owner.client.keys.exportKey({ keyId: signingKey.id, body: createExportContext().request() as never });
    const { text } = await download(`/keys/${signingKey.id}/export/receipt?full=true`);
    expect(await verify(text)).toMatchObject({ walletId: null, keyId: signingKey.id, authority: 'acts' });
  });

  test('is given to who may export and has exported, and to nobody else', async () => {
    const wallet = await newWallet();
    const path = `/wallets/${wallet.id}/export/receipt`;
    expect(await download(path)).toMatchObject({ status: 404, code: 'export/none' });
    await exported(wallet.id);
    const reader = await newAccount(net, 'ed25519', ['Wallets:Read']);
    expect(await download(path, reader)).toMatchObject({ status: 403, code: 'auth/forbidden' });
    const other = await newAccount(net, 'ed25519', OWNER);
    expect(await download(path, other)).toMatchObject({ status: 404, code: 'export/none' });
    expect(await download('/wallets/wa-00000-00000-0000000000000000/export/receipt')).toMatchObject({ status: 404, code: 'wallet/unknown' });
    expect((await download(path)).status).toBe(200);
  });
});

test('the example verifies a receipt from a file, offline, and refuses one in which a byte is changed', async () => {
  const wallet = await newWallet();
  await exported(wallet.id);
  const { text } = await download(`/wallets/${wallet.id}/export/receipt?full=true`);
  const dir = await mkdtemp(join(tmpdir(), 'quorate-receipt-'));
  const run = async (content: string): Promise<{ code: number; output: string }> => {
    const file = join(dir, 'receipt.json');
    await writeFile(file, content);
    return promisify(execFile)(process.execPath, ['--conditions=source', example, file, net.devnet.genesisHash]).then(
      ({ stdout }) => ({ code: 0, output: stdout }),
      (error: { code: number; stderr: string }) => ({ code: error.code, output: error.stderr }),
    );
  };
  try {
    const middle = Math.floor(text.length / 2);
    const forged = await run(`${text.slice(0, middle)}${text[middle] === '0' ? '1' : '0'}${text.slice(middle + 1)}`);
    expect(forged.code).toBe(1);
    expect(forged.output).toMatch(/^refused: [a-z]+\/[a-z-]+/);
    const good = await run(text);
    expect(good.code).toBe(0);
    expect(good.output).toContain(`proven      User ${owner.userId}`);
    expect(good.output).toContain('not proven  Nobody else has the key');
  } finally {
    await rm(dir, { recursive: true });
  }
});

test('an export endpoint and its receipt ask for the same operation', () => {
  expect(getWalletExportReceipt.access).toEqual(exportWallet.access);
});
