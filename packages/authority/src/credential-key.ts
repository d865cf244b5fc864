/**
 * Public keys of key credentials: Ed25519, P-256, secp256k1 and RSA, in PEM (contract §2.3, §3.4). Read once, with
 * everything that makes a key weak refused before it can enter an act.
 *
 * @module
 */
import { ed25519 } from '@noble/curves/ed25519.js';
import { p256 } from '@noble/curves/nist.js';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { b64, hex, Refusal } from '@quorate/wire';
import { BIT_STRING, encode, OID, readAll, readInside, SEQUENCE, unsigned } from './der.ts';

export type CredentialAlgorithm = 'Ed25519' | 'P-256' | 'secp256k1' | 'RSA';

export interface CredentialKey {
  readonly algorithm: CredentialAlgorithm;
  /** SubjectPublicKeyInfo, DER. */
  readonly spki: Uint8Array;
  /** Ed25519: 32 bytes; curves: SEC1 point as in the key; RSA: the RSAPublicKey. */
  readonly raw: Uint8Array;
  /** `SHA256:` and the unpadded base64 of SHA-256 over the SPKI. */
  readonly fingerprint: string;
}

const PEM = /^-----BEGIN (RSA )?PUBLIC KEY-----([A-Za-z0-9+/=\s]{1,4000})-----END (RSA )?PUBLIC KEY-----\s*$/;
const oids = {
  ed25519: '2b6570',
  ecPublicKey: '2a8648ce3d0201',
  p256: '2a8648ce3d030107',
  secp256k1: '2b8104000a',
  rsa: '2a864886f70d010101',
} as const;
const RSA_ALGORITHM = encode(SEQUENCE, encode(OID, hex.decode(oids.rsa)), Uint8Array.of(0x05, 0x00));

const malformed = (): never => {
  throw new Refusal('credential/malformed-key');
};
const weak = (reason: string): never => {
  throw new Refusal('credential/weak-key', { reason });
};

/** @throws {Refusal} `credential/malformed-key`, `credential/weak-key` */
export function parseCredentialKey(pem: string): CredentialKey {
  const found = PEM.exec(pem) ?? malformed();
  if (found[1] !== found[3]) malformed();
  let der: Uint8Array;
  try {
    der = b64.decode((found[2] ?? '').replace(/\s/g, ''));
  } catch {
    return malformed();
  }
  // PKCS#1 holds the RSA key alone; everywhere else it stands inside an SPKI.
  const spki = found[1] === undefined ? der : encode(SEQUENCE, RSA_ALGORITHM, encode(BIT_STRING, Uint8Array.of(0), der));
  const [algorithm, bits, ...rest] = readInside(spki, SEQUENCE) ?? [];
  if (algorithm?.tag !== SEQUENCE || bits?.tag !== BIT_STRING || rest.length > 0 || bits.content[0] !== 0) return malformed();
  const raw = bits.content.slice(1);
  const [oid, parameters] = readAll(algorithm.content) ?? [];
  if (oid?.tag !== OID) return malformed();
  const key = (name: CredentialAlgorithm): CredentialKey => ({
    algorithm: name,
    spki,
    raw,
    fingerprint: `SHA256:${b64.encode(sha256(spki)).replace(/=+$/, '')}`,
  });
  switch (hex.encode(oid.content)) {
    case oids.ed25519:
      checkEd25519(raw);
      return key('Ed25519');
    case oids.ecPublicKey:
      switch (hex.encode(parameters?.content ?? new Uint8Array())) {
        case oids.p256:
          checkPoint(() => p256.Point.fromBytes(raw).assertValidity());
          return key('P-256');
        case oids.secp256k1:
          checkPoint(() => secp256k1.Point.fromBytes(raw).assertValidity());
          return key('secp256k1');
        default:
          return malformed();
      }
    case oids.rsa:
      checkRsa(raw);
      return key('RSA');
    default:
      return malformed();
  }
}

function checkPoint(assert: () => void): void {
  try {
    assert();
  } catch {
    weak('the point is not on the curve');
  }
}

/** Ed25519 keys, hex, that have passed the checks: they take half a millisecond each. */
const sound = new Set<string>();
const MAX_SOUND = 4096;

/** Remembers that these Ed25519 keys pass {@link parseCredentialKey}, because somebody has checked them faster. */
export function rememberSound(keys: readonly Uint8Array[]): void {
  for (const key of keys) {
    if (sound.size >= MAX_SOUND) sound.clear();
    sound.add(hex.encode(key));
  }
}

function checkEd25519(raw: Uint8Array): void {
  if (raw.length !== 32) malformed();
  if (sound.has(hex.encode(raw))) return;
  checkPoint(() => {
    const point = ed25519.Point.fromBytes(raw);
    // A key of small order verifies signatures over any message.
    if (!point.isTorsionFree() || point.is0()) throw new Error('order');
  });
}

function checkRsa(raw: Uint8Array): void {
  const [n, e, ...rest] = readInside(raw, SEQUENCE) ?? [];
  const modulus = unsigned(n) ?? malformed();
  const exponent = unsigned(e) ?? malformed();
  if (rest.length > 0) malformed();
  const bits = (modulus.length - 1) * 8 + (modulus[0] ?? 0).toString(2).length;
  if (bits < 2048 || bits > 8192) weak(`RSA of ${bits} bits`);
  if (((modulus.at(-1) ?? 0) & 1) === 0) weak('even modulus');
  const value = BigInt(`0x${hex.encode(exponent)}`);
  if (value < 65537n || value >= 1n << 64n || (value & 1n) === 0n) weak('exponent');
}
