/**
 * The whole way over a cluster of real brokers: create, sign, export, recover, while brokers fail.
 */
import type { DfnsApiClient } from '@dfns/sdk';
import { createExportContext } from '@quorate/client';
import type { ExportAnswer } from '@quorate/wire';
import { privateKeyToAccount } from 'viem/accounts';
import { describe, expect, test } from 'vitest';
import { brokersMissing, titled } from '../packages/link/src/nats/brokers.test-kit.ts';
import { startNatsTestNetwork } from './support/nats.ts';
import { newAccount, OWNER, refusalOf, wholeExport } from './support/network.ts';

describe.skipIf(brokersMissing !== null)(titled('a network over NATS'), () => {
  test('makes a key, signs, loses each broker in turn, signs, exports, and nobody restarts', { timeout: 300_000 }, async () => {
    await using net = await startNatsTestNetwork(3);
    const owner = await newAccount(net, 'ed25519', OWNER);
    const { client } = owner;
    const wallet = await client.wallets.createWallet({ body: { network: 'Ethereum' } });
    await sign(client, wallet.id, 1);

    for (const i of [0, 1, 2]) {
      await net.brokers.kill(i);
      // A call that was under way when its broker died may fail; one begun afterwards does not.
      const ids = [net.parties.server, ...net.parties.signers];
      await expect.poll(() => ids.every((id) => net.transport(id).connected && net.transport(id).server !== net.brokers.servers[i])).toBe(true);
      await sign(client, wallet.id, 2 + i);
      await net.brokers.start(i);
    }
    expect(net.events.map(({ code }) => code)).toContain('disconnected');

    const context = createExportContext();
    const given = (await client.wallets.exportWallet({ walletId: wallet.id, body: context.request() as never })) as unknown as ExportAnswer;
    const answer = await wholeExport(net.devnet, owner, `/wallets/${wallet.id}/export`, given);
    expect(answer.encryptedKeyShares).toHaveLength(5);
    const { genesis, genesisHash } = net.devnet;
    const expectation = { genesis, genesisHash, expectedPublicKey: wallet.signingKey.publicKey, keyId: wallet.signingKey.id as never };
    const { secret, report } = await context.recover(answer, expectation);
    expect(report.blamed).toEqual([]);
    expect(privateKeyToAccount(`0x${Buffer.from(secret.bytes()).toString('hex')}`).address).toBe(wallet.address);
    expect(await refusalOf(sign(client, wallet.id, 9))).toMatchObject({ status: 403, code: 'key/retired' });
  });

  async function sign(client: DfnsApiClient, walletId: string, n: number): Promise<void> {
    const made = await client.wallets.generateSignature({ walletId, body: { kind: 'Hash', hash: String(n).padStart(64, '1') } });
    expect(made.status).toBe('Signed');
  }
});
