/**
 * Splits a private key into shares for the signers and seals each to its import key (contract §9.2, §9.4): Shamir with
 * the key as constant term, evaluated at each signer's rank by raw id, from 1.
 *
 * @module
 */
import { mod } from '@noble/curves/abstract/modular.js';
import { keysOf } from '@quorate/authority';
import {
  b64,
  compare,
  type Curve,
  formatEncryptionKey,
  formatImportShare,
  type Genesis,
  groups,
  hex,
  parseEncryptionKey,
  type Protocol,
  readScalar,
  Refusal,
  sealShare,
  writeScalar,
} from '@quorate/wire';
import { type Arithmetic, fastArithmetic } from './arithmetic.ts';
import type { KnownRoster } from './learn-roster.ts';
import { platformRandom, type Random, randomScalar } from './random.ts';
import { supportedSchemes } from './supported-schemes.ts';

export interface ImportSigner {
  /** 32 bytes, base64. */
  readonly signerId: string;
  /** Version byte and compressed point, base64 (contract §9.1). */
  readonly encryptionKey: string;
}

export interface ImportShares {
  readonly protocol: Protocol;
  readonly curve: Curve;
  readonly minSigners: number;
  /** In ascending order of raw signer ids. */
  readonly encryptedKeyShares: readonly { readonly signerId: string; readonly encryptedKeyShare: string }[];
  /** Lower-case hex, compressed. The call does not carry it: compare it with the answer's. */
  readonly publicKey: string;
}

/**
 * Whom to seal to, from the genesis the caller trusts and not from what an API lists: a list can hold anyone's keys. With
 * `roster` (`learnRoster`) the present keys of signers whose keys were rotated.
 */
export function importSigners(genesis: Genesis, roster?: KnownRoster): ImportSigner[] {
  return genesis.signers.map(({ id, importKey }) => {
    const present = (roster === undefined ? null : keysOf(roster, id)) ?? { importKey };
    return { signerId: id, encryptionKey: formatEncryptionKey(b64.decode(present.importKey)) };
  });
}

/**
 * `secret`: the scalar, 32 bytes big-endian; for an Ed25519 seed take `scalarOfSeed` first. The caller wipes it.
 * `protocol` is needed for taproot keys alone.
 * @throws {Refusal} `request/invalid` for a scalar of no key, signers that repeat or are fewer than `minSigners`, and a
 *   `minSigners` below 2; `export/encryption-key`
 */
export async function createImportShares(given: {
  readonly secret: Uint8Array;
  readonly signers: readonly ImportSigner[];
  readonly minSigners: number;
  readonly curve: Curve;
  readonly protocol?: Protocol;
  readonly random?: Random;
  readonly arithmetic?: Arithmetic;
}): Promise<ImportShares> {
  const { secret, curve, minSigners, random = platformRandom, arithmetic = fastArithmetic } = given;
  const protocol = given.protocol ?? supportedSchemes.find((scheme) => scheme.curve === curve)?.protocol;
  const pair = supportedSchemes.find((scheme) => scheme.curve === curve && scheme.protocol === protocol);
  if (pair === undefined) throw new Refusal('request/invalid', { member: 'protocol' });
  const signers = ordered(given.signers);
  if (!Number.isInteger(minSigners) || minSigners < 2 || minSigners > signers.length) throw new Refusal('request/invalid', { member: 'minSigners' });
  const { order } = groups[curve];
  const constant = secret.length === 32 ? readScalar(secret) : 0n;
  if (constant === 0n || constant >= order) throw new Refusal('request/invalid', { member: 'secret' });

  const shares = evaluated(curve, constant, minSigners, signers.length, random);
  try {
    const publicShares = shares.map((share) => arithmetic.publicOf(curve, share));
    const encryptedKeyShares = await Promise.all(
      signers.map(async ({ signerId, point }, i) => ({
        signerId,
        encryptedKeyShare: await sealed(shares[i] as Uint8Array, point, { curve, publicShares, random, arithmetic }),
      })),
    );
    return { ...pair, minSigners, encryptedKeyShares, publicKey: hex.encode(arithmetic.publicOf(curve, secret)) };
  } finally {
    for (const share of shares) share.fill(0);
  }
}

function ordered(signers: readonly ImportSigner[]): { signerId: string; point: Uint8Array }[] {
  const parsed = signers.map(({ signerId, encryptionKey }) => ({ signerId, raw: rawId(signerId), point: parseEncryptionKey(encryptionKey) }));
  parsed.sort((a, b) => compare(a.raw, b.raw));
  if (parsed.some(({ signerId }, i) => signerId === parsed[i + 1]?.signerId)) throw new Refusal('request/invalid', { member: 'signers' });
  return parsed;
}

function rawId(signerId: string): Uint8Array {
  try {
    return b64.decode(signerId);
  } catch {
    throw new Refusal('request/invalid', { member: 'signerId' });
  }
}

/** A random polynomial of degree t−1 at 1…n, 32 bytes each. No share may be zero, so in that case another one is drawn. */
function evaluated(curve: Curve, constant: bigint, threshold: number, n: number, random: Random): Uint8Array[] {
  const { order } = groups[curve];
  for (;;) {
    const coefficients = [constant, ...Array.from({ length: threshold - 1 }, () => readScalar(randomScalar(curve, random)))];
    const values = Array.from({ length: n }, (_, i) => coefficients.reduceRight((sum, coefficient) => mod(sum * BigInt(i + 1) + coefficient, order), 0n));
    if (values.every((value) => value !== 0n)) return values.map(writeScalar);
  }
}

async function sealed(
  share: Uint8Array,
  encryptionKey: Uint8Array,
  { curve, publicShares, random, arithmetic }: { curve: Curve; publicShares: readonly Uint8Array[]; random: Random; arithmetic: Arithmetic },
): Promise<string> {
  const plaintext = formatImportShare({ curve, share, publicShares });
  const ephemeral = randomScalar('secp256k1', random);
  try {
    return b64.encode(await sealShare({ plaintext, encryptionKey, ephemeral, multiply: arithmetic.multiply }));
  } finally {
    plaintext.fill(0);
    ephemeral.fill(0);
  }
}
