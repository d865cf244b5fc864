import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memoryTransport } from '@quorate/link';
import { isRefusal } from '@quorate/wire';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { filesIn } from './files.ts';
import { initSigner } from './init.ts';
import { createNetwork, silent } from './network.test-kit.ts';
import { startSigner } from './signer.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'quorate-init-'));
});
afterEach(() => rm(dir, { recursive: true }));

test('the same directory always gives the same identity, behind a key file that only its owner reads', async () => {
  const first = await initSigner(join(dir, 's'));
  expect(await initSigner(join(dir, 's'))).toEqual(first);
  for (const file of [filesIn(join(dir, 's')).key, filesIn(join(dir, 's')).identity]) expect((await stat(file)).mode & 0o777).toBe(0o600);
});

test('a lost key file is not replaced', async () => {
  await initSigner(dir);
  await rm(filesIn(dir).key);
  await expect(initSigner(dir)).rejects.toThrow('key file is missing');
});

test('a signer starts only on a build that fits, with the genesis it was configured with, and only as a member', async () => {
  await using network = await createNetwork({ signers: 3, threshold: 2 });
  const { genesis, genesisHash } = network;
  const options = { dir: network.dirs[0] ?? '', genesis, genesisHash, transport: memoryTransport(), servers: [], log: silent, tables: 'off' as const };
  await expect(startSigner(options)).rejects.toThrow('published secrets');
  const wrong = await startSigner({ ...options, testFixtures: true, genesisHash: '00'.repeat(32) }).catch((error: unknown) => error);
  expect(isRefusal(wrong, 'genesis/invalid')).toBe(true);
  await initSigner(dir);
  await expect(startSigner({ ...options, testFixtures: true, dir })).rejects.toThrow('not in the roster');
  await using signer = await startSigner({ ...options, testFixtures: true });
  await signer.auxReady;
  expect(signer.id).toBe(genesis.signers[0]?.id);
});
