import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isRefusal } from './refusal.ts';
import { parseStrictJson } from './strict-json.ts';

const refuses = (text: string): boolean => {
  try {
    parseStrictJson(text);
    return false;
  } catch (error) {
    if (isRefusal(error, 'request/malformed-json')) return true;
    throw error;
  }
};

/** Names that look like syntax, so that a reader who loses its place in a string is found out. */
const name = fc.oneof(fc.string({ unit: 'binary', maxLength: 5 }), fc.constantFrom('{', '}', '[', ']', ',', ':', '"', '\\', '\\"', '","a":"'));
const { document } = fc.letrec((tie) => ({
  document: fc.oneof(
    { depthSize: 'small', maxDepth: 6 },
    fc.constantFrom(null, true, -0.5, 1e21),
    name,
    fc.array(tie('document'), { maxLength: 4 }),
    fc.dictionary(name, tie('document'), { maxKeys: 4, noNullPrototype: true }),
  ),
}));
const space = fc.constantFrom('', ' ', '\n\t', '  ');

/** Writes a document with the given white space, each name and string possibly escaped. */
function write(value: unknown, gap: string, escaped: boolean): string {
  const text = (string: string) =>
    escaped ? `"${[...Array(string.length).keys()].map((i) => `\\u${string.charCodeAt(i).toString(16).padStart(4, '0')}`).join('')}"` : JSON.stringify(string);
  if (typeof value === 'string') return text(value);
  if (Array.isArray(value)) return `[${gap}${value.map((item) => write(item, gap, escaped)).join(`${gap},${gap}`)}${gap}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return `{${gap}${Object.entries(value)
    .map(([key, item]) => `${text(key)}${gap}:${gap}${write(item, gap, escaped)}`)
    .join(`${gap},${gap}`)}${gap}}`;
}

describe('strict JSON', () => {
  test('agrees with JSON.parse on documents without duplicates', () => {
    fc.assert(
      fc.property(document, space, fc.boolean(), (value, gap, escaped) => {
        const text = write(value, gap, escaped);
        fc.pre(!/"__proto__"/.test(JSON.stringify(JSON.parse(text))));
        expect(parseStrictJson(text)).toEqual(JSON.parse(text));
      }),
      { numRuns: 300 },
    );
  });

  test('refuses any document with a member twice in one object, wherever it stands', () => {
    fc.assert(
      fc.property(name, document, document, document, fc.boolean(), space, (twice, first, between, second, escaped, gap) => {
        const member = (value: unknown, inEscapes: boolean) =>
          write({ [twice]: value }, gap, inEscapes)
            .trim()
            .slice(1, -1);
        const inner = `{${member(first, escaped)},${gap}"between it":${write(between, gap, false)},${member(second, !escaped)}}`;
        for (const text of [inner, `[${inner}]`, `{"a":[1,{"b":${inner}}],"c":2}`]) {
          expect(() => JSON.parse(text)).not.toThrow();
          expect(refuses(text)).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('lets a name stand in two objects', () => {
    expect(parseStrictJson('{"a":{"a":1},"b":[{"a":1},{"a":2}]}')).toEqual({ a: { a: 1 }, b: [{ a: 1 }, { a: 2 }] });
  });

  test.each([
    '',
    ' ',
    '{',
    '{"a":1,}',
    "{'a':1}",
    '{"a":1}x',
    '\ufeff{}',
    'undefined',
    'NaN',
    '{"a":1,"\\u0061":2}',
    '{"__proto__":1}',
    '{"a":{"__proto__":{}}}',
  ])('refuses %j', (text) => {
    expect(refuses(text)).toBe(true);
    expect(refuses('{"a":1}')).toBe(false);
  });

  test('refuses more than 32 levels', () => {
    expect(refuses('['.repeat(33) + ']'.repeat(33))).toBe(true);
    expect(refuses('['.repeat(32) + ']'.repeat(32))).toBe(false);
    expect(refuses(`${'{"a":'.repeat(60_000)}1${'}'.repeat(60_000)}`)).toBe(true);
  });
});
