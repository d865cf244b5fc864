/**
 * What lies in a signer's directory.
 *
 * @module
 */
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface Files {
  /** Key-encryption key, 32 bytes, mode 0600: the only secret of the signer itself that is not sealed. */
  readonly key: string;
  /** Identity, sealing and import keys, sealed. */
  readonly identity: string;
  /** The same for a rotation that is prepared, and not made yet. */
  readonly next: string;
  /** The signer's id as text, from its first rotation on: before that its identity key is its id. Public. */
  readonly id: string;
  /** Primes for aux info, sealed. */
  readonly primes: string;
  /** Another set, made ahead of need. */
  readonly sparePrimes: string;
  readonly store: string;
  /** Seed of the nkey for brokers, mode 0600; no key that anybody's share or word depends on. */
  readonly nkey: string;
}

export const filesIn = (dir: string): Files => ({
  key: join(dir, 'signer.key'),
  identity: join(dir, 'identity.sealed'),
  next: join(dir, 'identity-next.sealed'),
  id: join(dir, 'signer.id'),
  primes: join(dir, 'primes.sealed'),
  sparePrimes: join(dir, 'primes-spare.sealed'),
  store: join(dir, 'signer.db'),
  nkey: join(dir, 'broker.nkey'),
});

/** Which genesis the signer's operator has approved, as text. Public. */
export const approvedFileIn = (dir: string): string => join(dir, 'approved-genesis');

/** When a backup was last proven good, for whoever watches over it. Public. */
export const drillFileIn = (dir: string): string => join(dir, 'drill.json');

export function makeDirectory(dir: string): void {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
}

export const exists = (path: string): boolean => existsSync(path);

/** Writes a file that is there as a whole or not at all, also after a power cut; mode 0600. */
export function writeDurably(path: string, bytes: Uint8Array): void {
  const draft = `${path}.draft`;
  const file = openSync(draft, 'w', 0o600);
  try {
    writeSync(file, bytes);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  replaceDurably(draft, path);
}

/** Puts a file in another's place, for good when it returns. */
export function replaceDurably(from: string, path: string): void {
  renameSync(from, path);
  syncFolderOf(path);
}

/** Makes it last that a file is there, or is no more. */
export function syncFolderOf(path: string): void {
  const folder = openSync(dirname(path), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
