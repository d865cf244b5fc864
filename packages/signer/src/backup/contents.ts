/**
 * Which files of a signer's folder a backup has, by the names that they have there.
 *
 * @module
 */
import { basename } from 'node:path';
import { approvedFileIn, filesIn } from '../files.ts';

/** The one file that comes out of a backup as a key in memory. */
export const KEY_NAME = basename(filesIn('').key);
export const STORE_NAME = basename(filesIn('').store);

/**
 * Files beside key and store, in the order in which they are copied: keys that a rotation has prepared first, for they may
 * take the present ones' place at any moment, and would be missed the other way round.
 */
export function sealedFiles(dir: string): readonly string[] {
  const { next, identity, id, primes, sparePrimes, nkey } = filesIn(dir);
  return [next, identity, id, primes, sparePrimes, nkey, approvedFileIn(dir)];
}

/** What a backup may hold beside its key. */
export const allowedNames: readonly string[] = [...sealedFiles('').map((path) => basename(path)), STORE_NAME];
