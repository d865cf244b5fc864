/**
 * The one unambiguous byte form of everything that is hashed or signed here: a domain tag, then each field as its
 * length (u32, big-endian) and its bytes. Text is UTF-8, integers and times are decimal text.
 *
 * @module
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { hex, utf8 } from './bytes.ts';

export type Field = string | number | Uint8Array;

/** Text that is its own bytes, and short enough to be copied letter by letter: quicker than an encoder's array for each. */
const SHORT_ASCII = /^[\0-\x7f]{0,200}$/;

/** The bytes of a field, or its text where that has one byte for each letter. */
function fieldContent(field: Field): Uint8Array | string {
  if (typeof field === 'number') {
    if (!Number.isSafeInteger(field)) throw new TypeError('a field number must be a safe integer');
    return String(field);
  }
  if (typeof field !== 'string' || SHORT_ASCII.test(field)) return field;
  // A lone surrogate and U+FFFD are the same bytes of UTF-8, so that two texts would have one hash.
  if (!field.isWellFormed()) throw new TypeError('a field text must be well-formed Unicode');
  return utf8.encode(field);
}

/** `domain || (u32-be length || bytes)*`. The domain is not length-prefixed: every one here ends in a version. */
export function encodeFields(domain: string, fields: readonly Field[]): Uint8Array {
  const contents = fields.map(fieldContent);
  const tag = SHORT_ASCII.test(domain) ? domain : utf8.encode(domain);
  const out = new Uint8Array(contents.reduce((sum, { length }) => sum + 4 + length, tag.length));
  let at = put(out, 0, tag);
  for (const content of contents) {
    const { length } = content;
    out[at] = length >>> 24;
    out[at + 1] = length >>> 16;
    out[at + 2] = length >>> 8;
    out[at + 3] = length;
    at = put(out, at + 4, content);
  }
  return out;
}

/** @returns where the next content begins */
function put(out: Uint8Array, at: number, content: Uint8Array | string): number {
  if (typeof content === 'string') for (let i = 0; i < content.length; i++) out[at + i] = content.charCodeAt(i);
  else out.set(content, at);
  return at + content.length;
}

/** The inverse of {@link encodeFields} for a known domain and number of fields; `null` when the bytes are anything else. */
export function decodeFields(domain: string, count: number, bytes: Uint8Array): Uint8Array[] | null {
  const tag = utf8.encode(domain);
  if (bytes.length < tag.length || tag.some((byte, i) => bytes[i] !== byte)) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fields: Uint8Array[] = [];
  let at = tag.length;
  for (let i = 0; i < count; i++) {
    if (at + 4 > bytes.length) return null;
    const size = view.getUint32(at);
    at += 4;
    if (at + size > bytes.length) return null;
    fields.push(bytes.subarray(at, at + size));
    at += size;
  }
  return at === bytes.length ? fields : null;
}

/** SHA-256 of the fields, 32 bytes. */
export function hashFields(domain: string, fields: readonly Field[]): Uint8Array {
  return sha256(encodeFields(domain, fields));
}

/** SHA-256 as lower-case hex; text is hashed as UTF-8. */
export function sha256Hex(data: Uint8Array | string): string {
  return hex.encode(sha256(typeof data === 'string' ? utf8.encode(data) : data));
}
