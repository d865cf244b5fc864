/**
 * A signer's private keys on its disk: the present ones, and those prepared for a rotation that no act has made yet.
 *
 * The acts decide which of them counts. Files follow: however a crash falls, the next start finds the keys that the acts
 * name, and moves them to their place.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import type { Identity, Vault } from '@quorate/mpc';
import { b64, SignerId, type SignerKeys, utf8 } from '@quorate/wire';
import { exists, filesIn, replaceDurably, writeDurably } from './files.ts';

/** The public halves, as they stand in a roster. */
export function keysIn({ publicIdentity }: Pick<Identity, 'publicIdentity'>): SignerKeys {
  const { identityKey, sealingKey, importKey } = publicIdentity;
  return { identityKey: b64.encode(identityKey), sealingKey: b64.encode(sealingKey), importKey: b64.encode(importKey) };
}

export const sameKeys = (a: SignerKeys, b: SignerKeys): boolean =>
  a.identityKey === b.identityKey && a.sealingKey === b.sealingKey && a.importKey === b.importKey;

const openFile = (vault: Vault, path: string): Identity => vault.openIdentity(new Uint8Array(readFileSync(path)));

/** The identity in use. */
export const openIdentity = (vault: Vault, dir: string): Identity => openFile(vault, filesIn(dir).identity);

/** The identity prepared for the next rotation; `null` where there is none. */
export function openNext(vault: Vault, dir: string): Identity | null {
  const { next } = filesIn(dir);
  return exists(next) ? openFile(vault, next) : null;
}

/** Makes the next identity, once, and remembers whose it will be. */
export function makeNext(vault: Vault, dir: string): { readonly id: SignerId; readonly next: Identity } {
  const files = filesIn(dir);
  const present = openIdentity(vault, dir);
  const id = idIn(dir, present);
  // Before the first file that could take the place of the identity which the id comes from.
  if (!exists(files.id)) writeDurably(files.id, utf8.encode(id));
  if (!exists(files.next)) writeDurably(files.next, vault.createIdentity().sealed);
  return { id, next: openFile(vault, files.next) };
}

/** The signer's id, which outlives the identity key that it was at genesis. */
export function idIn(dir: string, present: Identity): SignerId {
  const { id } = filesIn(dir);
  return SignerId.parse(exists(id) ? readFileSync(id, 'utf8') : keysIn(present).identityKey);
}

/** Puts the next identity in the present one's place, which is gone then. Doing it again changes nothing. */
export function promoteNext(dir: string): void {
  const { next, identity } = filesIn(dir);
  if (exists(next)) replaceDurably(next, identity);
}
