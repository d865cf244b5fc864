import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import exportEd25519 from '../../../vectors/export-ed25519.json' with { type: 'json' };
import exportSecp256k1 from '../../../vectors/export-secp256k1.json' with { type: 'json' };
import exportStark from '../../../vectors/export-stark.json' with { type: 'json' };
import importEd25519 from '../../../vectors/import-ed25519.json' with { type: 'json' };
import importSecp256k1 from '../../../vectors/import-secp256k1.json' with { type: 'json' };
import importStark from '../../../vectors/import-stark.json' with { type: 'json' };
import { b64, compare, hex, utf8 } from './bytes.ts';
import { parseEncryptionKey } from './encryption-key.ts';
import { groups, readScalar, writeScalar } from './groups.ts';
import { isRefusal } from './refusal.ts';
import type { Curve } from './schemes.ts';
import { openShare, sealShare } from './share-envelope.ts';
import { formatExportShare, formatImportShare, parseExportShare, parseImportShare } from './share-text.ts';

const curves = Object.keys(groups) as Curve[];
/** Sizes of Dfns's own texts (contract §9.3 and §9.4, five signers). */
const sizes = { secp256k1: { out: 232, in: 959 }, stark: { out: 224, in: 935 }, ed25519: { out: 228, in: 617 } } as const;

function malformed(run: () => unknown): boolean {
  try {
    run();
    return false;
  } catch (error) {
    if (isRefusal(error, 'share/malformed')) return true;
    throw error;
  }
}

describe.each([exportSecp256k1, exportStark, exportEd25519])('$source', ({ cases }) => {
  test.each(cases)('$about: every share opens, reads and is the share of its public share', async ({ decryptionKey, answer, opened }) => {
    const curve = answer.curve as Curve;
    for (const [i, { encryptedKeyShare }] of answer.encryptedKeyShares.entries()) {
      const plaintext = await openShare({ sealed: b64.decode(encryptedKeyShare), decryptionKey: hex.decode(decryptionKey) });
      const { curve: found, index, share } = parseExportShare(plaintext);
      expect(found).toBe(curve);
      expect(hex.encode(writeScalar(index))).toBe(opened[i]?.index);
      expect(hex.encode(share)).toBe(opened[i]?.share);
      expect(hex.encode(groups[curve].toText(groups[curve].publicOf(share)))).toBe(opened[i]?.publicShare);
      expect(utf8.decode(formatExportShare({ curve, index, share }))).toBe(utf8.decode(plaintext));
      expect(plaintext).toHaveLength(sizes[curve].out);
    }
  });

  test.each(cases)(
    '$about: the wrong share opens and reads, and is not the share of its public share',
    async ({ decryptionKey, answer, opened, wrongShare }) => {
      const plaintext = await openShare({ sealed: b64.decode(wrongShare.encryptedKeyShare), decryptionKey: hex.decode(decryptionKey) });
      const { curve, share } = parseExportShare(plaintext);
      const at = Number(/share (\d+)/.exec(wrongShare.about)?.[1]) - 1;
      expect(hex.encode(groups[curve].toText(groups[curve].publicOf(share)))).not.toBe(opened[at]?.publicShare);
      expect(hex.encode(groups[curve].publicOf(hex.decode(opened[at]?.share ?? '')))).toBe(
        hex.encode(groups[curve].compress(hex.decode(opened[at]?.publicShare ?? ''))),
      );
      expect(answer.curve).toBe(curve);
    },
  );

  test.each(cases)('$about: the secret is that of the public key', ({ answer, secret }) => {
    expect(hex.encode(groups[answer.curve as Curve].publicOf(hex.decode(secret)))).toBe(answer.publicKey);
  });
});

