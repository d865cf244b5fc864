/**
 * An export answer as it arrives: Dfns's members are needed, ours may be absent, and one signer's rubbish never spoils
 * what the others sent.
 *
 * @module
 */
import { b64, Curve, hex, KeyCertificate, Refusal } from '@quorate/wire';
import type { Arithmetic } from './arithmetic.ts';
import { supportedSchemes } from './supported-schemes.ts';

export interface SealedShare {
  readonly signerId: string;
  /** `null` where the text was no base64. */
  readonly sealed: Uint8Array | null;
}

export interface Answer {
  readonly curve: Curve;
  /** What the answer says the key is: never trusted, compressed lower-case hex, or '' where it is no point. */
  readonly statedKey: string;
  /** What the answer says t is: never trusted. */
  readonly minSigners: number;
  readonly shares: readonly SealedShare[];
  /** Statements as they came; each is parsed where it is checked. */
  readonly releases: readonly unknown[];
  readonly tombstones: readonly unknown[];
  /** The requests that they were made for, as they came. */
  readonly requests: readonly unknown[];
  /** `null` where there is none, `'invalid'` where it has not the shape of one. */
  readonly certificate: KeyCertificate | 'invalid' | null;
}

// The protocol allows 16 signers; a forged answer may not make the client work for ever.
const MAX_SHARES = 24;

const invalid = (problem: string): Refusal => new Refusal('answer/invalid', { problem });

/** @throws {Refusal} `answer/invalid` */
export function readAnswer(value: unknown, arithmetic: Arithmetic): Answer {
  if (typeof value !== 'object' || value === null) throw invalid('not an object');
  const given = value as Readonly<Record<string, unknown>>;
  const curve = Curve.safeParse(given['curve']);
  if (!curve.success || !supportedSchemes.some((scheme) => scheme.curve === given['curve'] && scheme.protocol === given['protocol'])) {
    throw invalid('protocol and curve are none that were asked for');
  }
  const minSigners = given['minSigners'];
  if (typeof minSigners !== 'number' || !Number.isInteger(minSigners) || minSigners < 2) throw invalid('minSigners');
  return {
    curve: curve.data,
    statedKey: typeof given['publicKey'] === 'string' ? (compressedHex(curve.data, given['publicKey'], arithmetic) ?? '') : '',
    minSigners,
    shares: readShares(given['encryptedKeyShares'] ?? given['encryptedShares']),
    releases: list(given['releases']),
    tombstones: list(given['tombstones']),
    requests: list(given['requests']),
    certificate: readCertificate(given['keyCertificate']),
  };
}

/** Any written form of a public key (SEC1 or RFC 8032 in hex, `0x` allowed) to lower-case compressed hex; `null` where it is none. */
export function compressedHex(curve: Curve, text: string, arithmetic: Arithmetic): string | null {
  try {
    return hex.encode(arithmetic.compress(curve, hex.decode(text.toLowerCase().replace(/^0x/, ''))));
  } catch {
    return null;
  }
}

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value.slice(0, MAX_SHARES) : []);

function readShares(value: unknown): readonly SealedShare[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_SHARES) throw invalid('encryptedKeyShares');
  return value.map((entry: unknown) => {
    const { signerId, encryptedKeyShare } = (entry ?? {}) as Readonly<Record<string, unknown>>;
    if (typeof signerId !== 'string' || typeof encryptedKeyShare !== 'string') throw invalid('encryptedKeyShares');
    return { signerId, sealed: decoded(encryptedKeyShare) };
  });
}

function decoded(text: string): Uint8Array | null {
  try {
    return b64.decode(text);
  } catch {
    return null;
  }
}

function readCertificate(value: unknown): Answer['certificate'] {
  if (value === undefined || value === null) return null;
  const parsed = KeyCertificate.safeParse(value);
  return parsed.success ? parsed.data : 'invalid';
}
