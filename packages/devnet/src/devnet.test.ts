import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from '@quorate/client';
import { createWallet, getOrganisation, listWallets, readGenesis } from '@quorate/wire';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startDevnet } from './devnet.ts';
import { connectAdmin } from './export-setting.ts';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'quorate-devnet-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

describe('a devnet', () => {
  test('does not start on the published primes of the test addon unless it is told to', async () => {
    await expect(startDevnet({ dir, port: 0 })).rejects.toThrow('published test primes');
  });

  test('writes what a client needs, keeps its wallets, and is one per folder', { timeout: 120_000 }, async () => {
    const first = await startDevnet({ dir, port: 0, testFixtures: true });
    expect((await stat(first.layout.admin)).mode & 0o777).toBe(0o600);
    expect((await stat(first.layout.server)).mode & 0o777).toBe(0o600);
    const admin = JSON.parse(await readFile(first.layout.admin, 'utf8'));
    expect(Object.keys(admin)).toEqual(['baseUrl', 'orgId', 'authToken', 'credId', 'privateKey', 'genesisHash']);
    const genesis = readGenesis(JSON.parse(await readFile(first.layout.genesis, 'utf8')), admin.genesisHash);
    expect(genesis.signers.length).toBe(5);
    expect(first.fresh).toBe(true);
    await expect(startDevnet({ dir, port: 0, testFixtures: true })).rejects.toThrow('Another devnet');
    const wallet = await connectAdmin(first.admin).call(createWallet, { body: { network: 'Ethereum' } });
    await first.stop();

    await using second = await startDevnet({ dir, port: 0, testFixtures: true });
    expect(second.fresh).toBe(false);
    expect(second.genesisHash).toBe(first.genesisHash);
    expect(second.admin.authToken).toBe(admin.authToken);
    const { items } = await connectAdmin(second.admin).call(listWallets);
    expect(items.map(({ id }) => id)).toEqual([wallet.id]);
  });

  test('keeps export off until it is asked to switch it on, and then by a signed act', { timeout: 120_000 }, async () => {
    const enabled = async (allowExport: boolean): Promise<[boolean, number]> => {
      await using devnet = await startDevnet({ dir, port: 0, testFixtures: true, allowExport });
      const { baseUrl, authToken, genesisHash } = devnet.admin;
      const organisation = await connect({ baseUrl, authToken, genesisHash }).call(getOrganisation);
      return [organisation.exportEnabled, organisation.head.number];
    };
    expect(await enabled(false)).toEqual([false, 0]);
    expect(await enabled(true)).toEqual([true, 1]);
    // It is the network's setting, not the start's.
    expect(await enabled(false)).toEqual([true, 1]);
  });

  test('in a folder that cannot be one is refused in a sentence', async () => {
    const file = join(dir, 'a-file');
    await writeFile(file, '');
    await expect(startDevnet({ dir: file, port: 0, testFixtures: true })).rejects.toThrow(/^Nothing can be kept in .* \(EEXIST\): choose another folder/);
    await expect(startDevnet({ dir: join(file, 'below'), port: 0, testFixtures: true })).rejects.toThrow(/\(ENOTDIR\)/);
  });

  test('of another size is refused on this folder', async () => {
    await expect(startDevnet({ dir, port: 0, testFixtures: true, signers: 3, threshold: 2 })).rejects.toThrow('network of 5 signers');
  });
});
