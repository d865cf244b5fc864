import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson, type Json } from './canonical-json.ts';

/** The same value with the members of every object in reverse. */
const reversed = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, member]) => [name, reversed(member)]),
  );
};
const { json } = fc.letrec((tie) => ({
  json: fc.oneof(
    { maxDepth: 4 },
    fc.string({ unit: 'binary' }),
    fc.maxSafeInteger(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('json')),
    fc.dictionary(fc.string({ unit: 'binary' }), tie('json'), { noNullPrototype: true }),
  ),
}));

describe('canonical JSON', () => {
  test('says the same whatever the order of members, and reads back', () => {
    fc.assert(
      fc.property(json, (value) => {
        const text = canonicalJson(value as Json);
        expect(canonicalJson(reversed(value) as Json)).toBe(text);
        expect(canonicalJson(JSON.parse(text))).toBe(text);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  test('sorts by UTF-16 units as RFC 8785 §3.2.3 has it', () => {
    const names = ['\u20ac', '\r', '\ufb33', '1', '\ud83d\ude00', '\u0080', '\u00f6'];
    const text = canonicalJson(Object.fromEntries(names.map((name) => [name, 1])));
    expect([...text.matchAll(/"((?:[^"\\]|\\.)*)":1/g)].map((found) => JSON.parse(`"${found[1]}"`))).toEqual([
      '\r',
      '1',
      '\u0080',
      '\u00f6',
      '\u20ac',
      '\ud83d\ude00',
      '\ufb33',
    ]);
  });

  test('has no spaces, leaves out what is undefined, and takes -0 for 0', () => {
    expect(canonicalJson({ b: [1, -0, true, null, '\u001f"'], a: {}, c: undefined })).toBe('{"a":{},"b":[1,0,true,null,"\\u001f\\""]}');
  });

  test.each([0.5, 1e21, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])('refuses the number %d', (number) => {
    expect(() => canonicalJson({ number })).toThrow(TypeError);
    expect(canonicalJson({ number: 2 ** 53 - 1 })).toBe('{"number":9007199254740991}');
  });
});
