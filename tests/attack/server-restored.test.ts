/**
 * A server whose database is put back to yesterday, by accident or by somebody who hopes that what was taken back since
 * is forgotten. Real server, real signers, the unmodified SDK.
 */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createExportContext } from '@quorate/client';
import { expect, test, vi } from 'vitest';
import { clientOf, newAccount, OWNER, refusalOf, startTestNetwork } from '../support/network.ts';

test('a server’s database restored from yesterday, to give back a right and a key that are gone', { timeout: 240_000 }, async () => {
  const dir = await mkdtemp(join(tmpdir(), 'quorate-restored-'));
  const yesterday = await mkdtemp(join(tmpdir(), 'quorate-yesterday-'));
  try {
    let net = await startTestNetwork({ dir });
    const owner = await newAccount(net, 'ed25519', OWNER);
    const clerk = await newAccount(net, 'ed25519', OWNER);
    const exportedToday = await owner.client.wallets.createWallet({ body: { network: 'Ethereum' } });
    const kept = await owner.client.wallets.createWallet({ body: { network: 'Ethereum' } });
    await net[Symbol.asyncDispose]();
    await cp(net.devnet.layout.database, yesterday, { recursive: true });

    // Today: a key leaves, a clerk is stopped.
    net = await startTestNetwork({ dir });
    await clientOf(net.devnet, owner).wallets.exportWallet({ walletId: exportedToday.id, body: createExportContext().request() as never });
    await net.admin.auth.deactivateServiceAccount({ serviceAccountId: clerk.userId, body: {} });
    await net[Symbol.asyncDispose]();
    await rm(net.devnet.layout.database, { recursive: true });
    await cp(yesterday, net.devnet.layout.database, { recursive: true });

    net = await startTestNetwork({ dir });
    const hash = { kind: 'Hash', hash: '66'.repeat(32) } as const;
    const [ownerNow, clerkNow] = [clientOf(net.devnet, owner), clientOf(net.devnet, clerk)];
    // The signers have not forgotten, and the server learns it from them.
    expect(await refusalOf(ownerNow.wallets.generateSignature({ walletId: exportedToday.id, body: hash }))).toMatchObject({ code: 'key/retired' });
    await vi.waitFor(
      async () => expect(await refusalOf(clerkNow.wallets.generateSignature({ walletId: kept.id, body: hash }))).toMatchObject({ code: 'auth/inactive' }),
      { timeout: 60_000, interval: 500 },
    );
    // What is left goes on: an act after those that were learnt, and a signature.
    await net.admin.permissions.createPermission({ body: { name: 'after the restore', operations: ['Wallets:Read'] } });
    expect((await ownerNow.wallets.generateSignature({ walletId: kept.id, body: hash })).status).toBe('Signed');
    await net[Symbol.asyncDispose]();
  } finally {
    await rm(dir, { recursive: true, force: true });
    await rm(yesterday, { recursive: true, force: true });
  }
});
