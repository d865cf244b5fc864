/** Which shares are used makes no difference, as long as they are enough. Corrupted ones are in `recoveries/`. */
import { hex } from '@quorate/wire';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createExportContext } from './export-context.ts';
import { newKey, newNetwork, plain, type TestNetwork, wholeAnswer } from './network.test-kit.ts';

const numRuns = process.env['SLOW'] === '1' ? 2_000 : 20;

const networks = new Map<string, TestNetwork>();
function networkOf(n: number, threshold: number): TestNetwork {
  const name = `${threshold} of ${n}`;
  const known = networks.get(name) ?? newNetwork({ n, threshold });
  networks.set(name, known);
  return known;
}

const roster = fc
  .integer({ min: 2, max: 7 })
  .chain((n) => fc.record({ n: fc.constant(n), threshold: fc.integer({ min: Math.max(2, Math.floor(n / 2) + 1), max: n }) }));

test('any t of n, in any order, yield the key; t − 1 never do', async () => {
  await fc.assert(
    fc.asyncProperty(roster, fc.infiniteStream(fc.integer({ min: 0, max: 1_000_000 })), async ({ n, threshold }, dice) => {
      const network = networkOf(n, threshold);
      const key = newKey(network);
      const context = createExportContext();
      const answer = await wholeAnswer(network, key, context.request());
      const shuffled = answer.encryptedKeyShares.map((share) => ({ share, at: dice.next().value })).sort((a, b) => a.at - b.at);
      const some = shuffled.slice(0, threshold).map(({ share }) => share);
      for (const sent of [answer, plain(answer)]) {
        const expectation = { expectedPublicKey: key.publicKey, genesis: network.genesis };
        const { secret } = await context.recover({ ...sent, encryptedKeyShares: some }, expectation);
        expect(hex.encode(secret.bytes())).toBe(hex.encode(key.secret));
        const fewer = context.recover({ ...sent, encryptedKeyShares: some.slice(1) }, expectation);
        await expect(fewer).rejects.toMatchObject({ code: 'share/too-few' });
      }
    }),
    { numRuns },
  );
});
