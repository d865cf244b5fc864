/**
 * The first issue's way, over real processes: create, sign, export, recover, refused ever after, at both servers.
 *
 * @module
 */
import { createExportContext } from '@quorate/client';
import { hashMessage, recoverAddress } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { describe, expect, test } from 'vitest';
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

        const context = createExportContext();
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
}
