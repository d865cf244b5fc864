/**
 * Bytes as text, one codec per encoding. In memory bytes are `Uint8Array`; which text form a field takes on the wire
 * is said by the contract for each field.
 *
 * @module
 */
import { base64, base64url, base64urlnopad, hex as hexCodec } from '@scure/base';

/** Hex without prefix. Written in lower case; read in either. @throws on odd length or a foreign character */
export const hex = {
  encode: (bytes: Uint8Array): string => hexCodec.encode(bytes),
  decode: (text: string): Uint8Array => hexCodec.decode(text),
} as const;

/** Standard base64 with padding, canonical. @throws on anything else */
export const b64 = {
  encode: (bytes: Uint8Array): string => base64.encode(bytes),
  decode: (text: string): Uint8Array => base64.decode(text),
} as const;

/** base64url. Written without padding; read with or without it. @throws on a foreign character */
export const b64url = {
  encode: (bytes: Uint8Array): string => base64urlnopad.encode(bytes),
  decode: (text: string): Uint8Array => (text.endsWith('=') ? base64url : base64urlnopad).decode(text),
} as const;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** UTF-8. Decoding is strict. @throws on malformed bytes */
export const utf8 = {
  encode: (text: string): Uint8Array => encoder.encode(text),
  decode: (bytes: Uint8Array): string => decoder.decode(bytes),
} as const;

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** Compares public bytes; stops at the first difference, so never for secrets. */
export function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && compare(a, b) === 0;
}

/** Ascending order of raw bytes, the order of signers (docs/contract.md §1.6). */
export function compare(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
