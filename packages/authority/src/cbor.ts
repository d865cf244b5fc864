/**
 * CBOR as authenticators write it (CTAP2): one form for every value. Lengths are definite and as short as they can be,
 * no key of a map stands twice, and there are no tags and no floats.
 *
 * @module
 */
import { type DecodeOptions, decodeFirst, Tokenizer, Type } from 'cborg';

export type CborMap = ReadonlyMap<unknown, unknown>;

const options: DecodeOptions = {
  strict: true,
  allowIndefinite: false,
  allowUndefined: false,
  allowInfinity: false,
  allowNaN: false,
  allowBigInt: false,
  useMaps: true,
  rejectDuplicateMapKeys: true,
};
/** In bytes; attestation objects and authenticator data are no longer by their schemas. */
const MAX_BYTES = 16_384;
/** Lists and maps in one value, and so the depth of their nesting. */
const MAX_CONTAINERS = 64;

/** The reader recurses: what it is given to open is counted before it does. */
class Bounded extends Tokenizer {
  #containers = 0;

  override next(): ReturnType<Tokenizer['next']> {
    const token = super.next();
    const { type } = token;
    if (Type.equals(type, Type.float) || Type.equals(type, Type.tag)) throw new TypeError('a float or a tag');
    if ((Type.equals(type, Type.array) || Type.equals(type, Type.map)) && ++this.#containers > MAX_CONTAINERS) throw new RangeError('too many containers');
    return token;
  }
}

/** The map at the start of `bytes` and what follows it; `null` when there is none in this form. */
export function readCborMap(bytes: Uint8Array): { readonly map: CborMap; readonly rest: Uint8Array } | null {
  if (bytes.length > MAX_BYTES) return null;
  try {
    const [map, rest] = decodeFirst(bytes, { ...options, tokenizer: new Bounded(bytes, options) });
    return map instanceof Map ? { map, rest } : null;
  } catch {
    return null;
  }
}
