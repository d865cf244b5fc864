import { describe, expect, test } from 'vitest';
import { faultOfPasskeyRules, hasPasskeys } from './passkey-rules.ts';

describe('the passkey rules of a genesis', () => {
  test.each([
    ['localhost', ['http://localhost', 'http://localhost:7310', 'https://localhost:8443']],
    ['quorate.example', ['https://quorate.example', 'https://console.quorate.example', 'https://a.b.quorate.example:8443']],
    ['xn--bcher-kva.example', ['https://xn--bcher-kva.example']],
    ['intranet', ['https://intranet']],
    ['', []],
    ['', ['https://quorate.example']],
    ['quorate.example', []],
  ])('of %s with %j are good', (rpId, origins) => {
    expect(faultOfPasskeyRules({ rpId, origins })).toBeNull();
  });

  test.each([
    ['without TLS', 'quorate.example', 'http://quorate.example'],
    ['with a path', 'quorate.example', 'https://quorate.example/'],
    ['with a user', 'quorate.example', 'https://me@quorate.example'],
    ['with the usual port', 'quorate.example', 'https://quorate.example:443'],
    ['with a port that is none', 'quorate.example', 'https://quorate.example:65536'],
    ['in capitals', 'quorate.example', 'https://Quorate.example'],
    ['that is null, as of a file', 'localhost', 'null'],
    ['that is an address', '127.0.0.1', 'https://127.0.0.1'],
    ['of another host', 'quorate.example', 'https://quorate.example.evil'],
    ['of a host that only ends alike', 'quorate.example', 'https://notquorate.example'],
    ['of a host above', 'console.quorate.example', 'https://quorate.example'],
    ['of a whole top level', 'example', 'https://quorate.example'],
    ['of a relying party in capitals', 'Quorate.example', 'https://quorate.example'],
  ])('with an origin %s are refused', (_, rpId, origin) => {
    expect(faultOfPasskeyRules({ rpId, origins: [origin] })).not.toBeNull();
    expect(faultOfPasskeyRules({ rpId: 'quorate.example', origins: ['https://quorate.example'] })).toBeNull();
  });

  test('with more origins than anyone needs are refused', () => {
    const origins = Array.from({ length: 33 }, (_, i) => `https://a${i}.example.org`);
    expect(faultOfPasskeyRules({ rpId: 'example.org', origins })).not.toBeNull();
    expect(faultOfPasskeyRules({ rpId: 'example.org', origins: origins.slice(1) })).toBeNull();
  });

  test('mean that there are none where a relying party or origins are missing', () => {
    expect(hasPasskeys({ rpId: 'localhost', origins: ['http://localhost'] })).toBe(true);
    for (const rules of [
      { rpId: '', origins: ['http://localhost'] },
      { rpId: 'localhost', origins: [] },
    ])
      expect(hasPasskeys(rules)).toBe(false);
  });
});
