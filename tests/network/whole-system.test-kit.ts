/**
 * The whole system's own tests, over real processes: what they ask goes to both servers in turns. And the way of a key
 * through both.
 *
 * @module
 */
import { hashMessage, recoverAddress } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { beforeAll, describe, expect, test } from 'vitest';
import { openNetworksBy } from '../support/network.ts';
import { asOne } from './support/as-one.ts';
import { knownExportContext } from './support/known.ts';
import { recovered, userOf } from './support/user.ts';
import type { World } from './support/world.ts';

const WHOLE_MS = 300_000;

export function wholeSystem(worldOf: () => World): void {
  describe('five signers, two servers, three brokers and PostgreSQL, each a process of its own', () => {
    test('make a key, sign and export it through both servers, and refuse it ever after', { timeout: WHOLE_MS }, async () => {
      const world = worldOf();
      const user = userOf(world);
      for (const at of [0, 1]) {
        const other = 1 - at;
        const wallet = await user.good(() => user.create(at));
        await user.good(() => user.sign(other, wallet));
        const message = `signed at server ${at + 1}`;
        const body = { kind: 'Message', message: `0x${Buffer.from(message).toString('hex')}` } as const;
        const { signature } = await world.client(at).wallets.generateSignature({ walletId: wallet.id, body });
        const { encoded } = signature as { encoded: `0x${string}` };
        expect(await recoverAddress({ hash: hashMessage(message), signature: encoded })).toBe(wallet.address);

        const context = knownExportContext();
        const answer = await user.good(() => user.export(other, wallet, context));
        expect(answer.encryptedKeyShares.length).toBeGreaterThanOrEqual(3);
        expect(privateKeyToAccount(`0x${recovered.at(-1)}`).address).toBe(wallet.address);
        for (const asked of [at, other]) {
          expect(await user.sign(asked, wallet)).toEqual({ is: 'refused', code: 'key/retired', status: 403 });
          expect(await world.client(asked).wallets.getWallet({ walletId: wallet.id })).toMatchObject({ exported: true });
        }
      }
    });
  });

  describe('the tests of the whole system, over them', async () => {
    beforeAll(() => openNetworksBy(asOne(worldOf)));
    await import('../contract.test.ts');
    await import('../bad-input.test.ts');
    await import('../export.test.ts');
  });
}
