/**
 * A signer's first steps, before any genesis knows it: its keys, and the primes that aux info needs.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import type { Job, PublicIdentity, SealContext } from '@quorate/mpc';
import { exists, filesIn, makeDirectory, writeDurably } from './files.ts';
import { idIn, openIdentity } from './identities.ts';
import { type Mpc, realMpc } from './mpc.ts';

/** Makes key file and identity where they are missing; the same directory always gives the same identity. */
export async function initSigner(dir: string, { mpc = realMpc }: { readonly mpc?: Mpc } = {}): Promise<PublicIdentity> {
  makeDirectory(dir);
  const files = filesIn(dir);
  if (!exists(files.key)) {
    // A new key would open nothing that the old one sealed.
    if (exists(files.identity)) throw new Error('The signer’s key file is missing; its sealed files are useless without it.');
    mpc.createKeyFile(files.key);
  }
  const vault = mpc.openVault(files.key);
  if (!exists(files.identity)) writeDurably(files.identity, vault.createIdentity().sealed);
  return openIdentity(vault, dir).publicIdentity;
}

/** Primes belong to the signer alone: no organisation and no roster is known when they are made. */
export const primesContext = (signerId: string): SealContext => ({
  org: '',
  key: 'primes',
  signer: signerId,
  roster: '',
  epoch: 0,
  version: 1,
});

export interface PrimesOptions {
  /** Expected share of the work that is done, 0 to 1. */
  readonly onProgress?: (done: number) => void;
  /** @default all cores */
  readonly threads?: number;
  readonly mpc?: Mpc;
}

/** Searches the primes and stores them sealed; at once where they are there already. Needs `initSigner` before. */
export function makePrimes(dir: string, { mpc = realMpc, ...options }: PrimesOptions = {}): Job<void> {
  const files = filesIn(dir);
  if (exists(files.primes)) return { result: Promise.resolve(), cancel: () => {} };
  const vault = mpc.openVault(files.key);
  const job = vault.generatePrimes(primesContext(idIn(dir, openIdentity(vault, dir))), options);
  return { result: job.result.then((sealed) => writeDurably(files.primes, sealed)), cancel: () => job.cancel() };
}

/** The sealed primes. @throws where `makePrimes` has not been run */
export const readPrimes = (dir: string): Uint8Array => new Uint8Array(readFileSync(filesIn(dir).primes));
