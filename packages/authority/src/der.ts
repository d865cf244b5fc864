/**
 * Just enough strict DER to read public keys (X.690; RFC 5280 SubjectPublicKeyInfo; RFC 8017 RSAPublicKey): definite
 * lengths in their shortest form, nothing left over.
 *
 * @module
 */
export const SEQUENCE = 0x30;
export const INTEGER = 0x02;
export const BIT_STRING = 0x03;
export const OID = 0x06;

export interface Element {
  readonly tag: number;
  readonly content: Uint8Array;
}

/** All elements that fill `bytes`; `null` when they are not DER. */
export function readAll(bytes: Uint8Array): Element[] | null {
  const elements: Element[] = [];
  let at = 0;
  while (at < bytes.length) {
    const tag = bytes[at++] ?? 0;
    let length = bytes[at++];
    if (length === undefined) return null;
    if (length >= 0x80) {
      const count = length & 0x7f;
      if (count === 0 || count > 3) return null;
      length = 0;
      for (let i = 0; i < count; i++) length = length * 256 + (bytes[at++] ?? Number.NaN);
      if (!(length >= 0x80) || (count > 1 && length < 256 ** (count - 1))) return null;
    }
    if (at + length > bytes.length) return null;
    elements.push({ tag, content: bytes.subarray(at, at + length) });
    at += length;
  }
  return elements;
}

/** The elements inside the one element that fills `bytes`, if it has this tag. */
export function readInside(bytes: Uint8Array, tag: number): Element[] | null {
  const [only, ...rest] = readAll(bytes) ?? [];
  return only !== undefined && rest.length === 0 && only.tag === tag ? readAll(only.content) : null;
}

/** A positive INTEGER without its sign byte; `null` for zero, negatives and non-minimal forms. */
export function unsigned(element: Element | undefined): Uint8Array | null {
  if (element?.tag !== INTEGER) return null;
  const [first, second] = element.content;
  if (first === undefined || first >= 0x80) return null;
  if (first !== 0) return element.content;
  return second !== undefined && second >= 0x80 ? element.content.subarray(1) : null;
}

export function encode(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  const length = size < 0x80 ? [size] : size < 0x100 ? [0x81, size] : [0x82, size >> 8, size & 0xff];
  const out = new Uint8Array(1 + length.length + size);
  out.set([tag, ...length]);
  let at = 1 + length.length;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
