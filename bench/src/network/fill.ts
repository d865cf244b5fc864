/**
 * Fills the stores of a network: what one of its wallets has left at its signers and in its database is written again
 * under other names, while all daemons stand still. They start on it as on their own.
 *
 * @module
 */
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { copyKey } from '../../../packages/signer/src/store/many-keys.test-kit.ts';
import { copyWallet, type WalletNames } from '../../../packages/server/src/many-wallets.test-kit.ts';
import { namesOfCopies } from './copies.ts';
import type { Network } from './network.ts';
import { NETWORK } from './requests.ts';

export interface Filled {
  /** Bytes of one signer's store. */
  readonly storeBytes: number;
  /** From the start of all daemons to all being ready, in milliseconds. */
  readonly startMs: number;
}

const store = ({ world }: Network, number: number): string => join(world.made.signer(number), 'signer.db');

/** Stops all daemons, does this, and starts them again. */
export async function restartAround({ world }: Network, work: () => Promise<void>): Promise<number> {
  for (const party of [...world.servers, ...world.signers]) {
    const code = await party.stop();
    if (code !== 0) throw new Error(`${party.name} ended with ${code}`);
  }
  await work();
  // What has been written so far is not written while it is measured.
  spawnSync('sync');
  const began = performance.now();
  await Promise.all(world.signers.map((signer) => signer.start()));
  for (const server of world.servers) await server.start();
  await world.calm();
  return performance.now() - began;
}

/** @param count - of copies; with none the daemons are only started again */
export async function fill(network: Network, count: number): Promise<Filled> {
  const { world, requests } = network;
  const [wallet] = requests.wallets;
  if (wallet === undefined) throw new Error('there is no wallet to copy');
  const { keyId, walletId, challenge, executionId, publicKey } = await requests.certificateOf(wallet);
  const first: WalletNames = { keyId, walletId, challenge, executionId, publicKey, address: wallet.address ?? '' };
  const copies = namesOfCopies(challenge, NETWORK, count);
  const startMs = await restartAround(network, async () => {
    for (const { number } of world.signers) copyKey(store(network, number), first, copies);
    await copyWallet(world.database.url, first, copies);
  });
  // Both servers show them as any other.
  for (const copy of copies.slice(-2)) {
    for (const [i] of world.servers.entries()) {
      const shown = await world.client(i).wallets.getWallet({ walletId: copy.walletId });
      if (shown.address !== copy.address || shown.signingKey.publicKey !== copy.publicKey) throw new Error('a copied wallet is not what it should be');
    }
  }
  return { storeBytes: statSync(store(network, 1)).size, startMs };
}
