/**
 * Signers that are there and come to no end: what t others can do goes on without them. The whole network, real signers.
 */
import { randomBytes } from 'node:crypto';
import { createExportContext } from '@quorate/client';
import type { ExportAnswer } from '@quorate/wire';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Account, newAccount, OWNER, startTestNetwork, type TestNetwork } from '../support/network.ts';
import { kindOf } from '../support/liar.ts';

const [STALLING, SLOW] = [2, 4];
const SLOW_MS = 250;
let net: TestNetwork;
let owner: Account;
beforeAll(async () => {
  net = await startTestNetwork();
  owner = await newAccount(net, 'ed25519', OWNER);
});
afterAll(() => net[Symbol.asyncDispose]());

const newWallet = () => owner.client.wallets.createWallet({ body: { network: 'Ethereum' } });
const sign = async (walletId: string): Promise<void> => {
  const made = await owner.client.wallets.generateSignature({ walletId, body: { kind: 'Hash', hash: randomBytes(32).toString('hex') } });
  expect(made.status).toBe('Signed');
};

test('a signer that joins sessions and then says nothing, beside a slow one, to hold up signatures and exports', { timeout: 300_000 }, async () => {
  const { signers, transport, genesis, genesisHash } = net.devnet;
  const wallet = await newWallet();
  await sign(wallet.id);

  const [stalling, slow] = [signers.id(STALLING), signers.id(SLOW)];
  transport.setTap(({ from, to, bytes }) => {
    if (from === stalling && ['protocol', 'notice/tombstone', 'reply/export'].includes(kindOf(bytes))) return [];
    if (from !== slow && to !== slow) return [bytes];
    setTimeout(() => transport.deliver(to, bytes), SLOW_MS);
    return [];
  });

  // By turns, until one was made while a session with it was still under way: nobody has waited for its end.
  const stalled = () => signers.signer(STALLING)?.figures().sessions.sign ?? 0;
  for (let i = 0; i < 5 && stalled() === 0; i++) await sign(wallet.id);
  expect(stalled()).toBeGreaterThan(0);
  await sign(wallet.id);

  const context = createExportContext();
  const exported = async () => (await owner.client.wallets.exportWallet({ walletId: wallet.id, body: context.request() as never })) as unknown as ExportAnswer;
  const without = await exported();
  expect(without.releases.map(({ signerId }) => signerId)).not.toContain(stalling);
  const expectation = { genesis, genesisHash, expectedPublicKey: wallet.signingKey.publicKey, keyId: wallet.signingKey.id as never };
  const { secret, report } = await context.recover(without, expectation);
  expect(report.blamed).toEqual([]);
  secret.wipe();

  transport.setTap(null);
  await sign((await newWallet()).id);
  await expect.poll(async () => (await exported()).releases.length).toBe(5);
});
