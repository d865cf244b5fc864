/**
 * Founding: the identities of the signers, the server's keys, the administrator and the genesis that names them all.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import { mkdir, rename } from 'node:fs/promises';
import type { PublicIdentity } from '@quorate/mpc';
import { createServerKeys, type ServerKeys } from '@quorate/server';
import { initSigner } from '@quorate/signer';
import { b64, b64url, compare, deriveCredentialId, deriveId, type Genesis, genesisHashOf, readGenesis, SignerId } from '@quorate/wire';
import { type AdminFile, createCredentialKey, readAdmin } from './admin.ts';
import { CannotStart } from './cannot-start.ts';
import { PRIVATE, PUBLIC, readJson, writeJson } from './json-file.ts';
import type { Layout } from './layout.ts';

export interface Founded {
  readonly genesis: Genesis;
  /** From the administrator's file, which the genesis is held against. */
  readonly genesisHash: string;
  readonly keys: ServerKeys;
  readonly admin: AdminFile;
  /** True when this start made it. */
  readonly fresh: boolean;
}

export interface Founding {
  readonly signers: number;
  readonly threshold: number;
  /** Websites of one host, to which passkeys are bound. */
  readonly origins: readonly [string, ...string[]];
}

/** What the folder holds, or a new foundation. A start that was cut off before the genesis was written begins anew. */
export async function found(layout: Layout, founding: Founding): Promise<Founded> {
  const stored = await readFoundation(layout);
  if (stored === null) return layFoundation(layout, founding);
  if (stored.genesis.signers.length !== founding.signers || stored.genesis.threshold !== founding.threshold) {
    const { signers, threshold } = stored.genesis;
    throw new CannotStart(`This folder holds a network of ${signers.length} signers with threshold ${threshold}, which cannot change: choose another folder.`);
  }
  return stored;
}

async function readFoundation(layout: Layout): Promise<Founded | null> {
  const genesis = await readJson(layout.genesis);
  if (genesis === null) return null;
  const admin = await readAdmin(layout.admin);
  const keys = (await readJson(layout.server)) as ServerKeys | null;
  if (admin === null || keys === null)
    throw new CannotStart(
      'This folder has a genesis, but the keys that belong to it are missing: restore admin.json and server.json, or choose another folder.',
    );
  return { genesis: readGenesis(genesis, admin.genesisHash), genesisHash: admin.genesisHash, keys, admin, fresh: false };
}

async function layFoundation(layout: Layout, { signers, threshold, origins }: Founding): Promise<Founded> {
  const identities = await orderedIdentities(layout, signers);
  const seed = b64url.encode(randomBytes(32));
  const credential = createCredentialKey();
  const orgId = deriveId('or', 0, seed);
  const credId = deriveCredentialId(0, seed);
  const genesis: Genesis = {
    v: '1',
    orgId,
    epoch: 0,
    threshold,
    signers: identities.map((identity) => ({
      id: SignerId.parse(b64.encode(identity.identityKey)),
      identityKey: b64.encode(identity.identityKey),
      sealingKey: b64.encode(identity.sealingKey),
      importKey: b64.encode(identity.importKey),
    })),
    administrators: [{ userId: deriveId('us', 0, seed), username: 'devnet-administrator', isServiceAccount: true, credId, publicKey: credential.publicKey }],
    passkeys: { rpId: new URL(origins[0]).hostname, origins: [...origins], userVerification: 'required' },
  };
  const genesisHash = genesisHashOf(genesis);
  const keys = createServerKeys();
  // The token is the server's to issue, once it runs.
  const admin: AdminFile = { baseUrl: '', orgId, authToken: '', credId, privateKey: credential.privateKey, genesisHash };
  await writeJson(layout.admin, admin, PRIVATE);
  await writeJson(layout.server, keys, PRIVATE);
  await writeJson(layout.genesis, genesis, PUBLIC);
  return { genesis: readGenesis(genesis, genesisHash), genesisHash, keys, admin, fresh: true };
}

/** Makes the identities and numbers their folders in roster order. */
async function orderedIdentities(layout: Layout, count: number): Promise<PublicIdentity[]> {
  const numbers = Array.from({ length: count }, (_, i) => i + 1);
  const made: { number: number; identity: PublicIdentity }[] = [];
  for (const number of numbers) {
    await mkdir(layout.signer(number), { recursive: true, mode: 0o700 });
    made.push({ number, identity: await initSigner(layout.signer(number)) });
  }
  made.sort((a, b) => compare(a.identity.identityKey, b.identity.identityKey));
  const aside = (number: number): string => `${layout.signer(number)}.moving`;
  for (const { number } of made) await rename(layout.signer(number), aside(number));
  for (const [rank, { number }] of made.entries()) await rename(aside(number), layout.signer(rank + 1));
  return made.map(({ identity }) => identity);
}
