/**
 * The keys by which parties log in at brokers. They are no party's identity: a broker chooses what is signed with them.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { createUser, fromSeed } from '@nats-io/nkeys';

export interface Nkey {
  /** Secret: the text of a seed, `SU…`, as bytes. */
  readonly seed: Uint8Array;
  /** `U…`; what brokers are told. */
  readonly publicKey: string;
}

const USER_SEED = /^SU[A-Z2-7]{56}$/;
const USER_KEY = /^U[A-Z2-7]{55}$/;

export const isUserKey = (text: string): boolean => USER_KEY.test(text);

export function generateNkey(): Nkey {
  return nkeyOf(createUser().getSeed());
}

/** Spaces around the seed are allowed. @throws {TypeError} on anything else; the text holds nothing of the input */
export function nkeyOf(seed: Uint8Array): Nkey {
  const text = new TextDecoder().decode(seed).trim();
  if (!USER_SEED.test(text)) throw new TypeError('an nkey is the seed of a user: SU and 56 more characters');
  const bytes = new TextEncoder().encode(text);
  let publicKey: string;
  try {
    publicKey = fromSeed(bytes).getPublicKey();
  } catch {
    // The cause may quote the input, so it is not kept.
    throw new TypeError('the nkey has a mistake in it: its checksum is not right');
  }
  return { seed: bytes, publicKey };
}

/** @throws {TypeError} as `nkeyOf`; an error of the file system where there is no such file */
export const readNkey = (file: string): Nkey => nkeyOf(readFileSync(file));