describe.each([importSecp256k1, importStark, importEd25519])('$source ($curve)', (vectors) => {
  const curve = vectors.curve as Curve;
  const group = groups[curve];

  test('signers ascend by raw id', () => {
    const ids = vectors.signers.map(({ signerId }) => b64.decode(signerId));
    expect([...ids].sort(compare)).toEqual(ids);
  });

  test.each(vectors.signers.map((signer, i) => ({ ...signer, i })))(
    'the share of signer $i opens, reads, and is written as it was',
    async ({ i, encryptionKey, decryptionKey, plaintext, encryptedKeyShare }) => {
      const opened = await openShare({ sealed: b64.decode(encryptedKeyShare), decryptionKey: hex.decode(decryptionKey) });
      expect(utf8.decode(opened)).toBe(plaintext);
      expect(opened).toHaveLength(sizes[curve].in);
      const parsed = parseImportShare(opened);
      expect(parsed.curve).toBe(curve);
      expect(parsed.publicShares).toHaveLength(vectors.signers.length);
      expect(hex.encode(group.publicOf(parsed.share))).toBe(hex.encode(parsed.publicShares[i] ?? new Uint8Array()));
      expect(utf8.decode(formatImportShare(parsed))).toBe(plaintext);
      const again = await sealShare({ plaintext: opened, encryptionKey: parseEncryptionKey(encryptionKey) });
      expect(await openShare({ sealed: again, decryptionKey: hex.decode(decryptionKey) })).toEqual(opened);
    },
  );

  test('any three shares interpolate to the secret', () => {
    const shares = vectors.signers.map(({ plaintext }) => readScalar(parseImportShare(utf8.encode(plaintext)).share));
    const mod = (value: bigint) => ((value % group.order) + group.order) % group.order;
    // Lagrange coefficients at 0 for 1, 3, 5 are 15/8, −5/4, 3/8; times 8 keeps them whole.
    expect(mod(15n * (shares[0] ?? 0n) - 10n * (shares[2] ?? 0n) + 3n * (shares[4] ?? 0n))).toBe(mod(8n * readScalar(hex.decode(vectors.secret))));
    expect(hex.encode(group.publicOf(hex.decode(vectors.secret)))).toBe(vectors.publicKey);
  });
});

describe.each(curves)('an export text on %s', (curve) => {
  const { order } = groups[curve];
  const good = { version: 1, index: { curve, scalar: '03'.padStart(64, '0') }, secret_share: { curve, scalar: '05'.padStart(64, '0') } };
  const parse = (value: unknown) => parseExportShare(utf8.encode(typeof value === 'string' ? value : JSON.stringify(value)));
  const scalar = (value: bigint) => ({ curve, scalar: value.toString(16).padStart(64, '0') });

  test('is read back as it was written', () => {
    fc.assert(
      fc.property(fc.bigInt(1n, order - 1n), fc.bigInt(1n, order - 1n), (index, secret) => {
        const share = { curve, index, share: writeScalar(secret) };
        expect(parseExportShare(formatExportShare(share))).toEqual(share);
      }),
    );
  });

  test('may have its members in any order, white space, and further members', () => {
    const { version, index, secret_share } = good;
    expect(parse(JSON.stringify({ secret_share: { ...secret_share, more: [] }, note: 'x', index, version }, null, 2))).toEqual(parse(good));
  });

  test.each([
    ['no version', { ...good, version: undefined }],
    ['version 0', { ...good, version: 0 }],
    ['version 2', { ...good, version: 2 }],
    ['version "1"', { ...good, version: '1' }],
    ['no index', { ...good, index: undefined }],
    ['an index that is a number', { ...good, index: 3 }],
    ['index zero', { ...good, index: scalar(0n) }],
    ['the order for an index', { ...good, index: scalar(order) }],
    ['a share of zero', { ...good, secret_share: scalar(0n) }],
    ['the order for a share', { ...good, secret_share: scalar(order) }],
    ['a share above the order', { ...good, secret_share: scalar(order + 5n) }],
    ['two curves', { ...good, index: { ...good.index, curve: curve === 'stark' ? 'ed25519' : 'stark' } }],
    ['a curve that is none', { ...good, index: { ...good.index, curve: 'p256' }, secret_share: { ...good.secret_share, curve: 'p256' } }],
    ['an upper-case scalar', { ...good, secret_share: { curve, scalar: 'A'.padStart(64, '0') } }],
    ['a short scalar', { ...good, secret_share: { curve, scalar: '05'.padStart(62, '0') } }],
    ['a scalar with 0x', { ...good, secret_share: { curve, scalar: `0x${'05'.padStart(62, '0')}` } }],
    ['a member twice', `{"version":1,${JSON.stringify(good).slice(1)}`],
    ['half of it', JSON.stringify(good).slice(0, -1)],
    ['something after it', `${JSON.stringify(good)}{}`],
    ['nothing', ''],
    ['a list', '[]'],
    ['null', 'null'],
  ])('with %s is malformed', (_, text) => {
    expect(malformed(() => parse(text))).toBe(true);
    expect(malformed(() => parse(good))).toBe(false);
  });

  test('of bytes that are no UTF-8 is malformed', () => {
    expect(malformed(() => parseExportShare(new Uint8Array([...utf8.encode(JSON.stringify(good)), 0xff])))).toBe(true);
  });

  test('is not quoted by the refusal', () => {
    const secret = 'f'.repeat(64);
    try {
      parse({ ...good, secret_share: { curve, scalar: secret } });
      expect.unreachable();
    } catch (error) {
      expect(`${error}${JSON.stringify(error)}${JSON.stringify((error as Error).cause)}`).not.toContain('ffff');
    }
  });

  test('is never written for scalars that no reader takes', () => {
    for (const index of [0n, order, -1n]) expect(() => formatExportShare({ curve, index, share: writeScalar(5n) })).toThrow(RangeError);
    for (const share of [writeScalar(0n), writeScalar(order), new Uint8Array(31)])
      expect(() => formatExportShare({ curve, index: 1n, share })).toThrow(RangeError);
    expect(formatExportShare({ curve, index: 1n, share: writeScalar(order - 1n) })).toHaveLength(sizes[curve].out);
  });
});

