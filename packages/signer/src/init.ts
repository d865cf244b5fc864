/**
 * A signer's first steps, before any genesis knows it: its keys, and the primes that aux info needs.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import type { Job, PublicIdentity, SealContext } from '@quorate/mpc';
import { exists, filesIn, makeDirectory, replaceDurably, writeDurably } from './files.ts';
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

/**
 * Searches the primes and stores them sealed; at once where they are there already, or where a spare set can take their
 * place. Needs `initSigner` before.
 */
export function makePrimes(dir: string, options: PrimesOptions = {}): Job<void> {
  const { primes, sparePrimes } = filesIn(dir);
  if (!exists(primes) && exists(sparePrimes)) replaceDurably(sparePrimes, primes);
  return searchInto(dir, primes, options);
}

/** The same for the spare set, which `makePrimes` takes when it is asked for a set that is not there. */
export const makeSparePrimes = (dir: string, options: PrimesOptions = {}): Job<void> => searchInto(dir, filesIn(dir).sparePrimes, options);

/** Which of both sets are there. */
export function primesIn(dir: string): { readonly primes: boolean; readonly spare: boolean } {
  const { primes, sparePrimes } = filesIn(dir);
  return { primes: exists(primes), spare: exists(sparePrimes) };
}

function searchInto(dir: string, path: string, { mpc = realMpc, ...options }: PrimesOptions): Job<void> {
  if (exists(path)) return { result: Promise.resolve(), cancel: () => {} };
  const vault = mpc.openVault(filesIn(dir).key);
  const job = vault.generatePrimes(primesContext(idIn(dir, openIdentity(vault, dir))), options);
  return { result: job.result.then((sealed) => writeDurably(path, sealed)), cancel: () => job.cancel() };
}

/** The sealed primes. @throws where `makePrimes` has not been run */
export const readPrimes = (dir: string): Uint8Array => new Uint8Array(readFileSync(filesIn(dir).primes));
