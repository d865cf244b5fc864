/**
 * The README's program, as it stands, against a network: what a newcomer copies must work.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { startTestNetwork } from './support/network.ts';

const example = fileURLToPath(new URL('../examples/export-with-dfns-sdk.ts', import.meta.url));

test('the README’s program makes a wallet, signs, exports, recovers the same key, and is refused after that', async () => {
  await using net = await startTestNetwork();
  const { stdout } = await promisify(execFile)(process.execPath, ['--conditions=source', example, net.dir], { timeout: 110_000 });
  const addresses = stdout.match(/0x[0-9a-fA-F]{40}/g) ?? [];
  expect(addresses).toHaveLength(4);
  expect(new Set(addresses).size).toBe(1);
  expect(stdout).toContain('recovered from 3 shares, 0 liars');
  expect(stdout).toContain('refused: The key has been exported');
});
