/**
 * Rosters whose key is made once: every schedule begins with a copy of what their signers hold.
 *
 * @module
 */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generatePartyKeys, type PartyKeys } from '@quorate/link';
import type { KeyCertificate } from '@quorate/wire';
import { createNetwork, type TestNetwork } from '../network.test-kit.ts';
import type { rosters } from './schedule.test-kit.ts';

export interface Base {
  readonly network: TestNetwork;
  readonly certificate: KeyCertificate;
  /** The server's. */
  readonly keys: PartyKeys;
}

export async function makeBase({ n, threshold }: (typeof rosters)[number]): Promise<Base> {
  const network = await createNetwork({ signers: n, threshold });
  await network.startAll();
  await Promise.all(network.signers.map((signer) => signer?.ready));
  await network.act('PUT', '/organisation/settings', { exportEnabled: true });
  const certificate = await network.makeWallet();
  // The last signatures under the certificate are still to be stored.
  await new Promise((resolve) => setTimeout(resolve, 300));
  for (const i of network.ids.keys()) await network.stop(i);
  return { network, certificate, keys: generatePartyKeys() };
}

/** A folder for each signer, in the order of the roster. */
export async function copyOf({ network }: Base): Promise<{ readonly dirs: readonly string[]; remove(): Promise<void> }> {
  const root = await mkdtemp(join(tmpdir(), 'quorate-schedule-'));
  const dirs = network.dirs.map((_, i) => join(root, `s${i}`));
  await Promise.all(network.dirs.map((dir, i) => cp(dir, dirs[i] as string, { recursive: true })));
  return { dirs, remove: () => rm(root, { recursive: true, force: true }) };
}
