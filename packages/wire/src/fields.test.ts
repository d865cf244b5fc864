import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hex, utf8 } from './bytes.ts';
import { decodeFields, encodeFields, type Field } from './fields.ts';

const domain = 'quorate/test/v1';
const field = fc.oneof(fc.uint8Array(), fc.string({ unit: 'binary' }), fc.maxSafeInteger());
const bytesOf = (value: Field): Uint8Array => (value instanceof Uint8Array ? value : utf8.encode(String(value)));

describe('fields', () => {
  test('are read back as they were written', () => {
    fc.assert(
      fc.property(fc.array(field), (fields) => {
        expect(decodeFields(domain, fields.length, encodeFields(domain, fields))?.map((bytes) => hex.encode(bytes))).toEqual(
          fields.map((value) => hex.encode(bytesOf(value))),
        );
      }),
    );
  });

  test('of two different lists are never the same bytes', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 3 }), { maxLength: 4 }), fc.array(fc.string({ maxLength: 3 }), { maxLength: 4 }), (a, b) => {
        const same = hex.encode(encodeFields(domain, a)) === hex.encode(encodeFields(domain, b));
        expect(same).toBe(JSON.stringify(a) === JSON.stringify(b));
      }),
    );
    expect(hex.encode(encodeFields('d', ['a', 1]))).toBe('640000000161' + '0000000131');
  });

  test('that are cut, extended, miscounted or of another domain are refused', () => {
    const bytes = encodeFields(domain, ['ab', 'c']);
    for (let length = 0; length < bytes.length; length++) expect(decodeFields(domain, 2, bytes.slice(0, length))).toBeNull();
    expect(decodeFields(domain, 2, new Uint8Array([...bytes, 0]))).toBeNull();
    expect(decodeFields(domain, 1, bytes)).toBeNull();
    expect(decodeFields(domain, 3, bytes)).toBeNull();
    expect(decodeFields('quorate/test/v2', 2, bytes)).toBeNull();
    expect(decodeFields(domain, 2, bytes)).toHaveLength(2);
  });

  test('with a lone surrogate or an unsafe number are refused', () => {
    expect(() => encodeFields(domain, ['\ud800'])).toThrow(TypeError);
    expect(() => encodeFields(domain, [2 ** 53])).toThrow(TypeError);
    expect(() => encodeFields(domain, [0.5])).toThrow(TypeError);
    expect(encodeFields(domain, ['\ufffd', 2 ** 53 - 1])).toBeInstanceOf(Uint8Array);
  });
});
