import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { b64, b64url, compare, concat, equal, hex, utf8 } from './bytes.ts';

describe('codecs', () => {
  test.each([
    ['hex', hex],
    ['base64', b64],
    ['base64url', b64url],
  ])('%s reads what it writes', (_, codec) => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(codec.decode(codec.encode(bytes))).toEqual(bytes);
      }),
    );
  });

  test.each(['A', 'AA', 'AR==', 'AA==\n', ' AA==', 'AA==AA==', 'A-==', '!!!!'])('base64 refuses %j', (text) => {
    expect(() => b64.decode(text)).toThrow();
    expect(b64.decode('AQ==')).toEqual(new Uint8Array([1]));
  });

  test.each(['A', 'AR', 'AR==', 'AQ=', 'A+', 'AQ\n', '='])('base64url refuses %j', (text) => {
    expect(() => b64url.decode(text)).toThrow();
    expect(b64url.decode('AQ')).toEqual(new Uint8Array([1]));
    expect(b64url.decode('AQ==')).toEqual(new Uint8Array([1]));
  });

  test.each(['0', '0g', '0x00', ' 00'])('hex refuses %j', (text) => {
    expect(() => hex.decode(text)).toThrow();
    expect(hex.decode('aB')).toEqual(new Uint8Array([0xab]));
  });

  test('UTF-8 refuses malformed bytes and keeps a byte order mark', () => {
    expect(() => utf8.decode(new Uint8Array([0xff]))).toThrow();
    expect(utf8.decode(utf8.encode('\ufeffé🔑'))).toBe('\ufeffé🔑');
  });
});

test('bytes are ordered as their hex is', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 4 }), fc.uint8Array({ maxLength: 4 }), (a, b) => {
      const [x, y] = [hex.encode(a), hex.encode(b)];
      expect(Math.sign(compare(a, b))).toBe(x < y ? -1 : x === y ? 0 : 1);
      expect(equal(a, b)).toBe(x === y);
      expect(hex.encode(concat(a, b))).toBe(x + y);
    }),
  );
});
