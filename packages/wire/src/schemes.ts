/**
 * What kinds of key there are: one row per scheme, resolved once. Protocol names are those clients read (contract §9.7).
 *
 * @module
 */
import * as z from 'zod';

export const Curve = z.enum(['secp256k1', 'stark', 'ed25519']);
export type Curve = z.infer<typeof Curve>;
export const Protocol = z.enum(['CGGMP21', 'FROST', 'FROST_BITCOIN']);
export type Protocol = z.infer<typeof Protocol>;
export const SchemeName = z.enum(['ECDSA', 'EdDSA', 'Schnorr', 'DH']);
export type SchemeName = z.infer<typeof SchemeName>;

export interface Scheme {
  readonly protocol: Protocol;
  readonly curve: Curve;
  readonly scheme: SchemeName;
  /** Whether this network of signers makes and uses such keys. */
  readonly offered: boolean;
}

export const schemes = {
  'ECDSA/secp256k1': { protocol: 'CGGMP21', curve: 'secp256k1', scheme: 'ECDSA', offered: true },
  'ECDSA/stark': { protocol: 'CGGMP21', curve: 'stark', scheme: 'ECDSA', offered: false },
  'EdDSA/ed25519': { protocol: 'FROST', curve: 'ed25519', scheme: 'EdDSA', offered: false },
  'Schnorr/secp256k1': { protocol: 'FROST_BITCOIN', curve: 'secp256k1', scheme: 'Schnorr', offered: false },
} as const satisfies Record<string, Scheme>;
export type SchemeId = keyof typeof schemes;

/** The scheme of this name and curve, or `null` where no such pair exists. */
export function schemeOf(scheme: string, curve: string): SchemeId | null {
  const id = `${scheme}/${curve}`;
  return Object.hasOwn(schemes, id) ? (id as SchemeId) : null;
}

/** Whether a client that reads `supported` can read a key of this scheme. */
export function fits(id: SchemeId, supported: readonly { readonly protocol: string; readonly curve: string }[]): boolean {
  return supported.some((pair) => pair.protocol === schemes[id].protocol && pair.curve === schemes[id].curve);
}