describe.each(curves)('an import text on %s', (curve) => {
  const group = groups[curve];
  const point = (secret: bigint) => ({ curve, point: hex.encode(group.toText(group.publicOf(writeScalar(secret)))) });
  const good = { version: 1, secret_share: { curve, scalar: '05'.padStart(64, '0') }, public_shares: [point(5n), point(6n), point(7n)] };
  const parse = (value: unknown) => parseImportShare(utf8.encode(JSON.stringify(value)));
  const other = curve === 'stark' ? 'secp256k1' : 'stark';
  const offCurve = curve === 'ed25519' ? `02${'00'.repeat(31)}` : point(6n).point.replace(/..$/, (end) => (end === '00' ? '01' : '00'));
  const identity = curve === 'ed25519' ? `01${'00'.repeat(31)}` : '00'.repeat(65);

  test.each([
    ['version 2', { ...good, version: 2 }],
    ['a share of zero', { ...good, secret_share: { curve, scalar: '0'.repeat(64) } }],
    ['one public share', { ...good, public_shares: [point(5n)] }],
    ['seventeen public shares', { ...good, public_shares: Array.from({ length: 17 }, () => point(5n)) }],
    ['the identity', { ...good, public_shares: [point(5n), { curve, point: identity }] }],
    ['a point off the curve', { ...good, public_shares: [point(5n), { curve, point: offCurve }] }],
    [
      'a compressed point',
      { ...good, public_shares: [point(5n), { curve, point: `${hex.encode(group.publicOf(writeScalar(6n)))}${curve === 'ed25519' ? '00' : ''}` }] },
    ],
    ['a point of another curve', { ...good, public_shares: [point(5n), { ...point(6n), curve: other }] }],
    ['an upper-case point', { ...good, public_shares: [point(5n), { curve, point: point(6n).point.toUpperCase() }] }],
  ])('with %s is malformed', (_, text) => {
    expect(malformed(() => parse(text))).toBe(true);
    expect(malformed(() => parse(good))).toBe(false);
  });
});

test('an ed25519 point with torsion is malformed', () => {
  // y = −1, the point of order two, and a point of order eight.
  for (const point of [`ec${'ff'.repeat(30)}7f`, 'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a'])
    expect(() => groups.ed25519.compress(hex.decode(point))).toThrow();
  expect(groups.ed25519.compress(groups.ed25519.publicOf(writeScalar(1n)))).toHaveLength(32);
});
