import { describe, expect, test } from 'vitest';
import vectors from '../../../vectors/ed25519-seed.json' with { type: 'json' };
import { hex } from './bytes.ts';
import { scalarOfSeed } from './ed25519-seed.ts';
import { groups } from './groups.ts';

describe(vectors.source, () => {
  test.each(vectors.cases)('$seed', ({ seed, scalar, publicKey }) => {
    expect(hex.encode(scalarOfSeed(hex.decode(seed)))).toBe(scalar);
    expect(hex.encode(groups.ed25519.publicOf(hex.decode(scalar)))).toBe(publicKey);
  });

  test('a scalar taken for a seed makes another key', () => {
    for (const { scalar } of vectors.cases) expect(hex.encode(scalarOfSeed(hex.decode(scalar)))).not.toBe(scalar);
  });

  test.each([0, 31, 33, 64])('%i bytes are no seed', (length) => {
    expect(() => scalarOfSeed(new Uint8Array(length))).toThrow(RangeError);
    expect(scalarOfSeed(new Uint8Array(32))).toHaveLength(32);
  });
});
