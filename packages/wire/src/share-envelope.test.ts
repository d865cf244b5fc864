import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import documented from '../../../vectors/documented-example.json' with { type: 'json' };
import vectors from '../../../vectors/envelope.json' with { type: 'json' };
import { b64, hex } from './bytes.ts';
import { formatEncryptionKey, parseEncryptionKey } from './encryption-key.ts';
import { isRefusal } from './refusal.ts';
import { ENVELOPE_OVERHEAD, multiply, openShare, sealShare } from './share-envelope.ts';
import { formatExportShare } from './share-text.ts';

const [share] = vectors.cases;
if (share === undefined) throw new Error('no vectors');
const sealed = b64.decode(share.sealed);
const decryptionKey = hex.decode(share.decryptionKey);
const encryptionKey = parseEncryptionKey(share.encryptionKey);

async function codeOf(run: () => unknown): Promise<string> {
  try {
    await run();
  } catch (error) {
    if (isRefusal(error)) return error.code;
    throw error;
  }
  return 'accepted';
}

describe(vectors.source, () => {
  test.each(vectors.cases)('$about is sealed byte by byte, and opens', async ({ plaintext, encryptionKey, decryptionKey, ephemeral, shared, sealed }) => {
    const to = parseEncryptionKey(encryptionKey);
    expect(formatEncryptionKey(to)).toBe(encryptionKey);
    expect(hex.encode(multiply(to, hex.decode(ephemeral)) ?? new Uint8Array())).toBe(shared);
    expect(b64.encode(await sealShare({ plaintext: hex.decode(plaintext), encryptionKey: to, ephemeral: hex.decode(ephemeral) }))).toBe(sealed);
    expect(hex.encode(await openShare({ sealed: b64.decode(sealed), decryptionKey: hex.decode(decryptionKey) }))).toBe(plaintext);
  });

  test.each(vectors.refused)('$about does not open', async ({ sealed: wrong, decryptionKey }) => {
    expect(await codeOf(() => openShare({ sealed: b64.decode(wrong), decryptionKey: hex.decode(decryptionKey) }))).toBe('share/unreadable');
    expect(await codeOf(() => openShare({ sealed, decryptionKey: hex.decode(share.decryptionKey) }))).toBe('accepted');
  });

  test.each(vectors.refusedKeys)('an encryption key with $about is refused', async ({ encryptionKey }) => {
    expect(await codeOf(() => parseEncryptionKey(encryptionKey))).toBe('export/encryption-key');
    expect(await codeOf(() => parseEncryptionKey(share.encryptionKey))).toBe('accepted');
  });
});

describe('a sealed share', () => {
  test('is sealed anew each time, to a fresh ephemeral point', async () => {
    const plaintext = hex.decode(share.plaintext);
    const [one, two] = await Promise.all([sealShare({ plaintext, encryptionKey }), sealShare({ plaintext, encryptionKey })]);
    expect(b64.encode(one.slice(-33))).not.toBe(b64.encode(two.slice(-33)));
    for (const sealed of [one, two]) expect(await openShare({ sealed, decryptionKey })).toEqual(plaintext);
  });

  test('with any one bit flipped does not open', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: sealed.length * 8 - 1 }), async (bit) => {
        const flipped = sealed.slice();
        flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(await codeOf(() => openShare({ sealed: flipped, decryptionKey }))).toBe('share/unreadable');
      }),
    );
  });

  test('cut anywhere does not open', async () => {
    for (const length of [0, 1, 33, 48, 49, 280])
      expect(await codeOf(() => openShare({ sealed: sealed.slice(0, length), decryptionKey }))).toBe('share/unreadable');
    expect(await codeOf(() => openShare({ sealed, decryptionKey }))).toBe('accepted');
  });

  test('does not open with a key that is no scalar', async () => {
    for (const wrong of ['00'.repeat(32), 'ff'.repeat(32), '01', ''])
      expect(await codeOf(() => openShare({ sealed, decryptionKey: hex.decode(wrong) }))).toBe('share/unreadable');
    expect(await codeOf(() => openShare({ sealed, decryptionKey }))).toBe('accepted');
  });

  test('is never sealed to bytes that are no point', async () => {
    for (const wrong of [new Uint8Array(33), encryptionKey.slice(1), new Uint8Array([1, ...encryptionKey]), new Uint8Array([5, ...encryptionKey.slice(1)])])
      expect(await codeOf(() => sealShare({ plaintext: new Uint8Array(), encryptionKey: wrong }))).toBe('export/encryption-key');
    expect(await codeOf(() => sealShare({ plaintext: new Uint8Array(), encryptionKey }))).toBe('accepted');
  });

  test('is opened by the multiplication it is given, and not when that ends in the identity', async () => {
    let calls = 0;
    const counted = (point: Uint8Array, scalar: Uint8Array) => {
      calls++;
      return multiply(point, scalar);
    };
    expect(hex.encode(await openShare({ sealed, decryptionKey, multiply: counted }))).toBe(share.plaintext);
    expect(calls).toBe(1);
    expect(await codeOf(() => openShare({ sealed, decryptionKey, multiply: () => null }))).toBe('share/unreadable');
  });

  test('leaves the caller’s key and bytes as they were', async () => {
    const given = { sealed: sealed.slice(), decryptionKey: decryptionKey.slice() };
    await openShare(given);
    expect(given).toEqual({ sealed, decryptionKey });
  });
});

describe(documented.source, () => {
  test('our shares and keys have its lengths', async () => {
    const { request, response, lengths } = documented;
    expect(b64.decode(request.encryptionKey)).toHaveLength(lengths.encryptionKey);
    for (const { signerId, encryptedKeyShare } of response.encryptedKeyShares) {
      expect(b64.decode(signerId)).toHaveLength(lengths.signerId);
      expect(b64.decode(encryptedKeyShare)).toHaveLength(lengths.encryptedKeyShare);
    }
    const to = parseEncryptionKey(request.encryptionKey);
    expect(b64.decode(formatEncryptionKey(to))).toHaveLength(lengths.encryptionKey);
    const plaintext = formatExportShare({ curve: 'secp256k1', index: 1n, share: hex.decode('05'.padStart(64, '0')) });
    expect(plaintext).toHaveLength(lengths.encryptedKeyShare - ENVELOPE_OVERHEAD);
    expect(await sealShare({ plaintext, encryptionKey: to })).toHaveLength(lengths.encryptedKeyShare);
  });
});
